package look

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"chiron/browser/look/reader"
	"chiron/step"
)

// quiet is how long nothing may begin or end; 30 to 50 ms were measured to be enough.
const quiet = 40 * time.Millisecond

// patience is how long a page that keeps asking its server is waited for between two requests: longer polls than this
// would make every look last to the bound.
const patience = time.Second

// Settle waits until the page has come to rest: nothing in flight, an animation frame, a short quiet, and no animation
// running that could end. It takes no longer than the bound and never fails; the reason says how it ended.
func (e *Eyes) Settle(ctx context.Context) step.Settle {
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, e.opt.Bound, ErrSlow)
	defer cancel()
	err := e.settle(ctx, start)
	reason := "quiet"
	switch {
	case err == nil:
	case errors.Is(err, ErrDialog):
		reason = "dialog"
	case errors.Is(err, ErrCrashed):
		reason = "crashed"
	default:
		reason = "deadline"
		e.traffic.Outlived()
	}
	return step.Settle{Reason: reason, Took: time.Since(start)}
}

func (e *Eyes) settle(ctx context.Context, start time.Time) error {
	for {
		if err := e.idle(ctx, 0); err != nil {
			return err
		}
		_, before, _, _ := e.traffic.State()
		if err := e.rest(ctx); err != nil {
			return err
		}
		if err := e.idle(ctx, quiet); err != nil {
			return err
		}
		_, after, _, _ := e.traffic.State()
		if before == after || time.Since(start) > patience {
			return nil
		}
	}
}

// idle waits until nothing is in flight and nothing has changed for a while.
func (e *Eyes) idle(ctx context.Context, calm time.Duration) error {
	for {
		e.mu.Lock()
		free := e.free
		e.mu.Unlock()
		pending, _, last, changed := e.traffic.State()
		var timer <-chan time.Time
		if pending == 0 {
			left := calm - time.Since(last)
			if left <= 0 {
				return blocked(ctx, free)
			}
			timer = time.After(left)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-free.Done():
			return context.Cause(free)
		case <-changed:
		case <-timer:
		}
	}
}

func blocked(ctxs ...context.Context) error {
	for _, ctx := range ctxs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// rest waits for frames and animations in the documents on the screen.
func (e *Eyes) rest(ctx context.Context) error {
	for {
		err := e.inTop(ctx, func(w *world) error { return e.restIn(ctx, w, 0) })
		if err == nil || !replaced(err) && !errors.Is(err, errLoading) {
			return err
		}
		if err := blocked(ctx); err != nil {
			return err
		}
	}
}

// errLoading says that a frame has not loaded yet.
var errLoading = errors.New("a frame is loading")

func (e *Eyes) restIn(ctx context.Context, w *world, depth int) error {
	left := e.opt.Bound
	if end, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(end))
	}
	data, err := e.read(ctx, w, "settle", max(0, left.Milliseconds()-100))
	if err != nil {
		return err
	}
	var at struct {
		Ready  bool           `json:"ready"`
		Frames []reader.Frame `json:"frames"`
	}
	if err := json.Unmarshal(data, &at); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	if depth > 0 && !at.Ready {
		return errLoading
	}
	if depth >= reader.MaxDepth {
		return nil
	}
	for _, f := range at.Frames[:min(len(at.Frames), reader.MaxFrames)] {
		err := e.inChild(ctx, w, f.I, func(in *world) error { return e.restIn(ctx, in, depth+1) })
		if err != nil && blocked(ctx) == nil && !errors.Is(err, errLoading) && !errors.Is(err, ErrDialog) && !errors.Is(err, ErrCrashed) {
			e.log.Debug("settle: frame is out of reach", "error", err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
