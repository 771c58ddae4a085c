package vision_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"chiron/step"
	"chiron/vision"
)

// targets are boxes of 12 to 60 pixels a side all over a screen, its edges included.
func targets(n int) []step.Rect {
	r := rand.New(rand.NewPCG(7, 11))
	size := step.Viewport()
	var out []step.Rect
	for i := range n {
		w, h := 12+r.IntN(49), 12+r.IntN(25)
		if i%3 == 0 {
			w, h = 12, 12
		}
		out = append(out, step.Rect{X: r.IntN(size.W - w + 1), Y: r.IntN(size.H - h + 1), W: w, H: h})
	}
	return out
}

// looker answers as somebody who sees perfectly, and names a neighbour of the right dot in a share of the answers.
type looker struct {
	*rand.Rand
	off  float64
	asks int
}

func (l *looker) ask(target step.Rect) func(vision.View) (int, error) {
	return func(v vision.View) (int, error) {
		l.asks++
		if v.Area.Intersect(target).Empty() {
			return 0, nil
		}
		mid, best, least := v.Area.Intersect(target).Center(), 0, 1<<30
		for n := 1; n <= vision.Dots; n++ {
			p, err := v.Dot(n)
			if err != nil {
				return 0, err
			}
			if d := (p.X-mid.X)*(p.X-mid.X) + (p.Y-mid.Y)*(p.Y-mid.Y); d < least {
				best, least = n, d
			}
		}
		if l.Float64() < l.off {
			column, row := (best-1)%7, (best-1)/7
			for {
				c, r := column+l.IntN(3)-1, row+l.IntN(3)-1
				if (c != column || r != row) && c >= 0 && c < 7 && r >= 0 && r < 7 {
					return r*7 + c + 1, nil
				}
			}
		}
		return best, nil
	}
}

func hits(t *testing.T, boxes []step.Rect, l *looker) int {
	t.Helper()
	n := 0
	for _, box := range boxes {
		p, areas, err := vision.Search(step.Viewport(), l.ask(box))
		switch {
		case err != nil:
			t.Logf("%v: %v (%v)", box, err, areas)
		case p.In(box):
			n++
		}
	}
	return n
}

// TestSearch holds the locator's last resort to its figures: grid and zoom alone, nothing read and no candidates.
func TestSearch(t *testing.T) {
	boxes := targets(600)
	for _, c := range []struct {
		off   float64
		least int // of 600
	}{{0, 594}, {0.3, 570}} {
		l := &looker{Rand: rand.New(rand.NewPCG(3, 5)), off: c.off}
		n := hits(t, boxes, l)
		t.Logf("%.0f %% of answers one cell off: %d of %d inside, %.1f looks each", 100*c.off, n, len(boxes), float64(l.asks)/float64(len(boxes)))
		if n < c.least {
			t.Errorf("%d of %d targets hit with %.0f %% of answers off, asked are %d", n, len(boxes), 100*c.off, c.least)
		}
	}
}

// TestSearchControl shows that the figure above comes from the second looks: with the first answer at the finest view taken as it is, one
// answer in three being off misses far more.
func TestSearchControl(t *testing.T) {
	l := &looker{Rand: rand.New(rand.NewPCG(3, 5)), off: 0.3}
	n := 0
	boxes := targets(600)
	for _, box := range boxes {
		v, ask := vision.Whole(step.Viewport()), l.ask(box)
		for range 3 {
			dot, err := ask(v)
			if err != nil || dot == 0 {
				break
			}
			if p, err := v.Dot(dot); err == nil && v.Area.W < 100 && p.In(box) {
				n++
			}
			if v, err = v.Zoom(dot, 0); err != nil {
				break
			}
		}
	}
	if n*10 >= len(boxes)*8 {
		t.Errorf("without second looks %d of %d are hit: the figure shows nothing", n, len(boxes))
	}
	t.Logf("without second looks %d of %d are hit", n, len(boxes))
}

func TestSearchEnds(t *testing.T) {
	broken := errors.New("no model")
	for name, c := range map[string]struct {
		ask  func(vision.View) (int, error)
		want error
	}{
		"absent":        {func(vision.View) (int, error) { return 0, nil }, vision.ErrNotSeen},
		"fails":         {func(vision.View) (int, error) { return 0, broken }, broken},
		"no such dot":   {func(vision.View) (int, error) { return 99, nil }, vision.ErrOutside},
		"never settles": {func(v vision.View) (int, error) { return map[bool]int{true: 1, false: 0}[v.Area.W > 200], nil }, vision.ErrNotSeen},
	} {
		if _, _, err := vision.Search(step.Viewport(), c.ask); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
