package mind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chiron/step"
	"chiron/vision"
)

// sample is one way of asking for the same act.
type sample struct {
	n    int       // 0 is the plain way; every other has a wording and a seed of its own
	near step.Rect // page pixels that samples before it could not agree about; a closer look at them is shown
}

// wordings is how many ways the prompt knows to ask.
const wordings = 3

// near is how far apart two points may lie, in page pixels, that mean the same place where no candidate stands: the distance within
// which a click still hits what it is meant for (reference/models.md, 2.3).
const near = 12

// consider asks one model for an act, and several times where the act is risky or follows a failure. doubt says why the act is not
// to be believed: the model's own doubt, or that no act has more than half of the samples. Where one sample more can decide, it is asked for.
func (m *Mind) consider(ctx context.Context, role Role, l Look) (out step.Proposal, doubt string, err error) {
	out, doubt, err = m.propose(ctx, role, l, sample{})
	if err != nil || doubt != "" || !m.deserves(ctx, l, out.Action.Action) {
		return out, doubt, err
	}
	used, n := out.Usage, m.o.Votes
	b := ballot{l: l}
	b.cast(out)
	for 2*b.most() <= max(n, b.all) {
		if b.all > n || 2*(b.most()+n+1-b.all) <= n+1 {
			doubt = fmt.Sprintf("only %d of my %d answers say so", b.most(), b.all)
			break
		}
		if cost := tokens(used); l.Left > 0 && cost+cost/b.all > l.Left {
			out.Usage = used
			return out, "", fmt.Errorf("propose: %w", ErrSpent)
		}
		next, unsure, err := m.propose(ctx, role, l, sample{n: b.all, near: b.disputed()})
		next.Usage.Cut = 0 // counted once
		used = used.Add(next.Usage)
		if err != nil && !errors.Is(err, ErrUnusable) {
			next.Usage = used
			return next, "", err
		}
		if unsure != "" {
			next.Action = step.Act{}
		}
		b.cast(next)
	}
	out = b.best()
	out.Usage, out.Samples, out.Agree = used, b.all, b.most()
	m.log.Debug("voted", "task", l.Task.ID, "role", string(role), "act", string(out.Action.Kind()), "samples", b.all, "agree", b.most())
	return out, doubt, nil
}

// deserves reports whether an act is to be asked for several times.
func (m *Mind) deserves(ctx context.Context, l Look, a step.Action) bool {
	return m.o.Votes > 1 && (l.Failed || l.Risky != nil && l.Risky(ctx, a))
}

func tokens(u step.Usage) int { return u.PromptTokens + u.AnswerTokens }

// left is what a look leaves to spend after a call.
func left(l Look, used step.Usage) int {
	if l.Left == 0 {
		return 0
	}
	return max(1, l.Left-tokens(used))
}

// ballot counts which acts were proposed on one look. An unusable answer is a voice for none, nor is one that the model is not sure of.
type ballot struct {
	l       Look
	options []step.Proposal // one for each act, the first that proposed it
	votes   []int
	all     int // samples
}

func (b *ballot) cast(p step.Proposal) {
	b.all++
	if p.Action.Action == nil {
		return
	}
	for i, o := range b.options {
		if b.l.same(o.Action.Action, p.Action.Action) {
			b.votes[i]++
			return
		}
	}
	b.options, b.votes = append(b.options, p), append(b.votes, 1)
}

func (b *ballot) most() int { return slices.Max(b.votes) }

// best is the act with the most votes, the first of equals.
func (b *ballot) best() step.Proposal { return b.options[slices.Index(b.votes, b.most())] }

// disputed is the area around the points that are proposed, where there are several; else it is empty.
func (b *ballot) disputed() step.Rect {
	var all []step.Point
	for _, o := range b.options {
		_, points := b.l.plain(o.Action.Action)
		all = append(all, points...)
	}
	if len(b.options) < 2 || len(all) < 2 {
		return step.Rect{}
	}
	least, most := all[0], all[0]
	for _, p := range all {
		least = step.Point{X: min(least.X, p.X), Y: min(least.Y, p.Y)}
		most = step.Point{X: max(most.X, p.X), Y: max(most.Y, p.Y)}
	}
	r := step.Rect{X: least.X - 2*near, Y: least.Y - 2*near, W: most.X - least.X + 4*near, H: most.Y - least.Y + 4*near}
	return r.Intersect(step.Rect{W: b.l.size().W, H: b.l.size().H})
}

// same reports whether two acts come to the same on a look: the same kind at the same things with the same values. What they only say
// to people or note down may differ.
func (l Look) same(a, b step.Action) bool {
	first, at := l.plain(a)
	second, there := l.plain(b)
	if first != second || len(at) != len(there) {
		return false
	}
	for i := range at {
		if dx, dy := at[i].X-there[i].X, at[i].Y-there[i].Y; dx*dx+dy*dy > near*near {
			return false
		}
	}
	return true
}

// plain writes an act without what does not count, with its targets as marks where candidates stand there. Points where none does
// are returned instead.
func (l Look) plain(a step.Action) (text string, points []step.Point) {
	switch a.(type) {
	case step.Note, step.Ask, step.Fail, step.Wait:
		return string(a.Kind()), nil
	}
	a, err := step.Aim(a, func(t step.Target) (step.Target, error) {
		switch {
		case t.Point != nil:
			if mark := under(l.Screen, *t.Point); mark != 0 {
				return step.Target{Mark: mark}, nil
			}
			points = append(points, *t.Point)
			return step.Target{Text: "point"}, nil
		case t.Text != "":
			if found, unique := vision.Match(l.Screen, t.Text); unique {
				return step.Target{Mark: found[0].Mark}, nil
			}
			return step.Target{Text: step.Fold(t.Text)}, nil
		}
		return t, nil
	})
	if t, typed := a.(step.Type); typed {
		t.Value = l.Values.Refer(strings.Join(strings.Fields(t.Value), " "))
		a = t
	}
	data, failed := step.Act{Action: a}.MarshalJSON()
	if err := errors.Join(err, failed); err != nil {
		return err.Error(), points
	}
	return string(data), points
}

// under is the mark of the smallest candidate at a point; 0 where there is none.
func under(s step.Screen, p step.Point) int {
	mark, least := 0, 0
	for _, c := range s.Items {
		if area := c.Box.W * c.Box.H; p.In(c.Box) && (mark == 0 || area < least) {
			mark, least = c.Mark, area
		}
	}
	return mark
}
