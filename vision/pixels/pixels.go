// Package pixels reads a picture of a page alone: its words by OCR, its fields, buttons and links by their shapes. It
// knows nothing of the page but the picture.
package pixels

import (
	"context"
	"image"
	"strings"
	"unicode"

	"chiron/step"
	"chiron/vision/ocr"
	"chiron/vision/shape"
)

const (
	zoom          = 2    // pictures are enlarged for OCR: small print is read without errors then
	minConfidence = 35   // of a word, 0..100; Tesseract's noise lies below
	sameBox       = 0.88 // overlap from which two shapes are one
)

// Read lists what is seen in a picture that starts at (0,0), in no particular order and without marks. Masked are the
// regions that were painted over: a field there is secret, words there are not read. It blocks until worker has read the
// picture. Errors: those of ocr.
func Read(ctx context.Context, img *image.RGBA, masked []step.Rect, worker *ocr.Worker) ([]step.Candidate, error) {
	scene := shape.Look(img)
	p := newPage(scene, masked)
	read, err := worker.Read(ctx, enlarge(scene.Text))
	if err != nil {
		return nil, err
	}
	for _, w := range read {
		if w.Confidence >= minConfidence {
			p.addWord(w.Text, w.Confidence, fromImage(w.Box, zoom))
		}
	}
	p.dropMasked()
	if err := p.readAgain(ctx, worker); err != nil {
		return nil, err
	}
	return p.candidates(), nil
}

// addWord keeps a word without the characters that are not print.
func (p *page) addWord(text string, confidence float64, box step.Rect) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, text)
	if text != "" {
		p.words = append(p.words, word{text, confidence / 100, box})
	}
}

// Overlap is the share of the common area in the joint area of two boxes, 0..1.
func Overlap(a, b step.Rect) float64 {
	common := a.Intersect(b).Area()
	if common == 0 {
		return 0
	}
	return float64(common) / float64(a.Area()+b.Area()-common)
}

// ShareIn is the share of a that lies in b, 0..1.
func ShareIn(a, b step.Rect) float64 {
	if a.Area() == 0 {
		return 0
	}
	return float64(a.Intersect(b).Area()) / float64(a.Area())
}

type word struct {
	text  string
	score float64
	box   step.Rect
}

func fromImage(r image.Rectangle, scale int) step.Rect {
	return step.Rect{X: r.Min.X / scale, Y: r.Min.Y / scale, W: max(1, r.Dx()/scale), H: max(1, r.Dy()/scale)}
}

// enlarge doubles a picture, linear between neighbours, and deepens pale ink.
func enlarge(g *image.Gray) *image.Gray {
	size := g.Bounds().Size()
	out := image.NewGray(image.Rect(0, 0, size.X*zoom, size.Y*zoom))
	var deep [256]uint8
	for i := range deep {
		deep[i] = uint8(255 - min(255, (255-i)*8/5))
	}
	for y := range size.Y {
		a := g.Pix[y*g.Stride : y*g.Stride+size.X]
		b := g.Pix[min(y+1, size.Y-1)*g.Stride:][:size.X]
		top, low := out.Pix[2*y*out.Stride:][:2*size.X], out.Pix[(2*y+1)*out.Stride:][:2*size.X]
		for x := range size.X {
			r := min(x+1, size.X-1)
			p, q, s, t := int(deep[a[x]]), int(deep[a[r]]), int(deep[b[x]]), int(deep[b[r]])
			top[2*x], top[2*x+1] = uint8(p), uint8((p+q)/2)
			low[2*x], low[2*x+1] = uint8((p+s)/2), uint8((p+q+s+t)/4)
		}
	}
	return out
}

func toImage(r step.Rect) image.Rectangle { return image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H) }
