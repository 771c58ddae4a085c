package vision_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"chiron/step"
	"chiron/vision"
)

// golden compares text with testdata/lists/name.txt, or writes it with -update.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", "lists", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs; if that is meant, run the test with -update\n--- got\n%s--- want\n%s", path, text, want)
	}
}

func TestLayout(t *testing.T) {
	eyes := open(t, vision.Options{})
	for _, name := range screens() {
		t.Run(name, func(t *testing.T) {
			if *update {
				shoot(t, name, filepath.Join("testdata", "screens", name))
			}
			o := observe(t, name)
			s, err := eyes.Read(t.Context(), o, step.SourceLayout)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, s.Text(nil))
			got := grade(o.Layout, s.Items, acts, func(a, b string) bool { return a == b })
			if got.recall() < 1 || got.precision() < 1 {
				t.Errorf("recall %.3f, precision %.3f; missed %q, wrong %q", got.recall(), got.precision(), got.missed, got.wrong)
			}
		})
	}
}

func node(role step.Role, name string, x, y, w, h int) step.Node {
	return step.Node{Role: role, Name: name, Box: step.Rect{X: x, Y: y, W: w, H: h}}
}

func TestLayoutIsCleaned(t *testing.T) {
	eyes := open(t, vision.Options{})
	secret := node(step.RoleInput, "Password", 100, 100, 200, 30)
	secret.Secret, secret.Value = true, "hunter2"
	cellNode := node(step.RoleCell, "Order", 600, 300, 100, 30)
	cellNode.Value = "A-1"
	o := step.Observation{ID: "o", Layout: []step.Node{
		node(step.RoleText, "Password:", 20, 105, 70, 20), // the field's label
		secret,
		node(step.RoleButton, "Sign  in\u200b", 100, 200, 80, 30), // invisible character, double space
		node(step.RoleText, "Sign in", 110, 205, 60, 20),          // the button's words
		node(step.RoleButton, "Sign in", 101, 200, 80, 30),        // the button again
		node(step.RoleLink, "A-1", 602, 302, 40, 20),
		cellNode, // says what the link says
		node(step.RoleText, "far away", 2000, 10, 50, 20), // beyond the viewport
		node(step.RoleImage, "", 900, 10, 50, 50),         // nothing to say
		node("fancy", "kept as text", 100, 500, 90, 20),
		node(step.RoleButton, "half out", 1300, 600, 100, 30),
	}}
	s, err := eyes.Read(t.Context(), o, step.SourceLayout)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "cleaned", s.Text(nil))
	if c := s.Items[0]; c.Value != "***" || !c.Secret { // filled, and with what nobody sees
		t.Errorf("a secret's value is shown: %+v", c)
	}
	if last := s.Items[len(s.Items)-1]; last.Box.X+last.Box.W != step.Viewport().W {
		t.Errorf("box is not cut at the viewport: %v", last.Box)
	}
}

func TestLimitCountsWhatItLeavesOut(t *testing.T) {
	eyes := open(t, vision.Options{MaxItems: 10})
	o := step.Observation{LayoutCut: 5}
	for i := range 20 {
		o.Layout = append(o.Layout, node(step.RoleText, fmt.Sprint("text ", i), 10, 20*i, 100, 15))
	}
	for i := range 8 {
		o.Layout = append(o.Layout, node(step.RoleButton, fmt.Sprint("button ", i), 300, 20*i+400, 100, 15))
	}
	s, err := eyes.Read(t.Context(), o, step.SourceLayout)
	if err != nil {
		t.Fatal(err)
	}
	buttons := 0
	for i, c := range s.Items {
		if c.Mark != i+1 {
			t.Errorf("mark %d at %d", c.Mark, i)
		}
		if c.Role == step.RoleButton {
			buttons++
		}
	}
	if len(s.Items) != 10 || buttons != 8 || s.Cut != 18+5 {
		t.Errorf("%d items, %d buttons, %d cut", len(s.Items), buttons, s.Cut)
	}
}

