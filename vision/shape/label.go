// Package shape finds what a picture of a page is made of, without any model: flat surfaces (fields, buttons, check
// boxes), and the ink on them. It lives on screenshots having exactly flat grounds, so it is given lossless pictures.
package shape

import (
	"encoding/binary"
	"image"
)

// run is a horizontal stretch of one colour.
type run struct {
	from, to int32 // columns, to excluded
	up       int32 // union-find over runs; the region once collected
	colour   uint32
}

// region is a connected area of one colour.
type region struct {
	colour                 uint32 // 0xBBGGRR, of its longest run
	longest                int32
	area, hull             int32 // pixels; and pixels with every row filled between its ends
	minX, minY, maxX, maxY int32 // maxX and maxY excluded
	flushL, flushR         int32 // rows whose ends come close to the box's sides
	surface                bool
}

// tolerance is how much a channel may differ between neighbours of one region: soft gradients stay whole.
const tolerance = 2

type labels struct {
	w, h    int
	runs    []run
	rows    []int32 // index of the first run of each row, and the total
	regions []region
}

// label splits the picture into regions of one colour, connected by edges.
func label(img *image.RGBA) *labels {
	size := img.Bounds().Size()
	l := &labels{w: size.X, h: size.Y, rows: make([]int32, 1, size.Y+1), runs: make([]run, 0, size.X*size.Y/8+size.Y)}
	for y := range size.Y {
		l.scan(img.Pix[y*img.Stride : y*img.Stride+4*size.X])
		l.rows = append(l.rows, int32(len(l.runs)))
		if y > 0 {
			l.join(l.rows[y-1], l.rows[y], l.rows[y+1])
		}
	}
	l.collect()
	l.measure()
	return l
}

func rgb(pix []byte, x int) uint32 { return binary.LittleEndian.Uint32(pix[4*x:]) & 0xffffff }

func (l *labels) scan(pix []byte) {
	from, colour := 0, rgb(pix, 0)
	up := int32(len(l.runs))
	for x := 1; x < l.w; x++ {
		c := rgb(pix, x)
		if c == colour {
			continue
		}
		l.runs = append(l.runs, run{int32(from), int32(x), up, colour})
		if up = int32(len(l.runs)); alike(c, colour) {
			up-- // continues the run just closed
		}
		from, colour = x, c
	}
	l.runs = append(l.runs, run{int32(from), int32(l.w), up, colour})
}

func alike(a, b uint32) bool {
	if a == b {
		return true
	}
	for range 3 {
		if d := int(a&0xff) - int(b&0xff); d > tolerance || d < -tolerance {
			return false
		}
		a, b = a>>8, b>>8
	}
	return true
}

// join unites the runs of a row (from..to) with those of the row above it (above..from).
func (l *labels) join(above, from, to int32) {
	a, b := above, from
	for a < from && b < to {
		ra, rb := &l.runs[a], &l.runs[b]
		if ra.from < rb.to && rb.from < ra.to && alike(ra.colour, rb.colour) {
			x, y := l.find(a), l.find(b)
			if x < y {
				l.runs[y].up = x
			} else {
				l.runs[x].up = y
			}
		}
		if ra.to < rb.to {
			a++
		} else {
			b++
		}
	}
}

func (l *labels) find(i int32) int32 {
	for l.runs[i].up != i {
		l.runs[i].up = l.runs[l.runs[i].up].up
		i = l.runs[i].up
	}
	return i
}

// collect numbers the regions. Roots come before the runs that hang on them, since join hangs the later on the earlier.
func (l *labels) collect() {
	for i := range l.runs {
		root := l.find(int32(i))
		if root == int32(i) {
			continue
		}
		l.runs[i].up = root
	}
	number := make([]int32, len(l.runs))
	for y := range l.h {
		for i := l.rows[y]; i < l.rows[y+1]; i++ {
			r := &l.runs[i]
			if r.up == i {
				number[i] = int32(len(l.regions))
				l.regions = append(l.regions, region{minX: r.from, maxX: r.to, minY: int32(y)})
			}
			r.up = number[r.up]
			g := &l.regions[r.up]
			width := r.to - r.from
			g.area += width
			g.minX, g.maxX, g.maxY = min(g.minX, r.from), max(g.maxX, r.to), int32(y)+1
			if width > g.longest {
				g.longest, g.colour = width, r.colour
			}
		}
	}
}

// least is the smallest side, in pixels, of a region that can be more than ink.
const least = 6

// measure sums up hull and flush rows of the regions that are large enough.
func (l *labels) measure() {
	type extent struct{ row, left, right int32 }
	open := make([]extent, len(l.regions))
	closeRow := func(g *region, e extent) {
		g.hull += e.right - e.left
		slack := min(2, (g.maxX-g.minX)/12)
		if e.left <= g.minX+slack {
			g.flushL++
		}
		if e.right >= g.maxX-slack {
			g.flushR++
		}
	}
	for y := range int32(l.h) {
		for i := l.rows[y]; i < l.rows[y+1]; i++ {
			r := &l.runs[i]
			g := &l.regions[r.up]
			if g.maxX-g.minX < least || g.maxY-g.minY < least {
				continue
			}
			e := &open[r.up]
			if e.right != 0 && e.row == y {
				e.right = r.to
				continue
			}
			if e.right != 0 {
				closeRow(g, *e)
			}
			*e = extent{y, r.from, r.to}
		}
	}
	for i, e := range open {
		if e.right != 0 {
			closeRow(&l.regions[i], e)
		}
	}
}
