package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chiron/cmd/brains"
	"chiron/cmd/run"
	"chiron/eval"
	"chiron/eval/site"
	"chiron/inference/bundled"
	"chiron/inference/tiny"
	"chiron/step"
	"chiron/training/gen"
)

// untrained is a model of random weights, in the place of the bundled one.
func untrained(t *testing.T) *bundled.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := tiny.Write(path, 1); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bundled.Of(data)
}

// TestTheBundledModelActsWhereNoneIsConfigured puts random weights in the place of the bundled model. They are installed at
// the start and asked in the words of training; as they are sure of nothing, a person is asked before anything is done.
func TestTheBundledModelActsWhereNoneIsConfigured(t *testing.T) {
	world := newSite(t, site.Options{Seed: 1})
	m := untrained(t)
	h := build(t, nil, func(a *app) { a.bundled = bundled.Set{Little: m} })
	for _, models := range []map[string]string{nil, {"actor": bundled.Alias}} {
		id, q := h.asked(t, step.Task{Goal: "Open the list of expenses", Start: world.Running().URL + "/login", Models: models})
		if q.About != step.AboutAgent || !strings.Contains(q.Text, "I am not sure") {
			t.Errorf("%+v", q)
		}
		if err := h.c.Cancel(t.Context(), id, "enough"); err != nil {
			t.Fatal(err)
		}
		acts := 0
		for _, e := range history(t, h.c, id, nil) {
			if _, ok := e.Body.(step.Did); ok {
				acts++
			}
			if p, ok := e.Body.(step.Proposed); ok && p.Proposal.Model != "" && p.Proposal.Model != m.Name {
				t.Errorf("%s was asked", p.Proposal.Model)
			}
		}
		if acts > 1 { // one opens the start page
			t.Errorf("it did %d things", acts)
		}
	}
	_, r := h.do(t, step.Task{Goal: "Look", Start: world.Running().URL + "/login", Models: map[string]string{"actor": "nobody:7b"}})
	if r.Status != step.Failed || !strings.Contains(r.Reason, "nobody:7b") {
		t.Errorf("another model: %s (%s)", r.Status, r.Reason)
	}
}

// TestADemoWithoutWrittenStepsWaitsForNobody has random weights do the demo's tasks: each asks a person, is cancelled with what it
// asked, and the grader confirms none.
func TestADemoWithoutWrittenStepsWaitsForNobody(t *testing.T) {
	world := newSite(t, site.Options{Seed: 1})
	m := untrained(t)
	h := build(t, nil, func(a *app) { a.bundled = bundled.Set{Little: m} })
	jobs := eval.Unaided(eval.DemoJobs(world.Running()))[:1]
	if len(jobs[0].Task.Steps) > 0 {
		t.Fatalf("the task has written steps: %q", jobs[0].Task.Steps)
	}
	var out strings.Builder
	d := &eval.Demo{Client: h.c, Site: world.Running(), Out: &out, Narrate: run.Narrate, Approve: true}
	ended, err := d.Run(t.Context(), jobs)
	if err == nil || !strings.Contains(err.Error(), "nobody is there to answer: I am not sure") {
		t.Errorf("the grader says %v", err)
	}
	if len(ended) != 1 || ended[0].Status != step.Cancelled || !strings.Contains(out.String(), "waiting for a person") {
		t.Errorf("%+v\n%s", ended, out.String())
	}
}

// TestTheBundledModelIsAskedAsItWasTrained holds the product's words to the school's.
func TestTheBundledModelIsAskedAsItWasTrained(t *testing.T) {
	a := brains.New(brains.Options{Bundled: func() bundled.Set { return bundled.Set{Little: &bundled.Model{Name: "little"}} }})
	got, want := a.Profile("actor", ""), gen.Profile()
	if got.Sight != want.Sight || got.Terse != want.Terse || got.NoRules != want.NoRules || got.History < 8 {
		t.Errorf("the product speaks as %+v, the school as %+v", got, want)
	}
	if bundled.Template != gen.Template {
		t.Error("the chat template is not the one of training")
	}
	if other := a.Profile("actor", "qwen"); other.NoRules {
		t.Errorf("another model is spoken to as %+v", other)
	}
	if a.Model("locator", "") != "" || a.Model("verifier", "") != "" {
		t.Error("it was not trained to find or to judge")
	}
	a = brains.New(brains.Options{Bundled: func() bundled.Set { return bundled.Set{Eyes: &bundled.Model{Name: "eyes"}} }})
	if p := a.Profile("locator", bundled.Alias); a.Model("locator", "") != "eyes" || a.Model("locator", "qwen") != "qwen" || a.Model("actor", "") != "" || !p.Points || p.Doubt == 0 || p.Sight == step.SightText {
		t.Errorf("the model with eyes is spoken to as %+v", p)
	}
	both := brains.New(brains.Options{Bundled: func() bundled.Set {
		return bundled.Set{Little: &bundled.Model{Name: "little"}, Eyes: &bundled.Model{Name: "eyes"}}
	}})
	if p, q := both.Profile("actor", "eyes"), both.Profile("locator", "little"); p.NoRules || q.Points {
		t.Errorf("in each other's place they are spoken to as %+v and %+v", p, q)
	}
	recipe, err := os.ReadFile(filepath.Join("..", "..", "training", "recipe", "eyes", "score.py"))
	if err != nil || !strings.Contains(string(recipe), `TEMPLATE = "`+bundled.EyesTemplate+`"`) {
		t.Errorf("the chat template is not the one that the eyes were scored with: %v", err)
	}
}
