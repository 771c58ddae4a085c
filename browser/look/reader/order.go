package reader

import (
	"slices"

	"chiron/step"
)

// Order sorts into reading order: rows from top to bottom, each from left to right. Boxes stand in one row when they
// overlap in height by half of the lower one, unless one is more than three times as high.
func Order(nodes []step.Node) {
	slices.SortStableFunc(nodes, func(a, b step.Node) int {
		if a.Box.Y != b.Box.Y {
			return a.Box.Y - b.Box.Y
		}
		return a.Box.X - b.Box.X
	})
	for start := 0; start < len(nodes); {
		first, end := nodes[start].Box, start+1
		for end < len(nodes) && sameRow(first, nodes[end].Box) {
			end++
		}
		slices.SortStableFunc(nodes[start:end], func(a, b step.Node) int { return a.Box.X - b.Box.X })
		start = end
	}
}

func sameRow(a, b step.Rect) bool {
	low, high := min(a.H, b.H), max(a.H, b.H)
	if high > 3*low {
		return false
	}
	overlap := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y)
	return 2*overlap >= low
}

// Top is the number of the last layer of a document.
func (p Page) Top() int {
	top := 0
	for _, n := range p.Nodes {
		top = max(top, clamp(n.Layer))
	}
	for _, f := range p.Frames {
		top = max(top, f.Layer)
	}
	return top
}

// Stack numbers the layers of a frame's nodes above top, that of its page as the one in which the frame stands, and returns the new top.
func (f Frame) Stack(nodes []step.Node, top int) int {
	last := top
	for i := range nodes {
		if n := &nodes[i]; n.Layer == 0 {
			n.Layer = f.Layer
		} else {
			n.Layer += top
			last = max(last, n.Layer)
		}
	}
	return last
}
