package vision_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"

	"chiron/step"
	"chiron/vision"
)

func unpack(t testing.TB, data []byte) *image.RGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return out
}

func pack(t testing.TB, img image.Image) step.Frame {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return step.Frame{Data: b.Bytes(), MIME: "image/png", Size: step.Size{W: img.Bounds().Dx(), H: img.Bounds().Dy()},
		Hash: step.PictureHash(b.Bytes())}
}

func TestMarksCoverNoText(t *testing.T) {
	eyes := open(t, vision.Options{})
	for _, name := range screens() {
		o := observe(t, name)
		s, err := eyes.Read(t.Context(), o, step.SourceLayout)
		if err != nil {
			t.Fatal(err)
		}
		data, err := vision.Marks(o.Frame, s)
		if err != nil {
			t.Fatal(err)
		}
		before, after := unpack(t, o.Frame.Data), unpack(t, data)
		if before.Rect != after.Rect {
			t.Fatalf("%s: size %v", name, after.Rect)
		}
		text, covered, changed := 0, 0, 0
		for _, n := range o.Layout {
			if n.Role != step.RoleText && n.Role != step.RoleHeading {
				continue
			}
			ground := before.RGBAAt(n.Box.X, n.Box.Y)
			for y := n.Box.Y; y < n.Box.Y+n.Box.H; y++ {
				for x := n.Box.X; x < n.Box.X+n.Box.W; x++ {
					if before.RGBAAt(x, y) != ground {
						text++
						if before.RGBAAt(x, y) != after.RGBAAt(x, y) {
							covered++
						}
					}
				}
			}
		}
		for i := range before.Pix {
			if before.Pix[i] != after.Pix[i] {
				changed++
			}
		}
		t.Logf("%s: %d of %d pixels of text covered by %d marks", name, covered, text, len(s.Items))
		if covered*100 > text*2 {
			t.Errorf("%s: %d of %d pixels of text are covered", name, covered, text)
		}
		if changed < 100*len(s.Items) {
			t.Errorf("%s: %d changed bytes for %d marks", name, changed, len(s.Items))
		}
	}
}

func TestGridPictures(t *testing.T) {
	o := observe(t, "login")
	v, err := vision.Whole(o.Frame.Size).Zoom(18, 0)
	if err != nil {
		t.Fatal(err)
	}
	dotted, plain, err := vision.Grid(o.Frame, v)
	if err != nil {
		t.Fatal(err)
	}
	a, b := unpack(t, dotted), unpack(t, plain)
	if want := image.Rect(0, 0, v.Size.W, v.Size.H); a.Rect != want || b.Rect != want {
		t.Fatalf("sizes %v and %v, want %v", a.Rect, b.Rect, want)
	}
	page := unpack(t, o.Frame.Data)
	for n := 1; n <= vision.Dots; n++ {
		p, err := v.Dot(n)
		if err != nil {
			t.Fatal(err)
		}
		x, y, err := v.FromPage(vision.SpacePixels, p)
		if err != nil {
			t.Fatal(err)
		}
		left := a.RGBAAt(int(x)-11, int(y)) // beside the number, on the disc
		if left.R < 150 || left.G > 60 {
			t.Errorf("dot %d is not drawn at %v, %v: %v", n, x, y, left)
		}
	}
	for _, p := range []step.Point{v.Area.Center(), {X: v.Area.X + 3, Y: v.Area.Y + 3}} {
		x, y, err := v.FromPage(vision.SpacePixels, p)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := b.RGBAAt(int(x), int(y)), page.RGBAAt(p.X, p.Y); got != want {
			t.Errorf("the plain picture shows %v at %v, the page %v", got, p, want)
		}
	}
	if _, _, err := vision.Grid(o.Frame, vision.View{Area: step.Rect{X: 1300, W: 100, H: 100}}); !errors.Is(err, vision.ErrOutside) {
		t.Errorf("off the frame: %v", err)
	}
	if _, err := (vision.View{Area: step.Rect{W: 10, H: 10}, Size: step.Size{W: 1 << 20, H: 1 << 20}}).Picture(o.Frame); !errors.Is(err, vision.ErrPicture) {
		t.Errorf("enormous: %v", err)
	}
}

