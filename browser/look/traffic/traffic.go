// Package traffic counts the requests that a page waits for.
package traffic

import (
	"strings"
	"sync"
	"time"

	"github.com/go-rod/rod/lib/proto"
)

// Counter counts the requests of one page, over all its sessions. Streams (server-sent events, WebSockets, media) never
// end and are not counted; nor is a request that outlived a whole settle, because it is a long poll. Safe for concurrent use.
type Counter struct {
	mu      sync.Mutex
	flights map[flight]request
	started int           // requests begun so far
	last    time.Time     // of the last beginning or end
	changed chan struct{} // closed at the next beginning or end
}

type flight struct {
	session proto.TargetSessionID
	id      proto.NetworkRequestID
}

type request struct {
	loader proto.NetworkLoaderID
	frame  proto.PageFrameID
	old    bool // outlived a settle
}

// New returns a counter of nothing.
func New() *Counter {
	return &Counter{flights: map[flight]request{}, changed: make(chan struct{})}
}

// touch wakes who waits; the lock is held.
func (t *Counter) touch() {
	t.last = time.Now()
	close(t.changed)
	t.changed = make(chan struct{})
}

// Begin notes that a request was made in a session.
func (t *Counter) Begin(s proto.TargetSessionID, r *proto.NetworkRequestWillBeSent) {
	switch r.Type {
	case proto.NetworkResourceTypeEventSource, proto.NetworkResourceTypeWebSocket, proto.NetworkResourceTypeMedia,
		proto.NetworkResourceTypePing, proto.NetworkResourceTypePrefetch, proto.NetworkResourceTypeCSPViolationReport:
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flights[flight{s, r.RequestID}] = request{loader: r.LoaderID, frame: r.FrameID}
	t.started++
	t.touch()
}

// Answer notes a response; an event stream is not waited for.
func (t *Counter) Answer(s proto.TargetSessionID, r *proto.NetworkResponseReceived) {
	if r.Response != nil && strings.HasPrefix(strings.ToLower(r.Response.MIMEType), "text/event-stream") {
		t.End(s, r.RequestID)
	}
}

// End notes that a request finished or failed.
func (t *Counter) End(s proto.TargetSessionID, id proto.NetworkRequestID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.flights[flight{s, id}]; ok {
		delete(t.flights, flight{s, id})
		t.touch()
	}
}

// Commit drops the requests of a frame's former documents, whose ends are never told.
func (t *Counter) Commit(frame proto.PageFrameID, loader proto.NetworkLoaderID) {
	t.dropIf(func(_ flight, r request) bool { return r.frame == frame && r.loader != loader })
}

// Leave drops the requests of a frame that was removed.
func (t *Counter) Leave(frame proto.PageFrameID) {
	t.dropIf(func(_ flight, r request) bool { return r.frame == frame })
}

// Forget drops the requests of a session that ended.
func (t *Counter) Forget(s proto.TargetSessionID) {
	t.dropIf(func(f flight, _ request) bool { return f.session == s })
}

func (t *Counter) dropIf(gone func(flight, request) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.flights)
	for f, r := range t.flights {
		if gone(f, r) {
			delete(t.flights, f)
		}
	}
	if len(t.flights) != n {
		t.touch()
	}
}

// Outlived marks what is still in flight as not worth waiting for again.
func (t *Counter) Outlived() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for f, r := range t.flights {
		r.old = true
		t.flights[f] = r
	}
}

// State returns how many requests are waited for, how many have begun so far, since when nothing changed, and a channel
// that is closed at the next change.
func (t *Counter) State() (pending, started int, last time.Time, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.flights {
		if !r.old {
			pending++
		}
	}
	return pending, t.started, t.last, t.changed
}
