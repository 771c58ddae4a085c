package mind_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"chiron/inference"
	"chiron/inference/inferencetest"
	"chiron/mind"
	"chiron/step"
)

// tiny speaks to the tiny model in a real Ollama: its weights are random, so that only the schema makes sense of its answers.
func tiny(t testing.TB) (mind.Chat, *[]mind.Answer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := inferencetest.Start(t, []string{exe, "guard"})
	var answers []mind.Answer
	return func(ctx context.Context, p mind.Prompt) (mind.Answer, error) {
		r := inference.Request{Model: inferencetest.Model, Call: inference.Call{Task: p.Task}, Format: p.Schema, MaxTokens: 4 * p.MaxTokens, Temperature: 1, Seed: len(answers)}
		for _, turn := range p.Turns {
			r.Messages = append(r.Messages, inference.Message{Role: turn.Who, Text: turn.Text, Images: turn.Images})
		}
		reply, err := c.Chat(ctx, r)
		a := mind.Answer{Text: reply.Text, Model: inferencetest.Model, Usage: reply.Usage}
		answers = append(answers, a)
		if errors.Is(err, inference.ErrTruncated) || errors.Is(err, inference.ErrEmpty) {
			err = nil
		}
		return a, err
	}, &answers
}

func TestARealModel(t *testing.T) {
	chat, answers := tiny(t)
	t.Run("cannot say what is not offered", func(t *testing.T) { proposes(t, chat, answers) })
	t.Run("can only choose what a select offers", func(t *testing.T) { chooses(t, chat) })
	t.Run("types by a pattern", func(t *testing.T) { writes(t, chat) })
	t.Run("locates and verifies", func(t *testing.T) { locates(t, chat, answers) })
	t.Run("is asked once more and no more", func(t *testing.T) { givesUp(t, chat, answers) })
}

// givesUp leaves the model so few tokens that its JSON is always cut.
func givesUp(t *testing.T, chat mind.Chat, answers *[]mind.Answer) {
	m, err := mind.New(mind.Options{Chat: chat, Profile: func(mind.Role, string) mind.Profile { return mind.Profile{MaxTokens: 2} }})
	if err != nil {
		t.Fatal(err)
	}
	before := len(*answers)
	p, err := m.Propose(t.Context(), look(t))
	if !errors.Is(err, mind.ErrUnusable) || !strings.Contains(err.Error(), "breaks off") || len(*answers) != before+2 || p.Usage.ModelCalls != 2 || p.Action.Action != nil {
		t.Errorf("after %d calls: %+v, %v", len(*answers)-before, p, err)
	}
}

// proposes lets random weights answer under the schemas of all sights: what comes back is an action of the screen, nearly
// always at the first call; only a text of spaces alone is asked again.
func proposes(t *testing.T, chat mind.Chat, answers *[]mind.Answer) {
	kinds, first := map[step.Kind]int{}, 0
	for _, name := range []string{"text", "marks", "pixels", "thousand", "words"} {
		p := profiles()[name]
		m, err := mind.New(mind.Options{Chat: chat, Profile: func(mind.Role, string) mind.Profile { return p }})
		if err != nil {
			t.Fatal(err)
		}
		l := wide(t)
		for n := range 3 {
			l.History = append(l.History, mind.Entry{Step: n + 1, Act: "press Tab", Outcome: "done"})
			if n == 2 {
				l.Screen.Dialog = &step.Dialog{Type: "prompt", Message: "Why?"}
			}
			got, err := m.Propose(t.Context(), l)
			if err != nil {
				t.Fatalf("%s, look %d: %v", name, n, err)
			}
			last := (*answers)[len(*answers)-1]
			if got.Usage.ModelCalls == 1 {
				first++
			}
			if images := map[step.Sight]int{step.SightText: 0, step.SightMarks: 1, step.SightPixels: 1}[p.Sight]; got.Usage.Images != images*got.Usage.ModelCalls {
				t.Errorf("%s: %d pictures were sent, want %d", name, got.Usage.Images, images)
			}
			if err := got.Action.Validate(); err != nil || got.Usage.PromptTokens == 0 {
				t.Errorf("%s: %s: %v, %+v", name, last.Text, err, got.Usage)
			}
			kinds[got.Action.Kind()]++
		}
	}
	if len(kinds) < 2 || first < 13 {
		t.Errorf("of 15 answers %d could be used at once; the kinds were %v", first, kinds)
	}
}

