package vision

import (
	"errors"
	"fmt"

	"chiron/step"
)

// ErrNotSeen is returned by Search where whoever looks says that the thing is not there.
var ErrNotSeen = errors.New("it is not in the picture")

const (
	narrow  = 4  // each view is this part of the one before, on each side
	finest  = 16 // the last view is this part of the frame: dots lie about ten pixels apart on a frame of the usual size
	maxAsks = 14 // of one search
	agreed  = 2  // answers that must name the same place, at the finest view
)

// Search narrows a frame down to a point. It asks which numbered dot of a view (see Grid) lies nearest to the thing, 0 for
// "not in this view", and looks closer around it. Neighbouring views overlap, and at the finest view the question is put again
// from a shifted view until two answers agree, so that an answer one dot off is made good: after a 0 the view is widened.
// Areas are the views looked into. Errors: ErrNotSeen, those of ask.
func Search(frame step.Size, ask func(View) (dot int, err error)) (at step.Point, areas []step.Rect, err error) {
	v := Whole(frame)
	var seen []step.Point // answers at the finest view
	for range maxAsks {
		areas = append(areas, v.Area)
		dot, err := ask(v)
		if err != nil {
			return at, areas, err
		}
		if dot == 0 {
			if v.Area.W >= frame.W {
				return at, areas, fmt.Errorf("search: %w", ErrNotSeen)
			}
			v = around(frame, v.Area.Center(), 2*v.Area.W)
			continue
		}
		p, err := v.Dot(dot)
		if err != nil {
			return at, areas, err
		}
		width := frame.W / finest
		if v.Area.W > width {
			v = around(frame, p, max(width, v.Area.W/narrow))
			continue
		}
		if seen = append(seen, p); supported(seen, p, v) >= agreed {
			return p, areas, nil
		}
		v = around(frame, p, v.Area.W)
	}
	if len(seen) == 0 {
		return at, areas, fmt.Errorf("search: %w after %d looks", ErrNotSeen, maxAsks)
	}
	return best(seen, v), areas, nil
}

// around is a view of a width in page pixels and the frame's proportions, with a point on its middle dot where the frame's edge
// allows.
func around(frame step.Size, p step.Point, width int) View {
	w := min(width, frame.W)
	h := max(1, w*frame.H/frame.W)
	area := step.Rect{X: min(max(p.X-w/2, 0), frame.W-w), Y: min(max(p.Y-h/2, 0), frame.H-h), W: w, H: h}
	if w == frame.W {
		return Whole(frame)
	}
	return View{Area: area, Size: legal(area, 4*unit)}
}

// supported counts the answers that name the same dot as p: nearer than half the way to the next one.
func supported(seen []step.Point, p step.Point, v View) int {
	n := 0
	for _, q := range seen {
		if within(p.X-q.X, v.Area.W) && within(p.Y-q.Y, v.Area.H) {
			n++
		}
	}
	return n
}

func within(d, side int) bool { return 2*(dots+1)*max(d, -d) < side }

// best is the answer that most others support, the first of them.
func best(seen []step.Point, v View) step.Point {
	top, most := seen[0], 0
	for _, p := range seen {
		if n := supported(seen, p, v); n > most {
			top, most = p, n
		}
	}
	return top
}
