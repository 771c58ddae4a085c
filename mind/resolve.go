package mind

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"chiron/step"
	"chiron/vision"
)

// Move is what a sentence comes to on one screen.
type Move struct {
	Action step.Action // nil when there is nothing to do (any more)
	Mark   int         // of the thing read or expected
	Text   string      // what was read
}

// Resolve finds what the sentence means on this screen, without a model. ErrAbsent may pass with time; ErrAmbiguous will not.
// Readings and expectations come back as a Move without an Action.
func (s Sentence) Resolve(screen step.Screen, values step.Values) (Move, error) {
	plain := func(text string) (string, error) { return values.Expand(text, nil) }
	switch {
	case s.Verb == VerbExpect || s.Verb == VerbWaitFor:
		text, err := plain(s.Text)
		if err != nil {
			return Move{}, err
		}
		mark, ok := Shows(screen, text)
		if !ok {
			return Move{}, fmt.Errorf("%q is %w", text, ErrAbsent)
		}
		return Move{Mark: mark}, nil
	case s.Action != nil:
		return Move{Action: s.Action}, nil
	case s.Kind == step.KindNavigate:
		return s.navigate(screen, plain)
	}
	on := s.On
	var err error
	if on.Label, err = plain(on.Label); err != nil {
		return Move{}, err
	}
	if on.Row, err = plain(on.Row); err != nil {
		return Move{}, err
	}
	if s.Verb == VerbRead {
		c, err := on.reading(screen)
		if err != nil {
			return Move{}, err
		}
		return Move{Mark: c.Mark, Text: Content(c)}, nil
	}
	c, err := on.find(screen, s.fits)
	if err != nil {
		return Move{}, err
	}
	return Move{Action: s.act(c), Mark: c.Mark}, nil
}

// fits says which roles an act of this kind can aim at. Shapes found in pixels may be anything.
func (s Sentence) fits(c step.Candidate) bool {
	switch {
	case c.Role == step.RoleBox:
		return true
	case s.Kind == step.KindType:
		return c.Role.Editable()
	case s.Kind == step.KindSelect:
		return c.Role == step.RoleSelect || c.Source == step.SourcePixels && c.Role != step.RoleText
	case s.State != nil:
		return c.Role.Checkable()
	case s.Kind == step.KindUpload:
		return c.Role == step.RoleFile || c.Role == step.RoleButton || c.Role == step.RoleInput
	}
	return true
}

