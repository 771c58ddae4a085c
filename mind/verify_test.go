package mind_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"chiron/mind"
	"chiron/step"
)

func TestLocateTakesTheTextFirst(t *testing.T) {
	s := &script{}
	m := brain(t, s, mind.Profile{})
	for _, c := range []struct {
		screen       step.Screen
		description  string
		mark         int
		method       string
		unanswerable error
	}{
		{form(), `the "Continue" button`, 10, "candidates", nil},
		{form(), "Amount field", 3, "candidates", nil},
		{drawn(), "Ferry", 9, "ocr", nil},
		{form(), "{{password}}", 0, "", errors.New("may not be released")},
		{form(), "{{nobody}}", 0, "", step.ErrReference},
	} {
		l := look(t)
		l.Screen = c.screen
		found, used, err := m.Locate(t.Context(), l, c.description)
		switch {
		case c.unanswerable != nil:
			if err == nil || !strings.Contains(err.Error(), c.unanswerable.Error()) {
				t.Errorf("%s: %v", c.description, err)
			}
		case err != nil || found.Mark != c.mark || found.Method != c.method || found.Box != c.screen.Items[c.mark-1].Box || found.Point != found.Box.Center() || found.Picture != l.Observation.Frame.Hash:
			t.Errorf("%s: %+v, %v", c.description, found, err)
		}
		if used != (step.Usage{}) {
			t.Errorf("%s cost %+v", c.description, used)
		}
	}
	if len(s.asked) > 0 {
		t.Errorf("a model was asked %d times", len(s.asked))
	}
}

func TestLocateAsksWhereTheTextDoesNotDecide(t *testing.T) {
	for _, c := range []struct {
		name, description string
		answers           []string
		mark, calls       int
		want              error
	}{
		{"one of several", "Delete", []string{`{"mark":12}`}, 12, 1, nil},
		{"not by its name", "the bin of the first report", []string{`{"mark":8}`}, 8, 1, nil},
		{"absent", "the bell", []string{`{"mark":0}`, `{"dot":0}`}, 0, 2, mind.ErrAbsent},
		{"no such dot twice", "the bell", []string{`{"mark":0}`, `{"dot":50}`, `{"dot":-1}`}, 0, 3, mind.ErrUnusable},
		{"undecided", "Delete", []string{`{"mark":0}`}, 0, 1, mind.ErrAmbiguous},
		{"no such mark, then one", "the bell", []string{`{"mark":99}`, `{"mark":8}`}, 8, 2, nil},
		{"no mark at all", "the bell", []string{`{}`, `{"mark":null}`}, 0, 2, mind.ErrUnusable},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := look(t)
			l.Screen = table()
			s := &script{answers: c.answers}
			found, used, err := brain(t, s, mind.Profile{Sight: step.SightMarks}).Locate(t.Context(), l, c.description)
			if !errors.Is(err, c.want) || found.Mark != c.mark || used.ModelCalls != c.calls {
				t.Errorf("%+v, %+v, %v", found, used, err)
			}
			if p := s.asked[0]; p.Role != mind.RoleLocator || len(p.Turns[0].Images) != 1 || c.name == "absent" && !strings.Contains(p.Turns[0].Text, "Wanted: the bell\n") {
				t.Errorf("asked %+v", p)
			}
			if c.name == "undecided" {
				golden(t, "locate", dump(s.asked[0]))
			}
		})
	}
	alone, err := mind.New(mind.Options{Chat: noModel})
	if err != nil {
		t.Fatal(err)
	}
	l := look(t)
	l.Screen = table()
	if _, _, err := alone.Locate(t.Context(), l, "Delete"); !errors.Is(err, mind.ErrAmbiguous) {
		t.Errorf("several without a model: %v", err)
	}
	if _, _, err := alone.Locate(t.Context(), l, "the bell"); !errors.Is(err, mind.ErrAbsent) {
		t.Errorf("none without a model: %v", err)
	}
}

