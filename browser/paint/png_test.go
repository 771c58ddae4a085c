package paint_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"

	"chiron/browser/paint"
	"chiron/step"
)

// FuzzPNG holds the quick way through a screenshot against image/png: the same pixels, or an error for both; and what is
// covered reads the same wherever it is read.
func FuzzPNG(f *testing.F) {
	for _, compression := range []png.CompressionLevel{png.NoCompression, png.BestSpeed, png.BestCompression} {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: compression}).Encode(&b, pattern()); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), 3, 4, 10, 6)
	}
	var gray bytes.Buffer
	if err := png.Encode(&gray, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		f.Fatal(err)
	}
	f.Add(gray.Bytes(), 0, 0, 3, 3)
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND\xaeB`\x82"), 0, 0, 0, 0)
	f.Fuzz(func(t *testing.T, data []byte, x, y, w, h int) {
		c, err := png.DecodeConfig(bytes.NewReader(data))
		if err == nil && (c.Width > 500 || c.Height > 500) {
			return // a bomb is refused by its size alone; unpacking it twice takes long
		}
		box := step.Rect{X: x % 1000, Y: y % 1000, W: w % 1000, H: h % 1000}
		brush := paint.NewBrush()
		same, err := brush.Frame(data, just())
		want, wantErr := png.Decode(bytes.NewReader(data))
		if errors.Is(wantErr, zlib.ErrChecksum) && err == nil {
			return // the checksums of the chunks are enough
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, image/png says %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(same.Data, data) {
			t.Fatal("a picture without boxes was changed")
		}
		equal(t, same.Pixels, flat(want))
		masked, err := brush.Frame(data, just(box))
		if err != nil {
			t.Fatal(err)
		}
		read, err := png.Decode(bytes.NewReader(masked.Data))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		equal(t, masked.Pixels, flat(read))
		covered := flat(want)
		draw.Draw(covered, image.Rect(box.X-paint.Edge, box.Y-paint.Edge, box.X+box.W+paint.Edge, box.Y+box.H+paint.Edge),
			image.NewUniform(paint.Ink()), image.Point{}, draw.Src)
		equal(t, masked.Pixels, covered)
	})
}

// pattern has rows that encoders filter in every way.
func pattern() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 61, 40))
	for y := range 40 {
		for x := range 61 {
			v := [...]int{x * 4, y * 6, x*x + y, x * y, (x ^ y) * 3, 200}[y/7]
			img.SetRGBA(x, y, color.RGBA{uint8(v), uint8(v * 3), uint8(x + y), 255})
		}
	}
	return img
}

func flat(img image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Over)
	return out
}

func equal(t *testing.T, got, want *image.RGBA) {
	t.Helper()
	if got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
		t.Fatalf("the pixels of %v differ from those of %v", got.Rect, want.Rect)
	}
}

// A screenshot of 1344×896 with one field covered, as every step takes it.
func BenchmarkBrush(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 1344, 896))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	for i := range 300 {
		draw.Draw(img, image.Rect(i*37%1300, i*91%880, i*37%1300+80, i*91%880+10), image.NewUniform(color.RGBA{uint8(i), 90, 40, 255}), image.Point{}, draw.Src)
	}
	var data bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&data, img); err != nil {
		b.Fatal(err)
	}
	brush := paint.NewBrush()
	for b.Loop() {
		if _, err := brush.Frame(data.Bytes(), just(step.Rect{X: 500, Y: 400, W: 300, H: 40})); err != nil {
			b.Fatal(err)
		}
	}
}
