package pixels

import (
	"slices"
	"strings"
	"unicode/utf8"

	"chiron/step"
)

// onAxis reports whether a text is one of the figures of a chart's axis: three or more stand below each other, at equal
// distances, and end at one edge.
func (p *page) onAxis(ph *phrase) bool {
	if !figure(ph.text()) {
		return false
	}
	var rows []int
	for _, o := range p.phrases {
		if near2(o.box.X+o.box.W, ph.box.X+ph.box.W) && figure(o.text()) {
			rows = append(rows, o.box.Center().Y)
		}
	}
	slices.Sort(rows)
	at := slices.Index(rows, ph.box.Center().Y)
	even := func(i int) bool { // the three from i on
		return i >= 0 && i+2 < len(rows) && rows[i] < rows[i+1] && near2(rows[i+1]-rows[i], rows[i+2]-rows[i+1])
	}
	return even(at-2) || even(at-1) || even(at)
}

// figure reports whether a text is a number with at most a sign or a unit: 5k, 1,000, -20 %.
func figure(s string) bool {
	s = strings.TrimLeft(s, "-−+€$£")
	digits := 0
	for digits < len(s) && strings.IndexByte("0123456789.,", s[digits]) >= 0 {
		digits++
	}
	return digits > 0 && utf8.RuneCountInString(strings.TrimSpace(s[digits:])) <= 2
}

// charted drops what was taken for an empty field between the lines of a chart: a figure of its axis would be its name. Such a
// figure stands beside a line, at the field's upper or lower end; a label stands beside its middle.
func (p *page) charted(fields []step.Candidate) []step.Candidate {
	return slices.DeleteFunc(fields, func(f step.Candidate) bool {
		return f.Role == step.RoleInput && !f.Secret && f.Value == "" && slices.ContainsFunc(p.phrases, func(ph *phrase) bool {
			return !ph.used && ph.box.X+ph.box.W <= f.Box.X && labelFor(f.Box, ph.box) >= 0 && p.onAxis(ph) && atEnd(f.Box, ph.box)
		})
	})
}

// atEnd reports whether a text is centred on the upper or the lower edge of a box.
func atEnd(box, text step.Rect) bool {
	y := text.Center().Y
	upper, lower := y-box.Y, y-box.Y-box.H
	return max(upper, -upper) <= 4 || max(lower, -lower) <= 4
}
