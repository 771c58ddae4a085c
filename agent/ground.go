package agent

import (
	"context"
	"errors"
	"fmt"

	"chiron/step"
)

var errTarget = errors.New("no such target")

// ground turns marks and descriptions into points. The proposal keeps what was said and gains where it is; the
// returned proposal's action aims at points only.
func (t *run) ground(ctx context.Context, p step.Proposal) (step.Proposal, error) {
	at := func(target step.Target) (step.Target, error) {
		if target.Zero() {
			return target, nil
		}
		found, err := t.locate(ctx, target)
		if err != nil {
			return target, err
		}
		if p.Located == nil {
			p.Located = &found
		}
		return step.Target{Point: &found.Point}, nil
	}
	var err error
	switch a := p.Action.Action.(type) {
	case step.Click:
		a.Target, err = at(a.Target)
		p.Action.Action = a
	case step.Hover:
		a.Target, err = at(a.Target)
		p.Action.Action = a
	case step.Type:
		a.Target, err = at(a.Target)
		p.Action.Action = a
	case step.Scroll:
		a.Target, err = at(a.Target)
		p.Action.Action = a
	case step.Select:
		a.Target, err = at(a.Target)
		p.Action.Action = a
	case step.Upload:
		a.Target, err = at(a.Target)
		p.Action.Action = a
	case step.Drag:
		size := step.Viewport()
		view, stroke := step.Rect{W: size.W, H: size.H}, a.Mark != 0 && a.Mark == a.To.Mark
		if a.Target, err = at(a.Target); err == nil {
			a.To, err = at(a.To)
		}
		if stroke && err == nil {
			a.Target.Point, a.To.Point = across(p.Located.Box.Intersect(view))
		}
		p.Action.Action = a
	}
	return p, err
}

// across is a stroke through the middle of a box: what a drag from a mark to itself means, such as in a field for signatures.
func across(box step.Rect) (from, to *step.Point) {
	y := box.Y + box.H/2
	return &step.Point{X: box.X + box.W/5, Y: y}, &step.Point{X: box.X + box.W - 1 - box.W/5, Y: y}
}

// locate finds one target on the last look.
func (t *run) locate(ctx context.Context, target step.Target) (step.Found, error) {
	view := t.obs.Frame.Size
	if view == (step.Size{}) {
		view = step.Viewport()
	}
	switch {
	case target.Mark != 0:
		c, ok := t.seen.Item(target.Mark)
		if !ok {
			return step.Found{}, fmt.Errorf("%w: there is no mark %d; marks are 1 to %d", errTarget, target.Mark, len(t.seen.Items))
		}
		box := c.Box.Intersect(step.Rect{W: view.W, H: view.H})
		if box.Empty() {
			return step.Found{}, fmt.Errorf("%w: mark %d is outside the viewport", errTarget, target.Mark)
		}
		return step.Found{Point: box.Center(), Box: c.Box, Mark: c.Mark, Method: "mark", Picture: t.obs.Frame.Hash}, nil
	case target.Point != nil:
		if !target.Point.In(step.Rect{W: view.W, H: view.H}) {
			return step.Found{}, fmt.Errorf("%w: the point %v is outside the %d×%d screen", errTarget, *target.Point, view.W, view.H)
		}
		return step.Found{Point: *target.Point, Method: "point", Picture: t.obs.Frame.Hash}, nil
	}
	found, used, err := t.o.Mind.Locate(ctx, t.lookOf(), target.Text)
	t.usage = t.usage.Add(used)
	if err != nil {
		return found, err
	}
	return t.show(ctx, found), nil
}
