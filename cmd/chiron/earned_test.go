package main

import (
	"strings"
	"testing"
	"time"

	"chiron/cmd/brains"
	"chiron/cmd/settings"
	"chiron/eval/site"
	"chiron/step"
)

// TestAModelEarnsTheMouse holds law 6 with real Ollama and the tiny model of random weights: unknown it is not asked, examined it
// fails, and the certificate that says so refuses it still. The control is a configuration that lets any model drive.
func TestAModelEarnsTheMouse(t *testing.T) {
	world := newSite(t, site.Options{Seed: 1}).Running()
	h := build(t, func(c *settings.Config) { c.Inference.Uncertified = false }, func(a *app) { a.brains.Questions = 1 })
	model, err := makeTiny(t.Context(), h.app)
	if err != nil {
		t.Fatal(err)
	}
	task := step.Task{Goal: "Sign in", Start: world.URL + "/login", Models: map[string]string{"actor": model}, Limits: step.Limits{Steps: 3}}
	refused := func(why string) {
		t.Helper()
		if _, r := h.do(t, task); r.Status != step.Failed || r.Usage.ModelCalls != 0 || !strings.Contains(r.Reason, why) {
			t.Errorf("%s after %d calls (%s), expected %q", r.Status, r.Usage.ModelCalls, r.Reason, why)
		}
	}
	refused("has not been examined")
	if err := h.c.BeginModel(t.Context(), brains.JobCertify, model); err != nil {
		t.Fatal(err)
	}
	if err := h.c.BeginModel(t.Context(), brains.JobCertify, model); err == nil {
		t.Error("one model examined twice at once")
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for done := false; !done; <-tick.C {
		all, err := h.c.Models(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m.Job != nil && m.Job.Done {
				done = true
				if m.Job.Error != "" || !strings.Contains(string(m.Certificate), `"ok":false`) {
					t.Errorf("%+v %s", m.Job, m.Certificate)
				}
				t.Log(m.Job.Status)
			}
		}
	}
	refused("names the right thing in")
	open := build(t, nil, nil)
	if _, err = makeTiny(t.Context(), open.app); err != nil {
		t.Fatal(err)
	}
	if _, r := open.do(t, task); r.Usage.ModelCalls == 0 {
		t.Errorf("control: %s (%s)", r.Status, r.Reason)
	}
}
