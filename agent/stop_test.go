package agent_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"chiron/agent"
	"chiron/browser"
	"chiron/mind"
	"chiron/policy"
	"chiron/step"
)

// crowd are tasks that a stop finds in the middle of something. Each says so when it is there.
type crowd struct {
	agent.Mind
	silent string              // a page whose server never answers
	there  map[string]chan int // by task
}

// Propose thinks without an end, or has the hands do something that takes long.
func (c *crowd) Propose(ctx context.Context, l mind.Look) (step.Proposal, error) {
	say := func(a step.Action) (step.Proposal, error) {
		return step.Proposal{Action: step.Act{Action: a}, By: "actor"}, nil
	}
	switch l.Task.ID {
	case "waits":
		return say(step.Wait{Seconds: 30})
	case "hangs":
		return say(step.Navigate{URL: c.silent})
	case "clicks":
		return say(step.Click{Target: step.Target{Point: &step.Point{X: 300, Y: 400}}})
	}
	select {
	case c.there["thinks"] <- 1:
	case <-ctx.Done():
	}
	<-ctx.Done()
	return step.Proposal{}, context.Cause(ctx)
}

// watched tells when an act reaches the hands.
type watched struct {
	agent.Screen
	there chan<- int
}

func (w watched) Do(ctx context.Context, p *policy.Permit) (step.Outcome, error) {
	if a, ok := p.Action().(step.Navigate); !ok || a.URL[len(a.URL)-1] != '/' { // not that to the start page
		select {
		case w.there <- 1:
		case <-ctx.Done():
		}
	}
	return w.Screen.Do(ctx, p)
}

// silent listens and never answers.
func silent(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		err := l.Close()
		<-done
		for _, c := range open {
			err = errors.Join(err, c.Close())
		}
		if err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String() + "/never"
}

// parked follows a task and tells when a stop has parked it, and when a release lets it go on.
func (h *house) parked(ctx context.Context, task string, at, back chan<- string) {
	err := h.journal.Follow(ctx, task, 0, func(e step.Event) error {
		took, ok := e.Body.(step.Took)
		if !ok || took.By != "stop" {
			return nil
		}
		tell := at
		if took.Command.Command == (step.Resume{}) {
			tell = back
		}
		select {
		case tell <- task:
		case <-ctx.Done():
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		h.t.Error(err)
	}
}

// TestAStopParksEverythingWithinASecond stops four running tasks again and again: one inside a model call, one on its way to a page that never comes
// or looking at what is there instead, one in a long wait, one that clicks. All are parked within a second, in the history, and go on after the release.
func TestAStopParksEverythingWithinASecond(t *testing.T) {
	const stops = 20
	var gate *policy.Gate
	c := &crowd{silent: silent(t), there: map[string]chan int{}}
	tasks := []string{"thinks", "hangs", "waits", "clicks"}
	for _, id := range tasks {
		c.there[id] = make(chan int)
	}
	var h *house
	h = newHouse(t, func(o *agent.Options) {
		gate = o.Gate.(*policy.Gate)
		c.Mind, o.Mind, o.Stopped = o.Mind, c, gate.Stopped
		o.Open = func(ctx context.Context, task step.Task) (agent.Screen, error) {
			s, err := h.browser.Open(ctx, browser.SessionOptions{Task: task.ID, Hosts: task.Hosts})
			return watched{s, c.there[task.ID]}, err
		}
	})
	url := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := w.Write([]byte(`<!doctype html><title>Still</title><button style="position:fixed;inset:0">Press</button>`)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(url.Close)
	ctx, cancel := context.WithCancelCause(context.Background())
	over := errors.New("the test is over")
	var all sync.WaitGroup
	at, back := make(chan string), make(chan string)
	for _, id := range tasks {
		hosts := []string{url.Listener.Addr().String(), c.silent[len("http://") : len(c.silent)-len("/never")]}
		task := step.Task{ID: id, Goal: "stay", Start: url.URL + "/", Hosts: step.Hosts{Write: hosts}, Autonomy: step.AutonomyAuto,
			DoneWhen: []step.Predicate{{Text: "never"}}, Limits: step.Limits{Steps: step.MaxSteps, NoWork: step.MaxSteps}}
		state, _, err := h.journal.Create(ctx, task.Normalise(), "")
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() { h.parked(ctx, id, at, back) })
		all.Go(func() {
			if err := h.runner.Run(ctx, state, "w", 1); !errors.Is(err, over) {
				t.Errorf("%s ended: %v", id, err)
			}
		})
	}
	var took []time.Duration
	for n := range stops {
		for _, id := range tasks {
			if id != "hangs" || n == 0 { // the page that never comes is looked at for long; later stops find that look, too
				<-c.there[id]
			}
		}
		began := time.Now()
		gate.Stop()
		for range tasks {
			<-at
		}
		took = append(took, time.Since(began))
		for _, id := range tasks {
			if s, err := h.journal.State(ctx, id); err != nil || s.Status != step.Paused {
				t.Fatalf("%s is %s after the stop, %v", id, s.Status, err)
			}
		}
		if n == stops-1 {
			break
		}
		gate.Resume()
		for range tasks {
			<-back
		}
	}
	cancel(over)
	all.Wait()
	slices.Sort(took)
	t.Logf("%d stops of %d tasks: parked after %v at the median, %v at most", stops, len(tasks), took[stops/2], took[stops-1])
	if took[stops-1] > 3*time.Second { // the promise is one second and measured by the bench as stop.park_ms; here other tests run beside
		t.Errorf("a stop took %v", took[stops-1])
	}
}

// stopper stops everything between the verdict and the act, or does not.
type stopper struct {
	agent.Screen
	stop    func()
	outcome chan step.Outcome
}

func (s stopper) Do(ctx context.Context, p *policy.Permit) (step.Outcome, error) {
	_, click := p.Action().(step.Click)
	if click {
		s.stop()
	}
	out, err := s.Screen.Do(ctx, p)
	if click {
		select {
		case s.outcome <- out:
		default:
		}
	}
	return out, err
}

// TestAPermitFromBeforeAStopDoesNothing: it was minted, recorded and on its way to the hands when everything was stopped, and even released
// again. The control is the same act without the stop.
func TestAPermitFromBeforeAStopDoesNothing(t *testing.T) {
	for name, stops := range map[string]bool{"stopped": true, "control": false} {
		t.Run(name, func(t *testing.T) {
			url, sent := page(t)
			outcome := make(chan step.Outcome, 1)
			var once sync.Once
			var before int
			var h *house
			h = newHouse(t, func(o *agent.Options) {
				gate := o.Gate.(*policy.Gate)
				o.Stopped = gate.Stopped
				o.Open = func(ctx context.Context, task step.Task) (agent.Screen, error) {
					s, err := h.open(ctx, task)
					return stopper{s, func() {
						once.Do(func() {
							if before = *sent; stops {
								gate.Stop()
								gate.Resume()
							}
						})
					}, outcome}, err
				}
			})
			r := h.do(step.Task{Goal: "send", Start: url, Autonomy: step.AutonomyAuto, Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}}})
			out := <-outcome
			if before != 0 || (out.Status == step.Executed) == stops {
				t.Errorf("the permit gave %+v", out)
			}
			if want := map[bool]int{true: 0, false: 1}[stops]; *sent != want {
				t.Errorf("sent %d times, and ended as %s (%s)", *sent, r.Status, r.Reason)
			}
		})
	}
}
