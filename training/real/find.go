package real

import (
	"strings"

	"chiron/step"
	"chiron/training/world"
)

// find returns, for each thing, the mark of the candidate that it is read as, 0 where there is none. Both lists go through the
// page in its order, so that the first of equal candidates is the first of equal things; where not as many are read as there are,
// nobody knows which is missing, and none has a mark.
func find(things []*world.Thing, items []step.Candidate) []int {
	used := map[int]bool{}
	out := make([]int, len(things))
	for i, t := range things {
		for _, c := range items {
			if !used[c.Mark] && alike(t, c) {
				out[i] = c.Mark
				used[c.Mark] = true
				break
			}
		}
	}
	for i, t := range things {
		if out[i] == 0 && t.Role.Acts() {
			for j, o := range things {
				if o.Role == t.Role && o.Name == t.Name {
					out[j] = 0
				}
			}
		}
	}
	return out
}

// alike reports whether a candidate is a thing: of its role and name, or words that say the same where neither can be used.
func alike(t *world.Thing, c step.Candidate) bool {
	if still(t.Role) || still(c.Role) {
		return still(t.Role) && still(c.Role) && words(says(t.Candidate)) == words(says(c))
	}
	return t.Role == c.Role && words(t.Name) == words(c.Name)
}

// still reports whether nothing can be done with what has a role.
func still(r step.Role) bool { return !r.Acts() }

// says are the words that stand there.
func says(c step.Candidate) string {
	if c.Role == step.RoleCell {
		return c.Value
	}
	return c.Name
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// below moves marks to another reading of the same picture: to what stands at the same place.
func below(marks []int, from, to []step.Candidate) []int {
	out := make([]int, len(marks))
	for i, m := range marks {
		if m == 0 {
			continue
		}
		c := from[m-1]
		best := 0.55 // what holds half of the page is none of its things
		for _, o := range to {
			share := common(c.Box, o.Box)
			if o.Role == c.Role {
				share *= 1.5
			}
			if share > best {
				best, out[i] = share, o.Mark
			}
		}
	}
	return out
}

// common is the area that two boxes share, as a part of the smaller one, less what the larger has beside it.
func common(a, b step.Rect) float64 {
	w := min(a.X+a.W, b.X+b.W) - max(a.X, b.X)
	h := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	inter, one, two := float64(w*h), float64(a.W*a.H), float64(b.W*b.H)
	return inter / min(one, two) * (0.5 + 0.5*min(one, two)/max(one, two))
}
