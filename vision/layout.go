package vision

import (
	"slices"
	"strings"
	"unicode"

	"chiron/step"
	"chiron/vision/pixels"
)

const (
	maxName    = 2000 // runes of a name or value that are kept at all; the text form cuts further, and counts
	maxOptions = 12   // options of a select that the list shows; More counts the rest
	sameBox    = 0.88
)

// fromLayout turns the page's own layout into candidates: cleaned, clipped to the viewport, without doubles.
func fromLayout(o step.Observation) []step.Candidate {
	size := o.Frame.Size
	if size.W <= 0 || size.H <= 0 {
		size = step.Viewport()
	}
	view := step.Rect{W: size.W, H: size.H}
	items := make([]step.Candidate, 0, len(o.Layout))
	for _, n := range o.Layout {
		if c, ok := candidate(n, view); ok {
			items = append(items, c)
		}
	}
	return withoutDoubles(items)
}

func candidate(n step.Node, view step.Rect) (step.Candidate, bool) {
	c := step.Candidate{Role: n.Role, Name: clean(n.Name, maxName), Value: clean(n.Value, maxName), States: n.States,
		Secret: n.Secret, Box: n.Box.Intersect(view), Source: step.SourceLayout, Layer: n.Layer}
	if !c.Role.Known() {
		c.Role = step.RoleText
	}
	if c.Secret && c.Value != "" {
		c.Value = "***"
	}
	if c.Box.W < 2 || c.Box.H < 2 {
		return c, false
	}
	if c.Name == "" && c.Value == "" && !c.Role.Acts() {
		return c, false
	}
	c.More = max(0, len(n.Options)-maxOptions)
	for _, option := range n.Options[:len(n.Options)-c.More] {
		c.Options = append(c.Options, clean(option, maxName))
	}
	return c, true
}

// withoutDoubles drops what another candidate already says: the same thing twice, the words inside a button, the text
// that labels a field.
func withoutDoubles(items []step.Candidate) []step.Candidate {
	type key struct {
		role step.Role
		name string
	}
	same := make(map[key][]step.Rect, len(items))
	var acting []step.Candidate
	for _, c := range items {
		if c.Role.Acts() && c.Role != step.RoleCanvas {
			acting = append(acting, c)
		}
	}
	said := newSayings(acting)
	kept := items[:0:0]
	for _, c := range items {
		k := key{c.Role, c.Name + "\x00" + c.Value}
		if slices.ContainsFunc(same[k], func(r step.Rect) bool { return pixels.Overlap(r, c.Box) >= sameBox }) {
			continue
		}
		if !c.Role.Acts() && said.has(c) {
			continue
		}
		same[k] = append(same[k], c.Box)
		kept = append(kept, c)
	}
	return kept
}

// sayings finds the acting candidates near a text, by bands of the page.
type sayings struct {
	bands map[int][]int
	items []step.Candidate
	names []string // lower case, as compared
}

const band = 64 // pixels

func newSayings(items []step.Candidate) *sayings {
	s := &sayings{bands: make(map[int][]int), items: items, names: make([]string, len(items))}
	for i, c := range items {
		s.names[i] = plainLabel(c.Name)
		reach := near(c.Box)
		for b := reach.Y / band; b <= (reach.Y+reach.H)/band; b++ {
			s.bands[b] = append(s.bands[b], i)
		}
	}
	return s
}

// near is the box with the surroundings where the words that label it may stand.
func near(r step.Rect) step.Rect {
	return step.Rect{X: r.X - 240, Y: r.Y - 40, W: r.W + 480, H: r.H + 80}
}

func (s *sayings) has(text step.Candidate) bool {
	words := plainLabel(text.Name)
	if text.Role == step.RoleCell {
		words = plainLabel(text.Value)
	}
	if words == "" {
		return false
	}
	mid := text.Box.Center()
	for _, i := range s.bands[mid.Y/band] {
		c := s.items[i]
		inside := pixels.ShareIn(text.Box, c.Box) >= 0.6
		switch {
		case inside && strings.Contains(s.names[i], words):
			return true
		case text.Role == step.RoleCell || text.Role == step.RoleHeading:
			if words == s.names[i] && pixels.ShareIn(c.Box, text.Box) >= 0.6 {
				return true
			}
		case words == s.names[i] && labelled(c.Role) && mid.In(near(c.Box)):
			return true
		}
	}
	return false
}

// labelled reports whether words beside a thing of this role are its name.
func labelled(r step.Role) bool {
	switch r {
	case step.RoleInput, step.RoleCheckbox, step.RoleRadio, step.RoleSelect, step.RoleSlider, step.RoleFile:
		return true
	}
	return false
}

func plainLabel(s string) string { return strings.ToLower(strings.TrimRight(s, " :*")) }

// clean makes one line of s: white space collapsed, invisible and control characters dropped, at most n runes with a
// final … where something was cut.
func clean(s string, n int) string {
	var b strings.Builder
	count, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = count > 0
			continue
		case r == unicode.ReplacementChar, unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			continue
		}
		if space {
			b.WriteByte(' ')
			count, space = count+1, false
		}
		if count >= n {
			return strings.TrimRight(b.String(), " ") + "…"
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}
