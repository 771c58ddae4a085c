package shape

import "image"

// pale is the value from which a pixel of Ink counts as empty.
const pale = 225

// InkIn counts the marks in r and returns the box around them.
func (s *Scene) InkIn(r image.Rectangle) (pixels int, box image.Rectangle) {
	r = r.Intersect(s.Ink.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := s.Ink.Pix[y*s.Ink.Stride:]
		for x := r.Min.X; x < r.Max.X; x++ {
			if row[x] < pale {
				pixels++
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return pixels, box
}

// Clear reports whether a band of the given width around r holds no marks. Outside the picture is clear.
func (s *Scene) Clear(r image.Rectangle, width int) bool {
	out := r.Inset(-width)
	for _, side := range [4]image.Rectangle{
		image.Rect(out.Min.X, out.Min.Y, out.Max.X, r.Min.Y), image.Rect(out.Min.X, r.Max.Y, out.Max.X, out.Max.Y),
		image.Rect(out.Min.X, r.Min.Y, r.Min.X, r.Max.Y), image.Rect(r.Max.X, r.Min.Y, out.Max.X, r.Max.Y),
	} {
		if n, _ := s.InkIn(side); n > 0 {
			return false
		}
	}
	return true
}

// Strongest returns the colour of the darkest mark in r, and its distance from the ground, 0..255.
func (s *Scene) Strongest(r image.Rectangle) (Colour, int) {
	r = r.Intersect(s.Ink.Rect)
	best := uint8(255)
	var at image.Point
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := s.Text.Pix[y*s.Text.Stride:]
		for x := r.Min.X; x < r.Max.X; x++ {
			if row[x] < best {
				best, at = row[x], image.Pt(x, y)
			}
		}
	}
	return s.at(at), 255 - int(best)
}

// At returns the colour of a pixel; outside the picture it is black.
func (s *Scene) At(p image.Point) Colour {
	if !p.In(s.img.Rect) {
		return Colour{}
	}
	return s.at(p)
}

// Underlined returns the share of a word's width, 0..1, that level lines just below it cover. Lines that run on beside
// the phrase that it belongs to do not count.
func (s *Scene) Underlined(word, phrase image.Rectangle) float64 {
	byRow := make(map[int]int)
	for _, l := range s.Lines {
		if l.Min.Y < word.Max.Y-5 || l.Min.Y > word.Max.Y+4 || l.Max.X <= word.Min.X || l.Min.X >= word.Max.X {
			continue
		}
		if l.Min.X < phrase.Min.X-6 || l.Max.X > phrase.Max.X+6 {
			continue
		}
		byRow[l.Min.Y] += min(l.Max.X, word.Max.X) - max(l.Min.X, word.Min.X)
	}
	most := 0
	for _, covered := range byRow {
		most = max(most, covered)
	}
	return float64(most) / float64(max(1, word.Dx()))
}

// Erase makes r white in Text. It is for what is known not to be text, before OCR; it must not run concurrently with
// other uses.
func (s *Scene) Erase(r image.Rectangle) {
	r = r.Intersect(s.Text.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := s.Text.Pix[y*s.Text.Stride:][r.Min.X:r.Max.X]
		for x := range row {
			row[x] = 255
		}
	}
}

// EraseAround makes white in Text what lies within two pixels outside a shape's outline: its border, its blurred edge, the arcs of
// its corners. Where the outline is set back further than any corner, something else lies over the shape, and stays. Like
// Erase it must not run concurrently with other uses.
func (s *Scene) EraseAround(p Shape) {
	const (
		band   = 2
		corner = 32 // pixels; the largest radius of a corner
	)
	out := p.Box.Inset(-band)
	s.Erase(image.Rect(out.Min.X, out.Min.Y, out.Max.X, p.Box.Min.Y))
	s.Erase(image.Rect(out.Min.X, p.Box.Max.Y, out.Max.X, out.Max.Y))
	for y := p.Box.Min.Y; y < p.Box.Max.Y; y++ {
		left, right := p.Box.Max.X, p.Box.Min.X
		for i := s.l.rows[y]; i < s.l.rows[y+1]; i++ {
			if r := s.l.runs[i]; r.up == p.id {
				left, right = min(left, int(r.from)), max(right, int(r.to))
			}
		}
		if left < right {
			if left-p.Box.Min.X <= corner {
				s.Erase(image.Rect(out.Min.X, y, left, y+1))
			}
			if p.Box.Max.X-right <= corner {
				s.Erase(image.Rect(right, y, out.Max.X, y+1))
			}
		}
	}
}
