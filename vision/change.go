package vision

import (
	"encoding/binary"
	"fmt"
	"image"

	"chiron/step"
)

const (
	tile = 16 // pixels
	// stir is the sum of a tile's channel differences below which it counts as unchanged: a blinking caret's worth.
	stir = 1500
)

// Differ compares each frame with the one before it by tiles of 16×16 pixels. It unpacks each frame once and holds the
// pixels of the last one (4 bytes each). The zero Differ has seen nothing. It is for one goroutine.
type Differ struct {
	hash string
	last *image.RGBA
}

// Next returns what changed since the frame of the last call: everything for the first one and for another size, nothing
// for an equal hash. Errors: ErrPicture; the frame then counts as not seen.
func (d *Differ) Next(f step.Frame) (step.Change, error) {
	if d.last != nil && f.Hash != "" && f.Hash == d.hash {
		return step.Change{}, nil
	}
	img, err := decode(f)
	if err != nil {
		return step.Change{}, fmt.Errorf("change: %w", err)
	}
	before := d.last
	d.last, d.hash = img, f.Hash
	if before == nil {
		return step.Change{Share: 1, First: true}, nil
	}
	return compare(before, img), nil
}

func compare(a, b *image.RGBA) step.Change {
	size := b.Rect.Size()
	if a.Rect != b.Rect {
		return step.Change{Share: 1, Regions: []step.Rect{{W: size.X, H: size.Y}}}
	}
	w, h := (size.X+tile-1)/tile, (size.Y+tile-1)/tile
	grid := make([]bool, w*h)
	changed := 0
	for ty := range h {
		for tx := range w {
			if differs(a, b, tx*tile, ty*tile) {
				grid[ty*w+tx] = true
				changed++
			}
		}
	}
	c := step.Change{Share: float64(changed) / float64(len(grid))}
	for i := range grid {
		if grid[i] {
			c.Regions = append(c.Regions, region(grid, w, h, i, size))
		}
	}
	return c
}

// differs sums up the differences of one tile, eight bytes at a time where nothing differs.
func differs(a, b *image.RGBA, x, y int) bool {
	right, low := min(x+tile, a.Rect.Max.X), min(y+tile, a.Rect.Max.Y)
	sum := 0
	for ; y < low; y++ {
		p := a.Pix[y*a.Stride+4*x : y*a.Stride+4*right]
		q := b.Pix[y*b.Stride+4*x : y*b.Stride+4*right]
		for len(p) >= 8 && len(q) >= 8 {
			if binary.LittleEndian.Uint64(p) != binary.LittleEndian.Uint64(q) {
				sum += gap(p[:8], q[:8])
			}
			p, q = p[8:], q[8:]
		}
		if sum += gap(p, q); sum >= stir {
			return true
		}
	}
	return false
}

func gap(p, q []byte) int {
	sum := 0
	for i := range p {
		d := int(p[i]) - int(q[i])
		sum += max(d, -d)
	}
	return sum
}

// region clears the connected tiles around i and returns their box in pixels.
func region(grid []bool, w, h, i int, size image.Point) step.Rect {
	var box step.Rect
	stack := []int{i}
	grid[i] = false
	for len(stack) > 0 {
		x, y := stack[len(stack)-1]%w, stack[len(stack)-1]/w
		stack = stack[:len(stack)-1]
		box = box.Union(step.Rect{X: x * tile, Y: y * tile, W: tile, H: tile})
		for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
			if at := n[1]*w + n[0]; n[0] >= 0 && n[1] >= 0 && n[0] < w && n[1] < h && grid[at] {
				grid[at] = false
				stack = append(stack, at)
			}
		}
	}
	return box.Intersect(step.Rect{W: size.X, H: size.Y})
}
