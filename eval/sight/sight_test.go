package sight

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"chiron/step"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestWitness holds that the truth is what stands on the page: what a dialog covers is left out, frames and hidden boxes with labels
// are in, and every name is the one a person would say.
func TestWitness(t *testing.T) {
	w, err := openWorlds(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	served := make(chan error, 1)
	go func() { served <- w.run(ctx) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	eye, err := callWitness(ctx, "/usr/lib/chromium/chromium")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := eye.close(); err != nil {
			t.Error(err)
		}
	}()
	for name, want := range map[string][]string{
		"modal":                   {"textbox Reason", "checkbox Tell her by mail", "button Remove member", "button Keep member", "button All right", "link Privacy"},
		"canvas":                  {"button Undo", "button Redo", "button Save plan", "checkbox Show grid", "link How to draw walls"},
		"desk new ticket (modal)": nil,
		"desk overview":           nil,
	} {
		i := slices.IndexFunc(Screens(), func(s Screen) bool { return s.Name == name })
		s := Screens()[i]
		v, err := eye.open(w.url(s), s.Press)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, thing := range v.truth.Things {
			got = append(got, thing.Role+" "+thing.Name)
		}
		slices.Sort(got)
		slices.Sort(want)
		if want != nil && !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
		if name == "desk overview" && !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "link ") }) || len(got) < 3 {
			t.Errorf("%s: %q", name, got)
		}
		if err := v.close(); err != nil {
			t.Error(err)
		}
	}
}

// TestGrade holds that the score can fall: a missing, moved, renamed or invented candidate each cost what they should.
func TestGrade(t *testing.T) {
	truth := Truth{Things: []Thing{
		{Role: "button", Name: "Save", Shown: "Save", Box: step.Rect{X: 10, Y: 10, W: 60, H: 20}},
		{Role: "link", Name: "Read more", Shown: "Read more", Box: step.Rect{X: 10, Y: 50, W: 60, H: 20}},
		{Role: "button", Name: "Close", Box: step.Rect{X: 200, Y: 10, W: 20, H: 20}},
	}}
	all := func() []step.Candidate {
		return []step.Candidate{{Role: step.RoleButton, Name: "Save", Box: step.Rect{X: 12, Y: 12, W: 56, H: 16}},
			{Role: step.RoleLink, Name: "read more", Box: step.Rect{X: 10, Y: 50, W: 60, H: 20}},
			{Role: step.RoleButton, Name: "Close", Box: step.Rect{X: 200, Y: 10, W: 20, H: 20}}}
	}
	never := func(step.Rect) bool { return false }
	for name, c := range map[string]struct {
		source        step.Source
		change        func([]step.Candidate) []step.Candidate
		found, true_  int
		claimed, real int
	}{
		"right":             {step.SourceLayout, func(c []step.Candidate) []step.Candidate { return c }, 3, 3, 3, 3},
		"missing":           {step.SourceLayout, func(c []step.Candidate) []step.Candidate { return c[1:] }, 2, 2, 2, 2},
		"moved":             {step.SourceLayout, func(c []step.Candidate) []step.Candidate { c[0].Box.Y += 400; return c }, 2, 2, 3, 2},
		"renamed":           {step.SourceLayout, func(c []step.Candidate) []step.Candidate { c[2].Name = "Open"; return c }, 2, 3, 3, 3},
		"a text is no link": {step.SourceLayout, func(c []step.Candidate) []step.Candidate { c[1].Role = step.RoleText; return c }, 2, 2, 2, 2},
		"invented": {step.SourceLayout, func(c []step.Candidate) []step.Candidate {
			return append(c, step.Candidate{Role: step.RoleButton, Name: "Nothing", Box: step.Rect{X: 600, Y: 600, W: 9, H: 9}})
		}, 3, 3, 4, 3},
		"pixels see no name that is not drawn": {step.SourcePixels, func(c []step.Candidate) []step.Candidate { c[2].Name = ""; return c }, 3, 3, 3, 3},
		"pixels misread":                       {step.SourcePixels, func(c []step.Candidate) []step.Candidate { c[0].Name = "Sale"; return c }, 2, 3, 3, 3},
	} {
		s := grade(truth, step.Screen{Source: c.source, Items: c.change(all())}, never)
		if s.Things != 3 || s.Found != c.found || s.Placed != c.true_ || s.Claimed != c.claimed || s.True != c.real {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
