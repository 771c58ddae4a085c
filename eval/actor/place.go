package actor

import (
	"fmt"
	"slices"
	"strings"

	"chiron/eval/site"
	"chiron/step"
)

// find returns the item of a view that an Aim means.
func find(v site.View, a Aim) (site.Item, bool) {
	var fit []site.Item
	for _, exact := range []bool{true, false} {
		for _, i := range v.Items {
			if means(i, a, exact) {
				fit = append(fit, i)
			}
		}
		if len(fit) > 0 {
			break
		}
	}
	if a.Role == "" { // controls before texts
		if controls := slices.DeleteFunc(slices.Clone(fit), func(i site.Item) bool { return i.Role == "text" }); len(controls) > 0 {
			fit = controls
		}
	}
	readingOrder(fit, func(i site.Item) step.Rect { return i.Box })
	n := max(a.Nth, 1)
	if n > len(fit) {
		return site.Item{}, false
	}
	return fit[n-1], true
}

func means(i site.Item, a Aim, exact bool) bool {
	if a.Role != "" && i.Role != a.Role || a.Key != "" && i.Key != a.Key {
		return false
	}
	if a.Name == "" {
		return a.Key != "" || a.Role != ""
	}
	have, want := squash(i.Name), squash(a.Name)
	return have == want || !exact && strings.Contains(have, want)
}

// readingOrder sorts by rows of 12 pixels, then from left to right.
func readingOrder[T any](list []T, box func(T) step.Rect) {
	slices.SortStableFunc(list, func(x, y T) int {
		a, b := box(x).Center(), box(y).Center()
		if d := a.Y - b.Y; d > 12 || d < -12 {
			return d
		}
		return a.X - b.X
	})
}

// place says where an item is in the terms of the answer's schema: a point, or the mark that stands for it.
func (o *oracle) place(t turn, item site.Item) (map[string]any, string) {
	click, ok := t.offers.of(step.KindClick)
	if !ok {
		return nil, "a dialog is in the way"
	}
	x, points := click.property("x")
	if !points {
		if mark := markFor(t, o.values, item); mark > 0 {
			return map[string]any{"mark": mark}, ""
		}
		return nil, fmt.Sprintf("no mark stands for the %s %q", item.Role, item.Name)
	}
	p, size := visible(item.Box).Center(), step.Viewport()
	if x.Maximum != nil && *x.Maximum <= 1000 { // thousandths; rounded up, so that rounding down again stays inside
		return map[string]any{"x": (p.X*1000 + size.W - 1) / size.W, "y": (p.Y*1000 + size.H - 1) / size.H}, ""
	}
	return map[string]any{"x": p.X, "y": p.Y}, ""
}

func visible(r step.Rect) step.Rect {
	size := step.Viewport()
	return r.Intersect(step.Rect{W: size.W, H: size.H})
}

// markFor finds the candidate of the list that is the item. The list has no boxes: candidates of the same words are told
// apart by their order.
func markFor(t turn, values step.Values, item site.Item) int {
	var best []step.Candidate
	grade := 0
	for _, c := range t.seen.Screen.Items {
		g := agreement(c, values, item)
		if g > grade {
			grade, best = g, nil
		}
		if g == grade && g > 0 {
			best = append(best, c)
		}
	}
	if len(best) == 0 {
		return 0
	}
	var same []site.Item
	for _, i := range t.view.Items {
		if i.Hit && i.Role == item.Role && squash(i.Name) == squash(item.Name) {
			same = append(same, i)
		}
	}
	readingOrder(same, func(i site.Item) step.Rect { return i.Box })
	n := slices.Index(same, item)
	return best[min(max(n, 0), len(best)-1)].Mark
}

// agreement grades how well a candidate of the list fits an item of the page; 0 is not at all.
func agreement(c step.Candidate, values step.Values, item site.Item) int {
	name, value := plain(c.Name, values), plain(c.Value, values)
	want := squash(item.Name)
	g := 0
	switch {
	case want == "" || name == "" && value == "":
		return 0
	case name == want:
		g = 6
	case value == want:
		g = 4
	case len(want) > 3 && strings.HasPrefix(name, want), len(name) > 3 && strings.HasPrefix(want, name):
		g = 2
	default:
		return 0
	}
	if string(c.Role) == item.Role {
		g++
	} else if item.Role != "text" && (c.Role == step.RoleText || c.Role == step.RoleHeading || c.Role == step.RoleCell) {
		g -= 2
	}
	return max(g, 0)
}

// plain is a text of the list with references expanded, squashed for comparison.
func plain(text string, values step.Values) string {
	out, err := values.Expand(text, func(string) (string, error) { return "***", nil })
	if err != nil {
		out = text
	}
	return squash(out)
}

// squash is the form in which texts are compared: whether words that stand in different elements have a space between
// them is nobody's truth.
func squash(text string) string { return strings.ReplaceAll(step.Fold(text), " ", "") }

// cite finds the candidate that shows a text: the one that says nothing else, before one that says more.
func cite(s step.Screen, values step.Values, text string) int {
	want := squash(text)
	for _, exact := range []bool{true, false} {
		for _, c := range s.Items {
			for _, have := range []string{plain(c.Value, values), plain(c.Name, values)} {
				if have == want || !exact && strings.Contains(have, want) {
					return c.Mark
				}
			}
		}
	}
	return 0
}
