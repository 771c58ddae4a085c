package step

import "fmt"

// Point is a position in page pixels.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// In reports whether the point lies inside r (right and bottom edges excluded).
func (p Point) In(r Rect) bool {
	return p.X >= r.X && p.Y >= r.Y && p.X < r.X+r.W && p.Y < r.Y+r.H
}

func (p Point) String() string { return fmt.Sprintf("(%d,%d)", p.X, p.Y) }

// Size is a width and height in page pixels.
type Size struct {
	W int `json:"w"`
	H int `json:"h"`
}

// Viewport is the size every page is seen at: the processors of the Qwen-VL family leave 1344×896 unscaled, so that
// model pixels are page pixels.
func Viewport() Size { return Size{W: 1344, H: 896} }

// Rect is a box in page pixels; W and H are zero for "no box".
type Rect struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// Center returns the middle of the box, rounded down.
func (r Rect) Center() Point { return Point{X: r.X + r.W/2, Y: r.Y + r.H/2} }

// Empty reports whether the box has no area.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Intersect returns the common part of two boxes; it is Empty where they do not meet.
func (r Rect) Intersect(o Rect) Rect {
	x, y := max(r.X, o.X), max(r.Y, o.Y)
	w, h := min(r.X+r.W, o.X+o.W)-x, min(r.Y+r.H, o.Y+o.H)-y
	if w <= 0 || h <= 0 {
		return Rect{}
	}
	return Rect{X: x, Y: y, W: w, H: h}
}

// Union returns the smallest box that holds both; an Empty box adds nothing.
func (r Rect) Union(o Rect) Rect {
	if r.Empty() {
		return o
	}
	if o.Empty() {
		return r
	}
	x, y := min(r.X, o.X), min(r.Y, o.Y)
	return Rect{X: x, Y: y, W: max(r.X+r.W, o.X+o.W) - x, H: max(r.Y+r.H, o.Y+o.H) - y}
}

// Area returns the number of pixels in the box.
func (r Rect) Area() int {
	if r.Empty() {
		return 0
	}
	return r.W * r.H
}

// Across is a stroke through the middle of a box: what a drag from a mark to itself means, such as in a field for signatures.
func (r Rect) Across() (from, to *Point) {
	y := r.Y + r.H/2
	return &Point{X: r.X + r.W/5, Y: y}, &Point{X: r.X + r.W - 1 - r.W/5, Y: y}
}
