package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chiron/agent/halt"
	"chiron/agent/wheel"
	"chiron/agent/words"
	"chiron/mind"
	"chiron/policy"
	"chiron/step"
)

// driveFor is how long a person may do nothing before the agent goes on.
const driveFor = 5 * time.Minute

// driven lets a person drive until they give the mouse back, do nothing for long, or the task ends.
func (t *run) driven(ctx context.Context, lease, by string) error {
	defer t.waiting()()
	if err := t.look(ctx); err != nil { // the page may be on its way; the mouse is handed over when it has settled
		return err
	}
	w := t.Take(t.task.ID, lease, by)
	defer func() {
		t.Let(t.task.ID, w)
		t.ahead()
	}()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.o.After(driveFor):
			t.log.Info("the person who drove did nothing for long", "task", t.task.ID, "by", by)
			return t.record(ctx, step.Took{Command: step.Order{Command: step.Drive{Lease: lease}}, By: "lease"})
		case d := <-w.Acts:
			got, err := t.drive(ctx, d)
			d.Answer(got, err)
			if errors.Is(err, errRecord) {
				return err
			}
			if got.Outcome != nil { // it is answered already: a look that fails must not hide what happened
				if err := t.look(ctx); err != nil {
					return err
				}
			}
		case l, open := <-t.letters:
			if !open {
				return errors.New("the mailbox closed")
			}
			if c, ok := l.Order.Command.(step.Drive); ok && c.Take && l.By == w.By { // their page was loaded anew
				t.Let(t.task.ID, w)
				w = t.Take(t.task.ID, c.Lease, l.By)
			}
			var err error
			if over, err = t.between(ctx, w, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// ahead begins the next step, which uses up no budget: acts of people are steps of the history, not of the agent.
func (t *run) ahead() {
	t.n++
	t.limits.Steps++
}

// between takes in what people say while one of them drives, and reports whether the mouse is given back.
func (t *run) between(ctx context.Context, w *wheel.Held, l Letter) (over bool, err error) {
	switch c := l.Order.Command.(type) {
	case step.Drive:
		defer l.Ack()
		if c.Lease != w.Lease {
			return false, nil // it is held
		}
		return !c.Take, t.record(ctx, step.Took{Command: l.Order, By: l.By})
	case step.Resume:
		defer l.Ack()
		return true, t.record(ctx, step.Took{Command: step.Order{Command: step.Drive{Lease: w.Lease}}, By: l.By})
	case step.Pause:
		l.Ack()
		return false, nil
	case step.Reply:
		t.kept = append(t.kept, l)
		return false, nil
	}
	return false, t.heed(ctx, l)
}

// drive judges, records and carries out one act of a person.
func (t *run) drive(ctx context.Context, d wheel.Driving) (step.Driven, error) {
	t.ahead()
	action := d.Act.Action.Action
	facts, err := t.screen.Facts(d.Context, action)
	if err != nil {
		return step.Driven{}, fmt.Errorf("gather facts: %w", err)
	}
	facts.Observation = t.obs.ID
	said := policy.Unspoken(action)
	if err := t.record(ctx, step.Proposed{Proposal: step.Proposal{Action: step.Act{Action: said}, By: step.ByPerson}}); err != nil {
		return step.Driven{}, err
	}
	admission, err := t.o.Gate.Admit(ctx, policy.Request{Task: t.task, Step: t.n, Principal: d.Act.By, Action: action, Facts: facts,
		Values: t.values, Usage: t.usage, Past: t.past})
	t.past = admission.Past
	if err != nil {
		return step.Driven{}, fmt.Errorf("%w: %w", errRecord, err)
	}
	got := step.Driven{Verdict: admission.Verdict}
	if admission.Permit == nil {
		return got, nil
	}
	within, over := halt.Within(ctx, t.halted) // the wheel itself outlasts a stop, an act does not
	defer over()
	out, err := t.dispatch(within, admission)
	if out.Status != "" {
		got.Outcome = &out
	}
	if err != nil {
		return got, err
	}
	t.history = append(t.history, mind.Entry{Step: t.n, Act: d.Act.By + ", a person: " + words.Of(said), Outcome: words.Outcome(out)})
	t.idle, t.noted, t.expect = 0, 0, nil
	return got, nil
}
