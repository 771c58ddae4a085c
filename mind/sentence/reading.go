package sentence

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"chiron/step"
)

// Content returns what a candidate shows: its value where it has one, else its name.
func Content(c step.Candidate) string {
	if c.Secret {
		return "" // that it is filled is no value
	}
	if c.Role.HasValue() || c.Value != "" {
		return c.Value
	}
	return c.Name
}

// Shows finds the first candidate that shows a text as whole words; letter case and spacing do not count, and what a field
// holds is not shown. A text in an open dialog is shown, too; its mark is 0. An empty text never is.
func Shows(screen step.Screen, text string) (mark int, ok bool) {
	want := step.Fold(text)
	if want == "" {
		return 0, false
	}
	if screen.Dialog != nil && holds(step.Fold(screen.Dialog.Message), want) {
		return 0, true
	}
	for _, c := range screen.Items {
		if holds(step.Fold(c.Name), want) || !c.Role.Editable() && holds(step.Fold(c.Value), want) {
			return c.Mark, true
		}
	}
	return 0, false
}

// holds reports whether a text holds another as whole words, so that 12 does not stand in 112. Scripts that are written
// without spaces have no such borders.
func holds(text, want string) bool {
	first, _ := utf8.DecodeRuneInString(want)
	last, _ := utf8.DecodeLastRuneInString(want)
	for at := 0; ; {
		i := strings.Index(text[at:], want)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at+i])
		after, _ := utf8.DecodeRuneInString(text[at+i+len(want):])
		if !oneWord(before, first) && !oneWord(last, after) {
			return true
		}
		at += i + 1
		for at < len(text) && !utf8.RuneStart(text[at]) {
			at++
		}
	}
}

// oneWord reports whether two neighbouring runes belong to one word or number.
func oneWord(a, b rune) bool {
	word := func(r rune) bool {
		return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
	}
	return word(a) && word(b)
}

// read returns what a label names: the value of a field or cell of that name, what follows the label after a colon, or
// what stands in the row asked for under it, right of it, or below it.
func (t Thing) read(screen step.Screen) (mark int, text string, err error) {
	rows, err := t.rows(screen)
	if err != nil {
		return 0, "", err
	}
	field := Thing{Label: t.Label, Role: t.Role, Row: t.Row, Nth: t.Nth, phrase: t.phrase}
	c, err := field.find(screen, func(c step.Candidate) bool { return c.Role.HasValue() || c.Value != "" })
	if err == nil || errors.Is(err, ErrAmbiguous) {
		return c.Mark, Content(c), err
	}
	if t.Row != "" {
		c, err = t.crossing(screen, rows)
		return c.Mark, Content(c), err
	}
	if c, rest, ok := t.inline(screen); ok {
		return c.Mark, rest, nil
	}
	label, err := t.find(screen, func(step.Candidate) bool { return true })
	if err != nil {
		return 0, "", err
	}
	c, err = beside(screen, label, t)
	return c.Mark, Content(c), err
}

// inline finds a text that begins with the label and a colon.
func (t Thing) inline(screen step.Screen) (c step.Candidate, rest string, ok bool) {
	for _, c := range screen.Items {
		name, rest, cut := strings.Cut(c.Name, ":")
		if cut && step.Fold(name) == step.Fold(t.Label) && strings.TrimSpace(rest) != "" {
			return c, strings.TrimSpace(rest), true
		}
	}
	return c, "", false
}

