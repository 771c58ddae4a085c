package vision

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"image"
	"slices"

	"github.com/klauspost/compress/s2"

	"chiron/step"
)

const (
	tile = 16 // pixels
	// stir is the sum of a tile's channel differences below which it counts as unchanged: a blinking caret's worth.
	stir = 1500
)

// Differ compares each frame with the one before it by tiles of 16×16 pixels. It unpacks each frame once. Of the last one it
// keeps the rows of tiles compressed, a small part of the pixels, because a session holds them while its model thinks, and
// their hashes, so that rows that stay as they are cost nothing more. The zero Differ has seen nothing. It is for one goroutine.
type Differ struct {
	hash string
	size image.Point
	rows []tiles
	seed maphash.Seed // a page cannot know it
	row  []byte       // room to unpack one
	pack []byte       // room to pack one
}

// tiles are the pixels of one row of tiles.
type tiles struct {
	sum    uint64
	packed []byte
}

// Next returns what changed since the frame of the last call: everything for the first one and for another size, nothing
// for an equal hash. Errors: ErrPicture; the frame then counts as not seen.
func (d *Differ) Next(f step.Frame) (step.Change, error) {
	if d.rows != nil && f.Hash != "" && f.Hash == d.hash {
		return step.Change{}, nil
	}
	img, err := decode(f)
	if err != nil {
		return step.Change{}, fmt.Errorf("change: %w", err)
	}
	size := img.Rect.Size()
	first, other := d.rows == nil, size != d.size
	if first {
		d.seed = maphash.MakeSeed()
	}
	if d.hash = f.Hash; other || first {
		d.size, d.rows = size, make([]tiles, (size.Y+tile-1)/tile)
	}
	w := (size.X + tile - 1) / tile
	grid := make([]bool, w*len(d.rows))
	changed := 0
	for ty := range d.rows {
		changed += d.compare(ty, img, grid[ty*w:(ty+1)*w])
	}
	switch {
	case first:
		return step.Change{Share: 1, First: true}, nil
	case other:
		return step.Change{Share: 1, Regions: []step.Rect{{W: size.X, H: size.Y}}}, nil
	}
	c := step.Change{Share: float64(changed) / float64(len(grid))}
	for i := range grid {
		if grid[i] {
			c.Regions = append(c.Regions, region(grid, w, len(d.rows), i, size))
		}
	}
	return c, nil
}

// compare marks the tiles of a row that changed, counts them, and remembers the row.
func (d *Differ) compare(ty int, img *image.RGBA, grid []bool) (changed int) {
	y := ty * tile
	now := img.Pix[y*img.Stride : min(y+tile, d.size.Y)*img.Stride]
	sum, was := maphash.Bytes(d.seed, now), d.rows[ty]
	if was.packed != nil && sum == was.sum {
		return 0
	}
	if was.packed != nil {
		before, err := s2.Decode(d.row[:cap(d.row)], was.packed)
		if err != nil || len(before) != len(now) {
			before = make([]byte, len(now)) // it was packed here: this cannot be
		}
		for tx := range grid {
			if differs(before, now, img.Stride, 4*tx*tile, min(4*(tx+1)*tile, 4*d.size.X)) {
				grid[tx] = true
				changed++
			}
		}
		d.row = before
	}
	if most := s2.MaxEncodedLen(len(now)); len(d.pack) < most {
		d.pack = make([]byte, most)
	}
	d.rows[ty] = tiles{sum, slices.Clone(s2.Encode(d.pack, now))}
	return changed
}

// differs sums up the differences of one tile, the bytes left to right of every line, eight at a time where nothing differs.
func differs(a, b []byte, stride, left, right int) bool {
	sum := 0
	for y := 0; y < len(b); y += stride {
		p, q := a[y+left:y+right], b[y+left:y+right]
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
