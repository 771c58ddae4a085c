package vision

import (
	"cmp"
	"slices"

	"chiron/step"
)

// inReadingOrder sorts candidates the way a person reads: rows from the top, each from the left, but one column after
// the other where columns do not share rows (side bars, cards). It cuts the screen along gaps, horizontally first. A
// box that holds others comes just before the first of them.
func inReadingOrder(items []step.Candidate) []step.Candidate {
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
	for i, p := range parts {
		if i < heads && depth < maxCuts {
			if left, right := columns(slices.Concat(parts[i:]...)); left != nil {
				cutRows(left, depth+1, out)
				cutRows(right, depth+1, out)
				return
			}
		}
		cutColumns(p, depth+1, out)
	}
}

const (
	heads  = 4  // rows that may stand above columns, such as a header
	gutter = 12 // pixels between columns, at least
	least  = 3  // items of a column, at least
)

// columns splits items at a vertical gap whose sides are both long and rarely have items on the same line: a side bar
// beside a page, but not the columns of a table or the labels of a form. It returns nil where there is none.
func columns(items []*step.Candidate) (left, right []*step.Candidate) {
	groups := cut(items, gutter, func(r step.Rect) (int, int) { return r.X, r.X + r.W })
	for i := 1; i < len(groups); i++ {
		l, r := slices.Concat(groups[:i]...), slices.Concat(groups[i:]...)
		if len(l) >= least && len(r) >= least && besides(l, r) && 5*aligned(l, r) < 2*min(len(l), len(r)) {
			return l, r
		}
	}
	return nil, nil
}

// besides reports whether two groups stand beside each other for most of the lower one's height.
func besides(a, b []*step.Candidate) bool {
	var x, y step.Rect
	for _, c := range a {
		x = x.Union(c.Box)
	}
	for _, c := range b {
		y = y.Union(c.Box)
	}
	shared := min(x.Y+x.H, y.Y+y.H) - max(x.Y, y.Y)
	return 10*shared >= 6*min(x.H, y.H)
}

// aligned counts the items of the smaller group that share their line with one of the other.
func aligned(a, b []*step.Candidate) int {
	if len(b) < len(a) {
		a, b = b, a
	}
	lines := make(map[int]bool, len(b))
	for _, c := range b {
		lines[c.Box.Center().Y>>2] = true
	}
	n := 0
	for _, c := range a {
		if line := c.Box.Center().Y >> 2; lines[line] || lines[line-1] || lines[line+1] {
			n++
		}
	}
	return n
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
