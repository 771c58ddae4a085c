package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"chiron/agent"
	"chiron/journal"
	"chiron/policy"
	"chiron/step"
)

// left makes a task whose former worker got as far as the given events, and takes it up again.
func (h *house) left(t step.Task, effect step.Effect, outcome step.OutcomeStatus) (step.Result, step.State) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	state, _, err := h.journal.Create(ctx, t.Normalise(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	id := state.Task.ID
	lease, err := h.journal.Claim(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	act := step.Act{Action: step.Click{Target: step.Target{Point: &step.Point{X: 1, Y: 1}}}}
	v := step.Verdict{ID: "v", Decision: step.Permit, Action: act, Effect: effect, Facts: step.Facts{URL: t.Start}}
	bodies := []step.Body{step.Leased{Worker: "dead", Attempt: 1}, step.Judged{Verdict: v}}
	if outcome != "" {
		bodies = append(bodies, step.Did{Verdict: "v", Outcome: step.Outcome{Status: outcome}})
	}
	for _, b := range bodies {
		if _, err := h.journal.Append(ctx, id, 1, b); err != nil {
			h.t.Fatal(err)
		}
	}
	if state, err = h.journal.State(ctx, id); err != nil {
		h.t.Fatal(err)
	}
	if err := h.runner.Run(ctx, state, "alive", 2); err != nil {
		h.t.Fatal(err)
	}
	if state, err = h.journal.State(ctx, id); err != nil {
		h.t.Fatal(err)
	}
	if err := lease.Done(ctx); err != nil {
		h.t.Fatal(err)
	}
	return *state.Result, state
}

func TestAfterACrashNothingIrreversibleIsRepeatedByItself(t *testing.T) {
	url, sent := page(t)
	task := step.Task{Goal: "send", Start: url, Autonomy: step.AutonomyAuto, Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}},
		Limits: step.Limits{Answers: 20 * time.Millisecond}}
	for name, c := range map[string]struct {
		effect  step.Effect
		outcome step.OutcomeStatus
		want    step.Status
		sent    int
	}{
		"unknown irreversible act":                 {step.EffectIrreversible, "", step.NeedsReview, 0},
		"executed irreversible act":                {step.EffectIrreversible, step.Executed, step.NeedsReview, 0},
		"irreversible act that was not dispatched": {step.EffectIrreversible, step.NotExecuted, step.StatusDone, 1},
		"unknown reversible act":                   {step.EffectReversible, "", step.StatusDone, 1},
	} {
		t.Run(name, func(t *testing.T) {
			*sent = 0
			h := newHouse(t, nil)
			r, s := h.left(task, c.effect, c.outcome)
			if r.Status != c.want || *sent != c.sent || s.Attempt != 2 {
				t.Errorf("ended as %s (%s), sent %d times, attempt %d", r.Status, r.Reason, *sent, s.Attempt)
			}
		})
	}
}

// deaf is a recorder that fails from the n-th verdict-bearing write on.
type deaf struct {
	agent.Recorder
	after int
}

func (d *deaf) Append(ctx context.Context, task string, n int, b step.Body) (step.Event, error) {
	if d.after--; d.after < 0 {
		return step.Event{}, errors.New("disk full")
	}
	return d.Recorder.Append(ctx, task, n, b)
}

type mute struct{}

func (mute) Record(context.Context, string, int, step.Verdict) error { return errors.New("disk full") }

func TestWhatCannotBeRecordedDoesNotHappen(t *testing.T) {
	url, sent := page(t)
	h := newHouse(t, nil)
	gate, err := policy.NewGate(policy.Options{Ledger: mute{}})
	if err != nil {
		t.Fatal(err)
	}
	h2 := newHouse(t, func(o *agent.Options) { o.Gate = gate })
	for name, house := range map[string]*house{"gate": h2, "history": newHouse(t, func(o *agent.Options) { o.Recorder = &deaf{o.Recorder, 6} }), "control": h} {
		t.Run(name, func(t *testing.T) {
			*sent = 0
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			task := step.Task{Goal: "send", Start: url, Autonomy: step.AutonomyAuto, Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}}}
			if _, _, err := house.journal.Create(ctx, task.Normalise(), ""); err != nil {
				t.Fatal(err)
			}
			lease, err := house.journal.Claim(ctx)
			if err != nil {
				t.Fatal(err)
			}
			err = house.runner.Run(ctx, lease.State, "test", lease.Attempt)
			if control := name == "control"; (err == nil) != control || (*sent == 1) != control {
				t.Errorf("run: %v, sent %d times", err, *sent)
			}
			if err := lease.Release(ctx); err != nil && name != "control" {
				t.Fatal(err)
			}
		})
	}
}

func TestPeopleAreHeard(t *testing.T) {
	url, sent := page(t)
	task := step.Task{Goal: "send", Start: url, Autonomy: step.AutonomyStep, Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}}}
	for name, c := range map[string]struct {
		reply func(q step.Question) step.Command
		want  step.Status
		sent  int
	}{
		"approve": {func(q step.Question) step.Command {
			return step.Reply{Answer: step.Answer{Question: q.ID, Choice: step.Approve}}
		}, step.StatusDone, 1},
		"deny": {func(q step.Question) step.Command {
			return step.Reply{Answer: step.Answer{Question: q.ID, Choice: step.Refuse}}
		}, step.Denied, 0},
		"cancel": {func(step.Question) step.Command { return step.Cancel{Reason: "enough"} }, step.Cancelled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			*sent = 0
			h := newHouse(t, nil)
			done := make(chan step.Result, 1)
			go func() { done <- h.do(task) }()
			h.reply(c.reply)
			if r := <-done; r.Status != c.want || *sent != c.sent {
				t.Errorf("ended as %s (%s), sent %d times", r.Status, r.Reason, *sent)
			}
		})
	}
}

// reply answers every question of the only task until it ends.
func (h *house) reply(with func(step.Question) step.Command) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	id := h.only(ctx)
	err := h.journal.Follow(ctx, id, 0, func(e step.Event) error {
		if b, ok := e.Body.(step.Asked); ok {
			return h.journal.Send(ctx, id, step.Order{Command: with(b.Question)}, "dana")
		}
		return nil
	})
	if err != nil {
		h.t.Error(err)
	}
}

// only waits for the task that another goroutine creates.
func (h *house) only(ctx context.Context) string {
	for ctx.Err() == nil {
		if list, _, err := h.journal.List(ctx, journal.Filter{}); err == nil && len(list) == 1 && strings.TrimSpace(list[0].Task.ID) != "" {
			return list[0].Task.ID
		}
	}
	h.t.Error("no task")
	return ""
}
