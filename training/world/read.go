package world

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"chiron/step"
)

// read is what an eye that is not perfect sees of a thing: from pixels, words are misread, and headings and links are
// hardly told from text. The same thing is always misread in the same way.
func (a *App) read(c step.Candidate) step.Candidate {
	if a.Blur == 0 {
		return c
	}
	h := fnv.New64a()
	h.Write([]byte(string(c.Role) + c.Name))
	r := rand.New(rand.NewPCG(a.Seed, h.Sum64()))
	switch {
	case c.Role == step.RoleHeading, c.Role == step.RoleAlert && r.Float64() < 0.7:
		c.Role = step.RoleText
	case c.Role == step.RoleCell:
		c.Role, c.Name, c.Value = step.RoleText, c.Value, ""
	case c.Role == step.RoleTab:
		c.Role = step.RoleLink
	}
	c.Name = misread(r, c.Name, a.Blur)
	return c
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
