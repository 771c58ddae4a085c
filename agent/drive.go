package agent

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"chiron/policy"
	"chiron/step"
)

// driveFor is how long a person may do nothing before the agent goes on.
const driveFor = 5 * time.Minute

// takeWait is how long Drive waits for the agent to end the step in hand and let go of the mouse.
const takeWait = 10 * time.Second

// Why a person's act is not carried out.
var (
	ErrNotDriven = errors.New("nobody holds the mouse of this task under that lease")
	ErrNotAnAct  = errors.New("this is nothing that a person does with mouse and keys")
)

// wheel is the mouse of a task while a person holds it.
type wheel struct {
	lease, by string
	acts      chan driving
	let       chan struct{} // closed when the agent has it again
}

// driving is one act on its way to the goroutine of the task.
type driving struct {
	ctx   context.Context
	act   step.Driving
	reply chan driven // holds one
}

type driven struct {
	step.Driven
	err error
}

// Driven reports whether a task's mouse is held under a lease here.
func (r *Runner) Driven(task, lease string) bool {
	w, _ := r.wheel(task)
	return w != nil && w.lease == lease
}

// wheel returns the wheel of a task, or nil, and what is closed when another one may be there.
func (r *Runner) wheel(task string) (*wheel, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wheels[task], r.turned
}

func (r *Runner) turn(task string, w *wheel) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w == nil {
		delete(r.wheels, task)
	} else {
		r.wheels[task] = w
	}
	close(r.turned)
	r.turned = make(chan struct{})
}

// Drive carries out one act of the person who holds the mouse. It waits a while for the agent to let go of it. The act is judged like
// the agent's, with the person as its principal, and recorded before it happens; a denial is in the verdict. Errors: ErrNotDriven and
// ErrNotAnAct, and what keeps a judgement from being made; then nothing has happened.
func (r *Runner) Drive(ctx context.Context, task string, act step.Driving) (step.Driven, error) {
	if err := drivable(act.Action.Action); err != nil {
		return step.Driven{}, err
	}
	late := r.o.After(takeWait)
	for {
		w, turned := r.wheel(task)
		if w != nil && (w.lease != act.Lease || w.by != act.By) {
			return step.Driven{}, ErrNotDriven
		}
		if w == nil {
			select {
			case <-turned:
				continue
			case <-late:
				return step.Driven{}, ErrNotDriven
			case <-ctx.Done():
				return step.Driven{}, context.Cause(ctx)
			}
		}
		d := driving{ctx, act, make(chan driven, 1)}
		select {
		case w.acts <- d:
			got := <-d.reply
			return got.Driven, got.err
		case <-w.let:
			return step.Driven{}, ErrNotDriven
		case <-ctx.Done():
			return step.Driven{}, context.Cause(ctx)
		}
	}
}

// drivable refuses what is no act on the screen, and single letters: they are typed, so that nobody writes them down.
func drivable(a step.Action) error {
	switch a := a.(type) {
	case nil, step.Note, step.Call, step.Delegate, step.Ask, step.Done, step.Fail:
		return ErrNotAnAct
	case step.Press:
		if utf8.RuneCountInString(a.Key) == 1 {
			return fmt.Errorf("%w: a letter is typed, not pressed", ErrNotAnAct)
		}
	}
	return nil
}

// driven lets a person drive until they give the mouse back, do nothing for long, or the task ends.
func (t *run) driven(ctx context.Context, lease, by string) error {
	since := t.o.Clock()
	w := &wheel{lease: lease, by: by, acts: make(chan driving), let: make(chan struct{})}
	t.turn(t.task.ID, w)
	defer func() {
		t.turn(t.task.ID, nil)
		close(w.let)
		t.ahead()
		t.started = t.started.Add(t.o.Clock().Sub(since)) // people do not use up the wall budget
	}()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.o.After(driveFor):
			t.log.Info("the person who drove did nothing for long", "task", t.task.ID, "by", by)
			return t.record(ctx, step.Took{Command: step.Order{Command: step.Drive{Lease: lease}}, By: "lease"})
		case d := <-w.acts:
			got, err := t.drive(ctx, d)
			d.reply <- driven{got, err}
			if errors.Is(err, errRecord) {
				return err
			}
		case l, open := <-t.letters:
			if !open {
				return errors.New("the mailbox closed")
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
func (t *run) between(ctx context.Context, w *wheel, l Letter) (over bool, err error) {
	switch c := l.Order.Command.(type) {
	case step.Drive:
		defer l.Ack()
		if c.Take || c.Lease != w.lease {
			return false, nil // it is held
		}
		return true, t.record(ctx, step.Took{Command: l.Order, By: l.By})
	case step.Resume:
		defer l.Ack()
		return true, t.record(ctx, step.Took{Command: step.Order{Command: step.Drive{Lease: w.lease}}, By: l.By})
	case step.Pause:
		l.Ack()
		return false, nil
	case step.Reply:
		t.kept = append(t.kept, l)
		return false, nil
	}
	return false, t.heed(ctx, l)
}

// drive judges, records and carries out one act of a person, and looks at what came of it.
func (t *run) drive(ctx context.Context, d driving) (step.Driven, error) {
	t.ahead()
	action := d.act.Action.Action
	facts, err := t.screen.Facts(d.ctx, action)
	if err != nil {
		return step.Driven{}, fmt.Errorf("gather facts: %w", err)
	}
	facts.Observation = t.obs.ID
	said := action
	if typed, ok := action.(step.Type); ok {
		typed.Value = hush(typed.Value)
		said = typed
	}
	if err := t.record(ctx, step.Proposed{Proposal: step.Proposal{Action: step.Act{Action: said}, By: "person"}}); err != nil {
		return step.Driven{}, err
	}
	admission, err := t.o.Gate.Admit(ctx, policy.Request{Task: t.task, Step: t.n, Principal: d.act.By, Action: action, Facts: facts,
		Values: t.values, Usage: t.usage, Past: t.past})
	t.past = admission.Past
	if err != nil {
		return step.Driven{}, fmt.Errorf("%w: %w", errRecord, err)
	}
	got := step.Driven{Verdict: admission.Verdict}
	if admission.Permit == nil {
		return got, nil
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), actTime)
	defer cancel()
	out, err := t.screen.Do(bounded, admission.Permit)
	if err != nil && out.Status == "" {
		out = step.Outcome{Status: step.Unknown, Reason: err.Error()}
	}
	out.ReadBack = hush(out.ReadBack)
	got.Outcome = &out
	if err := t.record(ctx, step.Did{Verdict: admission.Verdict.ID, Outcome: out, Before: t.obs.Frame.Hash}); err != nil {
		return got, err
	}
	t.history = append(t.history, entry(t.n, d.act.By+", a person: "+Words(said), "", outcomeWords(out)))
	t.idle, t.expect = 0, nil
	return got, t.look(ctx)
}
