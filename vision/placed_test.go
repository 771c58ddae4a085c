package vision_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"chiron/step"
	"chiron/vision"
)

// TestPlaced holds that the page is in red, and that every patch says in green and blue where it lies and nothing else.
func TestPlaced(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 1344, 896))
	for y := range 896 {
		for x := range 1344 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	data, err := vision.Placed(step.Frame{MIME: "image/png", Size: step.Viewport(), Data: b.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	out, err := png.Decode(bytes.NewReader(data))
	if err != nil || out.Bounds() != img.Rect {
		t.Fatalf("%v: %v", out.Bounds(), err)
	}
	seen := map[[7]int]bool{}
	for row := range 56 {
		for column := range 84 {
			var lit [7]int // where the pixels are lit: three of green, four of blue
			n := 0
			for _, channel := range []int{1, 2} {
				for i := range 256 {
					x, y := 16*column+i%16, 16*row+i/16
					c := color.RGBAModel.Convert(out.At(x, y)).(color.RGBA)
					if want := math.Round(0.299*float64(uint8(x)) + 0.587*float64(uint8(y)) + 0.114*float64(uint8(x+y))); math.Abs(float64(c.R)-want) > 1 {
						t.Fatalf("the page at %d,%d is %d, want %v", x, y, c.R, want)
					}
					if value := [3]uint8{c.R, c.G, c.B}[channel]; value == 255 && n < 7 {
						lit[n] = i
						n++
					} else if value != 0 {
						t.Fatalf("patch %d,%d says too much: %d at %d", column, row, value, i)
					}
				}
			}
			if want := [7]int{3 * column, 3*column + 1, 3*column + 2, 4 * row, 4*row + 1, 4*row + 2, 4*row + 3}; n != 7 || lit != want {
				t.Fatalf("patch %d,%d is lit at %v, want %v", column, row, lit, want)
			}
			seen[lit] = true
		}
	}
	if len(seen) != 84*56 {
		t.Errorf("%d places are told apart", len(seen))
	}
	for name, f := range map[string]step.Frame{"damaged": {MIME: "image/png", Data: []byte("x")}, "another size": {Size: step.Size{W: 640, H: 480}, Pixels: image.NewRGBA(image.Rect(0, 0, 640, 480))}} {
		if _, err := vision.Placed(f); !errors.Is(err, vision.ErrPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
