package brains_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"chiron/cmd/brains"
	"chiron/cmd/settings"
	"chiron/inference"
	"chiron/inference/fleet"
	"chiron/inference/inferencetest"
	"chiron/mind"
	"chiron/step"

	"github.com/ollama/ollama/api"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// joined are brains over scripted endpoints.
func joined(t testing.TB, c settings.InferenceConfig, certificates brains.Table, all ...*inferencetest.Scripted) *brains.Brains {
	t.Helper()
	var ends []inference.Options
	for _, s := range all {
		ends = append(ends, inference.Options{Endpoint: s.URL, Queue: c.Queue})
	}
	models, err := fleet.New(ends...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { models.Close() })
	return brains.New(brains.Options{Models: models, Logger: slog.New(slog.DiscardHandler), Config: c, Certificates: certificates})
}

// minded is a mind whose models are scripts behind the Ollama API.
func minded(t testing.TB, votes int, planner string, answer func(api.ChatRequest) string) (*mind.Mind, *inferencetest.Scripted) {
	t.Helper()
	s := inferencetest.Script(t, answer)
	b := joined(t, settings.InferenceConfig{Actor: "actor", Planner: planner, Uncertified: true}, nil, s)
	m, err := mind.New(mind.Options{Chat: b.Chat, Profile: b.Profile, Votes: votes})
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

// order is a look at two buttons, of which the first cannot be undone.
func order() mind.Look {
	at := func(role step.Role, name string, y int) step.Candidate {
		return step.Candidate{Mark: y / 40, Role: role, Name: name, Box: step.Rect{X: 10, Y: y, W: 100, H: 30}, Source: step.SourceLayout}
	}
	return mind.Look{Task: step.Task{ID: "t"}, Goal: "keep a draft", Screen: step.Screen{Items: []step.Candidate{
		at(step.RoleButton, "Send", 40), at(step.RoleButton, "Save", 80), at(step.RoleButton, "Discard", 120)}},
		Risky: func(_ context.Context, a step.Action) bool { c, ok := a.(step.Click); return ok && c.Mark == 1 }}
}

// inTurn answers one call after the other: marks to click; 0 is an answer that is no JSON. The bigger model clicks mark 3.
func inTurn(marks ...int) func(api.ChatRequest) string {
	n := 0
	return func(q api.ChatRequest) string {
		if q.Model == "big" {
			return `{"note":"","expect":"","action":"click","mark":3}`
		}
		mark := marks[min(n, len(marks)-1)]
		if n++; mark == 0 {
			return "let me think"
		}
		return fmt.Sprintf(`{"note":"n%d","expect":"","action":"click","mark":%d}`, n, mark)
	}
}

func TestVotes(t *testing.T) {
	for _, c := range []struct {
		name   string
		votes  int
		big    string
		edit   func(*mind.Look)
		marks  []int
		calls  int // of the actor
		want   step.Kind
		mark   int
		agree  int
		failed error
	}{
		{name: "off, the lone wrong sample stands", votes: 1, marks: []int{1, 2, 2}, calls: 1, want: step.KindClick, mark: 1},
		{name: "never set, the same", votes: 0, marks: []int{1, 2, 2}, calls: 1, want: step.KindClick, mark: 1},
		{name: "on, the majority wins", votes: 3, marks: []int{1, 2, 2}, calls: 3, want: step.KindClick, mark: 2, agree: 2},
		{name: "two that agree are enough", votes: 3, marks: []int{1, 1, 2}, calls: 2, want: step.KindClick, mark: 1, agree: 2},
		{name: "an act that is not risky is asked for once", votes: 3, marks: []int{2, 1, 1}, calls: 1, want: step.KindClick, mark: 2},
		{name: "but not after a failure", votes: 3, edit: func(l *mind.Look) { l.Failed = true }, marks: []int{2, 3, 3}, calls: 3, want: step.KindClick, mark: 3, agree: 2},
		{name: "a tie of two is asked again", votes: 2, marks: []int{1, 2, 2}, calls: 3, want: step.KindClick, mark: 2, agree: 2},
		{name: "three opinions go to a person", votes: 3, marks: []int{1, 2, 3}, calls: 3, want: step.KindAsk, agree: 1},
		{name: "or to the bigger model", votes: 3, big: "big", marks: []int{1, 2, 3}, calls: 3, want: step.KindClick, mark: 3},
		{name: "and are no use once a person has spoken", votes: 3, edit: func(l *mind.Look) { l.Messages = []string{"go on"} }, marks: []int{1, 2, 3}, calls: 3, want: step.KindFail, agree: 1},
		{name: "an unusable sample is a voice for none", votes: 3, marks: []int{1, 0, 0, 1}, calls: 4, want: step.KindClick, mark: 1, agree: 2},
		{name: "the tokens do not reach", votes: 3, edit: func(l *mind.Look) { l.Left = 150 }, marks: []int{1, 2, 2}, calls: 1, failed: mind.ErrSpent},
		{name: "they reach for one more, not for two", votes: 3, edit: func(l *mind.Look) { l.Left = 250 }, marks: []int{1, 2, 2}, calls: 2, failed: mind.ErrSpent},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, s := minded(t, c.votes, c.big, inTurn(c.marks...))
			l := order()
			if c.edit != nil {
				c.edit(&l)
			}
			p, err := m.Propose(t.Context(), l)
			if !errors.Is(err, c.failed) {
				t.Fatal(err)
			}
			calls := map[string]int{}
			for _, q := range s.Asked() {
				calls[q.Model]++
			}
			if calls["actor"] != c.calls || p.Usage.ModelCalls != len(s.Asked()) || p.Usage.PromptTokens != 100*len(s.Asked()) {
				t.Errorf("%v calls, counted are %+v", calls, p.Usage)
			}
			if c.failed != nil {
				return
			}
			if click, _ := p.Action.Action.(step.Click); p.Action.Kind() != c.want || click.Mark != c.mark || p.Agree != c.agree {
				t.Errorf("%+v", p)
			}
		})
	}
}

// Samples differ in words at the end of the prompt, in seed and in temperature; what stands before the page is the same, so that an
// engine reads it once.
func TestSamplesAreAskedInOtherWords(t *testing.T) {
	m, s := minded(t, 5, "", inTurn(1, 2, 3, 1, 2, 3))
	if _, err := m.Propose(t.Context(), order()); err != nil {
		t.Fatal(err)
	}
	asked := s.Asked()
	words, seeds := map[string]bool{}, map[any]bool{}
	for i, q := range asked {
		lines := strings.Split(strings.TrimSpace(inferencetest.Last(q)), "\n")
		words[lines[len(lines)-1]] = true
		seeds[q.Options["seed"]] = true
		if first := asked[0].Messages[0].Content; q.Messages[0].Content != first {
			t.Errorf("sample %d begins otherwise", i)
		}
		if hot := q.Options["temperature"].(float64) > 0; hot != (i > 0) {
			t.Errorf("sample %d: temperature %v", i, q.Options["temperature"])
		}
	}
	if len(asked) != 5 || len(words) != 4 || len(seeds) != 5 {
		t.Errorf("%d samples with %d wordings and %d seeds", len(asked), len(words), len(seeds))
	}
}
