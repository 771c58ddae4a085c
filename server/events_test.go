package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chiron/client"
	"chiron/server"
	"chiron/step"
)

func TestEventsAsAList(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.create(goal("x")).Task.ID
	for i := range 5 {
		d.add(id, 1, step.Noted{Text: fmt.Sprint(i)})
	}
	h, err := d.client.History(ctx, id, 1, 2)
	if err != nil || len(h.Events) != 2 || h.Events[0].Seq != 2 || h.Seq != 6 || !h.More {
		t.Errorf("a stretch: %+v, %v", h, err)
	}
	h, err = d.client.History(ctx, id, 6, 0)
	if err != nil || len(h.Events) != 0 || h.More {
		t.Errorf("at the end: %+v, %v", h, err)
	}
	if _, err = d.client.History(ctx, id, 7, 0); client.StatusOf(err) != http.StatusUnprocessableEntity {
		t.Errorf("beyond the end: %v", err)
	}
	if _, err = d.client.History(ctx, "nobody", 0, 0); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("unknown task: %v", err)
	}
}

func TestEventStreamForm(t *testing.T) {
	d := openDoor(t, nil)
	id := d.create(goal("a\nb\r\n\ndata: c")).Task.ID
	d.add(id, 1, ended(step.StatusDone))
	header := d.bearer()
	header["Accept"] = "text/event-stream"
	res, body := d.ask(http.MethodGet, "/v1/tasks/"+id+"/events", header, "")
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "retry: 1000\n\nid: 1\nevent: created\ndata: {") ||
		!strings.Contains(body, "\n\nid: 2\nevent: ended\ndata: {") || strings.Count(body, "\n\n") != 3 {
		t.Errorf("%d %q", res.StatusCode, body)
	}
	header["Last-Event-ID"] = "2"
	if res, _ := d.ask(http.MethodGet, "/v1/tasks/"+id+"/events", header, ""); res.StatusCode != http.StatusNoContent {
		t.Errorf("after the end: %d", res.StatusCode)
	}
	header["Last-Event-ID"] = "x"
	if res, _ := d.ask(http.MethodGet, "/v1/tasks/"+id+"/events", header, ""); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a bad id: %d", res.StatusCode)
	}
}

// TestEventsSurviveARestart stops the server in the middle of a stream and starts another at the same address: the
// client goes on where it was, without a gap and without a repeat.
func TestEventsSurviveARestart(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.create(goal("x")).Task.ID
	seen := make(chan uint64, 100)
	done := make(chan error, 1)
	go func() {
		done <- d.client.Events(ctx, id, 0, func(e step.Event) error {
			seen <- e.Seq
			return nil
		})
	}()
	want := uint64(0)
	see := func() {
		t.Helper()
		want++
		select {
		case got := <-seen:
			if got != want {
				t.Fatalf("event %d instead of %d", got, want)
			}
		case <-ctx.Done():
			t.Fatalf("event %d never came", want)
		}
	}
	see()
	d.add(id, 1, step.Noted{Text: "before"})
	see()
	o := d.options
	o.Listen, o.Registry = strings.TrimPrefix(d.url, "http://"), nil
	d.shut()
	d.add(id, 1, step.Noted{Text: "while down"})
	keep := d.client
	d.start(o)
	d.client = keep
	see()
	d.add(id, 2, step.Noted{Text: "after"})
	see()
	d.add(id, 2, ended(step.StatusDone))
	see()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(seen) > 0 {
		t.Errorf("%d events too many", len(seen))
	}
}

func TestEventsEndWithTheirReader(t *testing.T) {
	d := openDoor(t, nil)
	id := d.create(goal("x")).Task.ID
	boom := errors.New("boom")
	if err := d.client.Events(soon(t), id, 0, func(step.Event) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("the reader's own error: %v", err)
	}
	ctx, cancel := context.WithCancel(soon(t))
	if err := d.client.Events(ctx, id, 0, func(step.Event) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("the reader's context: %v", err)
	}
	if err := d.client.Events(soon(t), "nobody", 0, nil); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("unknown task: %v", err)
	}
}

// stubborn breaks every stream after a few events, at the wire.
type stubborn struct {
	server.Record
	broke atomic.Int32
}

func (s *stubborn) Follow(ctx context.Context, task string, after uint64, fn func(step.Event) error) error {
	n := 0
	return s.Record.Follow(ctx, task, after, func(e step.Event) error {
		if n++; n > 3 {
			s.broke.Add(1)
			return errors.New("broken")
		}
		return fn(e)
	})
}

func TestEventsResumeAfterEveryBreak(t *testing.T) {
	var s *stubborn
	d := openDoor(t, func(o *server.Options) { s = &stubborn{Record: o.Record}; o.Record = s })
	id := d.create(goal("x")).Task.ID
	for i := range 20 {
		d.add(id, 1, step.Noted{Text: fmt.Sprint(i)})
	}
	d.add(id, 1, ended(step.StatusDone))
	next := uint64(1)
	err := d.client.Events(soon(t), id, 0, func(e step.Event) error {
		if e.Seq != next {
			return fmt.Errorf("event %d instead of %d", e.Seq, next)
		}
		next++
		return nil
	})
	if err != nil || next != 23 || s.broke.Load() < 5 {
		t.Errorf("read to %d with %d breaks: %v", next-1, s.broke.Load(), err)
	}
}

func TestHeartbeatsKeepAStreamAlive(t *testing.T) {
	d := openDoor(t, func(o *server.Options) { o.Timeout = 500 * time.Millisecond }) // beats every 50 ms
	id := d.create(goal("x")).Task.ID
	var connections atomic.Int32
	tr := transport(t)
	counting := roundTrip(func(r *http.Request) (*http.Response, error) { connections.Add(1); return tr.RoundTrip(r) })
	c, err := client.New(d.url, d.key, client.WithHTTP(&http.Client{Transport: counting}), client.WithSilence(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(soon(t), 2*time.Second)
	defer cancel()
	err = c.Events(ctx, id, 0, func(step.Event) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || connections.Load() != 1 {
		t.Errorf("%d connections, %v", connections.Load(), err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
