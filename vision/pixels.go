package vision

import (
	"context"
	"image"

	"chiron/step"
	"chiron/vision/shape"
)

const (
	zoom          = 2  // pictures are enlarged for OCR: small print is read without errors then
	minConfidence = 35 // of a word, 0..100; Tesseract's noise lies below
)

// fromPixels reads a picture alone.
func (e *Eyes) fromPixels(ctx context.Context, f step.Frame) ([]step.Candidate, error) {
	if e.noOCR != nil {
		return nil, e.noOCR
	}
	img, err := decode(f)
	if err != nil {
		return nil, err
	}
	scene := shape.Look(img)
	p := newPage(scene, f.Masked)
	read, err := e.worker.Read(ctx, enlarge(scene.Text))
	if err != nil {
		return nil, err
	}
	for _, w := range read {
		if text := clean(w.Text, maxName); w.Confidence >= minConfidence && text != "" {
			p.words = append(p.words, word{text, w.Confidence / 100, fromImage(w.Box, zoom)})
		}
	}
	p.dropMasked()
	if err := p.readAgain(ctx, e.worker); err != nil {
		return nil, err
	}
	return p.candidates(), nil
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
