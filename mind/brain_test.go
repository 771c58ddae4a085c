package mind_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"chiron/mind"
	"chiron/step"
	"chiron/vision"
)

var update = flag.Bool("update", false, "write the goldens anew")

// script is a model that gives prepared answers and keeps what it was asked.
type script struct {
	answers []string
	asked   []mind.Prompt
	fail    error   // beside the answers
	sure    float64 // of every answer
}

func (s *script) chat(_ context.Context, p mind.Prompt) (mind.Answer, error) {
	p.Turns = append([]mind.Turn(nil), p.Turns...)
	s.asked = append(s.asked, p)
	if len(s.asked) > len(s.answers) {
		return mind.Answer{}, fmt.Errorf("no answer is left for prompt %d", len(s.asked))
	}
	a := mind.Answer{Text: s.answers[len(s.asked)-1], Model: "fake@1", Sure: s.sure, Usage: step.Usage{ModelCalls: 1, PromptTokens: 100, AnswerTokens: 10}}
	return a, s.fail
}

func brain(t testing.TB, s *script, p mind.Profile) *mind.Mind {
	t.Helper()
	m, err := mind.New(mind.Options{Chat: s.chat, Profile: func(mind.Role, string) mind.Profile { return p }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// white is an empty picture of the viewport.
var white = sync.OnceValues(func() (step.Frame, error) {
	img := image.NewGray(image.Rect(0, 0, 1344, 896))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return step.Frame{Hash: step.PictureHash(b.Bytes()), MIME: "image/png", Size: step.Viewport(), Data: b.Bytes()}, err
})

func frame(t testing.TB) step.Frame {
	t.Helper()
	f, err := white()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// look is one step of a task on the form of the sample site.
func look(t testing.TB) mind.Look {
	t.Helper()
	task := step.Task{ID: "t1", Goal: `File an expense of 42.50 as "Meals" for dana@halden.example`, Start: "http://127.0.0.1:8080/",
		Inputs: map[string]string{"user": "dana"}, Secrets: []string{"password"}, Files: []step.File{{Name: "receipt.pdf"}},
		Result: json.RawMessage(`{"type":"object","properties":{"number":{"type":"string"},"amount":{"type":"number"}}}`)}
	values, goal := step.NewValues(task)
	return mind.Look{Task: task, Goal: goal, Values: values, Recall: mind.Advice{Texts: []string{"The button is at the end of the form."}},
		Plan: step.Plan{Subgoals: []string{"sign in as {{user}}", "file it"}}, Screen: form(),
		Observation: step.Observation{ID: "o1", Frame: frame(t)}}
}

func dump(p mind.Prompt) string {
	var b strings.Builder
	for _, turn := range p.Turns {
		fmt.Fprintf(&b, "── %s", turn.Who)
		for _, i := range turn.Images {
			c, err := png.DecodeConfig(bytes.NewReader(i))
			fmt.Fprintf(&b, " + picture %d×%d %v", c.Width, c.Height, err)
		}
		fmt.Fprintf(&b, "\n%s\n", turn.Text)
	}
	fmt.Fprintf(&b, "── at most %d tokens by the schema\n", p.MaxTokens)
	b.WriteString(strings.ReplaceAll(string(p.Schema), `{"type":"object"`, "\n{\"type\":\"object\"") + "\n")
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "prompts", name+".txt")
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if it should, run the test with -update. It is now:\n%s", path, got)
	}
}

func profiles() map[string]mind.Profile {
	return map[string]mind.Profile{
		"text":     {},
		"marks":    {Sight: step.SightMarks},
		"pixels":   {Sight: step.SightPixels},
		"thousand": {Sight: step.SightPixels, Space: vision.Space1000, Terse: true},
		"yx":       {Sight: step.SightPixels, Space: vision.Space1000YX, Terse: true},
		"unit":     {Sight: step.SightPixels, Space: vision.SpaceUnit, Terse: true},
		"0-999":    {Sight: step.SightPixels, Space: vision.Space999, Terse: true},
		"squashed": {Sight: step.SightPixels, Seen: step.Size{W: 896, H: 896}, Terse: true},
		"words":    {Sight: step.SightPixels, Describe: true},
		"trained":  {Terse: true, NoRules: true},
	}
}

func TestPrompts(t *testing.T) {
	late := look(t)
	late.History = []mind.Entry{{Step: 1, Act: `type "{{user}}" into mark 2`, Note: "the name", Outcome: "done"}, {Step: 2, Act: "press Enter", Outcome: "done, nothing changed"}}
	late.Messages, late.Feedback = []string{"Use {{user}}, please."}, "That was denied: the host is not allowed."
	asked := look(t)
	asked.Screen.Dialog = &step.Dialog{Type: "confirm", Message: "Leave?"}
	asked.Screen.Tabs, asked.Screen.Tab = 2, 1
	for name, p := range profiles() {
		s := &script{answers: []string{`{"action":"fail","reason":"x"}`}}
		if _, err := brain(t, s, p).Propose(t.Context(), late); err != nil {
			t.Fatal(name, err)
		}
		golden(t, "actor-"+name, dump(s.asked[0]))
	}
	s := &script{answers: []string{`{"action":"dialog","accept":false,"text":""}`}}
	if _, err := brain(t, s, mind.Profile{}).Propose(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	golden(t, "actor-dialog", dump(s.asked[0]))
}

// TestThePastOnlyGrowsAtItsEnd renders steps one after another and holds everything before the newest against the step
// before: what an engine has read, it need not read again.
func TestThePastOnlyGrowsAtItsEnd(t *testing.T) {
	for name, p := range profiles() {
		p.History = 6
		l := look(t)
		before, kept := "", 0
		for n := 1; n <= 15; n++ {
			l.Screen = []step.Screen{form(), table(), drawn(), facts()}[n%4]
			l.Screen.Dialog, l.Screen.Tabs, l.Screen.Tab = []*step.Dialog{nil, {Type: "alert"}}[n%2], n%3, 1
			l.Feedback = []string{"", "Look again."}[n%2]
			s := &script{answers: []string{`{"action":"fail","reason":"x"}`}}
			p, err := brain(t, s, p).Propose(t.Context(), l)
			if err != nil {
				t.Fatal(name, err)
			}
			turns := s.asked[0].Turns
			if last := turns[len(turns)-1]; last.Who != "user" || !strings.HasPrefix(last.Text, "page: ") {
				t.Errorf("%s: the page is not last", name)
			}
			stable := ""
			for _, turn := range turns[:len(turns)-1] {
				stable += turn.Who + "\n" + turn.Text + "\n"
				if len(turn.Images) > 0 {
					t.Errorf("%s: a picture stands before the end", name)
				}
			}
			if stable = strings.TrimSuffix(stable, "\n"); strings.HasPrefix(stable, before) {
				kept++
			} else if p.Usage.Cut == 0 {
				t.Errorf("%s, step %d: the part that should stay does not:\n%s\nbefore:\n%s", name, n, stable, before)
			}
			if over := len(l.History) - 6; over > 0 && (p.Usage.Cut < over || p.Usage.Cut > over+3 || !strings.Contains(stable, fmt.Sprintf("(%d earlier steps are left out)", p.Usage.Cut))) {
				t.Errorf("%s, step %d: %d of %d steps are counted as left out", name, n, p.Usage.Cut, len(l.History))
			}
			before = stable
			l.History = append(l.History, mind.Entry{Step: n, Act: fmt.Sprintf("click mark %d", n), Outcome: "done"})
		}
		if kept < 11 { // 15 steps, and the oldest half of 6 falls away every third step from the eighth on
			t.Errorf("%s: only %d of 15 prompts begin as the one before", name, kept)
		}
	}
}

func TestFaultsAreAskedAgainOnce(t *testing.T) {
	const good = `{"note":"n","expect":"e","action":"click","mark":3}`
	for _, c := range []struct{ name, answer, fault string }{
		{"fenced", "```json\n" + good + "\n```", ""},
		{"words around", "Sure {here}: " + good + " – done.", ""},
		{"truncated", `{"note":"n","expect":"e","action":"done","result":{"a":{"mark":3}`, "breaks off"},
		{"no object", "I click on it.", "not a JSON object"},
		{"two objects", good + good, "several JSON objects"},
		{"no action", `{"mark":3}`, `"" is not an action`},
		{"not offered", `{"action":"call","tool":"shell"}`, `"call" is not an action that is possible now; choose one of click`},
		{"not now", `{"action":"dialog","accept":true}`, `"dialog" is not an action that is possible now`},
		{"unknown mark", `{"action":"click","mark":12}`, "there is no mark 12; marks go from 1 to 11"},
		{"unknown mark in the result", `{"action":"done","result":{"number":{"mark":99}}}`, "there is no mark 99"},
		{"no mark", `{"action":"click"}`, "one of mark, point and target is needed"},
		{"unknown reference", `{"action":"type","mark":3,"text":"{{nobody}}"}`, `there is no value named "nobody"; known are user, password, 1, 2, 3`},
		{"the sign of a secret", `{"action":"type","mark":3,"text":"***"}`, "*** stands for a secret; type its name; known are user, password, 1, 2, 3"},
		{"no reference", `{"action":"type","mark":3,"text":"{{ user }}"}`, "double braces hold the name of a known value"},
		{"a point without a picture", `{"action":"click","x":1,"y":1}`, `"x" does not belong to click; its fields are action, mark`},
		{"a point in page pixels", `{"action":"click","point":{"x":1,"y":1}}`, `"point" does not belong to click`},
		{"held keys", `{"action":"click","mark":3,"modifiers":["Control"]}`, `"modifiers" does not belong to click`},
		{"unknown field", `{"action":"back","mark":3}`, `"mark" does not belong to back`},
		{"note is no text", `{"note":3,"action":"back"}`, `"note" is not a text`},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := look(t)
			s := &script{answers: []string{c.answer, good}}
			p, err := brain(t, s, mind.Profile{}).Propose(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if click, ok := p.Action.Action.(step.Click); !ok || click.Mark != 3 || p.Note != "n" || p.Expect != "e" || p.By != "actor" || p.Model != "fake@1" {
				t.Errorf("the proposal is %+v", p)
			}
			calls := len(s.asked)
			if p.Usage.ModelCalls != calls || p.Usage.PromptTokens != 100*calls {
				t.Errorf("%d calls are counted as %+v", calls, p.Usage)
			}
			if c.fault == "" && calls != 1 || c.fault != "" && calls != 2 {
				t.Fatalf("the model was asked %d times", calls)
			}
			if c.fault != "" {
				first, again := s.asked[0].Turns, s.asked[1].Turns
				if last := again[len(again)-1]; len(again) != len(first)+2 || last.Who != "user" || !strings.Contains(last.Text, c.fault) {
					t.Errorf("it was asked again with %+v, want …%s…", again[len(first):], c.fault)
				}
			}

			s = &script{answers: []string{c.answer, c.answer}}
			p, err = brain(t, s, mind.Profile{}).Propose(t.Context(), l)
			if c.fault == "" {
				return
			}
			if !errors.Is(err, mind.ErrUnusable) || !strings.Contains(err.Error(), c.fault) || p.Action.Action != nil || p.Usage.ModelCalls != 2 {
				t.Errorf("twice wrong gave %v, %+v", err, p)
			}
		})
	}
}

func TestPointsArePagePixels(t *testing.T) {
	for _, c := range []struct {
		profile, answer string
		want            step.Point // zero: refused
	}{
		{"pixels", `"x":1343,"y":895`, step.Point{X: 1343, Y: 895}},
		{"pixels", `"x":1344,"y":10`, step.Point{}},
		{"pixels", `"x":-1,"y":10`, step.Point{}},
		{"squashed", `"x":448,"y":448`, step.Point{X: 672, Y: 448}},
		{"squashed", `"x":896,"y":10`, step.Point{}},
		{"pixels", `"x":"7","y":10`, step.Point{}},
		{"pixels", `"x":7`, step.Point{}},
		{"pixels", `"mark":3`, step.Point{}},
		{"thousand", `"x":500,"y":250`, step.Point{X: 672, Y: 224}},
		{"thousand", `"x":1001,"y":250`, step.Point{}},
		{"yx", `"y":250,"x":500`, step.Point{X: 672, Y: 224}},
		{"unit", `"x":0.5,"y":0.25`, step.Point{X: 672, Y: 224}},
		{"0-999", `"x":999,"y":999`, step.Point{X: 1343, Y: 895}},
		{"words", `"x":5,"y":5`, step.Point{}},
	} {
		answer := `{"action":"click",` + c.answer + `}`
		s := &script{answers: []string{answer, answer}}
		p, err := brain(t, s, profiles()[c.profile]).Propose(t.Context(), look(t))
		switch click, ok := p.Action.Action.(step.Click); {
		case c.want == (step.Point{}) && !errors.Is(err, mind.ErrUnusable):
			t.Errorf("%s: %s became %+v, %v", c.profile, answer, p.Action, err)
		case c.want != (step.Point{}) && (!ok || click.Point == nil || *click.Point != c.want):
			t.Errorf("%s: %s became %+v, %v; want %v", c.profile, answer, p.Action, err, c.want)
		}
	}
}

func TestEmptyAnswersAreAskedAgainAndFailedCallsAreNot(t *testing.T) {
	s := &script{answers: []string{"", ""}}
	p, err := brain(t, s, mind.Profile{}).Propose(t.Context(), look(t))
	if !errors.Is(err, mind.ErrUnusable) || len(s.asked) != 2 || p.Usage.ModelCalls != 2 {
		t.Errorf("asked %d times, %+v, %v", len(s.asked), p.Usage, err)
	}
	down := errors.New("down")
	s = &script{answers: []string{"", ""}, fail: down}
	p, err = brain(t, s, mind.Profile{}).Propose(t.Context(), look(t))
	if !errors.Is(err, down) || len(s.asked) != 1 || p.Usage.ModelCalls != 1 {
		t.Errorf("a failed call was asked %d times, %+v, %v", len(s.asked), p.Usage, err)
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	if _, err := mind.New(mind.Options{}); err == nil || !strings.Contains(err.Error(), "Chat") {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode gives the actor any words: what comes out is a valid act that refers to what there is, or ErrUnusable.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"action":"click","mark":3}`, "```json\n{\"note\":\"\",\"action\":\"back\"}\n```", `{"action":"type","mark":3,"text":"{{user}}"}`,
		`{"action":"done","result":{"number":{"mark":11},"amount":{"value":42.5}}}`, `{"action":"click","x":1,"y":2}`, `{{"action":"wait","seconds":1}}`} {
		f.Add(text)
	}
	l := look(f)
	f.Fuzz(func(t *testing.T, text string) {
		s := &script{answers: []string{text, text}}
		p, err := brain(t, s, mind.Profile{}).Propose(t.Context(), l)
		if err != nil {
			if !errors.Is(err, mind.ErrUnusable) || p.Action.Action != nil {
				t.Fatalf("%q: %v, %+v", text, err, p.Action)
			}
			return
		}
		if err := p.Action.Validate(); err != nil {
			t.Errorf("%q became the invalid %+v: %v", text, p.Action, err)
		}
		if click, ok := p.Action.Action.(step.Click); ok && (click.Mark > len(l.Screen.Items) || click.Point != nil && !click.Point.In(step.Rect{W: 1344, H: 896})) {
			t.Errorf("%q aims at %v", text, click.Target)
		}
	})
}

// TestProposeCutsThePast holds that a prompt over the model's context costs the oldest part of the past, counted, and not the task.
func TestProposeCutsThePast(t *testing.T) {
	l := look(t)
	for i := range 60 {
		l.History = append(l.History, mind.Entry{Step: i + 1, Act: fmt.Sprintf("click mark %d", i+1), Outcome: "done"})
	}
	var sent []int
	fits := func(limit int) mind.Chat {
		return func(_ context.Context, p mind.Prompt) (mind.Answer, error) {
			size := 0
			for _, turn := range p.Turns {
				size += strings.Count(turn.Text, "click mark ")
			}
			if sent = append(sent, size); size > limit {
				return mind.Answer{}, fmt.Errorf("chat: %w", mind.ErrTooLong)
			}
			return mind.Answer{Text: `{"note":"","expect":"","action":"click","mark":10}`, Usage: step.Usage{ModelCalls: 1}}, nil
		}
	}
	for limit, kept := range map[int]int{60: 40, 39: 20, 5: 4, 0: 0} {
		sent = nil
		m, err := mind.New(mind.Options{Chat: fits(limit)})
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.Propose(t.Context(), l)
		if last := sent[len(sent)-1]; err != nil || last > limit || last != kept || out.Usage.Cut != 60-last || out.Usage.ModelCalls != 1 {
			t.Errorf("limit %d: sent %v, %+v, %v", limit, sent, out.Usage, err)
		}
	}
	m, err := mind.New(mind.Options{Chat: fits(-1)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Propose(t.Context(), l); !errors.Is(err, mind.ErrTooLong) {
		t.Errorf("without a past that could be cut: %v", err)
	}
}
