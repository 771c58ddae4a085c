package pixels

import (
	"cmp"
	"image"
	"slices"
	"strconv"
	"unicode/utf8"

	"chiron/step"
)

// fields judges every part by its shape and content. The candidates miss the names that stand beside them.
func (p *page) fields() []step.Candidate {
	var out []step.Candidate
	for _, m := range p.masked {
		if m.H >= 12 && m.H <= 80 && m.W >= 24 {
			out = append(out, step.Candidate{Role: step.RoleInput, Secret: true, Box: m, Source: step.SourcePixels})
		}
	}
	hidden := len(out)
	for i := range p.parts {
		s := &p.parts[i]
		if s.kids > 1 || s.Round && s.box.H < 20 || p.tabular(i) {
			continue
		}
		c, ok := p.field(s)
		if !ok {
			continue
		}
		if at := slices.IndexFunc(out[:hidden], func(m step.Candidate) bool { return ShareIn(m.Box, c.Box) > 0.5 }); at >= 0 {
			out[at].Box = out[at].Box.Union(c.Box) // the field around its masked content
			continue
		}
		if slices.ContainsFunc(out[:hidden], func(m step.Candidate) bool { return ShareIn(c.Box, m.Box) > 0.5 }) {
			continue
		}
		if slices.ContainsFunc(out, func(o step.Candidate) bool { return ShareIn(o.Box, c.Box) > 0.9 }) {
			continue // the smaller one inside stands for both
		}
		for _, ph := range s.phrases {
			ph.used = true
		}
		out = append(out, c)
	}
	return out
}

// tabular reports whether a part is one of a table's cells: it shares its lines with one beside and one above or below.
func (p *page) tabular(i int) bool {
	a := p.parts[i].box
	beside, stacked := false, false
	for j := range p.parts {
		b := p.parts[j].box
		if i == j {
			continue
		}
		if near2(a.Y, b.Y) && near2(a.H, b.H) && (touch(a.X+a.W, b.X) || touch(b.X+b.W, a.X)) {
			beside = true
		}
		if near2(a.X, b.X) && near2(a.W, b.W) && (touch(a.Y+a.H, b.Y) || touch(b.Y+b.H, a.Y)) {
			stacked = true
		}
	}
	return beside && stacked
}

func near2(a, b int) bool { return a-b <= 2 && b-a <= 2 }

func touch(end, start int) bool { return start-end >= 0 && start-end <= 3 }

func (p *page) field(s *part) (step.Candidate, bool) {
	c := step.Candidate{Box: s.box, Source: step.SourcePixels, Score: 1}
	raised := s.Border || s.Fill.Distance(s.Around) >= 8
	w, h := s.box.W, s.box.H
	switch {
	case !raised || w < 20 || w > p.scene.Size.X*9/10:
		return c, false
	case h >= 14 && h <= 64:
		return p.line(s, c)
	case h > 64 && h <= 420 && w >= 120 && s.Border && s.kids == 0 && calm(s):
		if len(s.phrases) > 0 && !p.resizer(s) || len(s.phrases) == 0 && h > 240 && !p.resizer(s) {
			return c, false
		}
		c.Role = step.RoleInput
		c.Value = lines(s.phrases)
		return c, true
	}
	return c, false
}

// calm reports whether a surface has the plain ground of a field: grey, white or black rather than a colour.
func calm(s *part) bool { return s.Fill.Chroma() <= 24 }

// resizer reports whether the lower right corner bears the small marks by which a text area is drawn larger.
func (p *page) resizer(s *part) bool {
	corner := image.Rect(s.Box.Max.X-14, s.Box.Max.Y-14, s.Box.Max.X-1, s.Box.Max.Y-1)
	n, ink := p.scene.InkIn(corner)
	if p.scene.At(s.Box.Max.Sub(image.Pt(1, 1))).Distance(s.Fill) > 8 {
		return false // the corner is rounded off: what is seen there lies outside
	}
	return n >= 6 && n <= 60 && ink.Dx() >= 4 && ink.Dy() >= 4
}

// line judges a box of about a line's height.
func (p *page) line(s *part, c step.Candidate) (step.Candidate, bool) {
	_, opens := p.arrow(*s)
	text := lines(s.phrases)
	if !readable(text) && len(s.phrases) <= 1 {
		return p.wordless(s, c, opens, text)
	}
	all := s.phrases[0].box
	for _, ph := range s.phrases {
		all = all.Union(ph.box)
		c.Score = min(c.Score, ph.score())
	}
	left, right := all.X-s.box.X, s.box.X+s.box.W-all.X-all.W
	field := s.Border && calm(s) && s.box.W >= 80
	switch {
	case opens && s.box.W >= 40:
		c.Role, c.Value = step.RoleSelect, text
	case field && right > left+24 && left <= 48 && len(s.phrases) <= 2:
		c.Role = step.RoleInput
		if _, strength := p.scene.Strongest(toImage(all)); strength < 150 {
			c.Name = text // a pale text is a hint, not a value
		} else {
			c.Value = text
		}
	case s.box.H < 26 && s.Pill || s.Round && readable(text) && !isNumber(text):
		return c, false // a badge, a counter; somebody's initials
	case max(left, right)-min(left, right) <= max(10, s.box.W/8) && len(s.phrases) <= 2 && s.box.W <= 640 && min(left, right) >= 2:
		c.Role, c.Name = step.RoleButton, withoutSign(s.phrases)
	default:
		return c, false
	}
	return c, true
}

