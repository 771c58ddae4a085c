package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	if found.Picture == "" {
		found.Picture = t.obs.Frame.Hash
	}
	return found, err
}

// Words says an action in plain words, references unexpanded.
func Words(a step.Action) string {
	switch a := a.(type) {
	case step.Click:
		verb := "click"
		if a.Button == "right" || a.Button == "middle" {
			verb = a.Button + "-click"
		}
		if a.Count == 2 {
			verb = "double-click"
		}
		return fmt.Sprintf("%s %v", verb, a.Target)
	case step.Hover:
		return fmt.Sprintf("hover over %v", a.Target)
	case step.Drag:
		return fmt.Sprintf("drag %v to %v", a.Target, a.To)
	case step.Type:
		return fmt.Sprintf("type %q into %v", a.Value, a.Target)
	case step.Press:
		return "press " + a.Key
	case step.Scroll:
		return "scroll " + a.Direction
	case step.Select:
		return fmt.Sprintf("select %q in %v", a.Option, a.Target)
	case step.Upload:
		return fmt.Sprintf("upload %q to %v", a.File, a.Target)
	case step.Navigate:
		return "go to " + a.URL
	}
	return wordsOffScreen(a)
}

func wordsOffScreen(a step.Action) string {
	switch a := a.(type) {
	case step.TabAct:
		return strings.TrimSpace(fmt.Sprintf("%s tab %d %s", a.Op, a.Number, a.URL))
	case step.DialogAct:
		if a.Accept {
			return "accept the dialog"
		}
		return "dismiss the dialog"
	case step.Wait:
		return fmt.Sprintf("wait %v s", a.Seconds)
	case step.Note:
		return fmt.Sprintf("note %q", a.Text)
	case step.Ask:
		return fmt.Sprintf("ask %q", a.Question)
	case step.Done:
		return "claim that the goal is reached"
	case step.Fail:
		return fmt.Sprintf("give up: %q", a.Reason)
	}
	return string(a.Kind())
}
