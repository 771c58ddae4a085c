package paint_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"testing"

	"chiron/browser/paint"
	"chiron/step"
)

func TestBoxesAreCoveredAndNothingElse(t *testing.T) {
	white := image.NewRGBA(image.Rect(0, 0, 200, 100))
	draw.Draw(white, white.Bounds(), image.White, image.Point{}, draw.Src)
	box := step.Rect{X: 50, Y: 30, W: 80, H: 20}
	draw.Draw(white, image.Rect(50, 30, 130, 50), image.NewUniform(color.RGBA{R: 255, A: 255}), image.Point{}, draw.Src)
	var asPNG, asJPEG bytes.Buffer
	if err := png.Encode(&asPNG, white); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&asJPEG, white, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	lossless, err := paint.NewBrush().Frame(asPNG.Bytes(), just(box))
	if err != nil {
		t.Fatal(err)
	}
	lossy, err := paint.JPEG(asJPEG.Bytes(), []step.Rect{box}, 60)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"png": lossless.Data, "jpeg": lossy} {
		picture, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		ink := paint.Ink()
		for y := range 100 {
			for x := range 200 {
				r, g, b, _ := picture.At(x, y).RGBA()
				inside := x >= 54 && x < 126 && y >= 34 && y < 46 // JPEG blends what meets at the border
				away := x < 50-paint.Edge-16 || x >= 130+paint.Edge+16 || y < 30-paint.Edge-16 || y >= 50+paint.Edge+16
				switch {
				case inside && (far(r, ink.R) || far(g, ink.G) || far(b, ink.B)):
					t.Fatalf("%s: %d,%d shows through", name, x, y)
				case away && (far(r, 255) || far(g, 255) || far(b, 255)):
					t.Fatalf("%s: %d,%d is covered too", name, x, y)
				}
			}
		}
	}
	if same, err := paint.NewBrush().Frame(asPNG.Bytes(), just()); err != nil || !bytes.Equal(same.Data, asPNG.Bytes()) || same.Pixels == nil {
		t.Fatalf("no boxes: another picture, or %v", err)
	}
	if _, err := paint.NewBrush().Frame([]byte("no picture"), just()); err == nil {
		t.Fatal("what is no picture is let through")
	}
	if _, err := paint.JPEG([]byte("no picture"), []step.Rect{box}, 60); err == nil {
		t.Fatal("what cannot be masked is let through")
	}
}

// far reports a difference that lossy encoding does not explain.
func far(got uint32, want uint8) bool {
	d := int(got>>8) - int(want)
	return d < -12 || d > 12
}

func just(boxes ...step.Rect) func() []step.Rect { return func() []step.Rect { return boxes } }
