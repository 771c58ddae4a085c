package vision

import (
	"fmt"
	"image"
	"image/color"
	"strconv"

	"chiron/step"
	"chiron/vision/draw"
)

// Marks draws the numbers of a screen's candidates on its frame: small tags beside the things, where they cover neither
// text nor one another as far as there is room, and a thin frame around what can be acted on. It returns a PNG of the
// frame's size. Errors: ErrPicture.
func Marks(f step.Frame, s step.Screen) ([]byte, error) {
	img, err := canvas(f)
	if err != nil {
		return nil, fmt.Errorf("draw marks: %w", err)
	}
	pen, err := draw.NewPen(10)
	if err != nil {
		return nil, err
	}
	tags := newTags(img.Rect.Size(), s.Items)
	for i, c := range s.Items {
		ink := markColour(i)
		if c.Role.Acts() {
			draw.Frame(img, toImage(c.Box), 1, ink)
		}
		text := strconv.Itoa(c.Mark)
		at := tags.place(c.Box, pen.Size(text).Add(image.Pt(4, 4)))
		draw.Fill(img, at, ink)
		pen.Write(img, at.Min.Add(image.Pt(2, 2)), text, color.RGBA{255, 255, 255, 255})
	}
	return encode(img)
}

// markColour gives neighbours in the list colours that are easy to tell apart, all dark enough for white digits.
func markColour(i int) color.RGBA {
	colours := [...]color.RGBA{{200, 0, 0, 255}, {0, 80, 200, 255}, {0, 120, 40, 255}, {140, 0, 160, 255}, {180, 80, 0, 255},
		{0, 110, 120, 255}}
	return colours[i%len(colours)]
}

// tags finds room for the numbers, by a coarse map of what is taken.
type tags struct {
	size  image.Point
	w     int
	taken []uint8 // per cell of 2×2 pixels: 1 a candidate, 8 a tag
}

const tagCell = 2

func newTags(size image.Point, items []step.Candidate) *tags {
	t := &tags{size: size, w: size.X/tagCell + 1}
	t.taken = make([]uint8, t.w*(size.Y/tagCell+1))
	for _, c := range items {
		if c.Role != step.RoleCanvas && c.Role != step.RoleImage && c.Box.H < 200 {
			t.mark(toImage(c.Box).Inset(2), 1) // a tag may touch it
		}
	}
	return t
}

func (t *tags) each(r image.Rectangle, do func(cell *uint8)) {
	r = r.Intersect(image.Rectangle{Max: t.size})
	for y := r.Min.Y / tagCell; y*tagCell < r.Max.Y; y++ {
		for x := r.Min.X / tagCell; x*tagCell < r.Max.X; x++ {
			do(&t.taken[y*t.w+x])
		}
	}
}

func (t *tags) mark(r image.Rectangle, v uint8) { t.each(r, func(c *uint8) { *c |= v }) }

// place returns the best of the places around a box, and takes it.
func (t *tags) place(b step.Rect, size image.Point) image.Rectangle {
	mid := b.Y + (b.H-size.Y)/2
	places := [...]image.Point{
		{b.X - size.X - 2, mid}, {b.X - 1, b.Y - size.Y - 1}, {b.X + b.W + 2, mid}, {b.X + b.W - size.X, b.Y - size.Y - 1},
		{b.X - 1, b.Y + b.H + 1}, {b.X - size.X - 1, b.Y - size.Y/2}, {b.X + b.W + 1, b.Y - size.Y/2},
		{b.X + b.W - size.X, b.Y + b.H + 1}, {b.X + b.W - size.X, b.Y}, {b.X, b.Y},
	}
	var best image.Rectangle
	least := -1
	for i, p := range places {
		p.X, p.Y = min(max(p.X, 0), t.size.X-size.X), min(max(p.Y, 0), t.size.Y-size.Y)
		r := image.Rectangle{Min: p, Max: p.Add(size)}
		cost := i
		t.each(r, func(c *uint8) { cost += 10 * int(*c) })
		if least < 0 || cost < least {
			best, least = r, cost
		}
	}
	t.mark(best, 8)
	return best
}
