package agent_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chiron/step"
)

// TestADialogIsAChange: no picture shows that a dialog opens, or goes without a trace, and a model that is told that nothing changed
// does the same again.
func TestADialogIsAChange(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>Ask</title><button onclick="if(confirm('Go on?'))out.textContent='Gone on'">Ask me</button><p id=out>Nothing yet</p>`))
	}))
	t.Cleanup(page.Close)
	h := newHouse(t, nil, `{"action":"click","mark":%Ask me%}`, `{"action":"dialog","accept":false,"text":""}`,
		`{"action":"click","mark":%Ask me%}`, `{"action":"dialog","accept":true,"text":""}`, `{"action":"done"}`)
	r := h.do(step.Task{Goal: "press the button and go on", Start: page.URL, Autonomy: step.AutonomyAuto, DoneWhen: []step.Predicate{{Text: "Gone on"}}})
	if r.Status != step.StatusDone {
		t.Fatalf("ended as %s (%s)", r.Status, r.Reason)
	}
	asked := 0
	for _, p := range h.prompts {
		if strings.Contains(p.Turns[len(p.Turns)-1].Text, `dialog: confirm "Go on?"`) {
			asked++
		}
		for _, turn := range p.Turns {
			if strings.Contains(turn.Text, "nothing changed on the screen") {
				t.Errorf("the model is told:\n%s", turn.Text)
			}
		}
	}
	if asked != 2 {
		t.Errorf("the model was shown the dialog %d times, want 2", asked)
	}
}
