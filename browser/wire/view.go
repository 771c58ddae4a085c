package wire

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// View is one browser context's part of a Conn. It implements rod's CDPClient. All methods are safe for concurrent use.
type View struct {
	conn    *Conn
	context proto.BrowserBrowserContextID
	timeout time.Duration

	events chan *cdp.Event
	once   sync.Once
	ended  chan struct{}
	feed   sync.Mutex // held while an event is handed over
}

// View returns the part of the connection that belongs to a browser context. timeout bounds every call that has no
// earlier deadline of its own. Close must be called.
func (c *Conn) View(id proto.BrowserBrowserContextID, timeout time.Duration) *View {
	v := &View{conn: c, context: id, timeout: timeout, events: make(chan *cdp.Event), ended: make(chan struct{})}
	c.mu.Lock()
	closed := c.err != nil
	if !closed {
		c.contexts[id] = v
	}
	c.mu.Unlock()
	if closed {
		v.end()
	}
	return v
}

// Event implements rod's CDPClient. The channel must be read until it is closed, by Close or the end of the connection.
func (v *View) Event() <-chan *cdp.Event { return v.events }

// Call implements rod's CDPClient. A call without an answer within the view's timeout fails with ErrDeadline.
func (v *View) Call(ctx context.Context, session, method string, params any) ([]byte, error) {
	switch p := params.(type) {
	case proto.TargetSetDiscoverTargets:
		return []byte("{}"), nil // the connection discovers for all views
	case proto.TargetAttachToTarget:
		// Auto-attachment made a session already; a second one would double every event.
		if id := v.conn.sessionOf(p.TargetID); id != "" {
			return json.Marshal(proto.TargetAttachToTargetResult{SessionID: id})
		}
	}
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	return v.conn.Call(ctx, session, method, params)
}

func (c *Conn) sessionOf(t proto.TargetTargetID) proto.TargetSessionID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.attached[t]
}

// Own makes the view the receiver of a DevTools session's events, such as one attached to the browser itself.
func (v *View) Own(session proto.TargetSessionID) {
	v.conn.mu.Lock()
	defer v.conn.mu.Unlock()
	v.conn.sessions[session] = v
}

// Close ends the view: its events stop and its books are cleared. It does not touch the browser context.
func (v *View) Close() {
	c := v.conn
	c.mu.Lock()
	delete(c.contexts, v.context)
	for id, o := range c.sessions {
		if o == v {
			delete(c.sessions, id)
		}
	}
	for id, o := range c.targets {
		if o == v {
			delete(c.targets, id)
			delete(c.attached, id)
		}
	}
	c.mu.Unlock()
	v.end()
}

// deliver hands over an event unless the view has ended.
func (v *View) deliver(e *cdp.Event) {
	v.feed.Lock()
	defer v.feed.Unlock()
	select {
	case <-v.ended:
		return
	default:
	}
	select {
	case v.events <- e:
	case <-v.ended:
	}
}

func (v *View) end() {
	v.once.Do(func() {
		close(v.ended)
		v.feed.Lock() // a delivery under way gives up first
		defer v.feed.Unlock()
		close(v.events)
	})
}
