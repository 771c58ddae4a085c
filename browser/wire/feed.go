package wire

import (
	"sync"

	"github.com/go-rod/rod/lib/cdp"
)

// maxHeld bounds the events kept for one session that is held.
const maxHeld = 10_000

// Feed hands on events one by one and can hold those of single DevTools sessions back for a while. One goroutine passes
// and ends; Hold and Release may be called from any.
type Feed struct {
	out  chan *cdp.Event
	mu   sync.Mutex // orders what goes into out
	held map[string][]*cdp.Event
}

// NewFeed returns a feed without events.
func NewFeed() *Feed { return &Feed{out: make(chan *cdp.Event), held: map[string][]*cdp.Event{}} }

// Events is what comes out. It must be read until it is closed, by End.
func (f *Feed) Events() <-chan *cdp.Event { return f.out }

// Pass hands on an event, or keeps it when its session is held.
func (f *Feed) Pass(e *cdp.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if list, ok := f.held[e.SessionID]; ok && len(list) < maxHeld {
		f.held[e.SessionID] = append(list, e)
		return
	}
	f.out <- e
}

// Hold keeps a session's events until Release.
func (f *Feed) Hold(session string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held != nil {
		f.held[session] = []*cdp.Event{}
	}
}

// Release hands on what was held.
func (f *Feed) Release(session string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.held[session]
	delete(f.held, session)
	for _, e := range list {
		f.out <- e
	}
}

// End closes the feed; what is held is dropped.
func (f *Feed) End() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = nil
	close(f.out)
}
