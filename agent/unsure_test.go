package agent_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"chiron/agent"
	"chiron/policy"
	"chiron/step"
)

// cutOff lets the first act that is not the opening of the start page happen and does not say so before its time is over.
type cutOff struct {
	agent.Screen
	first *sync.Once
	there chan<- struct{} // closed when the act is under way
}

func (c cutOff) Do(ctx context.Context, p *policy.Permit) (out step.Outcome, err error) {
	_, opens := p.Action().(step.Navigate)
	if out, err = c.Screen.Do(ctx, p); opens {
		return out, err
	}
	c.first.Do(func() {
		close(c.there)
		<-ctx.Done()
		out, err = step.Outcome{Status: step.Unknown, Reason: context.Cause(ctx).Error()}, nil
	})
	return out, err
}

// cutOffHouse has a gate that stops everything, and a screen on which an act is cut off.
func cutOffHouse(t *testing.T, answers ...string) (h *house, there <-chan struct{}) {
	t.Helper()
	under := make(chan struct{})
	h = newHouse(t, func(o *agent.Options) {
		o.Stopped = o.Gate.(*policy.Gate).Stopped
		o.Open = func(ctx context.Context, task step.Task) (agent.Screen, error) {
			s, err := h.open(ctx, task)
			return cutOff{s, new(sync.Once), under}, err
		}
	}, answers...)
	return h, under
}

// TestAStopEndsTheActOfAPerson: it would go on for as long as an act may take.
func TestAStopEndsTheActOfAPerson(t *testing.T) {
	h, there := cutOffHouse(t, `{"action":"done"}`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan step.Result, 1)
	go func() {
		done <- h.do(step.Task{Goal: "look", Start: desk(t), DoneWhen: []step.Predicate{{Text: "Sign in"}}})
	}()
	id := h.only(ctx)
	if err := h.journal.Send(ctx, id, step.Order{Command: step.Drive{Lease: "l", Take: true}}, "dana"); err != nil {
		t.Fatal(err)
	}
	go func() {
		<-there
		h.gate.Stop()
	}()
	got, err := h.runner.Drive(ctx, id, step.Driving{Lease: "l", By: "dana", Action: step.Act{Action: step.Type{Target: spot(1), Value: "Grace"}}})
	if err != nil || got.Outcome == nil || got.Outcome.Status != step.Unknown || !strings.Contains(got.Outcome.Reason, "everything is stopped") {
		t.Errorf("%+v, %v", got, err)
	}
	h.gate.Resume()
	if err := h.journal.Send(ctx, id, step.Order{Command: step.Drive{Lease: "l"}}, "dana"); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.Status != step.StatusDone {
		t.Errorf("ended as %s (%s)", r.Status, r.Reason)
	}
}

// TestAScriptRepeatsNoActOfUnknownOutcome: a stop cuts off a click that can be undone. It happened; clicked again, it would happen twice. A
// person says whether the task goes on behind it.
func TestAScriptRepeatsNoActOfUnknownOutcome(t *testing.T) {
	for choice, want := range map[step.Choice]step.Status{step.Approve: step.StatusDone, step.Refuse: step.NeedsReview} {
		t.Run(string(choice), func(t *testing.T) {
			var mu sync.Mutex
			at := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if r.URL.Path == "/next" {
					at++
				}
				fmt.Fprintf(w, `<!doctype html><title>Pages</title><h1>Page %d</h1><a href=/next>Next</a>`, at)
			}))
			t.Cleanup(s.Close)
			h, there := cutOffHouse(t)
			done := make(chan step.Result, 1)
			go func() {
				done <- h.do(step.Task{ID: "p", Goal: "turn", Start: s.URL + "/", Autonomy: step.AutonomyAuto, Steps: []string{`Click "Next"`}, DoneWhen: []step.Predicate{{Text: "Page 1"}}})
			}()
			go func() {
				<-there
				h.gate.Stop()
			}()
			<-there
			asked := 0
			err := h.journal.Follow(t.Context(), "p", 0, func(e step.Event) error {
				switch b := e.Body.(type) {
				case step.Asked:
					if asked++; b.Question.About != step.AboutUnknown {
						t.Errorf("asked %+v", b.Question)
					}
					return h.journal.Send(t.Context(), "p", step.Order{Command: step.Reply{Answer: step.Answer{Question: b.Question.ID, Choice: choice}}}, "dana")
				case step.Took:
					if b.By == "stop" {
						h.gate.Resume()
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			r := <-done
			mu.Lock()
			defer mu.Unlock()
			if r.Status != want || at != 1 || asked != 1 {
				t.Errorf("ended as %s (%s), turned %d pages, asked %d times", r.Status, r.Reason, at, asked)
			}
		})
	}
}

// between stops everything while the facts are gathered for an act that a person has just approved.
type between struct {
	agent.Screen
	clicks *int
	stop   func()
}

func (b between) Facts(ctx context.Context, a step.Action) (step.Facts, error) {
	if _, click := a.(step.Click); click {
		if *b.clicks++; *b.clicks == 3 { // the first led to the question, the second looked whether it is still the same act
			b.stop()
			<-ctx.Done()
			return step.Facts{}, context.Cause(ctx)
		}
	}
	return b.Screen.Facts(ctx, a)
}

// TestAnApprovalFromBeforeAStopIsGoneAfterIt: the act is asked about anew. The control is the same task without the stop.
func TestAnApprovalFromBeforeAStopIsGoneAfterIt(t *testing.T) {
	for name, want := range map[string]int{"stopped": 2, "control": 1} {
		t.Run(name, func(t *testing.T) {
			url, sent := page(t)
			var h *house
			clicks := 0
			h = newHouse(t, func(o *agent.Options) {
				o.Stopped = o.Gate.(*policy.Gate).Stopped
				if name == "control" {
					return
				}
				o.Open = func(ctx context.Context, task step.Task) (agent.Screen, error) {
					s, err := h.open(ctx, task)
					return between{s, &clicks, h.gate.Stop}, err
				}
			})
			done := make(chan step.Result, 1)
			go func() {
				done <- h.do(step.Task{ID: "p", Goal: "send", Start: url, Autonomy: step.AutonomyStep, Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}}})
			}()
			h.only(t.Context())
			asked := 0
			err := h.journal.Follow(t.Context(), "p", 0, func(e step.Event) error {
				switch b := e.Body.(type) {
				case step.Asked:
					if _, click := b.Question.Action.Action.(step.Click); click {
						asked++
					}
					return h.journal.Send(t.Context(), "p", step.Order{Command: step.Reply{Answer: step.Answer{Question: b.Question.ID, Choice: step.Approve}}}, "dana")
				case step.Took:
					if b.By == "stop" {
						h.gate.Resume()
					}
				}
				return nil
			})
			if r := <-done; err != nil || r.Status != step.StatusDone || *sent != 1 || asked != want {
				t.Errorf("ended as %s (%s), sent %d times, asked %d times, %v", r.Status, r.Reason, *sent, asked, err)
			}
		})
	}
}
