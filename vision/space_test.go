package vision_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"chiron/step"
	"chiron/vision"
)

func TestEveryPixelComesBack(t *testing.T) {
	views := []vision.View{
		vision.Whole(step.Viewport()),
		{Area: step.Rect{X: 100, Y: 37, W: 336, H: 224}, Size: step.Size{W: 896, H: 672}},
		{Area: step.Rect{X: 1, Y: 2, W: 33, H: 57}, Size: step.Size{W: 448, H: 672}},
		{Area: step.Rect{W: 1344, H: 896}, Size: step.Size{W: 1036, H: 756}}, // shrunk by a processor, above half
	}
	for _, v := range views {
		for _, s := range vision.Spaces() {
			for y := v.Area.Y; y < v.Area.Y+v.Area.H; y += 3 {
				for x := v.Area.X; x < v.Area.X+v.Area.W; x += 3 {
					p := step.Point{X: x, Y: y}
					a, b, err := v.FromPage(s, p)
					if err != nil {
						t.Fatal(err)
					}
					if got, err := v.ToPage(s, a, b); err != nil || got != p {
						t.Fatalf("%s in %v: %v became (%v, %v) became %v, %v", s, v, p, a, b, got, err)
					}
				}
			}
		}
	}
}

func TestConventions(t *testing.T) {
	v := vision.View{Area: step.Rect{X: 100, Y: 200, W: 400, H: 300}, Size: step.Size{W: 800, H: 600}}
	for _, c := range []struct {
		space step.Point
		name  vision.Space
		a, b  float64
	}{
		{step.Point{X: 300, Y: 350}, vision.SpacePixels, 400, 300},
		{step.Point{X: 300, Y: 350}, vision.SpacePixelYX, 300, 400},
		{step.Point{X: 200, Y: 425}, vision.Space1000, 250, 750},
		{step.Point{X: 200, Y: 425}, vision.Space1000YX, 750, 250},
		{step.Point{X: 499, Y: 499}, vision.Space1000, 1000, 1000},
		{step.Point{X: 499, Y: 499}, vision.Space999, 999, 999},
		{step.Point{X: 100, Y: 200}, vision.Space999, 0, 0},
		{step.Point{X: 300, Y: 275}, vision.SpaceUnit, 0.5, 0.25},
	} {
		if got, err := v.ToPage(c.name, c.a, c.b); err != nil || got != c.space {
			t.Errorf("%s (%v, %v): %v, %v; want %v", c.name, c.a, c.b, got, err, c.space)
		}
	}
}

func TestOutsideIsAnError(t *testing.T) {
	v := vision.Whole(step.Viewport())
	for _, c := range []struct {
		s    vision.Space
		a, b float64
	}{
		{vision.SpacePixels, 1344, 10}, {vision.SpacePixels, 10, 896}, {vision.SpacePixels, -1, 0}, {vision.Space1000, 1000.5, 1},
		{vision.Space999, 1000, 1}, {vision.SpaceUnit, 1.01, 0}, {vision.SpaceUnit, 0, -0.01}, {vision.Space1000, math.NaN(), 1},
		{vision.SpacePixels, math.Inf(1), 1}, {vision.SpacePixelYX, 900, 10}, {vision.Space1000YX, -1, -1},
	} {
		if p, err := v.ToPage(c.s, c.a, c.b); !errors.Is(err, vision.ErrOutside) {
			t.Errorf("%s (%v, %v) became %v, %v", c.s, c.a, c.b, p, err)
		}
	}
	if _, err := v.ToPage("polar", 1, 1); !errors.Is(err, vision.ErrSpace) {
		t.Errorf("unknown space: %v", err)
	}
	if _, _, err := v.FromPage(vision.Space1000, step.Point{X: 1344}); !errors.Is(err, vision.ErrOutside) {
		t.Errorf("pixel beyond the page: %v", err)
	}
	if _, err := (vision.View{}).ToPage(vision.Space1000, 1, 1); !errors.Is(err, vision.ErrOutside) {
		t.Errorf("empty view: %v", err)
	}
}

// nearest is what an oracle answers: the dot nearest to the middle of the target.
func nearest(t *testing.T, v vision.View, target step.Point) int {
	t.Helper()
	best, least := 0, math.MaxInt
	for n := 1; n <= vision.Dots; n++ {
		p, err := v.Dot(n)
		if err != nil {
			t.Fatal(err)
		}
		if d := (p.X-target.X)*(p.X-target.X) + (p.Y-target.Y)*(p.Y-target.Y); d < least {
			best, least = n, d
		}
	}
	return best
}

func TestGridFindsSmallTargets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	inside := 0
	const targets = 400
	for range targets {
		side := 12 + random.IntN(60)
		box := step.Rect{X: random.IntN(1344 - side), Y: random.IntN(896 - side), W: side, H: side}
		v := vision.Whole(step.Viewport())
		for range 2 {
			next, err := v.Zoom(nearest(t, v, box.Center()), 0)
			if err != nil {
				t.Fatal(err)
			}
			if next.Size.W%224 != 0 || next.Size.H%224 != 0 {
				t.Fatalf("size %v is not legal", next.Size)
			}
			v = next
		}
		p, err := v.Dot(nearest(t, v, box.Center()))
		if err != nil {
			t.Fatal(err)
		}
		if p.In(box) {
			inside++
		}
	}
	t.Logf("%d of %d inside", inside, targets)
	if inside*100 < targets*99 {
		t.Errorf("%d of %d inside", inside, targets)
	}
}

func TestZoomEnds(t *testing.T) {
	v := vision.Whole(step.Viewport())
	for range 10 {
		next, err := v.Zoom(25, 0)
		if errors.Is(err, vision.ErrOutside) {
			return
		}
		if err != nil || next.Area.W >= v.Area.W || next.Area.Intersect(v.Area) != next.Area {
			t.Fatalf("%v in %v: %v", next, v, err)
		}
		v = next
	}
	t.Error("zoom never ends")
}

func TestCropKeepsItsArea(t *testing.T) {
	frame := step.Viewport()
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		area := step.Rect{X: random.IntN(frame.W), Y: random.IntN(frame.H), W: 1 + random.IntN(600), H: 1 + random.IntN(600)}
		v, err := vision.Crop(frame, area, 0)
		if err != nil {
			t.Fatal(err)
		}
		cut := area.Intersect(step.Rect{W: frame.W, H: frame.H})
		if v.Area.Intersect(cut) != cut || v.Area.X < 0 || v.Area.Y < 0 || v.Area.X+v.Area.W > frame.W || v.Area.Y+v.Area.H > frame.H {
			t.Fatalf("crop of %v shows %v", area, v.Area)
		}
		if v.Size.W%224 != 0 || v.Size.H%224 != 0 || v.Size.W < 224 || v.Size.H < 224 || v.Size.W > 896 || v.Size.H > 896 {
			t.Fatalf("size %v", v.Size)
		}
	}
	if _, err := vision.Crop(frame, step.Rect{X: 2000, W: 10, H: 10}, 0); !errors.Is(err, vision.ErrOutside) {
		t.Errorf("off the frame: %v", err)
	}
}
