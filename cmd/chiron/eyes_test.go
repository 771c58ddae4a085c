package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chiron/inference/bundled"
	"chiron/step"
)

// TestAnIconIsFoundByEyes has written steps press a button that nothing but a picture names: the bundled model finds it on the screenshot.
// Without that model the same steps end where the icon would have to be found.
func TestAnIconIsFoundByEyes(t *testing.T) {
	eyes := bundled.Carried().Eyes
	if eyes == nil {
		t.Fatal("the build carries no model with eyes: inference/bundled/model/eyes.gguf is missing")
	}
	const button = `<button style="padding:8px;line-height:0" onclick="document.querySelector('h1').textContent='%s'"><svg width=24 height=24 viewBox="0 0 24 24" fill=none stroke=#222 stroke-width=2>%s</svg></button> `
	page := `<!doctype html><title>Files</title><body style="font:16px sans-serif;margin:40px"><h1>Report of May</h1><p>` +
		fmt.Sprintf(button, "Found", `<circle cx=10 cy=10 r=7 /><polyline points="15.5,15.5 21,21"/>`) +
		fmt.Sprintf(button, "In the bin", `<polyline points="4,6 20,6"/><polyline points="9,6 9,3 15,3 15,6"/><polyline points="6,6 7,21 17,21 18,6"/><polyline points="10,10 10,17"/><polyline points="14,10 14,17"/>`) +
		fmt.Sprintf(button, "At home", `<polyline points="2,12 12,3 22,12"/><polyline points="5,10 5,21 19,21 19,10"/><polyline points="10,21 10,14 14,14 14,21"/>`) +
		`</p><p>Kept until the end of the year.</p>`
	world := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
	t.Cleanup(world.Close)
	task := step.Task{Goal: "Delete the report", Start: world.URL, Steps: []string{"Click the trash icon"}, DoneWhen: []step.Predicate{{Text: "In the bin"}}, Source: step.SourcePixels}
	for _, c := range []struct {
		carried bundled.Set
		status  step.Status
	}{{bundled.Set{Eyes: eyes}, step.StatusDone}, {bundled.Set{}, step.Failed}} {
		h := build(t, nil, func(a *app) { a.bundled = c.carried })
		events, r := h.do(t, task)
		if r.Status != c.status || c.status == step.Failed && !strings.Contains(r.Reason, `"the \"trash\" icon" is not on the screen`) {
			tell(t, events)
			t.Errorf("with %d models: %s (%s)", len(c.carried.All()), r.Status, r.Reason)
		}
		for _, e := range events {
			if p, ok := e.Body.(step.Proposed); ok && p.Proposal.Located != nil && p.Proposal.Located.Method == "eyes" {
				t.Logf("found at %v, %d tokens", p.Proposal.Located.Point, p.Proposal.Usage.PromptTokens)
			}
		}
	}
}
