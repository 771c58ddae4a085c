package shape

import (
	"image"
)

// Shape is a flat surface with a plain outline.
type Shape struct {
	Box    image.Rectangle // of the surface, without its border
	Round  bool            // a disc; otherwise a rectangle, perhaps with rounded corners
	Fill   Colour
	Around Colour  // ground outside the border
	Border bool    // a line of another colour stands between Fill and Around
	Share  float64 // of the box that is of one colour
	Pill   bool    // its ends are rounded throughout
	id     int32   // its region
}

// Colour is an opaque colour.
type Colour struct{ R, G, B uint8 }

func colour(c uint32) Colour { return Colour{uint8(c), uint8(c >> 8), uint8(c >> 16)} }

// Distance is the largest difference of a channel, 0..255.
func (c Colour) Distance(o Colour) int {
	return max(diff(c.R, o.R), diff(c.G, o.G), diff(c.B, o.B))
}

// Light is the brightness, 0..255.
func (c Colour) Light() int { return (299*int(c.R) + 587*int(c.G) + 114*int(c.B)) / 1000 }

// Chroma is how far the colour is from grey, 0..255.
func (c Colour) Chroma() int {
	return int(max(c.R, c.G, c.B)) - int(min(c.R, c.G, c.B))
}

func diff(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }

// Scene is a picture taken apart. Only Erase changes it after Look; otherwise it may be read concurrently.
type Scene struct {
	Size   image.Point
	Shapes []Shape           // from the top
	Ink    *image.Gray       // everything that is no surface, as dark marks on white, whatever the colours of the page
	Text   *image.Gray       // Ink without straight lines: borders, rules, underlines
	Lines  []image.Rectangle // the level lines that Text leaves out, and shorter ones
	img    *image.RGBA
	l      *labels
}

// Look takes a picture apart. The picture must start at (0,0) and stay unchanged while the scene is in use.
func Look(img *image.RGBA) *Scene {
	s := &Scene{Size: img.Bounds().Size(), img: img}
	if s.Size.X < 16 || s.Size.Y < 16 {
		s.Ink, s.Text = white(s.Size), white(s.Size)
		return s
	}
	l := label(img)
	s.l = l
	for i := range l.regions {
		s.judge(&l.regions[i], int32(i))
	}
	s.paint(l)
	return s
}

// judge decides whether a region is a surface, and whether that has a plain outline.
func (s *Scene) judge(g *region, id int32) {
	w, h := g.maxX-g.minX, g.maxY-g.minY
	if w < least || h < least {
		return
	}
	box := float64(w) * float64(h)
	fill, hull := float64(g.area)/box, float64(g.hull)/box
	const large = 6000 // pixels of one colour that no glyph has
	g.surface = g.area >= large || fill >= 0.62
	if fill < 0.45 {
		return
	}
	flush := float64(min(g.flushL, g.flushR)) / float64(h)
	leastHull := 0.70
	if w <= 16 {
		leastHull = 0.64 // the ends of small discs stick out by single pixels
	}
	round := max(w, h)-min(w, h) <= 2 && w <= 64 && hull >= leastHull && hull <= 0.88 && flush < 0.75
	if !round && (hull < 0.88 || flush < 0.25) {
		return
	}
	shape := Shape{Box: image.Rect(int(g.minX), int(g.minY), int(g.maxX), int(g.maxY)), Round: round, Fill: colour(g.colour),
		Share: fill, Pill: !round && h >= 14 && flush < 0.66, id: id}
	shape.Around, shape.Border = s.around(shape)
	s.Shapes = append(s.Shapes, shape)
}

