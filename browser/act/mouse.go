package act

import (
	"context"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"chiron/step"
)

// mouse makes one mouse event. buttons are those held, as a bit field.
func mouse(kind proto.InputDispatchMouseEventType, p step.Point, button proto.InputMouseButton, buttons, count, modifiers int) proto.InputDispatchMouseEvent {
	return proto.InputDispatchMouseEvent{
		Type: kind, X: float64(p.X), Y: float64(p.Y), Button: button, Buttons: &buttons, ClickCount: count, Modifiers: modifiers,
	}
}

func move(p step.Point, buttons, modifiers int) proto.InputDispatchMouseEvent {
	button := proto.InputMouseButtonNone
	if buttons != 0 {
		button = proto.InputMouseButtonLeft
	}
	return mouse(proto.InputDispatchMouseEventTypeMouseMoved, p, button, buttons, 0, modifiers)
}

func press(p step.Point, button proto.InputMouseButton, count, modifiers int) proto.InputDispatchMouseEvent {
	return mouse(proto.InputDispatchMouseEventTypeMousePressed, p, button, held(button), count, modifiers)
}

func release(p step.Point, button proto.InputMouseButton, count, modifiers int) proto.InputDispatchMouseEvent {
	return mouse(proto.InputDispatchMouseEventTypeMouseReleased, p, button, 0, count, modifiers)
}

func held(button proto.InputMouseButton) int {
	switch button {
	case proto.InputMouseButtonRight:
		return 2
	case proto.InputMouseButtonMiddle:
		return 4
	}
	return 1
}

// bits returns modifier keys as DevTools counts them.
func bits(modifiers []string) int {
	sum := 0
	for _, m := range modifiers {
		switch m {
		case "Alt":
			sum |= 1
		case "Control":
			sum |= 2
		case "Meta":
			sum |= 4
		case "Shift":
			sum |= 8
		}
	}
	return sum
}

func (r *run) click(ctx context.Context, a step.Click) error {
	p, err := need(a.Point)
	if err != nil {
		return err
	}
	if e := r.order.Facts.Element; e != nil && e.Disabled {
		return refuse("%s %q is disabled", e.Role, e.Name)
	}
	button := proto.InputMouseButtonLeft
	if a.Button != "" {
		button = proto.InputMouseButton(a.Button)
	}
	click := func() error { return r.clickAt(ctx, p, button, max(1, a.Count), bits(a.Modifiers)) }
	if r.order.Facts.Element == nil || r.eyes.Dialog() != nil {
		return click()
	}
	h, err := r.same(ctx, p)
	if err != nil {
		return err
	}
	defer h.Release()
	return r.shielded(ctx, h, func() error { // what changed before the shield was up is seen now, what changes later, when the mouse comes too, by the shield
		if err := r.still(ctx, p); err != nil {
			return err
		}
		return click()
	})
}

// clickAt moves, presses and releases, in one go: a move that is waited for costs a frame.
func (r *run) clickAt(ctx context.Context, p step.Point, button proto.InputMouseButton, count, modifiers int) error {
	if err := r.post(ctx, move(p, 0, modifiers)); err != nil {
		return err
	}
	return r.pressAt(ctx, p, button, count, modifiers)
}

// pressAt presses and releases; the events are dispatched in one go and the last acknowledgement is awaited.
func (r *run) pressAt(ctx context.Context, p step.Point, button proto.InputMouseButton, count, modifiers int) error {
	for n := 1; n < count; n++ {
		if err := r.post(ctx, press(p, button, n, modifiers)); err != nil {
			return err
		}
		if err := r.post(ctx, release(p, button, n, modifiers)); err != nil {
			return err
		}
	}
	if err := r.post(ctx, press(p, button, count, modifiers)); err != nil {
		return err
	}
	return r.send(ctx, release(p, button, count, modifiers))
}

// still refuses when another thing stands under the point than the order is for.
func (r *run) still(ctx context.Context, p step.Point) error {
	was := r.order.Facts
	h, err := r.same(ctx, p)
	if err != nil {
		return err
	}
	defer h.Release()
	now := step.Facts{Origin: was.Origin, Element: h.Element, Form: h.Form, Submits: was.Submits, Dialog: was.Dialog, To: was.To}
	if flat(now).Fingerprint() != flat(was).Fingerprint() {
		r.out.Stale = true
		return refuse("what stands at %v has just changed", p)
	}
	return nil
}

// flat are facts without what a page may well change at any time, size and text, and without the form that is
// to be sent: where that leads is shown by its request, which is held until it is compared.
func flat(f step.Facts) step.Facts {
	e := *f.Element
	e.Box, e.Text, e.CrossOrigin = step.Rect{}, "", false
	if f.Element = &e; f.Submits {
		f.Form = nil
	}
	return f
}