// crossing returns what stands under a column's label in one of the rows.
func (t Thing) crossing(screen step.Screen, rows []step.Rect) (step.Candidate, error) {
	t.Row = ""
	labels, _, _, err := t.matches(screen, func(c step.Candidate) bool { return !inRow(c, rows) })
	if err != nil || len(labels) == 0 {
		return step.Candidate{}, fmt.Errorf("%v is %w", t, ErrAbsent)
	}
	slices.SortFunc(labels, func(a, b step.Candidate) int { return b.Box.Y - a.Box.Y }) // the nearest above first
	var found []step.Candidate
	for _, row := range rows {
		for _, label := range labels {
			if c, ok := under(screen, label, row); ok && !slices.ContainsFunc(found, func(f step.Candidate) bool { return f.Mark == c.Mark }) {
				found = append(found, c)
				break
			}
		}
	}
	switch len(found) {
	case 0:
		return step.Candidate{}, fmt.Errorf("a value under %v is %w", t, ErrAbsent)
	case 1:
		return found[0], nil
	}
	return step.Candidate{}, fmt.Errorf("%v: %w (%d rows)", t, ErrAmbiguous, len(found))
}

// columnSlack is how far, in page pixels, a value may stand off its column's label.
const columnSlack = 60

// under returns what stands in a row nearest to the span of a label above it.
func under(screen step.Screen, label step.Candidate, row step.Rect) (step.Candidate, bool) {
	best, gap := step.Candidate{}, columnSlack
	if label.Box.Y >= row.Y {
		return best, false
	}
	for _, c := range screen.Items {
		if !inRow(c, []step.Rect{row}) {
			continue
		}
		if d := apart(c.Box.X, c.Box.X+c.Box.W, label.Box.X, label.Box.X+label.Box.W); d < gap {
			best, gap = c, d
		}
	}
	return best, best.Mark != 0
}

// How far, in page pixels, a value may stand from its label; nearRight is where nothing else can be meant.
const (
	nearRight = 24
	farRight  = 900
	farBelow  = 80
)

// beside returns the value of a label: what stands right of it, or below it where the two are stacked.
func beside(screen step.Screen, label step.Candidate, t Thing) (step.Candidate, error) {
	right, toRight := nearest(screen, label.Box, farRight, func(c step.Rect) int {
		if y := c.Center().Y; y < label.Box.Y-2 || y > label.Box.Y+label.Box.H+2 {
			return -1
		}
		return c.X - (label.Box.X + label.Box.W) + 4
	})
	below, toBelow := nearest(screen, label.Box, farBelow, downFrom(label.Box))
	switch {
	case right.Mark == 0 && below.Mark == 0:
		return right, fmt.Errorf("a value beside %v is %w", t, ErrAbsent)
	case below.Mark == 0 || right.Mark != 0 && toRight <= nearRight:
		return right, nil
	case right.Mark == 0:
		return below, nil
	}
	// Both: stacked pairs stand closer to each other than to their neighbours, the lines of a list do not.
	_, after := nearest(screen, below.Box, farBelow, downFrom(below.Box))
	_, before := nearest(screen, label.Box, farBelow, func(c step.Rect) int {
		if apart(c.X, c.X+c.W, label.Box.X, label.Box.X+label.Box.W) > 0 {
			return -1
		}
		return label.Box.Y - (c.Y + c.H) + 4
	})
	if 2*min(after, before) > 3*toBelow {
		return below, nil
	}
	return right, nil
}

// downFrom measures how far below a box another one begins, where their spans overlap.
func downFrom(box step.Rect) func(step.Rect) int {
	return func(c step.Rect) int {
		if apart(c.X, c.X+c.W, box.X, box.X+box.W) > 0 {
			return -1
		}
		return c.Y - (box.Y + box.H) + 4
	}
}

// nearest returns the candidate at the least distance, and the distance: limit where there is none. Negative distances and
// the box itself do not count.
func nearest(screen step.Screen, from step.Rect, limit int, distance func(step.Rect) int) (step.Candidate, int) {
	best, gap := step.Candidate{}, limit
	for _, c := range screen.Items {
		if c.Box == from || utf8.RuneCountInString(Content(c)) == 0 {
			continue
		}
		if d := distance(c.Box); d >= 0 && d < gap {
			best, gap = c, d
		}
	}
	return best, gap
}

// apart returns the distance between two spans, 0 where they overlap.
func apart(a0, a1, b0, b1 int) int { return max(0, b0-a1, a0-b1) }
