package look

import (
	"strings"
	"sync"
	"time"

	"github.com/go-rod/rod/lib/proto"
)

// traffic counts the requests that a page waits for. Streams (server-sent events, WebSockets, media) never end and are
// not counted; nor is a request that outlived a whole settle, because it is a long poll.
type traffic struct {
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

func (t *traffic) init() {
	t.flights = map[flight]request{}
	t.changed = make(chan struct{})
}

// touch wakes who waits; the lock is held.
func (t *traffic) touch() {
	t.last = time.Now()
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *traffic) begin(s proto.TargetSessionID, r *proto.NetworkRequestWillBeSent) {
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

func (t *traffic) answer(s proto.TargetSessionID, r *proto.NetworkResponseReceived) {
	if r.Response != nil && strings.HasPrefix(strings.ToLower(r.Response.MIMEType), "text/event-stream") {
		t.end(s, r.RequestID)
	}
}

func (t *traffic) end(s proto.TargetSessionID, id proto.NetworkRequestID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.flights[flight{s, id}]; ok {
		delete(t.flights, flight{s, id})
		t.touch()
	}
}

// commit drops the requests of a frame's former documents, whose ends are never told.
func (t *traffic) commit(frame proto.PageFrameID, loader proto.NetworkLoaderID) {
	t.dropIf(func(_ flight, r request) bool { return r.frame == frame && r.loader != loader })
}

// leave drops the requests of a frame that was removed.
func (t *traffic) leave(frame proto.PageFrameID) {
	t.dropIf(func(_ flight, r request) bool { return r.frame == frame })
}

// forget drops the requests of a session that ended.
func (t *traffic) forget(s proto.TargetSessionID) {
	t.dropIf(func(f flight, _ request) bool { return f.session == s })
}

func (t *traffic) dropIf(gone func(flight, request) bool) {
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

// outlived marks what is still in flight as not worth waiting for again.
func (t *traffic) outlived() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for f, r := range t.flights {
		r.old = true
		t.flights[f] = r
	}
}

// state returns how many requests are waited for, how many have begun so far, since when nothing changed, and a channel
// that is closed at the next change.
func (t *traffic) state() (pending, started int, last time.Time, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.flights {
		if !r.old {
			pending++
		}
	}
	return pending, t.started, t.last, t.changed
}