// TestLocateByPointing holds that a locator which points is asked for what no candidate fits and for nothing else, in the words of its
// training, and is believed only where it is sure of what it says.
func TestLocateByPointing(t *testing.T) {
	for _, c := range []struct {
		name, description string
		answers           []string
		sure              float64
		point             step.Point
		mark, calls       int
		want              error
	}{
		{"on nothing listed", "the bell icon", []string{`{"x":1200,"y":40}`}, 0.9, step.Point{X: 1200, Y: 40}, 0, 1, nil},
		{"on a candidate", "the bin icon", []string{`{"x":925,"y":160}`}, 0.9, step.Point{X: 960, Y: 169}, 8, 1, nil},
		{"outside, then inside", "the bell icon", []string{`{"x":1344,"y":40}`, `{"x":1200,"y":40}`}, 0.9, step.Point{X: 1200, Y: 40}, 0, 2, nil},
		{"half of nowhere", "the bell icon", []string{`{"x":0,"y":40}`, `{"x":40,"y":-1}`}, 0.9, step.Point{}, 0, 2, mind.ErrUnusable},
		{"not there", "the bell icon", []string{`{"x":0,"y":0}`}, 0.9, step.Point{}, 0, 1, mind.ErrAbsent},
		{"unsure", "the bell icon", []string{`{"x":1200,"y":40}`}, 0.2, step.Point{}, 0, 1, mind.ErrAbsent},
		{"not a point, then one", "the bell icon", []string{`{"x":1}`, `{"x":1200,"y":40}`}, 0.9, step.Point{X: 1200, Y: 40}, 0, 2, nil},
		{"never a point", "the bell icon", []string{`{}`, `no`}, 0.9, step.Point{}, 0, 2, mind.ErrUnusable},
		{"several by their words", "Delete", nil, 0, step.Point{}, 0, 0, mind.ErrAmbiguous},
		{"one by its words", "Find", nil, 0, step.Point{X: 530, Y: 76}, 3, 0, nil},
		{"words of another language", "die Glocke für später", nil, 0, step.Point{}, 0, 0, mind.ErrAbsent},
		{"too many words", "the bell icon in the upper right corner of the page", nil, 0, step.Point{}, 0, 0, mind.ErrAbsent},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := look(t)
			l.Screen = table()
			s := &script{answers: c.answers, sure: c.sure}
			found, used, err := brain(t, s, mind.Profile{Sight: step.SightPixels, Points: true, Doubt: 0.5}).Locate(t.Context(), l, c.description)
			if !errors.Is(err, c.want) || found.Point != c.point || found.Mark != c.mark || used.ModelCalls != c.calls || err == nil && !found.Point.In(found.Box) {
				t.Errorf("%+v, %+v, %v", found, used, err)
			}
			if c.calls == 0 {
				return
			}
			if err == nil && found.Method != "eyes" {
				t.Errorf("found by %s", found.Method)
			}
			if p := s.asked[0]; p.Role != mind.RoleLocator || len(p.Turns) != 1 || p.Turns[0].Text != c.description || len(p.Turns[0].Images) != 1 {
				t.Errorf("asked %+v", p)
			}
		})
	}
	blind := &script{answers: []string{`{"mark":8}`}}
	if _, _, err := brain(t, blind, mind.Profile{}).Locate(t.Context(), look(t), `the "bell" icon`); !errors.Is(err, mind.ErrAbsent) || len(blind.asked) > 0 {
		t.Errorf("a model without eyes is asked for an icon: %v", err)
	}
	l := look(t)
	l.Screen = page(step.SourceLayout, item(step.RoleText, "Delete your account", "", 40, 60, 300, 32), item(step.RoleButton, "Delete account", "", 40, 100, 100, 32))
	if found, _, err := brain(t, blind, mind.Profile{}).Locate(t.Context(), l, `the "Text" icon`); !errors.Is(err, mind.ErrAbsent) {
		t.Errorf("the only button is taken for an icon: %+v", found)
	}
	alone, err := mind.New(mind.Options{Chat: noModel, Profile: func(mind.Role, string) mind.Profile { return mind.Profile{Points: true} }})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := alone.Locate(t.Context(), look(t), "the bell"); !errors.Is(err, mind.ErrAbsent) {
		t.Errorf("without a model: %v", err)
	}
}

