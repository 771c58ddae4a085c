package agent

import (
	"context"
	"errors"
	"fmt"

	"chiron/policy"
	"chiron/step"
	"chiron/vision"
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
	drag, stroke := p.Action.Action.(step.Drag)
	stroke = stroke && drag.Mark != 0 && drag.Mark == drag.To.Mark
	placed, err := step.Aim(p.Action.Action, at)
	if err == nil && stroke {
		size := step.Viewport()
		drag.Target.Mark, drag.To.Mark = 0, 0
		drag.Target.Point, drag.To.Point = p.Located.Box.Intersect(step.Rect{W: size.W, H: size.H}).Across()
		placed = drag
	}
	p.Action.Action = placed
	return p, err
}

// locate finds one target on the last look.
func (t *run) locate(ctx context.Context, target step.Target) (step.Found, error) {
	if target.Mark != 0 || target.Point != nil {
		return t.place(target)
	}
	found, used, err := t.o.Mind.Locate(ctx, t.lookOf(), target.Text)
	t.usage = t.usage.Add(used)
	if err != nil {
		return found, err
	}
	return t.show(ctx, found), nil
}

// place finds a mark or a point on the last look.
func (t *run) place(target step.Target) (step.Found, error) {
	view := t.obs.Frame.Size
	if view == (step.Size{}) {
		view = step.Viewport()
	}
	if target.Mark == 0 {
		if !target.Point.In(step.Rect{W: view.W, H: view.H}) {
			return step.Found{}, fmt.Errorf("%w: the point %v is outside the %d×%d screen", errTarget, *target.Point, view.W, view.H)
		}
		return step.Found{Point: *target.Point, Method: "point", Picture: t.obs.Frame.Hash}, nil
	}
	c, ok := t.seen.Item(target.Mark)
	if !ok {
		return step.Found{}, fmt.Errorf("%w: there is no mark %d; marks are 1 to %d", errTarget, target.Mark, len(t.seen.Items))
	}
	box := c.Box.Intersect(step.Rect{W: view.W, H: view.H})
	if box.Empty() {
		return step.Found{}, fmt.Errorf("%w: mark %d is outside the viewport", errTarget, target.Mark)
	}
	return step.Found{Point: box.Center(), Box: c.Box, Mark: c.Mark, Method: "mark", Picture: t.obs.Frame.Hash}, nil
}

// risky reports whether an act on the last look would have an effect that cannot be undone, by what Chromium says of its place now. What
// cannot be told without a model is.
func (t *run) risky(ctx context.Context, a step.Action) bool {
	placed, err := step.Aim(a, func(target step.Target) (step.Target, error) {
		if target.Zero() {
			return target, nil
		}
		if words, err := t.values.Expand(target.Text, nil); target.Text != "" && err == nil {
			if found, unique := vision.Match(t.seen, words); unique {
				target.Mark = found[0].Mark
			}
		}
		if target.Mark == 0 && target.Point == nil {
			return target, errTarget
		}
		found, err := t.place(target)
		return step.Target{Point: &found.Point}, err
	})
	if err != nil {
		return true
	}
	facts, err := t.screen.Facts(ctx, placed)
	return err != nil || policy.Risky(placed, t.values, facts)
}
