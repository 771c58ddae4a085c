package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// ErrClosed reports a call on a connection whose Chromium is gone.
var ErrClosed = errors.New("the connection to Chromium has ended")

// ErrDeadline reports a DevTools call that Chromium did not answer in time.
var ErrDeadline = errors.New("the browser Chromium did not answer in time")

// Transport carries whole messages; *Pipe is one.
type Transport interface {
	Send(data []byte) error
	Read() ([]byte, error)
}

// Conn is the one connection to a Chromium. All methods are safe for concurrent use.
type Conn struct {
	transport Transport
	logger    *slog.Logger

	mu       sync.Mutex
	err      error // why the connection ended
	lastID   int
	pending  map[int]chan answer
	contexts map[proto.BrowserBrowserContextID]*View
	targets  map[proto.TargetTargetID]*View
	sessions map[proto.TargetSessionID]*View
	attached map[proto.TargetTargetID]proto.TargetSessionID
}

type answer struct {
	result json.RawMessage
	err    error
}

type request struct {
	ID        int    `json:"id"`
	SessionID string `json:"sessionId,omitempty"`
	Method    string `json:"method"`
	Params    any    `json:"params,omitempty"`
}

// incoming is an answer (ID is not zero) or an event.
type incoming struct {
	ID        int                   `json:"id"`
	SessionID proto.TargetSessionID `json:"sessionId"`
	Method    string                `json:"method"`
	Params    json.RawMessage       `json:"params"`
	Result    json.RawMessage       `json:"result"`
	Error     *cdp.Error            `json:"error"`
}

// NewConn returns a connection that works while Run does.
func NewConn(t Transport, logger *slog.Logger) *Conn {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Conn{
		transport: t, logger: logger,
		pending:  map[int]chan answer{},
		contexts: map[proto.BrowserBrowserContextID]*View{},
		targets:  map[proto.TargetTargetID]*View{},
		sessions: map[proto.TargetSessionID]*View{},
		attached: map[proto.TargetTargetID]proto.TargetSessionID{},
	}
}

// Run reads until the transport ends, which it reports as nil for io.EOF. Every waiting and later call then fails with
// ErrClosed, and the event channel of every view is closed.
func (c *Conn) Run() error {
	err := c.read()
	c.mu.Lock()
	c.err = ErrClosed
	if err != nil {
		c.err = fmt.Errorf("%w (%v)", ErrClosed, err)
	}
	for id, ch := range c.pending {
		delete(c.pending, id)
		ch <- answer{err: c.err}
	}
	views := c.contexts
	c.contexts = map[proto.BrowserBrowserContextID]*View{}
	c.mu.Unlock()
	for _, v := range views {
		v.end()
	}
	return err
}

// Ended reports whether calls fail for good. It says so no later than the first call that failed because of it.
func (c *Conn) Ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}

func (c *Conn) read() error {
	for {
		data, err := c.transport.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var m incoming
		if err := json.Unmarshal(data, &m); err != nil {
			c.logger.Warn("a DevTools message was not readable", "room", "browser", "err", err)
			continue
		}
		if m.ID != 0 {
			c.answer(m)
		} else if v := c.route(m); v != nil {
			v.deliver(&cdp.Event{SessionID: string(m.SessionID), Method: m.Method, Params: m.Params})
		}
	}
}

func (c *Conn) answer(m incoming) {
	c.mu.Lock()
	ch := c.pending[m.ID]
	delete(c.pending, m.ID)
	c.mu.Unlock()
	if ch == nil {
		return
	}
	a := answer{result: m.Result}
	if m.Error != nil {
		a.err = m.Error
	}
	ch <- a
}

// Call sends a command and waits for its answer. An empty session is the browser itself. A refusal by Chromium is a
// *cdp.Error.
func (c *Conn) Call(ctx context.Context, session, method string, params any) ([]byte, error) {
	return c.Begin(session, method, params)(ctx)
}

// Begin sends a command at once; the returned function waits for its answer as Call does and is called once. Commands of
// one goroutine arrive in their order.
func (c *Conn) Begin(session, method string, params any) func(context.Context) ([]byte, error) {
	ch := make(chan answer, 1)
	id, err := c.send(session, method, params, ch)
	return func(ctx context.Context) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		select {
		case a := <-ch:
			return a.result, a.err
		case <-ctx.Done():
		}
		c.mu.Lock()
		delete(c.pending, id)
		c.mu.Unlock()
		why := context.Cause(ctx)
		if errors.Is(why, context.DeadlineExceeded) {
			why = ErrDeadline
		}
		return nil, fmt.Errorf("%s: %w", method, why)
	}
}

func (c *Conn) send(session, method string, params any, ch chan answer) (int, error) {
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return 0, c.err
	}
	c.lastID++
	id := c.lastID
	if ch != nil {
		c.pending[id] = ch
	}
	c.mu.Unlock()

	data, err := json.Marshal(request{ID: id, SessionID: session, Method: method, Params: params})
	if err == nil {
		err = c.transport.Send(data)
	}
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.pending, id)
		if c.err != nil {
			return 0, c.err
		}
		return 0, fmt.Errorf("%s: %w", method, err)
	}
	return id, nil
}

// Do runs a command of the browser itself and decodes its answer into result, unless that is nil.
func (c *Conn) Do(ctx context.Context, cmd proto.Request, result any) error {
	data, err := c.Call(ctx, "", cmd.ProtoReq(), cmd)
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(data, result)
}
