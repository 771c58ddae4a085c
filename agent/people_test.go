package agent_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"chiron/agent"
	"chiron/policy"
	"chiron/step"
)

// TestStepsOfPeopleUseUpNoBudgetAfterARestart: a person had driven for longer than the task may take steps, and the worker died. Its successor has
// the whole budget. The control: the same steps were the agent's own.
func TestStepsOfPeopleUseUpNoBudgetAfterARestart(t *testing.T) {
	for name, c := range map[string]struct {
		by   string
		want step.Status
	}{"a person's": {step.ByPerson, step.StatusDone}, "the agent's": {"actor", step.Denied}} { // the control: the gate says that the limit is reached
		t.Run(name, func(t *testing.T) {
			url, _ := page(t)
			h := newHouse(t, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			task := step.Task{ID: "p", Goal: "save", Start: url, Steps: []string{`Click "Save"`}, DoneWhen: []step.Predicate{{Text: "Saved"}}, Limits: step.Limits{Steps: 6}}
			if _, _, err := h.journal.Create(ctx, task.Normalise(), ""); err != nil {
				t.Fatal(err)
			}
			bodies := []step.Body{step.Leased{Worker: "dead", Attempt: 1}, step.Took{Command: step.Order{Command: step.Drive{Lease: "l", Take: true}}, By: "dana"}}
			for range 10 {
				bodies = append(bodies, step.Proposed{Proposal: step.Proposal{Action: step.Act{Action: step.Press{Key: "Tab"}}, By: c.by}})
			}
			for n, b := range append(bodies, step.Took{Command: step.Order{Command: step.Drive{Lease: "l"}}, By: "dana"}) {
				if _, err := h.journal.Append(ctx, "p", n+1, b); err != nil {
					t.Fatal(err)
				}
			}
			state, err := h.journal.State(ctx, "p")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.runner.Run(ctx, state, "alive", 2); err != nil {
				t.Fatal(err)
			}
			if state, err = h.journal.State(ctx, "p"); err != nil || state.Result == nil || state.Result.Status != c.want {
				t.Errorf("%+v, %v", state.Result, err)
			}
		})
	}
}

// TestTimeOfPeopleIsLeftOutOnce: a person drives for five minutes while a question is open. Neither counts, and neither counts twice.
func TestTimeOfPeopleIsLeftOutOnce(t *testing.T) {
	url, sent := page(t)
	var later atomic.Int64
	h := newHouse(t, func(o *agent.Options) {
		o.Clock = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	done := make(chan step.Result, 1)
	go func() {
		done <- h.do(step.Task{Goal: "send", Start: url, Autonomy: step.AutonomyStep, Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}}})
	}()
	id, question := h.only(ctx), ""
	say := func(c step.Command) error { return h.journal.Send(ctx, id, step.Order{Command: c}, "dana") }
	drove := false
	err := h.journal.Follow(ctx, id, 0, func(e step.Event) error {
		switch b := e.Body.(type) {
		case step.Asked:
			question = b.Question.ID
			if _, click := b.Question.Action.Action.(step.Click); click && !drove {
				drove = true
				return say(step.Drive{Lease: "l", Take: true})
			}
			return say(step.Reply{Answer: step.Answer{Question: question, Choice: step.Approve}})
		case step.Took:
			if b.Command.Command == (step.Drive{Lease: "l", Take: true}) {
				if _, err := h.runner.Drive(ctx, id, step.Driving{Lease: "l", By: "dana", Action: step.Act{Action: step.Hover{Target: step.Target{Point: &step.Point{X: 5, Y: 5}}}}}); err != nil {
					return err
				}
				later.Add(int64(5 * time.Minute))
				return say(step.Drive{Lease: "l"})
			}
			return say(step.Reply{Answer: step.Answer{Question: question, Choice: step.Approve}})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.Status != step.StatusDone || *sent != 1 || !drove || r.Usage.Wall <= 0 || r.Usage.Wall > time.Since(began) {
		t.Errorf("%s (%s), sent %d times, drove %v, took %v", r.Status, r.Reason, *sent, drove, r.Usage.Wall)
	}
}

// telling is a gate whose rules want people to hear of every act.
type telling struct{ *policy.Gate }

func (g telling) Admit(ctx context.Context, r policy.Request) (policy.Admission, error) {
	a, err := g.Gate.Admit(ctx, r)
	a.Verdict.Obligations = append(slices.Clone(a.Verdict.Obligations), step.Notify)
	return a, err
}

// TestPeopleAreToldOfActsOfPeople: the obligation holds whoever acts.
func TestPeopleAreToldOfActsOfPeople(t *testing.T) {
	h := newHouse(t, func(o *agent.Options) { o.Gate = telling{o.Gate.(*policy.Gate)} }, `{"action":"done"}`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan step.Result, 1)
	go func() {
		done <- h.do(step.Task{Goal: "look", Start: desk(t), DoneWhen: []step.Predicate{{Text: "Sign in"}}})
	}()
	id, told, driven := h.only(ctx), 0, ""
	if err := h.journal.Send(ctx, id, step.Order{Command: step.Drive{Lease: "l", Take: true}}, "dana"); err != nil {
		t.Fatal(err)
	}
	got, err := h.runner.Drive(ctx, id, step.Driving{Lease: "l", By: "dana", Action: step.Act{Action: step.Press{Key: "Tab"}}})
	if err != nil || got.Outcome == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := h.journal.Send(ctx, id, step.Order{Command: step.Drive{Lease: "l"}}, "dana"); err != nil {
		t.Fatal(err)
	}
	err = h.journal.Follow(ctx, id, 0, func(e step.Event) error {
		switch b := e.Body.(type) {
		case step.Judged:
			driven = b.Verdict.Principal
		case step.Warned:
			if b.Code == "notify" && driven == "dana" {
				told++
			}
		}
		return nil
	})
	if r := <-done; err != nil || told != 1 || r.Status != step.StatusDone {
		t.Errorf("told %d times, %s, %v", told, r.Status, err)
	}
}
