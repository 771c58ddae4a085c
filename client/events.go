package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"chiron/step"
)

var errSilence = errors.New("the event stream fell silent")

// Events calls fn for every event of a task after the given sequence number, in order and without gaps, first those of
// the past, then live. It returns nil after the task's end, fn's error when fn fails, ctx's error when ctx ends, and a
// *Problem when the server refuses. A broken stream is taken up again where it broke, for as long as ctx allows.
func (c *Client) Events(ctx context.Context, id string, after uint64, fn func(step.Event) error) error {
	pause := c.pause
	for {
		seen := after
		done, err := c.stream(ctx, id, &after, fn)
		var f *fnError
		switch {
		case errors.As(err, &f):
			return f.err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case done:
			return nil
		case permanent(err):
			return err
		}
		if after != seen {
			pause = c.pause
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		pause = min(2*pause, 5*time.Second)
	}
}

// fnError is an error of the caller's function, which ends everything.
type fnError struct{ err error }

func (f *fnError) Error() string { return f.err.Error() }

// gapError is a stream that does not hold what it must; repeating would not help.
type gapError struct{ text string }

func (g *gapError) Error() string { return g.text }

// permanent reports whether a repeated request would fail the same way.
func permanent(err error) bool {
	var gap *gapError
	if errors.As(err, &gap) {
		return true
	}
	status := StatusOf(err)
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// stream reads one connection. It moves after forward with every event that fn took.
func (c *Client) stream(ctx context.Context, id string, after *uint64, fn func(step.Event) error) (done bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := c.request(ctx, http.MethodGet, taskPath(id, "events"), nil, nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Last-Event-ID", strconv.FormatUint(*after, 10))
	life := time.AfterFunc(c.silence, func() { cancel(errSilence) })
	defer life.Stop()
	res, err := c.http.Do(req)
	if err != nil {
		return false, unreachable(err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNoContent:
		return true, nil // ended, and nothing left to read
	case res.StatusCode != http.StatusOK:
		data, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		return false, errors.Join(problem(res, data), err)
	}
	if kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || kind != "text/event-stream" {
		return false, &gapError{"the reply is no event stream; is something between here and the server?"}
	}
	in := newSSE(res.Body)
	for {
		m, err := in.next(func() { life.Reset(c.silence) })
		if err != nil {
			return false, err
		}
		life.Stop() // fn may take its time
		if done, err := take(m, after, fn); done || err != nil {
			return done, err
		}
		life.Reset(c.silence)
	}
}

func take(m message, after *uint64, fn func(step.Event) error) (done bool, err error) {
	var e step.Event
	if err := json.Unmarshal([]byte(m.Data), &e); err != nil {
		return false, &gapError{fmt.Sprintf("event %s: %v", m.ID, err)}
	}
	if e.Seq <= *after {
		return false, nil
	}
	if e.Seq != *after+1 {
		return false, &gapError{fmt.Sprintf("event %d follows event %d: some are missing", e.Seq, *after)}
	}
	if err := fn(e); err != nil {
		return false, &fnError{err}
	}
	*after = e.Seq
	_, ended := e.Body.(step.Ended)
	return ended, nil
}
