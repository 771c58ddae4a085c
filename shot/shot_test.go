package shot_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"

	"chiron/shot"
)

// TestWhatIsPackedReadsTheSame packs pictures of all small sizes, and reads them by image/png and by the codec itself.
func TestWhatIsPackedReadsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	packer := &shot.Packer{}
	var again shot.Shot
	for w := 1; w <= 19; w++ {
		for h := 1; h <= 9; h++ {
			img := image.NewRGBA(image.Rect(0, 0, w, h))
			for y := range h {
				for x := range w {
					c := color.RGBA{A: 255}
					if r.IntN(3) > 0 { // many rows repeat
						c = color.RGBA{uint8(r.IntN(256)), uint8(y), uint8(x), 255}
					}
					img.SetRGBA(x, y, c)
				}
			}
			data, err := shot.Of(img).Pack(packer)
			if err != nil {
				t.Fatal(err)
			}
			read, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("%d×%d: %v", w, h, err)
			}
			if err := again.Unpack(data); err != nil || !bytes.Equal(again.Pixels.Pix, img.Pix) {
				t.Fatalf("%d×%d is not what was packed: %v", w, h, err)
			}
			for y := range h {
				for x := range w {
					if color.RGBAModel.Convert(read.At(x, y)) != img.RGBAAt(x, y) {
						t.Fatalf("%d×%d: pixel (%d,%d) is %v, was %v", w, h, x, y, read.At(x, y), img.RGBAAt(x, y))
					}
				}
			}
		}
	}
}