// wordless judges a box without readable text: an empty field, or a button with a sign.
func (p *page) wordless(s *part, c step.Candidate, opens bool, sign string) (step.Candidate, bool) {
	n, ink := p.scene.InkIn(s.Box.Inset(3))
	switch {
	case opens && s.box.W >= 40:
		c.Role = step.RoleSelect
	case s.Round && s.box.W < 32:
		return c, false // somebody's picture
	case n > 0 && s.box.W <= 80 && ink.Dx() >= 3:
		c.Role, c.Name = step.RoleButton, sign
	case s.box.W >= 60 && s.box.H >= 16 && calm(s) && s.Border:
		c.Role = step.RoleInput
	case s.box.W >= 100 && s.box.H >= 26 && calm(s) && s.Fill.Light() > 200:
		c.Role = step.RoleInput
	default:
		return c, false
	}
	return c, true
}

func isNumber(s string) bool { _, err := strconv.Atoi(s); return err == nil }

// withoutSign is the text of a button without an icon before it that was read as a letter.
func withoutSign(phrases []*phrase) string {
	if len(phrases) == 2 && beside(phrases[1].box, phrases[0].box) { // the icon sits a little lower than the text behind it
		phrases = []*phrase{phrases[1], phrases[0]}
	}
	if first := phrases[0]; len(first.words) > 1 {
		a, b := first.words[0], first.words[1]
		if isSign(a.text) && b.box.X-a.box.X-a.box.W >= 5 {
			first.words = first.words[1:]
		}
	} else if len(phrases) > 1 && isSign(first.text()) {
		return lines(phrases[1:])
	}
	return lines(phrases)
}

// beside reports whether a stands to the left of b, on the same line.
func beside(a, b step.Rect) bool {
	shared := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y)
	return a.X+a.W <= b.X && 2*shared >= min(a.H, b.H)
}

// isSign reports whether s is one character that is no word: no letter, or what a magnifying glass is taken for.
func isSign(s string) bool {
	return utf8.RuneCountInString(s) == 1 && (!readable(s) || s == "Q" || s == "O")
}

func lines(phrases []*phrase) string {
	text := ""
	for i, ph := range phrases {
		if i > 0 {
			text += " "
		}
		text += ph.text()
	}
	return text
}

// nameTicks makes check boxes and radio buttons of the ticks, named by the text at their right.
func (p *page) nameTicks(items *[]step.Candidate) {
	for _, t := range p.ticks {
		box := fromImage(t.Box, 1)
		c := step.Candidate{Role: step.RoleCheckbox, Box: box, Source: step.SourcePixels, Score: 1}
		if t.Round {
			c.Role = step.RoleRadio
		}
		if label := p.nearest(func(r step.Rect) int { return rightOf(box, r) }); label != nil {
			c.Name, c.Score, label.used = label.text(), label.score(), true
		} else if t.Round || !t.Border {
			continue // a bullet, a dot, a swatch
		}
		c.States.Checked = p.checked(t)
		*items = append(*items, c)
	}
}

// nearest returns the free phrase of the smallest distance; a negative distance means not fitting.
func (p *page) nearest(distance func(step.Rect) int) *phrase {
	var best *phrase
	least := 0
	for _, ph := range p.phrases {
		if ph.used || !readable(ph.text()) {
			continue
		}
		if d := distance(ph.box); d >= 0 && (best == nil || d < least) {
			best, least = ph, d
		}
	}
	return best
}

func rightOf(box, text step.Rect) int {
	gap := text.X - box.X - box.W
	if mid := text.Center().Y; gap < 0 || gap > 24 || mid < box.Y-4 || mid > box.Y+box.H+4 {
		return -1
	}
	return gap
}

// labelFor measures how well a text fits as a field's label: above its left end, or left of it on the same line.
func labelFor(field, text step.Rect) int {
	up := field.Y - text.Y - text.H
	if aside := text.X - field.X; up >= -2 && up <= 20 && aside >= -24 && aside <= 24 {
		return max(up, 0) + max(aside, -aside)
	}
	gap := field.X - text.X - text.W
	if mid := text.Center().Y; gap >= 0 && gap <= 200 && mid >= field.Y && mid <= field.Y+min(field.H, 40) {
		return gap
	}
	return -1
}

// nameFields gives fields the names beside them, each text to the field that it fits best, and adds them all.
func (p *page) nameFields(fields []step.Candidate, items *[]step.Candidate) {
	type pair struct {
		field, distance int
		label           *phrase
	}
	var pairs []pair
	fields = p.charted(fields)
	for i, f := range fields {
		if f.Role != step.RoleInput && f.Role != step.RoleSelect {
			continue
		}
		for _, ph := range p.phrases {
			if d := labelFor(f.Box, ph.box); d >= 0 && !ph.used && !ph.link && readable(ph.text()) {
				pairs = append(pairs, pair{i, d, ph})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(a.distance, b.distance) })
	named := make(map[int]bool)
	for _, l := range pairs {
		if named[l.field] || l.label.used {
			continue
		}
		named[l.field], l.label.used = true, true
		fields[l.field].Name = l.label.text()
		fields[l.field].Score = min(1, l.label.score())
	}
	*items = append(*items, fields...)
}
