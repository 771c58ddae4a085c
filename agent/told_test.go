package agent_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chiron/agent"
	"chiron/mind"
	"chiron/policy"
	"chiron/step"
)

// asked makes the agent's mind one that asks as a profile and a number of votes want it.
func asked(t *testing.T, p mind.Profile, votes int, edit func(*agent.Options), answers ...string) (h *house) {
	t.Helper()
	chat := func(ctx context.Context, p mind.Prompt) (mind.Answer, error) { return h.chat(ctx, p) }
	brain, err := mind.New(mind.Options{Chat: chat, Votes: votes, Profile: func(mind.Role, string) mind.Profile { return p }})
	if err != nil {
		t.Fatal(err)
	}
	h = newHouse(t, func(o *agent.Options) {
		if o.Mind = brain; edit != nil {
			edit(o)
		}
	}, answers...)
	return h
}

// acting are the prompts of the actor.
func (h *house) acting() (prompts []mind.Prompt) {
	for _, p := range h.prompts {
		if p.Role == mind.RoleActor {
			prompts = append(prompts, p)
		}
	}
	return prompts
}

// TestANoteIsNoFailure: what follows it is asked for once. The control is an act that changed nothing.
func TestANoteIsNoFailure(t *testing.T) {
	for first, want := range map[string]int{`{"action":"note","text":"orders are here"}`: 2, `{"action":"press","key":"Escape"}`: 3} {
		t.Run(first, func(t *testing.T) {
			h := asked(t, mind.Profile{Sight: step.SightText, Terse: true}, 3, nil, first, `{"action":"done"}`)
			url, _ := page(t)
			r := h.do(step.Task{Goal: "look", Start: url, DoneWhen: []step.Predicate{{Text: "Orders"}}})
			if calls := len(h.acting()); r.Status != step.StatusDone || calls != want {
				t.Errorf("%s (%s) after %d calls, want %d", r.Status, r.Reason, calls, want)
			}
		})
	}
}

// adviser knows two acts of every site.
type adviser struct {
	recalls map[string]int
	before  func(ctx context.Context, site string) (degraded bool)
}

func (a *adviser) Recall(ctx context.Context, _ step.Task, site string) (mind.Advice, []string, string) {
	a.recalls[site]++
	if a.before != nil && a.before(ctx, site) {
		return mind.Advice{}, nil, "too late"
	}
	example := func(n int) step.Example {
		return step.Example{Items: []step.Candidate{{Mark: 1, Role: step.RoleButton, Name: fmt.Sprintf("Act %d of %s", n, site)}},
			Action: step.Act{Action: step.Click{Target: step.Target{Mark: 1}}}}
	}
	return mind.Advice{Texts: []string{"Site " + site + " is known."}, Examples: []step.Example{example(1), example(2)}}, nil, ""
}

func site(t *testing.T) (url, host string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>Site</title><h1>Here is %s</h1>`, r.Host)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/", s.Listener.Addr().String()
}

// TestExamplesAreThoseOfTheSiteAtHand: a task goes to another site and back. On each it is shown what is known of that one, and as long as
// it stays the prompt begins the same.
func TestExamplesAreThoseOfTheSiteAtHand(t *testing.T) {
	one, first := site(t)
	two, second := site(t)
	memory := &adviser{recalls: map[string]int{}}
	h := asked(t, mind.Profile{Sight: step.SightText, Terse: true, Examples: 2}, 0, func(o *agent.Options) { o.Memory = memory },
		fmt.Sprintf(`{"action":"navigate","url":%q}`, two), `{"action":"wait","seconds":1}`, fmt.Sprintf(`{"action":"navigate","url":%q}`, one), `{"action":"done"}`)
	r := h.do(step.Task{Goal: "look", Start: one, Autonomy: step.AutonomyAuto, Hosts: step.Hosts{Write: []string{first, second}}, DoneWhen: []step.Predicate{{Text: "Here is " + first}}})
	prompts := h.acting()
	if r.Status != step.StatusDone || len(prompts) != 4 || memory.recalls[first] != 1 || memory.recalls[second] != 1 {
		t.Fatalf("%s (%s) after %d prompts; recalled %v", r.Status, r.Reason, len(prompts), memory.recalls)
	}
	for n, at := range []string{first, second, second, first} {
		rules := prompts[n].Turns[0].Text
		for _, of := range []string{first, second} {
			if got, want := strings.Count(rules, "of "+of), map[bool]int{true: 2, false: 0}[of == at]; got != want {
				t.Errorf("prompt %d, on %s, shows %d examples of %s, want %d", n+1, at, got, of, want)
			}
		}
	}
	if prompts[1].Turns[0].Text != prompts[2].Turns[0].Text {
		t.Error("the prompt changed while the task stayed on a site")
	}
}

// TestAdviceThatAStopCutOffIsAskedForAgain holds the prompt after the release against what memory knows.
func TestAdviceThatAStopCutOffIsAskedForAgain(t *testing.T) {
	url, host := site(t)
	var h *house
	memory := &adviser{recalls: map[string]int{}}
	memory.before = func(ctx context.Context, site string) bool {
		if memory.recalls[site] > 1 {
			return false
		}
		h.gate.Stop()
		<-ctx.Done()
		return true
	}
	h = asked(t, mind.Profile{Sight: step.SightText, Terse: true, Examples: 2}, 0, func(o *agent.Options) {
		o.Memory, o.Stopped = memory, o.Gate.(*policy.Gate).Stopped
	}, `{"action":"done"}`)
	done := make(chan step.Result, 1)
	go func() {
		done <- h.do(step.Task{ID: "p", Goal: "look", Start: url, DoneWhen: []step.Predicate{{Text: "Here is"}}})
	}()
	h.only(t.Context())
	err := h.journal.Follow(t.Context(), "p", 0, func(e step.Event) error {
		if b, ok := e.Body.(step.Took); ok && b.By == "stop" {
			h.gate.Resume()
		}
		return nil
	})
	r := <-done
	prompts := h.acting()
	if err != nil || r.Status != step.StatusDone || memory.recalls[host] != 2 || len(prompts) != 1 {
		t.Fatalf("%s (%s), recalled %v, %d prompts, %v", r.Status, r.Reason, memory.recalls, len(prompts), err)
	}
	if rules := prompts[0].Turns[0].Text; !strings.Contains(rules, "is known.") || !strings.Contains(rules, "Act 1 of") {
		t.Errorf("the advice is lost:\n%s", rules)
	}
}

// TestASecretFieldShowsNothing: what it holds is written as ***, and that is not what it holds. The control is a field that people can read.
func TestASecretFieldShowsNothing(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>In</title><input type=password aria-label=Password value=x><input type=password aria-label=Repeat><input aria-label=Name value="***">`)
	}))
	t.Cleanup(s.Close)
	for _, c := range []struct {
		field, value string
		want         step.Status
	}{{"Password", "***", step.NeedsReview}, {"Password", "", step.NeedsReview}, {"Repeat", "", step.StatusDone}, {"Name", "***", step.StatusDone}} {
		h := newHouse(t, nil, `{"action":"done"}`)
		r := h.do(step.Task{Goal: "fill", Start: s.URL + "/", DoneWhen: []step.Predicate{{Field: &step.FieldValue{Name: c.field, Value: c.value}}}})
		if r.Status != c.want {
			t.Errorf("%s = %q: %s (%s)", c.field, c.value, r.Status, r.Reason)
		}
	}
}
