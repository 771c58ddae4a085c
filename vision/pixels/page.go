package pixels

import (
	"cmp"
	"image"
	"slices"

	"chiron/step"
	"chiron/vision/shape"
)

// page puts together what was seen in one picture.
type page struct {
	scene   *shape.Scene
	masked  []step.Rect
	ticks   []shape.Shape // check boxes and radio buttons
	parts   []part        // other shapes, the smallest first
	words   []word
	phrases []*phrase
	icons   []step.Rect // marks that are no text
}

// part is a shape with what stands in it.
type part struct {
	shape.Shape
	box     step.Rect
	phrases []*phrase // of which it is the innermost shape
	kids    int       // shapes inside
}

// newPage sorts the shapes, and hides from OCR what is no text.
func newPage(scene *shape.Scene, masked []step.Rect) *page {
	p := &page{scene: scene, masked: masked}
	for _, s := range scene.Shapes {
		if tick, ok := p.tick(s); ok {
			p.addTick(tick)
			continue
		}
		if s.Box.Dx() >= 16 && s.Box.Dy() >= 14 && s.Share >= 0.45 && !p.doubled(s) {
			p.parts = append(p.parts, part{Shape: s, box: fromImage(s.Box, 1)})
		}
	}
	slices.SortStableFunc(p.parts, func(a, b part) int { return cmp.Compare(a.box.Area(), b.box.Area()) })
	for _, t := range p.ticks {
		scene.Erase(t.Box.Inset(-3))
	}
	for i := range p.parts {
		if arrow, ok := p.arrow(p.parts[i]); ok {
			scene.Erase(arrow)
		}
		scene.EraseAround(p.parts[i].Shape)
	}
	for _, m := range masked {
		scene.Erase(image.Rect(m.X, m.Y, m.X+m.W, m.Y+m.H).Inset(-2))
	}
	return p
}

func (p *page) doubled(s shape.Shape) bool {
	box := fromImage(s.Box, 1)
	return slices.ContainsFunc(p.parts, func(o part) bool { return Overlap(o.box, box) >= sameBox })
}

// tick reports whether a shape is the inside, or the whole, of a check box or radio button: small, as high as wide,
// standing alone.
func (p *page) tick(s shape.Shape) (shape.Shape, bool) {
	w, h := s.Box.Dx(), s.Box.Dy()
	if min(w, h) < 6 || max(w, h) > 26 || max(w, h)-min(w, h) > 2 || s.Share < 0.62 {
		return s, false
	}
	if n, _ := p.scene.InkIn(s.Box.Inset(w / 4)); s.Round && n > 4 {
		return s, false // initials on a disc
	}
	for border := range 7 { // of a ring, and the gap to the dot in it
		ring := s.Box.Inset(-border)
		if size := max(ring.Dx(), ring.Dy()); size > 24 {
			break
		} else if size < 11 || border > 3 && !s.Round || border > 0 && !p.edged(ring) || !p.scene.Clear(ring, 3) {
			continue
		}
		if n, _ := p.scene.InkIn(image.Rect(ring.Min.X-6, ring.Min.Y, ring.Min.X, ring.Max.Y)); n > 0 {
			return s, false // it goes on from a word
		}
		s.Box = ring
		return s, s.Border || border > 0 || s.Fill.Distance(s.Around) > 60
	}
	return s, false
}

// edged reports whether a ring has marks at the middles of its four sides.
func (p *page) edged(ring image.Rectangle) bool {
	x, y := (ring.Min.X+ring.Max.X)/2, (ring.Min.Y+ring.Max.Y)/2
	for _, side := range [4]image.Rectangle{
		image.Rect(ring.Min.X, y, ring.Min.X+2, y+1), image.Rect(ring.Max.X-2, y, ring.Max.X, y+1),
		image.Rect(x, ring.Min.Y, x+1, ring.Min.Y+2), image.Rect(x, ring.Max.Y-2, x+1, ring.Max.Y),
	} {
		if n, _ := p.scene.InkIn(side); n == 0 {
			return false
		}
	}
	return true
}

// addTick keeps the outermost of shapes with the same middle.
func (p *page) addTick(t shape.Shape) {
	for i, o := range p.ticks {
		if o.Box.Overlaps(t.Box) {
			if t.Box.Dx() > o.Box.Dx() {
				t.Round = t.Round || o.Round
				p.ticks[i] = t
			}
			return
		}
	}
	p.ticks = append(p.ticks, t)
}