// only leaves of a schema the first way to do one kind of action.
func only(chat mind.Chat, kind step.Kind) mind.Chat {
	return func(ctx context.Context, p mind.Prompt) (mind.Answer, error) {
		var schema struct {
			OneOf []json.RawMessage `json:"oneOf"`
		}
		if err := json.Unmarshal(p.Schema, &schema); err != nil {
			return mind.Answer{}, err
		}
		for _, way := range schema.OneOf {
			if strings.Contains(string(way), fmt.Sprintf(`"const":%q`, kind)) {
				p.Schema = way
				return chat(ctx, p)
			}
		}
		return mind.Answer{}, fmt.Errorf("no %s in %s", kind, p.Schema)
	}
}

// writes leaves a model that was trained on the form of answers nothing but to type: Ollama must understand the pattern that lets
// it name known values alone. What the pattern says is held by the golden prompts.
func writes(t *testing.T, chat mind.Chat) {
	m, err := mind.New(mind.Options{Chat: only(chat, step.KindType), Profile: func(mind.Role, string) mind.Profile { return profiles()["trained"] }})
	if err != nil {
		t.Fatal(err)
	}
	l := look(t)
	for range 8 {
		got, err := m.Propose(t.Context(), l)
		if err != nil || got.Usage.ModelCalls != 1 {
			t.Fatalf("after %d calls: %v", got.Usage.ModelCalls, err)
		}
		if a, ok := got.Action.Action.(step.Type); !ok || strings.ContainsAny(a.Value, "\"\\\n\t") {
			t.Errorf("it types %+v", got.Action.Action)
		}
	}
}

// chooses leaves the model nothing but to choose from selects, one of them with options that a grammar might stumble over.
func chooses(t *testing.T, chat mind.Chat) {
	m, err := mind.New(mind.Options{Chat: only(chat, step.KindSelect), Profile: func(mind.Role, string) mind.Profile { return profiles()["text"] }})
	if err != nil {
		t.Fatal(err)
	}
	l := look(t)
	l.Screen.Items = slices.Clone(l.Screen.Items)
	for i := range l.Screen.Items {
		if c := &l.Screen.Items[i]; c.Role == step.RoleSelect {
			c.Role, c.Options, c.More = step.RoleButton, nil, 0
		}
	}
	strange := []string{"50 %", "a-z]b[^c", "日本語", "Ä/ö", "{{1}", "x | y", `say "hi"`, `C:\dir`, `a\"b`, "(a)* ::= b", "tab\tand\nline", "#"}
	l.Screen.Items = append(l.Screen.Items, step.Candidate{Mark: len(l.Screen.Items) + 1, Role: step.RoleSelect, Name: "Strange", Options: strange})
	shown := map[string]bool{}
	for _, o := range strange {
		shown[step.Shown(o, l.Values)] = true
	}
	for range len(strange) {
		got, err := m.Propose(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := got.Action.Action.(step.Select); !ok || !shown[s.Option] {
			t.Errorf("it chose %+v, which is none of %q", got.Action.Action, strange)
		}
		l.History = append(l.History, mind.Entry{Step: len(l.History) + 1, Act: "press Tab", Outcome: "done"})
	}
}

func locates(t *testing.T, chat mind.Chat, answers *[]mind.Answer) {
	p := mind.Profile{Sight: step.SightMarks}
	m, err := mind.New(mind.Options{Chat: chat, Profile: func(mind.Role, string) mind.Profile { return p }})
	if err != nil {
		t.Fatal(err)
	}
	l := look(t)
	found, used, err := m.Locate(t.Context(), l, "the way out")
	size := step.Viewport()
	listed := found.Mark >= 1 && found.Mark <= len(l.Screen.Items) && used.ModelCalls == 1 && used.Images == 1
	dotted := found.Method == "grid" && found.Point.In(step.Rect{W: size.W, H: size.H}) && used.ModelCalls > 1 && used.Images > used.ModelCalls
	if err != nil && !errors.Is(err, mind.ErrAbsent) || err == nil && !listed && !dotted {
		t.Errorf("located %+v, %+v, %v", found, used, err)
	}
	check, used, err := m.Verify(t.Context(), mind.Claim{Task: l.Task, Goal: l.Goal, Values: l.Values, Acts: []string{"press Enter"}, Observation: l.Observation,
		Screen: l.Screen, Result: map[string]step.Value{"amount": {Value: json.RawMessage(`42.5`)}}})
	if err != nil || check.What == "" || check.Evidence == nil || used.ModelCalls != 2 || used.Images != 1 {
		t.Errorf("verified %+v, %+v, %v; it said %q", check, used, err, (*answers)[len(*answers)-1].Text)
	}
}