func (r *run) hover(ctx context.Context, a step.Hover) error {
	p, err := need(a.Point)
	if err != nil {
		return err
	}
	return r.send(ctx, move(p, 0, 0))
}

// pages is how far a scroll goes that does not say.
const pages = 0.8

func (r *run) scroll(ctx context.Context, a step.Scroll) error {
	size := step.Viewport()
	p := step.Point{X: size.W / 2, Y: size.H / 2}
	if a.Point != nil {
		var err error
		if p, err = need(a.Point); err != nil {
			return err
		}
	}
	by := a.Pages
	if by == 0 {
		by = pages
	}
	wheel := mouse(proto.InputDispatchMouseEventTypeMouseWheel, p, proto.InputMouseButtonNone, 0, 0, 0)
	switch a.Direction {
	case "up":
		wheel.DeltaY = -by * float64(size.H)
	case "down":
		wheel.DeltaY = by * float64(size.H)
	case "left":
		wheel.DeltaX = -by * float64(size.W)
	case "right":
		wheel.DeltaX = by * float64(size.W)
	default:
		return refuse("%q is no direction", a.Direction)
	}
	return r.send(ctx, wheel)
}

// between is the number of moves of a drag.
const between = 12

func (r *run) drag(ctx context.Context, a step.Drag) error {
	from, err := need(a.Point)
	if err != nil {
		return err
	}
	to, err := need(a.To.Point)
	if err != nil {
		return err
	}
	html, err := r.eyes.Draggable(ctx, from)
	if err != nil {
		return err
	}
	if html {
		return r.dragData(ctx, from, to)
	}
	if err := r.grip(ctx, from); err != nil {
		return err
	}
	return r.carry(ctx, from, to)
}

// grip presses the button.
func (r *run) grip(ctx context.Context, from step.Point) error {
	if err := r.post(ctx, move(from, 0, 0)); err != nil {
		return err
	}
	return r.send(ctx, press(from, proto.InputMouseButtonLeft, 1, 0))
}

// carry moves on with the button held, a frame at a time, and releases it.
func (r *run) carry(ctx context.Context, from, to step.Point) error {
	for i := 1; i <= between; i++ {
		p := step.Point{X: from.X + (to.X-from.X)*i/between, Y: from.Y + (to.Y-from.Y)*i/between}
		if err := r.send(ctx, move(p, 1, 0)); err != nil {
			return err
		}
	}
	return r.send(ctx, release(to, proto.InputMouseButtonLeft, 1, 0))
}

// dragData drags what HTML calls draggable. Chromium hands such a drag to the operating system, which a headless one
// lacks, so it is intercepted and dropped by DevTools; the page sees the same events.
func (r *run) dragData(ctx context.Context, from, to step.Point) error {
	watch, cancel := context.WithTimeout(ctx, r.opt.Input)
	defer cancel()
	begun := make(chan *proto.InputDragData, 1)
	drained := make(chan struct{})
	events := r.page.Browser().Context(watch).Event()
	go func() {
		defer close(drained)
		for m := range events {
			var v proto.InputDragIntercepted
			if m.SessionID == r.page.SessionID && m.Load(&v) {
				select {
				case begun <- v.Data:
				default:
				}
			}
		}
	}()
	defer func() { cancel(); <-drained }()
	if _, err := r.call(ctx, proto.InputSetInterceptDrags{Enabled: true}); err != nil {
		return err
	}
	defer func() { _, _ = r.call(watch, proto.InputSetInterceptDrags{}) }()
	if err := r.grip(ctx, from); err != nil {
		return err
	}
	near := step.Point{X: from.X + (to.X-from.X)/4, Y: from.Y + (to.Y-from.Y)/4}
	for _, p := range []step.Point{{X: (from.X + near.X) / 2, Y: (from.Y + near.Y) / 2}, near} {
		if err := r.send(ctx, move(p, 1, 0)); err != nil {
			return err
		}
	}
	patience := time.NewTimer(dragPatience)
	defer patience.Stop()
	select {
	case data := <-begun:
		return r.drop(ctx, to, data)
	case <-patience.C: // the page handles the drag itself
		return r.carry(ctx, near, to)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// dragPatience is how long Chromium may take to report a drag that has begun; it reports with the move's acknowledgement.
const dragPatience = 300 * time.Millisecond

func (r *run) drop(ctx context.Context, to step.Point, data *proto.InputDragData) error {
	for _, kind := range []proto.InputDispatchDragEventType{proto.InputDispatchDragEventTypeDragEnter,
		proto.InputDispatchDragEventTypeDragOver, proto.InputDispatchDragEventTypeDrop} {
		if err := r.send(ctx, proto.InputDispatchDragEvent{Type: kind, X: float64(to.X), Y: float64(to.Y), Data: data}); err != nil {
			return err
		}
	}
	return r.send(ctx, release(to, proto.InputMouseButtonLeft, 1, 0))
}
