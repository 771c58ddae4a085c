// Package order brings candidates into the order in which a person reads a screen.
package order

import (
	"cmp"
	"maps"
	"slices"

	"chiron/step"
)

// Reading sorts candidates the way a person reads. What hangs over the page is read in one piece: behind what opened it, else
// behind all that ends above it.
func Reading(items []step.Candidate) []step.Candidate {
	held := map[int][]step.Candidate{0: nil}
	for _, c := range items {
		held[c.Layer] = append(held[c.Layer], c)
	}
	numbers := slices.Sorted(maps.Keys(held))
	layers := make([]layer, len(numbers))
	for i, n := range numbers {
		l := layer{items: pageOrder(held[n])}
		l.hung = make([][]int, len(l.items)+1)
		for _, c := range l.items {
			l.box = l.box.Union(c.Box)
		}
		layers[i] = l
		if i > 0 {
			under, at := hung(layers[:i], l.box)
			layers[under].hung[at] = append(layers[under].hung[at], i)
		}
	}
	for _, l := range layers {
		for _, over := range l.hung {
			slices.SortStableFunc(over, func(a, b int) int {
				return cmp.Or(cmp.Compare(layers[a].box.Y, layers[b].box.Y), cmp.Compare(layers[a].box.X, layers[b].box.X))
			})
		}
	}
	sorted := make([]step.Candidate, 0, len(items))
	var read func(int)
	read = func(i int) {
		for at, over := range layers[i].hung {
			for _, o := range over {
				read(o)
			}
			if at < len(layers[i].items) {
				sorted = append(sorted, layers[i].items[at])
			}
		}
	}
	read(0)
	return sorted
}

// layer is the page, or something that hangs over it.
type layer struct {
	items []step.Candidate
	box   step.Rect // around them
	hung  [][]int   // the layers that are read before each item, and behind the last
}

// beside is how far from what opened it a menu hangs, in pixels.
const beside = 24

// hung finds where a layer with this box is read: in which of the layers below it, and before which of its items.
func hung(below []layer, box step.Rect) (under, at int) {
	near := 2*beside + 1
	for i := range below {
		for j, c := range below[i].items {
			x, y := distance(c.Box, box)
			if c.States.Expanded && x <= beside && y <= beside && x+y <= near {
				near, under, at = x+y, i, j+1
			}
		}
	}
	if near <= 2*beside {
		return under, at
	}
	for i := range below { // the last that it lies over, as a whole
		if !below[i].box.Intersect(box).Empty() {
			under = i
		}
	}
	if under > 0 {
		return under, len(below[under].items)
	}
	for j, c := range below[0].items {
		if c.Box.Y+c.Box.H <= box.Y {
			at = j + 1
		}
	}
	return under, at
}

// distance is how many pixels of width and of height lie between two boxes, 0 where they share some.
func distance(a, b step.Rect) (x, y int) {
	return max(0, b.X-a.X-a.W, a.X-b.X-b.W), max(0, b.Y-a.Y-a.H, a.Y-b.Y-b.H)
}

// pageOrder sorts candidates of one layer: rows from the top, each from the left, but one column after the other where columns do
// not share rows (side bars), where they are cards, and where they are labels above their values. It cuts the screen along gaps,
// horizontally first. A box that holds others comes just before the first of them.
func pageOrder(items []step.Candidate) []step.Candidate {
	refs := make([]*step.Candidate, len(items))
	for i := range items {
		refs[i] = &items[i]
	}
	holders, rest := apart(refs)
	sorted := make([]step.Candidate, 0, len(items))
	cutRows(rest, 0, func(c *step.Candidate) { sorted = append(sorted, *c) })
	slices.SortStableFunc(holders, func(a, b *step.Candidate) int { return cmp.Compare(b.Box.Area(), a.Box.Area()) })
	for _, h := range holders {
		at := slices.IndexFunc(sorted, func(c step.Candidate) bool { return c.Box.Center().In(h.Box) })
		if at < 0 {
			at = len(sorted)
		}
		sorted = slices.Insert(sorted, at, *h)
	}
	return sorted
}

// apart separates the boxes that hold at least two others from the rest.
func apart(items []*step.Candidate) (holders, rest []*step.Candidate) {
	const row = 48 // a lower box is a row, not a holder
	for i, h := range items {
		held := 0
		if h.Box.H >= row {
			for j, c := range items {
				if i != j && c.Box.Area() < h.Box.Area() && c.Box.Center().In(h.Box) {
					held++
				}
				if held == 2 {
					break
				}
			}
		}
		if held == 2 {
			holders = append(holders, h)
		} else {
			rest = append(rest, h)
		}
	}
	return holders, rest
}

const maxCuts = 40 // nested cuts, far more than any page has

// cutRows splits items at horizontal gaps; a part without one is split into columns. From the first row on where
// columns stand beside one another without sharing rows, each column is read to its end.
func cutRows(items []*step.Candidate, depth int, out func(*step.Candidate)) {
	parts := cut(items, 0, func(r step.Rect) (int, int) { return r.Y, r.Y + r.H })
	if len(parts) == 1 {
		cutColumns(items, depth+1, out)
		return
	}
	for i := 0; i < len(parts); i++ {
		if i < heads && depth < maxCuts {
			if left, right := columns(slices.Concat(parts[i:]...)); left != nil {
				cutRows(left, depth+1, out)
				cutRows(right, depth+1, out)
				return
			}
		}
		if n, columns := cards(parts, i); n > 0 {
			for _, card := range columns {
				cutRows(card, depth+1, out)
			}
			i += n - 1
			continue
		}
		p := parts[i]
		if labels(parts, i) {
			p = slices.Concat(p, parts[i+1])
			i++
		}
		cutColumns(p, depth+1, out)
	}
}

