// Package draw puts plain figures and numbers on pictures.
package draw

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Pen writes numbers of one size. It is not safe for concurrent use.
type Pen struct {
	face   font.Face
	height int // of a digit, pixels
	width  int // of a digit, pixels; all are equally wide
}

// NewPen returns a pen for digits of about the given height in pixels, which must be positive.
func NewPen(height int) (*Pen, error) {
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("draw: read font: %w", err)
	}
	const capitals = 0.72 // height of a digit in the font's size
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(height) / capitals, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("draw: read font: %w", err)
	}
	advance, _ := face.GlyphAdvance('0')
	return &Pen{face: face, height: height, width: advance.Ceil()}, nil
}

// Size returns what a text of digits takes.
func (p *Pen) Size(text string) image.Point { return image.Pt(p.width*len(text), p.height) }

// Write draws text with its upper left corner at the given point.
func (p *Pen) Write(img *image.RGBA, at image.Point, text string, c color.RGBA) {
	d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: p.face, Dot: fixed.P(at.X, at.Y+p.height)}
	d.DrawString(text)
}

// Fill paints a rectangle.
func Fill(img *image.RGBA, r image.Rectangle, c color.RGBA) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// Frame draws the outline of r, of the given width, outside of it.
func Frame(img *image.RGBA, r image.Rectangle, width int, c color.RGBA) {
	out := r.Inset(-width)
	Fill(img, image.Rect(out.Min.X, out.Min.Y, out.Max.X, r.Min.Y), c)
	Fill(img, image.Rect(out.Min.X, r.Max.Y, out.Max.X, out.Max.Y), c)
	Fill(img, image.Rect(out.Min.X, r.Min.Y, r.Min.X, r.Max.Y), c)
	Fill(img, image.Rect(r.Max.X, r.Min.Y, out.Max.X, r.Max.Y), c)
}

// Disc paints a disc.
func Disc(img *image.RGBA, middle image.Point, radius int, c color.RGBA) {
	for y := -radius; y <= radius; y++ {
		for x := -radius; x <= radius; x++ {
			if at := middle.Add(image.Pt(x, y)); x*x+y*y <= radius*radius+radius/2 && at.In(img.Rect) {
				img.SetRGBA(at.X, at.Y, c)
			}
		}
	}
}

// Grey takes the colours out of a picture.
func Grey(img *image.RGBA) {
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p := img.Pix[i : i+3 : i+3]
		g := uint8((299*int(p[0]) + 587*int(p[1]) + 114*int(p[2])) / 1000)
		p[0], p[1], p[2] = g, g, g
	}
}
