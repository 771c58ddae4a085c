package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"chiron/policy"
	"chiron/step"
)

// heldFor is how often it is asked whether everything is still stopped.
const heldFor = 250 * time.Millisecond

// stopped reports whether an act was refused for no other reason than that everything is stopped.
func stopped(v step.Verdict) bool {
	return v.Decision == step.Deny && slices.Equal(v.Rules, []string{policy.RuleStopped})
}

// held parks the task while everything is stopped. A cancellation ends it meanwhile; answers are kept.
func (t *run) held(ctx context.Context) error {
	if t.o.Stopped == nil || !t.o.Stopped() {
		return nil
	}
	since := t.o.Clock()
	if err := t.record(ctx, step.Took{Command: step.Order{Command: step.Pause{}}, By: "stop"}); err != nil {
		return err
	}
	for t.o.Stopped() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.o.After(heldFor):
		case l, open := <-t.letters:
			if !open {
				return errors.New("the mailbox closed")
			}
			if _, reply := l.Order.Command.(step.Reply); reply {
				t.kept = append(t.kept, l)
			} else if err := t.heed(ctx, l); err != nil {
				return err
			}
		}
	}
	t.started = t.started.Add(t.o.Clock().Sub(since)) // does not use up the wall budget
	return t.record(ctx, step.Took{Command: step.Order{Command: step.Resume{}}, By: "stop"})
}
