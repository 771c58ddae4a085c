// Package paint covers what must not be seen in pictures: it paints over boxes before a picture leaves the room.
package paint

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"sync"
	"time"

	"chiron/shot"
	"chiron/step"
)

// Edge is how many pixels a box is grown each way: what is drawn between two pixels reaches into the next one.
const Edge = 2

// Ink is the colour of a covered box: a calm neutral that reads as "hidden", not as a fault of the picture.
func Ink() color.NRGBA { return color.NRGBA{R: 0x3a, G: 0x3f, B: 0x47, A: 0xff} }

// Brush covers boxes in screenshots, and keeps what that takes in memory for the next one. It is safe for concurrent use.
type Brush struct {
	shots   sync.Pool
	packers chan *shot.Packer
}

// NewBrush returns a brush that packs as many pictures at a time as keep the processors busy.
func NewBrush() *Brush {
	b := &Brush{packers: make(chan *shot.Packer, max(1, runtime.GOMAXPROCS(0)/2))}
	for range cap(b.packers) {
		b.packers <- &shot.Packer{}
	}
	return b
}

// Frame returns a screenshot of Chromium, taken just now, with boxes covered, and its pixels. The boxes are asked for once, when the picture is
// unpacked; without any the screenshot is data itself. A damaged picture is an error.
func (b *Brush) Frame(data []byte, boxes func() []step.Rect) (step.Frame, error) {
	s, ok := b.shots.Get().(*shot.Shot)
	if !ok {
		s = &shot.Shot{}
	}
	defer func() {
		s.Pixels = nil // they are the caller's
		b.shots.Put(s)
	}()
	unread := s.Unpack(data)
	all := boxes()
	masked, pixels, err := data, s.Pixels, error(nil)
	switch {
	case unread != nil:
		masked, pixels, err = anyPNG(data, all) // it says what is wrong, if anything is
	case len(all) > 0:
		cover(s.Pixels, all)
		p := <-b.packers
		masked, err = s.Pack(p)
		b.packers <- p
	}
	if err != nil {
		return step.Frame{}, fmt.Errorf("mask: %w", err)
	}
	f := Frame(masked, "image/png", all)
	f.Pixels = pixels
	return f, nil
}

// anyPNG is Brush.Frame for what Chromium does not write today.
func anyPNG(data []byte, boxes []step.Rect) ([]byte, *image.RGBA, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err == nil && c.Width*c.Height > shot.MaxPixels {
		err = fmt.Errorf("%d×%d pixels are too many", c.Width, c.Height)
	}
	if err != nil {
		return nil, nil, err
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	canvas := image.NewRGBA(image.Rectangle{Max: picture.Bounds().Size()})
	draw.Draw(canvas, canvas.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(canvas, canvas.Rect, picture, picture.Bounds().Min, draw.Over)
	if len(boxes) == 0 {
		return data, canvas, nil
	}
	cover(canvas, boxes)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, canvas); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), canvas, nil
}

// JPEG returns a JPEG with the boxes covered. What the first encoding carried beyond a box, a ripple within the blocks of 16 pixels that the
// box touches, is left: a field keeps its text clear of its border.
func JPEG(data []byte, boxes []step.Rect, quality int) ([]byte, error) {
	if len(boxes) == 0 {
		return data, nil
	}
	picture, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	if planes, ok := picture.(*image.YCbCr); ok { // as Chromium writes them; turning them into RGB and back takes twice the time
		coverPlanes(planes, boxes)
	} else {
		canvas := image.NewRGBA(picture.Bounds())
		draw.Draw(canvas, canvas.Bounds(), picture, picture.Bounds().Min, draw.Src)
		cover(canvas, boxes)
		picture = canvas
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	return out.Bytes(), nil
}

func cover(canvas draw.Image, boxes []step.Rect) {
	ink := image.NewUniform(Ink())
	for _, b := range boxes {
		draw.Draw(canvas, image.Rect(b.X-Edge, b.Y-Edge, b.X+b.W+Edge, b.Y+b.H+Edge), ink, image.Point{}, draw.Src)
	}
}

// coverPlanes is cover for a picture in luminance and colour, whose colours may be kept for several pixels at once.
func coverPlanes(p *image.YCbCr, boxes []step.Rect) {
	ink := Ink()
	luma, cb, cr := color.RGBToYCbCr(ink.R, ink.G, ink.B)
	for _, b := range boxes {
		r := image.Rect(b.X-Edge, b.Y-Edge, b.X+b.W+Edge, b.Y+b.H+Edge).Intersect(p.Rect)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				c := p.COffset(x, y)
				p.Y[p.YOffset(x, y)], p.Cb[c], p.Cr[c] = luma, cb, cr
			}
		}
	}
}

// Blank is a PNG of the viewport that shows nothing.
func Blank() ([]byte, error) {
	size := step.Viewport()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, size.W, size.H))); err != nil {
		return nil, fmt.Errorf("empty picture: %w", err)
	}
	return out.Bytes(), nil
}

// Frame describes a picture of the viewport that was taken just now.
func Frame(data []byte, mime string, masks []step.Rect) step.Frame {
	return step.Frame{
		Hash: step.PictureHash(data), MIME: mime, Size: step.Viewport(), At: time.Now().UTC(), Masked: masks, Data: data,
	}
}

// Union returns the boxes of all lists, each once.
func Union(lists ...[]step.Rect) []step.Rect {
	var all []step.Rect
	for _, r := range slices.Concat(lists...) {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}
