package agent_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chiron/step"
)

// TestADialogThatOpensIsAChange: no picture shows a dialog, and a model that is told that nothing changed presses again.
func TestADialogThatOpensIsAChange(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>Ask</title><button onclick="if(confirm('Go on?'))out.textContent='Gone on'">Ask me</button><p id=out>Nothing yet</p>`))
	}))
	t.Cleanup(page.Close)
	h := newHouse(t, nil, `{"action":"click","mark":%Ask me%}`, `{"action":"dialog","accept":true,"text":""}`, `{"action":"done"}`)
	r := h.do(step.Task{Goal: "press the button and go on", Start: page.URL, Autonomy: step.AutonomyAuto, DoneWhen: []step.Predicate{{Text: "Gone on"}}})
	if r.Status != step.StatusDone {
		t.Fatalf("ended as %s (%s)", r.Status, r.Reason)
	}
	asked := false
	for _, p := range h.prompts {
		last := p.Turns[len(p.Turns)-1].Text
		if !strings.Contains(last, `dialog: confirm "Go on?"`) {
			continue
		}
		asked = true
		for _, turn := range p.Turns {
			if strings.Contains(turn.Text, "nothing changed on the screen") {
				t.Errorf("with the dialog open the model is told:\n%s", turn.Text)
			}
		}
	}
	if !asked {
		t.Error("the model was never shown the dialog")
	}
}
