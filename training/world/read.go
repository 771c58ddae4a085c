package world

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"chiron/step"
)

// read is what an eye that is not perfect sees of a thing: from pixels, words are misread, headings and links are hardly told
// from text, and nothing says what has the focus or must be filled in. The same thing is always misread in the same way.
func (a *App) read(t *Thing, c step.Candidate) step.Candidate {
	if !a.Pixels {
		return c
	}
	h := fnv.New64a()
	h.Write([]byte(string(c.Role) + c.Name))
	r := rand.New(rand.NewPCG(a.Seed, h.Sum64()))
	c.States.Focused, c.States.Required, c.States.Invalid, c.States.Expanded, c.States.Selected = false, false, false, false, false
	if c.Secret { // dots are no words
		c.Secret, c.Value = false, ""
	}
	switch {
	case c.Role == step.RoleHeading && r.Float64() < 0.5, c.Role == step.RoleAlert && r.Float64() < 0.7:
		c.Role = step.RoleText
	case c.Role == step.RoleText && r.Float64() < 0.05: // large letters
		c.Role = step.RoleHeading
	case c.Role == step.RoleCell:
		c.Role, c.Name, c.Value = step.RoleText, c.Value, ""
	case c.Role == step.RoleTab:
		c.Role = step.RoleLink
	}
	if c.Role == step.RoleLink && a.plain(t) {
		c.Role = step.RoleText
	}
	c.Name = misread(r, c.Name, a.Blur)
	if c.Role == step.RoleInput && c.Value != "" { // small letters in a box
		if c.Value = misread(r, c.Value, 2*a.Blur); r.Float64() < 0.1 {
			c.Value = ""
		}
	}
	return c
}

// plain reports whether a link looks like words: those of the header and the others have one look each.
func (a *App) plain(t *Thing) bool {
	r := rand.New(rand.NewPCG(a.Seed, 7))
	header, other := r.Float64() >= a.Links, r.Float64() >= a.Links
	for _, h := range a.Header {
		if h == t || slices.Contains(h.Opens, t) {
			return header
		}
	}
	return other
}

// misread changes about share of the characters into ones that look like them.
func misread(r *rand.Rand, text string, share float64) string {
	var b strings.Builder
	for _, c := range text {
		if r.Float64() >= share {
			b.WriteRune(c)
			continue
		}
		const from, to = "lI1O0oeaSBg5rnmutcEZ", "1ll0OcoeaSB9Srnvlce2"
		switch i := strings.IndexRune(from, c); {
		case i >= 0 && r.Float64() < 0.8:
			b.WriteByte(to[i])
		case r.Float64() < 0.5: // lost
		default:
			b.WriteRune(c)
			b.WriteByte(".,'"[r.IntN(3)])
		}
	}
	return strings.TrimSpace(b.String())
}