// checked reports whether something stands in the middle of a tick box, or the box is filled.
func (p *page) checked(t shape.Shape) bool {
	ground := p.scene.At(image.Pt(t.Box.Min.X-3, (t.Box.Min.Y+t.Box.Max.Y)/2))
	middle := image.Pt((t.Box.Min.X+t.Box.Max.X)/2, (t.Box.Min.Y+t.Box.Max.Y)/2)
	if t.Round {
		return p.scene.At(middle).Distance(ground) > 60 || t.Fill.Distance(ground) > 60
	}
	if t.Fill.Distance(ground) > 60 && (t.Fill.Chroma() > 40 || t.Fill.Light() < 128) {
		return true
	}
	inside := t.Box.Inset(4)
	n, _ := p.scene.InkIn(inside)
	return n*10 >= inside.Dx()*inside.Dy()
}

// arrow finds the small downward mark at the right end of a field that opens a list.
func (p *page) arrow(f part) (image.Rectangle, bool) {
	if !f.Border && f.Fill.Distance(f.Around) < 8 || f.box.H > 64 || f.box.W < 40 {
		return image.Rectangle{}, false
	}
	r := f.Box.Inset(2)
	zone := image.Rect(max(r.Min.X, r.Max.X-30), r.Min.Y+1, r.Max.X, r.Max.Y-1)
	n, ink := p.scene.InkIn(zone)
	w, h := ink.Dx(), ink.Dy()
	mid := (ink.Min.Y+ink.Max.Y)/2 - (r.Min.Y+r.Max.Y)/2
	small := n >= 6 && w >= 6 && w <= 16 && h >= 3 && h <= 10 && w > h
	return ink.Inset(-1), small && mid >= -4 && mid <= 4 && ink.Min.X > zone.Min.X+2 && p.pointsDown(ink)
}

// pointsDown reports whether the marks grow narrower towards the bottom, as an arrow's ends do.
func (p *page) pointsDown(ink image.Rectangle) bool {
	third := max(1, ink.Dy()/3)
	_, top := p.scene.InkIn(image.Rect(ink.Min.X, ink.Min.Y, ink.Max.X, ink.Min.Y+third))
	_, low := p.scene.InkIn(image.Rect(ink.Min.X, ink.Max.Y-third, ink.Max.X, ink.Max.Y))
	return low.Dx()*3 <= top.Dx()*2
}

// candidates names everything once the words are known.
func (p *page) candidates() []step.Candidate {
	p.dropLetters()
	p.apart()
	p.group()
	var items []step.Candidate
	fields := p.fields()
	p.nameTicks(&items)
	p.nameFields(fields, &items)
	for _, ph := range p.phrases {
		if !ph.used && readable(ph.text()) {
			items = append(items, p.reading(ph))
		}
	}
	return append(items, p.signs(items)...)
}

// signs are buttons that are nothing but a sign: marks that stand alone, not before or behind words, and not in or over
// something that is listed already.
func (p *page) signs(items []step.Candidate) []step.Candidate {
	const beside = 16 // pixels; nearer to words it belongs to them
	var out []step.Candidate
	for _, box := range p.icons {
		reach := step.Rect{X: box.X - beside, Y: box.Y, W: box.W + 2*beside, H: box.H}
		known := slices.ContainsFunc(p.phrases, func(ph *phrase) bool { return !ph.box.Intersect(reach).Empty() }) ||
			slices.ContainsFunc(items, func(c step.Candidate) bool { return !c.Box.Intersect(box).Empty() }) ||
			slices.ContainsFunc(p.masked, func(m step.Rect) bool { return !m.Intersect(box).Empty() })
		if !known {
			out = append(out, step.Candidate{Role: step.RoleButton, Box: box, Source: step.SourcePixels, Score: 0.5})
		}
	}
	return out
}

// dropMasked forgets words that stand under a mask.
func (p *page) dropMasked() {
	p.words = slices.DeleteFunc(p.words, func(w word) bool {
		return slices.ContainsFunc(p.masked, func(m step.Rect) bool { return ShareIn(w.box, m) > 0.3 })
	})
}

// dropLetters forgets shapes that are parts of letters, and counts what the rest holds.
func (p *page) dropLetters() {
	p.parts = slices.DeleteFunc(p.parts, func(s part) bool {
		return slices.ContainsFunc(p.words, func(w word) bool {
			return len(w.text) > 1 && s.box.H <= w.box.H+2 && ShareIn(s.box, w.box) > 0.8
		})
	})
	for i := range p.parts {
		for j := i + 1; j < len(p.parts); j++ {
			if ShareIn(p.parts[i].box, p.parts[j].box) > 0.9 {
				p.parts[j].kids++
			}
		}
	}
}
