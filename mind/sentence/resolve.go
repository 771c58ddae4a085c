package sentence

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"chiron/step"
	"chiron/vision"
)

// Move is what a sentence comes to on one screen.
type Move struct {
	Action step.Action // nil when there is nothing to do (any more)
	Mark   int         // of the thing read, expected or aimed at; 0 where there is none
	Text   string      // what was read
}

// notYet is something that another look may change. It is an ErrAbsent.
type notYet string

func (e notYet) Error() string        { return string(e) }
func (e notYet) Is(target error) bool { return target == ErrAbsent }

// Resolve finds what the sentence means on this screen, without a model. ErrAbsent may pass with time; ErrAmbiguous will not. Of an icon
// that nothing on the screen is called, the move beside ErrAbsent is what to do if whoever sees the page finds it by its description.
// Readings and expectations come back as a Move without an Action.
func (s Sentence) Resolve(screen step.Screen, values step.Values) (Move, error) {
	var err error
	for _, text := range []*string{&s.On.Label, &s.On.Row, &s.On.phrase} {
		if *text, err = values.Expand(*text, nil); err != nil {
			return Move{}, err
		}
	}
	switch {
	case s.Verb == VerbExpect || s.Verb == VerbWaitFor:
		return s.look(screen, values)
	case s.Verb == VerbRead:
		mark, text, err := s.On.read(screen)
		return Move{Mark: mark, Text: text}, err
	case s.Kind == step.KindDialog && screen.Dialog == nil:
		return Move{}, notYet("no dialog is open")
	case s.Action != nil:
		return Move{Action: s.Action}, nil
	case s.Kind == step.KindNavigate && !(s.either && !address.MatchString(s.On.Label)):
		return s.navigate(screen, values)
	case s.Kind == step.KindNavigate:
		s.Kind = step.KindClick
	}
	c, err := s.On.find(screen, s.fits)
	if text := s.On.pictured(); text != "" && errors.Is(err, ErrAbsent) && s.State == nil && (s.Kind == step.KindClick || s.Kind == step.KindHover) {
		return Move{Action: s.act(step.Candidate{}, step.Target{Text: text})}, err
	}
	if err != nil {
		return Move{}, err
	}
	if s.Kind == step.KindSelect {
		option, err := values.Expand(s.Text, nil)
		if err != nil {
			return Move{}, err
		}
		if c.Role == step.RoleSelect && c.Value != "" && step.Fold(c.Value) == step.Fold(option) {
			return Move{Mark: c.Mark}, nil
		}
	}
	return Move{Action: s.act(c, step.Target{Mark: c.Mark}), Mark: c.Mark}, nil
}

// look holds an expectation against the screen.
func (s Sentence) look(screen step.Screen, values step.Values) (Move, error) {
	want, err := values.Expand(s.Text, nil)
	if err != nil {
		return Move{}, err
	}
	if s.On.Label != "" || s.On.Role != "" {
		mark, text, err := s.On.read(screen)
		if err == nil && step.Fold(text) != step.Fold(want) {
			err = notYet(fmt.Sprintf("%v shows %q, not %q", s.On, text, want))
		}
		return Move{Mark: mark}, err
	}
	if s.On.Row != "" {
		rows, err := s.On.rows(screen)
		if err != nil {
			return Move{}, err
		}
		screen.Dialog = nil
		screen.Items = slices.DeleteFunc(slices.Clone(screen.Items), func(c step.Candidate) bool { return !inRow(c, rows) })
	}
	mark, ok := Shows(screen, want)
	switch {
	case s.Gone && ok:
		return Move{}, notYet(fmt.Sprintf("%q is still on the screen", want))
	case !s.Gone && !ok:
		return Move{}, fmt.Errorf("%q is %w", want, ErrAbsent)
	}
	return Move{Mark: mark}, nil
}

// fits says which roles an act of this kind can aim at. Shapes found in pixels may be anything.
func (s Sentence) fits(c step.Candidate) bool {
	switch {
	case c.Role == step.RoleBox:
		return true
	case s.Kind == step.KindType:
		return c.Role.Editable()
	case s.Kind == step.KindSelect:
		return c.Role == step.RoleSelect || c.Source == step.SourcePixels && c.Role == step.RoleInput
	case s.State != nil:
		return c.Role.Checkable()
	case s.Kind == step.KindUpload:
		return c.Role == step.RoleFile || c.Role == step.RoleButton || c.Role == step.RoleInput
	}
	return true
}

func (s Sentence) act(c step.Candidate, at step.Target) step.Action {
	switch s.Kind {
	case step.KindHover:
		return step.Hover{Target: at}
	case step.KindType:
		return step.Type{Target: at, Value: s.Text}
	case step.KindSelect:
		return step.Select{Target: at, Option: s.Text}
	case step.KindUpload:
		return step.Upload{Target: at, File: s.Text}
	}
	if s.State != nil && c.States.Checked == *s.State {
		return nil
	}
	return step.Click{Target: at, Button: s.Button, Count: s.Count}
}

