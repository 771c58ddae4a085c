package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"chiron/agent/halt"
	"chiron/policy"
	"chiron/step"
)

// heldFor is how often it is asked whether everything is still stopped.
const heldFor = 250 * time.Millisecond

// stopped reports whether an act was refused for no other reason than that everything is stopped.
func stopped(v step.Verdict) bool {
	return v.Decision == step.Deny && slices.Equal(v.Rules, []string{policy.RuleStopped})
}

// halted reports whether everything is stopped.
func (t *run) halted() bool { return t.o.Stopped != nil && t.o.Stopped() }

// unlessHalted does a part of the work, which a stop interrupts: then the task is parked, and the part begins anew after the release. An open
// question is not interrupted, since nothing happens while people think.
func (t *run) unlessHalted(ctx context.Context, part func(context.Context) error) error {
	for {
		n := t.n
		within, over := halt.Within(ctx, func() bool { return t.halted() && !t.asking.Load() })
		err := part(within)
		interrupted := halt.Ended(within) || errors.Is(err, halt.ErrStopped)
		over()
		var ended *verdictOf
		if err == nil || !interrupted || errors.As(err, &ended) || ctx.Err() != nil {
			return err
		}
		t.n = max(n, t.n-1)
		if err := t.held(ctx); err != nil {
			return err
		}
	}
}

// waiting begins a time that uses up no wall budget, since people are waited for; what it returns ends that. A time within another counts once.
func (t *run) waiting() (over func()) {
	if t.away {
		return func() {}
	}
	t.away = true
	since := t.o.Clock()
	return func() { t.away, t.started = false, t.started.Add(t.o.Clock().Sub(since)) }
}

// held parks the task while everything is stopped. A cancellation ends it meanwhile; answers are kept.
func (t *run) held(ctx context.Context) error {
	if !t.halted() {
		return nil
	}
	defer t.waiting()()
	if err := t.record(ctx, step.Took{Command: step.Order{Command: step.Pause{}}, By: "stop"}); err != nil {
		return err
	}
	for t.halted() {
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
	return t.record(ctx, step.Took{Command: step.Order{Command: step.Resume{}}, By: "stop"})
}
