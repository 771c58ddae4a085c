package act

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look"
	"chiron/step"
)

// run is one act on its way.
type run struct {
	*Hands
	page  *rod.Page
	order Order
	out   step.Outcome
	sent  bool // something that may have reached the page was dispatched
}

// errLost says that something was dispatched and nobody knows what became of it.
var errLost = errors.New("the browser did not acknowledge it in time")

// send dispatches a command and waits for its acknowledgement, but not beyond the opening of a dialog: Chromium
// acknowledges the input that opened one only when it is closed.
func (r *run) send(ctx context.Context, req proto.Request) error {
	_, err := r.sendFor(ctx, r.opt.Input, req)
	return err
}

func (r *run) sendFor(ctx context.Context, limit time.Duration, req proto.Request) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
	opened := r.eyes.DialogOpened()
	if r.eyes.Dialog() != nil {
		opened = nil // it answers the dialog
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLost)
	defer cancel()
	type answer struct {
		data []byte
		err  error
	}
	answered := make(chan answer, 1)
	r.sent = true
	go func() {
		data, err := r.call(ctx, req)
		answered <- answer{data, err}
	}()
	select {
	case a := <-answered:
		if a.err != nil && ctx.Err() != nil {
			a.err = context.Cause(ctx)
		}
		if a.err != nil {
			return nil, fmt.Errorf("%s: %w", req.ProtoReq(), a.err)
		}
		return a.data, nil
	case <-opened:
		cancel()
		<-answered
		return nil, nil
	}
}

// call sends one command in the page's session.
func (r *run) call(ctx context.Context, req proto.Request) ([]byte, error) {
	return r.page.Browser().Call(ctx, string(r.page.SessionID), req.ProtoReq(), req)
}

// post dispatches a command without waiting for its acknowledgement. Commands of one session are carried out in the
// order in which they are dispatched, so the acknowledgement of a later one covers it.
func (r *run) post(ctx context.Context, req proto.Request) error {
	if ctx.Err() != nil {
		return fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
	r.sent = true
	unattended, cancel := context.WithCancel(context.WithoutCancel(ctx))
	cancel() // rod's client sends first and looks at the context only while it waits
	if _, err := r.call(unattended, req); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", req.ProtoReq(), err)
	}
	return nil
}

// reached turns the errors of a script that was stopped by a dialog it opened itself into success.
func reached(err error) error {
	if errors.Is(err, look.ErrDialog) {
		return nil
	}
	return err
}

// need returns the point of a grounded target.
func need(p *step.Point) (step.Point, error) {
	size := step.Viewport()
	switch {
	case p == nil:
		return step.Point{}, refuse("the target is not grounded")
	case !p.In(step.Rect{W: size.W, H: size.H}):
		return step.Point{}, refuse("the point %v is outside the viewport", *p)
	}
	return *p, nil
}
