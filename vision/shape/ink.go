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

// Underlined reports whether level lines just below the word cover most of its width, and do not run on beside the
// phrase that it belongs to.
func (s *Scene) Underlined(word, phrase image.Rectangle) bool {
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
	for _, covered := range byRow {
		if covered*10 >= word.Dx()*6 {
			return true
		}
	}
	return false
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