// around looks outwards from the middles of the four sides: past a border of at most four pixels to the ground.
func (s *Scene) around(p Shape) (ground Colour, border bool) {
	mid := image.Pt((p.Box.Min.X+p.Box.Max.X)/2, (p.Box.Min.Y+p.Box.Max.Y)/2)
	type look struct{ start, step image.Point }
	looks := [4]look{
		{image.Pt(mid.X, p.Box.Min.Y-1), image.Pt(0, -1)}, {image.Pt(mid.X, p.Box.Max.Y), image.Pt(0, 1)},
		{image.Pt(p.Box.Min.X-1, mid.Y), image.Pt(-1, 0)}, {image.Pt(p.Box.Max.X, mid.Y), image.Pt(1, 0)},
	}
	votes := make(map[Colour]int, 4)
	seen := 0
	var lines []Colour
	for _, l := range looks {
		const reach = 6
		at := l.start
		var line [reach]Colour
		n := 0
		for n < reach && at.In(s.img.Rect) {
			line[n], n = s.at(at), n+1
			at = at.Add(l.step)
		}
		if n == 0 {
			continue
		}
		seen++
		far := line[n-1]
		votes[far]++
		if line[0].Distance(p.Fill) > tolerance && (line[0].Distance(far) > 8 || far.Distance(p.Fill) <= 8) {
			lines = append(lines, line[0])
		}
	}
	best := 0
	for c, n := range votes {
		if n > best || n == best && c.Light() > ground.Light() {
			ground, best = c, n
		}
	}
	return ground, seen > 0 && len(lines) == seen && even(lines)
}

// even reports whether the colours are those of one line, seen at different places.
func even(lines []Colour) bool {
	for _, c := range lines[1:] {
		if c.Distance(lines[0]) > 64 {
			return false
		}
	}
	return true
}

func (s *Scene) at(p image.Point) Colour {
	i := s.img.PixOffset(p.X, p.Y)
	return Colour{s.img.Pix[i], s.img.Pix[i+1], s.img.Pix[i+2]}
}

// straight reports whether a region is a rule or a frame rather than ink, and whether it is level.
func (g *region) straight() (line, level bool) {
	w, h := g.maxX-g.minX, g.maxY-g.minY
	switch {
	case h <= 3 && w >= 5:
		return w >= 16, true
	case w <= 2 && h >= 24:
		return true, false
	}
	ring := w >= 20 && h >= 14 && g.area <= 8*(w+h) && 5*g.area <= 2*w*h && g.hull*10 >= w*h*9
	return ring && (w >= 60 || g.area <= 3*(w+h)), false
}

func white(size image.Point) *image.Gray {
	g := image.NewGray(image.Rectangle{Max: size})
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	return g
}

// paint draws Ink and Text: each pixel that is no surface by its distance from the surface beside it.
func (s *Scene) paint(l *labels) {
	s.Ink, s.Text = white(s.Size), white(s.Size)
	lines := make([]bool, len(l.regions))
	for i := range l.regions {
		g := &l.regions[i]
		if g.surface {
			continue
		}
		line, level := g.straight()
		lines[i] = line
		if level {
			s.Lines = append(s.Lines, image.Rect(int(g.minX), int(g.minY), int(g.maxX), int(g.maxY)))
		}
	}
	ground := make([]uint32, l.w) // of the row above, for rows that start with ink
	for y := range l.h {
		ink, text := s.Ink.Pix[y*s.Ink.Stride:][:l.w], s.Text.Pix[y*s.Text.Stride:][:l.w]
		runs := l.runs[l.rows[y]:l.rows[y+1]]
		for i, r := range runs {
			under := ground[r.from]
			switch {
			case l.regions[r.up].surface:
				under = r.colour
			case i > 0:
				under = ground[r.from-1]
			}
			for x := r.from; x < r.to; x++ {
				ground[x] = under
			}
			if l.regions[r.up].surface {
				continue
			}
			dark := uint8(255 - colour(r.colour).Distance(colour(under)))
			for x := r.from; x < r.to; x++ {
				ink[x] = dark
			}
			if lines[r.up] {
				continue
			}
			for x := r.from; x < r.to; x++ {
				text[x] = dark
			}
		}
	}
	for _, line := range s.Lines {
		if line.Dx() >= 16 { // its blurred ends
			s.Erase(image.Rect(line.Min.X-2, line.Min.Y, line.Min.X, line.Max.Y))
			s.Erase(image.Rect(line.Max.X, line.Min.Y, line.Max.X+2, line.Max.Y))
		}
	}
}