func (s Sentence) navigate(screen step.Screen, values step.Values) (Move, error) {
	raw, err := values.Expand(s.Text, nil)
	if err != nil {
		return Move{}, err
	}
	if !strings.Contains(raw, "://") && !strings.HasPrefix(raw, "/") {
		raw = "https://" + raw
	}
	base, err := url.Parse(screen.URL)
	if err != nil {
		base = &url.URL{}
	}
	to, err := base.Parse(raw)
	if err != nil {
		return Move{}, fmt.Errorf("%q is not a URL", raw)
	}
	if err := step.ValidURL(to.String()); err != nil {
		return Move{}, err
	}
	return Move{Action: step.Navigate{URL: to.String()}}, nil
}

// pictured describes an icon for whoever sees the page; "" for everything else, which words must find, and for an icon that is told by
// where it stands. The label has been expanded: what looks like a reference now is none.
func (t Thing) pictured() string {
	if !t.icon || t.Label == "" || t.Row != "" || t.Nth != 0 || strings.ContainsAny(t.Label, `"{}`) || placed.MatchString(t.Label) {
		return ""
	}
	return `the "` + t.Label + `" icon`
}

// placed are the words that a description begins with which tells where something is.
var placed = regexp.MustCompile(`(?i)^(of|for|in|on|at|by|to|from|next|near|left|right|above|below|under|over|behind|before|after|beside|with|called|named)\b`)

// find returns the one candidate that a description means.
func (t Thing) find(screen step.Screen, fits func(step.Candidate) bool) (step.Candidate, error) {
	found, unique, nth, err := t.matches(screen, fits)
	switch {
	case err != nil:
		return step.Candidate{}, err
	case len(found) == 0:
		return step.Candidate{}, fmt.Errorf("%v is %w", t, ErrAbsent)
	case nth != 0:
		found = alike(found)
		if nth > len(found) {
			return step.Candidate{}, fmt.Errorf("%v number %d is %w", t, nth, ErrAbsent)
		}
		if nth < 0 {
			nth = len(found)
		}
		return found[nth-1], nil
	case !unique:
		return step.Candidate{}, fmt.Errorf("%v: %w (%d)", t, ErrAmbiguous, len(alike(found)))
	}
	return found[0], nil
}

// matches returns what a description may mean, best first, and which of them in reading order is meant, 0 for the only
// one. Words that may belong to the name or to the description are tried as the name first.
func (t Thing) matches(screen step.Screen, fits func(step.Candidate) bool) (found []step.Candidate, unique bool, nth int, err error) {
	rows, err := t.rows(screen)
	if err != nil {
		return nil, false, 0, err
	}
	pool := screen
	pool.Items = nil
	for _, c := range screen.Items {
		if fits(c) && (t.Row == "" || inRow(c, rows)) {
			pool.Items = append(pool.Items, c)
		}
	}
	if t.phrase != "" {
		if found, unique = vision.Match(pool, quote(t.phrase)); len(found) > 0 {
			return found, unique, 0, nil
		}
	}
	found, unique = vision.Match(pool, strings.TrimSpace(quote(t.Label)+" "+t.Role))
	if len(found) == 0 && t.Role != "" && t.Label != "" {
		found, unique = vision.Match(pool, quote(t.Label))
	}
	return found, unique, t.Nth, nil
}

// quote puts a name into quotation marks that it does not hold, so that no word of it is taken for a role.
func quote(name string) string {
	switch {
	case name == "":
		return ""
	case !strings.Contains(name, `"`):
		return `"` + name + `"`
	case !strings.ContainsAny(name, "«»"):
		return "«" + name + "»"
	}
	return name
}

// alike returns those of the matches that are as good as the first to a person, in reading order.
func alike(found []step.Candidate) []step.Candidate {
	var out []step.Candidate
	for _, c := range found {
		if c.Role == found[0].Role && step.Fold(c.Name) == step.Fold(found[0].Name) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b step.Candidate) int { return a.Mark - b.Mark })
	return out
}

// rows returns the boxes of what shows the row's text: exactly, or else within a longer one, and outside fields, where
// somebody may just have searched for it.
func (t Thing) rows(screen step.Screen) ([]step.Rect, error) {
	if t.Row == "" {
		return nil, nil
	}
	want := step.Fold(t.Row)
	var exact, within, fields []step.Rect
	for _, c := range screen.Items {
		switch shown := step.Fold(Content(c)); {
		case !strings.Contains(shown, want):
		case c.Role == step.RoleInput || c.Role == step.RoleSelect:
			fields = append(fields, c.Box)
		case shown == want:
			exact = append(exact, c.Box)
		default:
			within = append(within, c.Box)
		}
	}
	for _, rows := range [][]step.Rect{exact, within, fields} {
		if len(rows) > 0 {
			return rows, nil
		}
	}
	return nil, fmt.Errorf("a row with %q is %w", t.Row, ErrAbsent)
}

// inRow reports whether a candidate's middle lies at the height of one of the boxes.
func inRow(c step.Candidate, rows []step.Rect) bool {
	y := c.Box.Center().Y
	return slices.ContainsFunc(rows, func(r step.Rect) bool { return y >= r.Y-2 && y <= r.Y+r.H+2 })
}