// labels reports whether one of some rows has a label above each value of the next: close above it, with all other rows and the
// next column further away.
func labels(rows [][]*step.Candidate, i int) bool {
	if i+1 == len(rows) {
		return false
	}
	above, below := rows[i], rows[i+1]
	gap := between(above, below)
	room := 2*gap + 4 // rows of a table may touch each other
	if i > 0 && between(rows[i-1], above) < room || i+2 < len(rows) && between(below, rows[i+2]) < room {
		return false
	}
	both := slices.Concat(above, below)
	if slices.ContainsFunc(both, func(c *step.Candidate) bool {
		return c.Role != step.RoleText && c.Role != step.RoleInput && c.Role != step.RoleSelect
	}) {
		return false
	}
	pairs := cut(both, max(gutter, 2*gap), func(r step.Rect) (int, int) { return r.X, r.X + r.W })
	for _, p := range pairs {
		if !slices.ContainsFunc(p, func(c *step.Candidate) bool { return slices.Contains(above, c) }) ||
			!slices.ContainsFunc(p, func(c *step.Candidate) bool { return slices.Contains(below, c) }) {
			return false
		}
	}
	return len(pairs) > 1
}

// between is the gap from one row down to the next.
func between(above, below []*step.Candidate) int {
	a, b := bounds(above), bounds(below)
	return b.Y - a.Y - a.H
}

// bounds is the smallest box around items.
func bounds(items []*step.Candidate) step.Rect {
	var box step.Rect
	for _, c := range items {
		box = box.Union(c.Box)
	}
	return box
}

const (
	heads  = 4  // rows that may stand above columns, such as a header
	gutter = 12 // pixels between columns, at least
	least  = 3  // items of a column, at least
)

// columns splits items at a vertical gap whose sides are both long and no more often on the same line than chance has it: a side
// bar beside a page, but not the columns of a table or the labels of a form. It returns nil where there is none.
func columns(items []*step.Candidate) (left, right []*step.Candidate) {
	groups := cut(items, gutter, func(r step.Rect) (int, int) { return r.X, r.X + r.W })
	for i := 1; i < len(groups); i++ {
		l, r := slices.Concat(groups[:i]...), slices.Concat(groups[i:]...)
		if len(l) >= least && len(r) >= least && besides(l, r) && agree(l, r) < 0.4 {
			return l, r
		}
	}
	return nil, nil
}

// besides reports whether two groups stand beside each other for most of the lower one's height.
func besides(a, b []*step.Candidate) bool {
	x, y := bounds(a), bounds(b)
	shared := min(x.Y+x.H, y.Y+y.H) - max(x.Y, y.Y)
	return 10*shared >= 6*min(x.H, y.H)
}

// wobble is how far apart the middles of two things on one line may lie, in pixels.
const wobble = 3

// agree is the share of the smaller group that is on a line with one of the other, less what would be by chance: 1 where all are,
// about 0 where the lines have nothing to do with each other (Cohen 1960). A crowded page has something on almost every line.
func agree(a, b []*step.Candidate) float64 {
	if len(b) < len(a) {
		a, b = b, a
	}
	lines := make(map[int]bool, 8*len(b))
	for _, c := range b {
		for y := c.Box.Center().Y - wobble; y <= c.Box.Center().Y+wobble; y++ {
			lines[y] = true
		}
	}
	first, last, shared := a[0].Box.Center().Y, a[0].Box.Center().Y, 0
	for _, c := range a {
		y := c.Box.Center().Y
		first, last = min(first, y), max(last, y)
		if lines[y] {
			shared++
		}
	}
	covered := 0
	for y := first; y <= last; y++ {
		if lines[y] {
			covered++
		}
	}
	chance := float64(covered) / float64(last-first+1)
	if chance == 1 {
		return 1
	}
	return (float64(shared)/float64(len(a)) - chance) / (1 - chance)
}

func cutColumns(items []*step.Candidate, depth int, out func(*step.Candidate)) {
	if len(items) == 1 || depth > maxCuts {
		byLines(items, out)
		return
	}
	parts := cut(items, 2, func(r step.Rect) (int, int) { return r.X, r.X + r.W })
	if len(parts) == 1 {
		byLines(items, out)
		return
	}
	for _, p := range parts {
		cutRows(p, depth+1, out)
	}
}

// cut splits items into groups whose extents along one axis are more than gap pixels apart, in order.
func cut(items []*step.Candidate, gap int, extent func(step.Rect) (from, to int)) [][]*step.Candidate {
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b *step.Candidate) int {
		x, _ := extent(a.Box)
		y, _ := extent(b.Box)
		return cmp.Compare(x, y)
	})
	var parts [][]*step.Candidate
	start, end := 0, 0
	for i, c := range sorted {
		from, to := extent(c.Box)
		if i > 0 && from >= end+gap {
			parts = append(parts, sorted[start:i])
			start = i
		}
		end = max(end, to)
	}
	return append(parts, sorted[start:])
}

// byLines sorts what no gap separates: by the line of its middle, then from the left.
func byLines(items []*step.Candidate, out func(*step.Candidate)) {
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b *step.Candidate) int {
		return cmp.Compare(a.Box.Y*2+a.Box.H, b.Box.Y*2+b.Box.H)
	})
	for len(sorted) > 0 {
		first := sorted[0].Box
		n := 1
		for n < len(sorted) && sorted[n].Box.Center().Y < first.Y+max(first.H, 8) && sorted[n].Box.Y < first.Center().Y+4 {
			n++
		}
		line := sorted[:n]
		slices.SortStableFunc(line, func(a, b *step.Candidate) int { return cmp.Compare(a.Box.X, b.Box.X) })
		for _, c := range line {
			out(c)
		}
		sorted = sorted[n:]
	}
}