// TestLocateByDots holds that a model that sees is asked for dots where no candidate is the thing, and closer each time.
func TestLocateByDots(t *testing.T) {
	s := &script{answers: []string{`{"mark":0}`, `{"dot":25}`, `{"dot":25}`, `{"dot":25}`, `{"dot":25}`}}
	l := look(t)
	found, used, err := brain(t, s, mind.Profile{Sight: step.SightMarks}).Locate(t.Context(), l, "the bell")
	if err != nil || found.Method != "grid" || found.Point != (step.Point{X: 672, Y: 448}) || !found.Point.In(found.Box) || found.Box.W != 84 || used.ModelCalls != 5 {
		t.Errorf("%+v, %+v, %v", found, used, err)
	}
	golden(t, "grid", dump(s.asked[1]))
	for _, p := range s.asked[1:] {
		if len(p.Turns[0].Images) != 2 {
			t.Errorf("asked with %d images", len(p.Turns[0].Images))
		}
	}
	blind := &script{answers: []string{`{"mark":0}`}}
	if _, _, err := brain(t, blind, mind.Profile{}).Locate(t.Context(), l, "the bell"); !errors.Is(err, mind.ErrAbsent) {
		t.Errorf("without sight: %v", err)
	}
	l.Screen.Items = nil // nothing was read: straight to the dots
	bare := &script{answers: []string{`{"dot":1}`, `{"dot":0}`, `{"dot":0}`, `{"dot":0}`}}
	if _, _, err := brain(t, bare, mind.Profile{Sight: step.SightPixels}).Locate(t.Context(), l, "the bell"); !errors.Is(err, mind.ErrAbsent) || len(bare.asked) != 4 {
		t.Errorf("widened to the whole page: %v after %d", err, len(bare.asked))
	}
}

func noModel(context.Context, mind.Prompt) (mind.Answer, error) {
	return mind.Answer{}, mind.ErrNoModel
}

func claim(t testing.TB) mind.Claim {
	l := look(t)
	return mind.Claim{Task: l.Task, Goal: l.Goal, Values: l.Values, Acts: []string{`type "{{1}}" into mark 3`, "click mark 10"}, Observation: l.Observation, Screen: l.Screen,
		Result: map[string]step.Value{"number": {Value: json.RawMessage(`"EX-7"`)}, "amount": {Value: json.RawMessage(`42.5`)}}}
}

func TestVerifyLooksTwice(t *testing.T) {
	s := &script{answers: []string{`{"expect":"The page says that the report was submitted."}`, `{"shown":true,"mark":11,"why":"The total stands there."}`}}
	c := claim(t)
	check, used, err := brain(t, s, mind.Profile{Sight: step.SightMarks}).Verify(t.Context(), c)
	if err != nil || !check.OK || check.What == "" || check.Why != "The total stands there." || used.ModelCalls != 2 || used.PromptTokens != 200 {
		t.Fatalf("%+v, %+v, %v", check, used, err)
	}
	want := step.Evidence{Observation: "o1", Picture: c.Observation.Frame.Hash, Box: c.Screen.Items[10].Box, Text: "Total: €12.00", Source: step.SourceLayout}
	if check.Evidence == nil || *check.Evidence != want {
		t.Errorf("the evidence is %+v, want %+v", check.Evidence, want)
	}
	first := s.asked[0].Turns[0]
	if strings.Contains(first.Text, "Total") || strings.Contains(first.Text, "click mark") || len(first.Images) > 0 {
		t.Errorf("the wish was made with the evidence in sight: %s", first.Text)
	}
	golden(t, "expect", dump(s.asked[0]))
	golden(t, "verify", dump(s.asked[1]))
}

func TestVerifyDoesNotTakeWhatIsNotShown(t *testing.T) {
	const wish = `{"expect":"x"}`
	for _, c := range []struct {
		name    string
		answers []string
		ok      bool
		err     error
	}{
		{"not shown", []string{wish, `{"shown":false,"mark":0,"why":"no"}`}, false, nil},
		{"asked again", []string{wish, `{"shown":"yes","mark":0,"why":"no"}`, `{"shown":true,"mark":1,"why":"yes"}`}, true, nil},
		{"no verdict", []string{wish, `{"mark":1,"why":"yes"}`, `shown`}, false, mind.ErrUnusable},
		{"no such mark", []string{wish, `{"shown":true,"mark":99,"why":""}`, `{"shown":true,"mark":-1,"why":""}`}, false, mind.ErrUnusable},
		{"no wish", []string{`{}`, `{"expect":3}`}, false, mind.ErrUnusable},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &script{answers: c.answers}
			check, used, err := brain(t, s, mind.Profile{}).Verify(t.Context(), claim(t))
			if !errors.Is(err, c.err) || check.OK != c.ok || used.ModelCalls != len(c.answers) {
				t.Errorf("%+v, %+v, %v", check, used, err)
			}
		})
	}
	m, err := mind.New(mind.Options{Chat: noModel})
	if err != nil {
		t.Fatal(err)
	}
	if check, used, err := m.Verify(t.Context(), claim(t)); err != nil || check != (step.Check{}) || used != (step.Usage{}) {
		t.Errorf("without a verifier: %+v, %+v, %v", check, used, err)
	}
}