func TestEvidence(t *testing.T) {
	o := observe(t, "login")
	found := step.Found{Point: step.Point{X: 671, Y: 430}, Box: step.Rect{X: 490, Y: 400, W: 360, H: 42}}
	data, err := vision.Evidence(o.Frame, found, step.Rect{X: 400, Y: 300, W: 500, H: 300})
	if err != nil {
		t.Fatal(err)
	}
	img := unpack(t, data)
	if c := img.RGBAAt(671, 430); c.R < 200 || c.G > 20 {
		t.Errorf("point: %v", c)
	}
	if c := img.RGBAAt(489, 420); c.R < 200 || c.G > 20 {
		t.Errorf("box: %v", c)
	}
	if c := img.RGBAAt(399, 400); c.B < 200 || c.R > 20 {
		t.Errorf("area: %v", c)
	}
}

func TestChange(t *testing.T) {
	o := observe(t, "login")
	img := unpack(t, o.Frame.Data)
	var d vision.Differ
	c, err := d.Next(o.Frame)
	if err != nil || !c.First || c.Share != 1 {
		t.Errorf("first: %+v, %v", c, err)
	}
	if c, err = d.Next(o.Frame); err != nil || c.Share != 0 || len(c.Regions) != 0 || c.First {
		t.Errorf("same: %+v, %v", c, err)
	}
	next := image.NewRGBA(img.Rect)
	copy(next.Pix, img.Pix)
	draw.Draw(next, image.Rect(100, 100, 116, 104), image.NewUniform(color.Black), image.Point{}, draw.Src)   // a small mark
	draw.Draw(next, image.Rect(1000, 500, 1320, 700), image.NewUniform(color.Black), image.Point{}, draw.Src) // a list
	next.SetRGBA(700, 800, color.RGBA{0, 0, 0, 255})                                                          // noise
	if c, err = d.Next(pack(t, next)); err != nil {
		t.Fatal(err)
	}
	small, list := step.Rect{X: 96, Y: 96, W: 32, H: 16}, step.Rect{X: 992, Y: 496, W: 336, H: 208}
	if len(c.Regions) != 2 || c.Regions[0] != small || c.Regions[1] != list {
		t.Errorf("regions %v", c.Regions)
	}
	if c.Share < 0.05 || c.Share > 0.07 {
		t.Errorf("share %v", c.Share)
	}
	if c, err = d.Next(pack(t, image.NewRGBA(image.Rect(0, 0, 100, 100)))); err != nil || c.Share != 1 {
		t.Errorf("another size: %+v, %v", c, err)
	}
	if _, err = d.Next(step.Frame{Data: []byte("x")}); !errors.Is(err, vision.ErrPicture) {
		t.Errorf("damaged: %v", err)
	}
}

// bomb is a PNG that says it is w×h pixels and is only its header.
func bomb(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	b = append(b, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

func FuzzPicture(f *testing.F) {
	f.Add(bomb(1<<30, 1<<30), true)
	f.Add(bomb(8192, 8192), true)
	f.Add(bomb(0, 5), true)
	f.Add([]byte("\xff\xd8\xff"), false)
	f.Fuzz(func(t *testing.T, data []byte, isPNG bool) {
		frame := step.Frame{Data: data, MIME: "image/jpeg"}
		if isPNG {
			frame.MIME = "image/png"
		}
		out, err := vision.Evidence(frame, step.Found{Box: step.Rect{W: 10, H: 10}})
		if err != nil && !errors.Is(err, vision.ErrPicture) {
			t.Errorf("%v", err)
		}
		if err == nil && len(out) == 0 {
			t.Error("no picture and no error")
		}
	})
}
