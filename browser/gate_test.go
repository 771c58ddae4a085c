package browser_test

import (
	"context"
	"testing"

	"chiron/browser"
	"chiron/policy"
	"chiron/step"
)

// ledger forgets what it is told; durability is the journal's business.
type ledger struct{}

func (ledger) Record(context.Context, string, int, step.Verdict) error { return nil }

// gate is the real one with the shipped rules, for a task that may act on its own without asking.
type gate struct {
	*policy.Gate
	task step.Task
}

func newGate(t testing.TB, start string, files ...step.File) gate {
	t.Helper()
	g, err := policy.NewGate(policy.Options{Ledger: ledger{}})
	if err != nil {
		t.Fatal(err)
	}
	task := step.Task{ID: "t", Goal: "test", Start: start, Autonomy: step.AutonomyAuto, Files: files}.Normalise()
	return gate{g, task}
}

// permit asks for an act; it must be admitted.
func (g gate) permit(t testing.TB, s *browser.Session, a step.Action) *policy.Permit {
	t.Helper()
	f, err := s.Facts(t.Context(), a)
	if err != nil {
		t.Fatalf("facts of %s: %v", a.Kind(), err)
	}
	got, err := g.Admit(t.Context(), policy.Request{Task: g.task, Step: 1, Principal: policy.Agent, Action: a, Facts: f})
	if err != nil {
		t.Fatal(err)
	}
	if got.Permit == nil {
		t.Fatalf("%s was not admitted: %s", a.Kind(), got.Verdict.Reason)
	}
	return got.Permit
}

// do asks for an act and carries it out.
func (g gate) do(t testing.TB, s *browser.Session, a step.Action) step.Outcome {
	t.Helper()
	out, err := s.Do(t.Context(), g.permit(t, s, a))
	if err != nil {
		t.Fatalf("do %s: %v", a.Kind(), err)
	}
	return out
}

func at(x, y int) step.Target { return step.Target{Point: &step.Point{X: x, Y: y}} }
