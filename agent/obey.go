package agent

import (
	"context"
	"errors"

	"chiron/agent/halt"
	"chiron/agent/words"
	"chiron/step"
)

// obey takes in what people have said since the last step.
func (t *run) obey(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case l, open := <-t.letters:
			if !open {
				return errors.New("the mailbox closed")
			}
			if err := t.heed(t.life, l); err != nil {
				return err
			}
		default:
			if early := t.early; early != nil && t.screen != nil && t.n > 1 {
				t.early = nil
				if err := t.heed(t.life, Letter{Order: early.Command, By: early.By, Ack: func() {}}); err != nil {
					return err
				}
			}
			if t.halted() {
				return halt.ErrStopped
			}
			return nil
		}
	}
}

// heed obeys one order and records it. A pause lasts until it is resumed or cancelled.
func (t *run) heed(ctx context.Context, l Letter) error {
	defer l.Ack()
	switch c := l.Order.Command.(type) {
	case step.Cancel:
		if err := t.record(ctx, step.Took{Command: l.Order, By: l.By}); err != nil {
			return err
		}
		return end(step.Cancelled, "cancelled by %s%s", l.By, words.Because(c.Reason))
	case step.Message:
		t.messages = append(t.messages, c.Text)
		return t.record(ctx, step.Took{Command: l.Order, By: l.By})
	case step.Pause:
		if err := t.record(ctx, step.Took{Command: l.Order, By: l.By}); err != nil {
			return err
		}
		return t.parked(ctx)
	case step.Drive:
		switch {
		case !c.Take:
			if t.early != nil && t.early.Command.Command == (step.Drive{Lease: c.Lease, Take: true}) {
				t.early = nil
			}
			return nil
		case t.screen == nil || t.n <= 1: // there is nothing to drive yet
			t.early = &step.Took{Command: l.Order, By: l.By}
			return nil
		}
		if err := t.record(ctx, step.Took{Command: l.Order, By: l.By}); err != nil {
			return err
		}
		return t.driven(ctx, c.Lease, l.By)
	}
	return nil // a late answer, a resume of what runs, a watcher: nothing to do
}

// parked waits for the end of a pause.
func (t *run) parked(ctx context.Context) error {
	defer t.waiting()()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case l, open := <-t.letters:
			if !open {
				return errors.New("the mailbox closed")
			}
			if _, yes := l.Order.Command.(step.Resume); yes {
				l.Ack()
				return t.record(ctx, step.Took{Command: l.Order, By: l.By})
			}
			switch l.Order.Command.(type) {
			case step.Pause:
				l.Ack()
				continue
			case step.Reply:
				t.kept = append(t.kept, l)
				continue
			}
			if err := t.heed(ctx, l); err != nil {
				return err
			}
			if drive, ok := l.Order.Command.(step.Drive); ok && drive.Take && t.early == nil {
				return nil // a person has driven meanwhile; who gives the mouse back wants the agent to go on
			}
		}
	}
}

// spend ends the task when a budget is used up or nothing moves any more.
func (t *run) spend(context.Context) error {
	wall := t.o.Clock().Sub(t.started)
	switch l := t.limits; {
	case t.n > l.Steps:
		t.n--
		return end(step.OutOfBudget, "the budget of %d steps is used up", l.Steps)
	case wall > l.Wall:
		return end(step.OutOfBudget, "the budget of %v is used up", l.Wall)
	case t.usage.ModelTime > l.Model:
		return end(step.OutOfBudget, "the budget of %v inside the model is used up", l.Model)
	case t.usage.PromptTokens+t.usage.AnswerTokens > l.Tokens:
		return end(step.OutOfBudget, "the budget of %d tokens is used up", l.Tokens)
	case t.idle >= l.NoWork:
		return end(step.Stuck, "nothing changed on the screen for %d steps", t.idle)
	}
	return nil
}