func TestNothingButPixelsReachesPixels(t *testing.T) {
	eyes := open(t, vision.Options{})
	o := observe(t, "login")
	bare := o
	bare.Layout, bare.LayoutCut = nil, 0
	o.Layout = append(o.Layout, node(step.RoleButton, "planted", 700, 700, 100, 30))
	o.LayoutCut = 7
	a, err := eyes.Read(t.Context(), o, step.SourcePixels)
	if err != nil {
		t.Fatal(err)
	}
	b, err := eyes.Read(t.Context(), bare, step.SourcePixels)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("the layout shows in a screen read from pixels:\n%s\nwithout it:\n%s", a.Text(nil), b.Text(nil))
	}
	// The control: the same harness sees the layout where it may be seen.
	a, err = eyes.Read(t.Context(), o, step.SourceBoth)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := vision.Match(a, "planted button"); !ok {
		t.Errorf("the layout does not show in a screen of both sources:\n%s", a.Text(nil))
	}
}

// paint returns the observation with a part of its picture painted over, as the browser room masks.
func paint(t *testing.T, o step.Observation, r step.Rect) step.Observation {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(o.Frame.Data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H), image.NewUniform(color.RGBA{90, 90, 90, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	o.Frame.Data, o.Frame.Hash, o.Frame.Masked = b.Bytes(), step.PictureHash(b.Bytes()), []step.Rect{r}
	return o
}

func TestMaskedFieldsAreSecret(t *testing.T) {
	eyes := open(t, vision.Options{})
	o := observe(t, "login")
	for _, n := range o.Layout {
		if !n.Secret {
			continue
		}
		for _, mask := range []step.Rect{n.Box, {X: n.Box.X + 8, Y: n.Box.Y + 8, W: 120, H: n.Box.H - 16}} {
			s, err := eyes.Read(t.Context(), paint(t, o, mask), step.SourcePixels)
			if err != nil {
				t.Fatal(err)
			}
			found, unique := vision.Match(s, "Password field")
			if !unique || !found[0].Secret || found[0].Value != "" || !found[0].Box.Center().In(n.Box) {
				t.Errorf("mask %v:\n%s%+v", mask, s.Text(nil), found)
			}
		}
	}
}

func TestBothAddsWhatTheLayoutMisses(t *testing.T) {
	eyes := open(t, vision.Options{})
	o := observe(t, "login")
	canvas := step.Node{Role: step.RoleCanvas, Name: "drawing", Box: step.Rect{W: 1344, H: 896}}
	kept := []step.Node{canvas}
	for _, n := range o.Layout {
		if n.Name != "Sign in" {
			kept = append(kept, n)
		}
	}
	o.Layout = kept
	s, err := eyes.Read(t.Context(), o, step.SourceBoth)
	if err != nil {
		t.Fatal(err)
	}
	if s.Source != step.SourceBoth {
		t.Errorf("source %q", s.Source)
	}
	found, unique := vision.Match(s, "Sign in button")
	if !unique || found[0].Source != step.SourcePixels {
		t.Errorf("the button that only pixels show: %+v\n%s", found, s.Text(nil))
	}
	found, unique = vision.Match(s, "Username field")
	if !unique || found[0].Source != step.SourceLayout {
		t.Errorf("the field that both show: %+v", found)
	}
}

func TestWithoutOCR(t *testing.T) {
	eyes := open(t, vision.Options{Tesseract: "/nowhere/tesseract"})
	if err := eyes.OCR(); !errors.Is(err, vision.ErrNoOCR) {
		t.Errorf("OCR() = %v", err)
	}
	o := observe(t, "login")
	if _, err := eyes.Read(t.Context(), o, step.SourcePixels); !errors.Is(err, vision.ErrNoOCR) {
		t.Errorf("pixels: %v", err)
	}
	s, err := eyes.Read(t.Context(), o, step.SourceBoth)
	if err != nil || s.Source != step.SourceLayout || len(s.Items) == 0 {
		t.Errorf("both: source %q, %d items, %v", s.Source, len(s.Items), err)
	}
}

func TestReadRefuses(t *testing.T) {
	eyes := open(t, vision.Options{})
	if _, err := eyes.Read(t.Context(), step.Observation{}, "smell"); !errors.Is(err, vision.ErrSource) {
		t.Errorf("unknown source: %v", err)
	}
	for name, f := range map[string]step.Frame{
		"empty": {}, "garbage": {Data: []byte("not a picture")}, "type": {Data: []byte("x"), MIME: "image/gif"},
	} {
		if _, err := eyes.Read(t.Context(), step.Observation{Frame: f}, step.SourcePixels); !errors.Is(err, vision.ErrPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := observe(t, "login")
	o.Frame.Size.W++
	if _, err := eyes.Read(t.Context(), o, step.SourcePixels); !errors.Is(err, vision.ErrPicture) {
		t.Errorf("size that is not the picture's: %v", err)
	}
}
