package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"chiron/cmd/settings"
	"chiron/inference"
	"chiron/inference/tiny"
	"chiron/step"
)

// TestPlannerActorAndExpertThroughTheRealEngine lets random weights plan, act, and act where the actor does not agree with itself, bound by
// their schemas, through real Ollama and real Chromium, on a page where nothing helps. Which answers come is the weights' matter, so several
// are tried until one history shows the whole path. Every one of them must end honestly and by the laws.
func TestPlannerActorAndExpertThroughTheRealEngine(t *testing.T) {
	var posted atomic.Int32
	dead := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			posted.Add(1)
		}
		fmt.Fprint(w, `<!doctype html><title>Dead</title><h1>Nothing here</h1><p>One</p><p>Two</p><p>Three</p><button type=button>Idle</button>`)
	}))
	t.Cleanup(dead.Close)
	h := build(t, func(c *settings.Config) { c.Inference.Votes = 2 }, nil)
	for _, seed := range []int64{3, 2, 4, 5, 6, 7} { // the first goes the whole way where it was tried
		model := fmt.Sprintf("planner-%d:latest", seed)
		path := filepath.Join(t.TempDir(), "tiny.gguf")
		if err := errors.Join(h.models.One().WaitReady(t.Context()), tiny.Write(path, seed), h.models.One().Create(t.Context(), inference.Recipe{Model: model, GGUF: path, Template: tiny.Template}, nil)); err != nil {
			t.Fatal(err)
		}
		events, r := h.do(t, step.Task{Goal: "Press the button", Start: dead.URL + "/", Autonomy: step.AutonomyAuto, Models: map[string]string{"actor": model, "planner": model},
			Limits: step.Limits{Steps: 6, NoWork: 4, Answers: 100 * time.Millisecond}, DoneWhen: []step.Predicate{{Text: "all is well"}}})
		planned, by := 0, map[string]int{}
		for _, e := range events {
			switch b := e.Body.(type) {
			case step.Planned:
				planned = max(planned, len(b.Plan.Subgoals))
			case step.Proposed:
				by[b.Proposal.By]++
			case step.Warned:
				by[b.Code]++
			}
		}
		t.Logf("%d: %s (%s), a plan of %d, %v, %d calls", seed, r.Status, r.Reason, planned, by, r.Usage.ModelCalls)
		if r.Status == step.StatusDone || r.Status == step.Denied || r.Usage.ModelCalls < 2 || posted.Load() > 0 {
			tell(t, events)
			t.Errorf("%s (%s), %d posts", r.Status, r.Reason, posted.Load())
		}
		lawful(t, events)
		if planned > 0 && by["actor"] > 0 && by["expert"] > 0 {
			return
		}
	}
	t.Error("no model went the whole path")
}
