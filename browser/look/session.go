package look

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// session is one DevTools session of the page: its own or that of an out-of-process frame.
type session struct {
	browser *rod.Browser
	id      proto.TargetSessionID
}

// client calls through one session under one context.
type client struct {
	ctx context.Context
	*session
}

var (
	_ proto.Client      = client{}
	_ proto.Sessionable = client{}
	_ proto.Contextable = client{}
)

func (c client) Call(ctx context.Context, id, method string, params any) ([]byte, error) {
	return c.browser.Call(ctx, id, method, params)
}
func (c client) GetSessionID() proto.TargetSessionID { return c.id }
func (c client) GetContext() context.Context         { return c.ctx }

// with runs DevTools calls under the deadline. They end early, with the cause, when a dialog opens or the page crashes.
func (e *Eyes) with(ctx context.Context, s *session, do func(proto.Client) error) error {
	e.mu.Lock()
	free := e.free
	e.mu.Unlock()
	ctx, cancelCause := context.WithCancelCause(ctx)
	defer cancelCause(nil)
	stop := context.AfterFunc(free, func() { cancelCause(context.Cause(free)) })
	defer stop()
	if free.Err() != nil {
		return context.Cause(free)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, e.opt.Call, ErrSlow)
	defer cancel()
	err := do(client{ctx, s})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// replaced reports whether a call failed because the document, frame or process it was meant for is gone.
func replaced(err error) bool {
	var refused *cdp.Error
	if !errors.As(err, &refused) {
		return false
	}
	for _, part := range []string{"context", "object with given id", "Session with given id", "No frame", "Frame with the given", "Promise was collected",
		"navigated or closed", "Target closed", "detached", "Not attached", "No target with given id"} {
		if strings.Contains(refused.Message, part) {
			return true
		}
	}
	return false
}

// attach opens a session of an out-of-process frame; its target has the frame's id.
func (e *Eyes) attach(ctx context.Context, frame proto.PageFrameID) (*session, error) {
	var s *session
	err := e.with(ctx, &session{browser: e.top.browser}, func(c proto.Client) error {
		res, err := proto.TargetAttachToTarget{TargetID: proto.TargetTargetID(frame), Flatten: true}.Call(c)
		if err != nil {
			return err
		}
		s = &session{browser: e.top.browser, id: res.SessionID}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("attach to frame: %w", err)
	}
	e.mu.Lock()
	e.sessions[s.id] = s
	e.mu.Unlock()
	err = e.with(ctx, s, func(c proto.Client) error {
		return errors.Join(proto.PageEnable{}.Call(c), proto.NetworkEnable{}.Call(c))
	})
	if err != nil {
		e.drop(s.id)
		return nil, fmt.Errorf("follow frame: %w", err)
	}
	return s, nil
}

// drop forgets a session and everything that was reached through it.
func (e *Eyes) drop(id proto.TargetSessionID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if id == e.top.id {
		return
	}
	delete(e.sessions, id)
	for frame, w := range e.worlds {
		if w.session.id == id {
			delete(e.worlds, frame)
		}
	}
	e.traffic.Forget(id)
}

// WhenClosed runs f once c is closed, until stop is called, which waits for it.
func WhenClosed(c <-chan struct{}, f func()) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-c:
			f()
		case <-end:
		}
	}()
	return func() { close(end); <-done }
}
