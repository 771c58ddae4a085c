package agent_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"chiron/agent"
	"chiron/cmd/brains"
	"chiron/cmd/settings"
	"chiron/inference"
	"chiron/inference/fleet"
	"chiron/inference/inferencetest"
	"chiron/mind"
	"chiron/step"

	"github.com/ollama/ollama/api"
)

// voting gives the agent a model behind the Ollama API that is asked so often. Its plain answer is wrong, and cannot be undone; drawn by
// chance it is right.
func voting(t *testing.T, votes int) (func(*agent.Options), *inferencetest.Scripted) {
	var h house
	h.t = t
	s := inferencetest.Script(t, func(q api.ChatRequest) string {
		last := inferencetest.Last(q)
		switch {
		case strings.Contains(last, "Saved"), strings.Contains(last, "Order sent"):
			return `{"note":"","expect":"","action":"done"}`
		case q.Options["temperature"].(float64) == 0:
			return fmt.Sprintf(`{"note":"this only looks","expect":"","action":"click","mark":%s}`, h.mark(last, `"Send order"`))
		}
		return fmt.Sprintf(`{"note":"","expect":"","action":"click","mark":%s}`, h.mark(last, `"Save"`))
	})
	models, err := fleet.New(inference.Options{Endpoint: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { models.Close() })
	b := brains.New(brains.Options{Models: models, Config: settings.InferenceConfig{Actor: "m", Uncertified: true}, Logger: slog.New(slog.DiscardHandler)})
	brain, err := mind.New(mind.Options{Chat: b.Chat, Profile: b.Profile, Votes: votes})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *agent.Options) { o.Mind = brain }, s
}

// TestALoneWrongSampleIsOutvoted holds a risky act to a vote, by what Chromium says of it: the note of the wrong answer claims that it is
// harmless. The control is the same model asked once: its wrong act happens.
func TestALoneWrongSampleIsOutvoted(t *testing.T) {
	for votes, want := range map[int]struct{ sent, calls int }{3: {0, 4}, 1: {1, 2}} {
		t.Run(fmt.Sprint(votes), func(t *testing.T) {
			edit, s := voting(t, votes)
			h := newHouse(t, edit)
			url, sent := page(t)
			r := h.do(step.Task{Goal: "save", Start: url, Autonomy: step.AutonomyAuto, DoneWhen: []step.Predicate{{URL: "*/save"}}, Limits: step.Limits{Steps: 3}})
			if *sent != want.sent || (r.Status == step.StatusDone) == (want.sent > 0) {
				t.Errorf("sent %d times; %+v", *sent, r)
			}
			if n := len(s.Asked()); n != want.calls || r.Usage.ModelCalls != n {
				t.Errorf("%d calls, counted are %d", n, r.Usage.ModelCalls)
			}
		})
	}
}

func TestAVoteThatTheTokensDoNotReachForEndsTheTask(t *testing.T) {
	edit, s := voting(t, 3)
	h := newHouse(t, edit)
	url, sent := page(t)
	r := h.do(step.Task{Goal: "save", Start: url, Autonomy: step.AutonomyAuto, Limits: step.Limits{Tokens: 150}})
	if r.Status != step.OutOfBudget || *sent != 0 || len(s.Asked()) != 1 || r.Usage.PromptTokens != 100 {
		t.Errorf("sent %d times after %d calls; %+v", *sent, len(s.Asked()), r)
	}
}