func (s Sentence) act(c step.Candidate) step.Action {
	at := step.Target{Mark: c.Mark}
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

func (s Sentence) navigate(screen step.Screen, plain func(string) (string, error)) (Move, error) {
	raw, err := plain(s.Text)
	if err != nil {
		return Move{}, err
	}
	base, err := url.Parse(screen.URL)
	if err != nil {
		base = &url.URL{}
	}
	to, err := base.Parse(raw)
	if err != nil {
		return Move{}, fmt.Errorf("%q is not a URL", raw)
	}
	return Move{Action: step.Navigate{URL: to.String()}}, nil
}

// find returns the one candidate that a description means.
func (t Thing) find(screen step.Screen, fits func(step.Candidate) bool) (step.Candidate, error) {
	pool := screen
	pool.Items = nil
	rows, err := t.rows(screen)
	if err != nil {
		return step.Candidate{}, err
	}
	for _, c := range screen.Items {
		if fits(c) && (t.Row == "" || inRow(c, rows)) {
			pool.Items = append(pool.Items, c)
		}
	}
	found, unique := vision.Match(pool, strings.TrimSpace(t.Label+" "+t.Role))
	if len(found) == 0 && t.Role != "" {
		found, unique = vision.Match(pool, t.Label)
	}
	switch {
	case len(found) == 0:
		return step.Candidate{}, fmt.Errorf("%v is %w", t, ErrAbsent)
	case t.Nth > 0 && t.Nth <= len(found):
		return byPlace(found)[t.Nth-1], nil
	case t.Nth < 0:
		return byPlace(found)[len(found)-1], nil
	case t.Nth > 0:
		return step.Candidate{}, fmt.Errorf("%v number %d is %w", t, t.Nth, ErrAbsent)
	case !unique:
		return step.Candidate{}, fmt.Errorf("%v: %w (%d)", t, ErrAmbiguous, len(found))
	}
	return found[0], nil
}

func byPlace(found []step.Candidate) []step.Candidate {
	out := slices.Clone(found)
	slices.SortFunc(out, func(a, b step.Candidate) int { return a.Mark - b.Mark })
	return out
}

// rows returns the boxes of everything that shows the row's text.
func (t Thing) rows(screen step.Screen) ([]step.Rect, error) {
	if t.Row == "" {
		return nil, nil
	}
	var rows []step.Rect
	for _, c := range screen.Items {
		if strings.Contains(step.Fold(Content(c)), step.Fold(t.Row)) {
			rows = append(rows, c.Box)
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("a row with %q is %w", t.Row, ErrAbsent)
	}
	return rows, nil
}

// inRow reports whether a candidate's middle lies at the height of one of the boxes.
func inRow(c step.Candidate, rows []step.Rect) bool {
	y := c.Box.Center().Y
	return slices.ContainsFunc(rows, func(r step.Rect) bool { return y >= r.Y-2 && y <= r.Y+r.H+2 })
}

// Content returns what a candidate shows: its value where it has one, else its name.
func Content(c step.Candidate) string {
	if c.Role.HasValue() || c.Value != "" {
		return c.Value
	}
	return c.Name
}

// Shows finds the first candidate that shows a text; letter case and spacing do not count.
func Shows(screen step.Screen, text string) (mark int, ok bool) {
	want := step.Fold(text)
	for _, c := range screen.Items {
		if strings.Contains(step.Fold(c.Name), want) || strings.Contains(step.Fold(c.Value), want) {
			return c.Mark, true
		}
	}
	return 0, false
}

// reading returns the candidate whose content is what a label names: a field or cell of that name, or what stands
// right of the label or below it, in the row that was asked for.
func (t Thing) reading(screen step.Screen) (step.Candidate, error) {
	rows, err := t.rows(screen)
	if err != nil {
		return step.Candidate{}, err
	}
	named := func(c step.Candidate) bool {
		return (c.Role.HasValue() || c.Value != "") && (t.Row == "" || inRow(c, rows))
	}
	if c, err := (Thing{Label: t.Label, Nth: t.Nth}).find(screen, named); err == nil {
		return c, nil
	}
	label, err := Thing{Label: t.Label, Role: t.Role, Nth: t.Nth}.find(screen, func(step.Candidate) bool { return true })
	if err != nil {
		return step.Candidate{}, err
	}
	if t.Row != "" {
		return crossing(screen, label, rows, t)
	}
	return beside(screen, label, t)
}

// crossing returns what stands under a column's label in one of the rows.
func crossing(screen step.Screen, label step.Candidate, rows []step.Rect, t Thing) (step.Candidate, error) {
	best, gap := step.Candidate{}, 1<<30
	for _, c := range screen.Items {
		if c.Mark == label.Mark || !inRow(c, rows) {
			continue
		}
		if d := apart(c.Box.X, c.Box.X+c.Box.W, label.Box.X, label.Box.X+label.Box.W); d < gap && d < 60 {
			best, gap = c, d
		}
	}
	if best.Mark == 0 {
		return best, fmt.Errorf("%v is %w", t, ErrAbsent)
	}
	return best, nil
}

// beside returns the nearest thing right of a label, else the nearest below it.
func beside(screen step.Screen, label step.Candidate, t Thing) (step.Candidate, error) {
	best, gap := step.Candidate{}, 1<<30
	for _, c := range screen.Items {
		if c.Mark == label.Mark {
			continue
		}
		right := c.Box.X - (label.Box.X + label.Box.W)
		below := c.Box.Y - (label.Box.Y + label.Box.H)
		d := 1 << 30
		if inRow(c, []step.Rect{label.Box}) && right >= -4 {
			d = right
		} else if below >= -4 && below < 80 && apart(c.Box.X, c.Box.X+c.Box.W, label.Box.X, label.Box.X+label.Box.W) == 0 {
			d = 400 + below
		}
		if d < gap && d < 900 {
			best, gap = c, d
		}
	}
	if best.Mark == 0 {
		return best, fmt.Errorf("a value beside %v is %w", t, ErrAbsent)
	}
	return best, nil
}

// apart returns the distance between two spans, 0 where they overlap.
func apart(a0, a1, b0, b1 int) int { return max(0, b0-a1, a0-b1) }
