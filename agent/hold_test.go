package agent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"chiron/agent"
	"chiron/policy"
	"chiron/step"
)

// stopping is a gate that is stopped the moment the first click is put before it.
type stopping struct {
	*policy.Gate
	first   atomic.Bool
	stopped chan struct{}
}

func (s *stopping) Admit(ctx context.Context, r policy.Request) (policy.Admission, error) {
	if _, click := r.Action.(step.Click); click && s.first.CompareAndSwap(false, true) {
		s.Stop()
		close(s.stopped)
	}
	return s.Gate.Admit(ctx, r)
}

func TestAStopParksATaskAndTheReleaseLetsItGoOn(t *testing.T) {
	url, sent := page(t)
	gate := &stopping{stopped: make(chan struct{})}
	h := newHouse(t, func(o *agent.Options) {
		gate.Gate = o.Gate.(*policy.Gate)
		o.Gate, o.Stopped = gate, gate.Stopped
	})
	task := step.Task{ID: "held", Goal: "send", Start: url, Autonomy: step.AutonomyAuto, Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}}}
	done := make(chan step.Result, 1)
	go func() { done <- h.do(task) }()
	<-gate.stopped
	paused := errors.New("paused")
	err := h.journal.Follow(t.Context(), "held", 0, func(e step.Event) error {
		if took, ok := e.Body.(step.Took); ok && took.Command.Command == (step.Pause{}) {
			return paused
		}
		return nil
	})
	if !errors.Is(err, paused) {
		t.Fatal(err)
	}
	state, err := h.journal.State(t.Context(), "held")
	if err != nil || state.Status != step.Paused || *sent != 0 {
		t.Errorf("while stopped: %s, sent %d times, %v", state.Status, *sent, err)
	}
	gate.Resume()
	if r := <-done; r.Status != step.StatusDone || *sent != 1 {
		t.Errorf("after the release: %s (%s), sent %d times", r.Status, r.Reason, *sent)
	}
}

func TestATaskThatNeverComesToItsEndIsLookedAt(t *testing.T) {
	url, sent := page(t)
	h := newHouse(t, nil)
	ctx := t.Context()
	task := step.Task{ID: "again", Goal: "send", Start: url, Steps: []string{`Click "Send order"`}}
	if _, _, err := h.journal.Create(ctx, task.Normalise(), ""); err != nil {
		t.Fatal(err)
	}
	lease, err := h.journal.Claim(ctx)
	if err != nil {
		t.Fatal(err)
	}
	state := lease.State
	state.Attempt = 5
	if err := h.runner.Run(ctx, state, "w", 6); err != nil {
		t.Fatal(err)
	}
	if err := lease.Done(ctx); err != nil {
		t.Fatal(err)
	}
	if state, err = h.journal.State(ctx, "again"); err != nil || state.Result.Status != step.NeedsReview || *sent != 0 {
		t.Errorf("%+v, sent %d, %v", state.Result, *sent, err)
	}
}
