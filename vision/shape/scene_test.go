package shape

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
)

func fill(img *image.RGBA, r image.Rectangle, c color.RGBA) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

func TestLookFindsSurfaces(t *testing.T) {
	white, black, blue := color.RGBA{255, 255, 255, 255}, color.RGBA{20, 20, 20, 255}, color.RGBA{20, 80, 200, 255}
	img := image.NewRGBA(image.Rect(0, 0, 400, 200))
	fill(img, img.Rect, white)
	fill(img, image.Rect(20, 20, 220, 50), black) // a field with a border of one pixel
	fill(img, image.Rect(21, 21, 219, 49), white)
	fill(img, image.Rect(20, 80, 140, 116), blue) // a button with something white on it
	fill(img, image.Rect(60, 92, 100, 96), white)
	fill(img, image.Rect(250, 30, 254, 44), black) // ink
	s := Look(img)
	want := map[image.Rectangle]bool{image.Rect(21, 21, 219, 49): true, image.Rect(20, 80, 140, 116): false}
	for _, p := range s.Shapes {
		if border, ok := want[p.Box]; ok {
			if p.Border != border || p.Round {
				t.Errorf("%+v", p)
			}
			delete(want, p.Box)
		}
	}
	if len(want) != 0 {
		t.Errorf("not found: %v in %+v", want, s.Shapes)
	}
	for at, marked := range map[image.Point]bool{{X: 252, Y: 40}: true, {X: 70, Y: 94}: true, {X: 300, Y: 100}: false, {X: 30, Y: 90}: false} {
		if got := s.Ink.GrayAt(at.X, at.Y).Y < pale; got != marked {
			t.Errorf("ink at %v: %v", at, got)
		}
	}
	if s.Text.GrayAt(100, 20).Y != 255 {
		t.Error("a border is left in Text")
	}
}

func FuzzLook(f *testing.F) {
	f.Add(uint8(20), []byte{0, 255, 7, 7, 7})
	f.Add(uint8(1), []byte{})
	f.Fuzz(func(t *testing.T, width uint8, pix []byte) {
		w := max(1, int(width))
		h := min(64, len(pix)/w+1)
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range w * h {
			v := uint8(255)
			if i < len(pix) {
				v = pix[i]
			}
			img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = v, v, v&0xf0, 255
		}
		s := Look(img)
		for _, p := range s.Shapes {
			if p.Box.Empty() || !p.Box.In(img.Rect) {
				t.Errorf("%+v in %v", p, img.Rect)
			}
			s.EraseAround(p)
			s.Clear(p.Box, 3)
		}
	})
}
