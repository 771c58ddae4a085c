package vision

import (
	"errors"
	"fmt"
	"math"

	"chiron/step"
)

// ErrOutside is returned for a coordinate that lies outside its picture. It is never pulled back inside.
var ErrOutside = errors.New("coordinate lies outside the picture")

// ErrSpace is returned for a coordinate space that is not one of Spaces.
var ErrSpace = errors.New("unknown coordinate space")

// Space is a convention by which models write positions in a picture.
type Space string

// The conventions in use; the order is x, y unless the name says yx.
const (
	SpacePixels  Space = "pixels"  // pixels of the picture as the model's processor resized it
	Space1000    Space = "0-1000"  // thousandths of width and height
	Space999     Space = "0-999"   // 999 is the right and the lower edge
	SpaceUnit    Space = "0-1"     // shares of width and height
	Space1000YX  Space = "yx-1000" // thousandths, y first
	SpacePixelYX Space = "yx-pixels"
)

// Spaces returns all conventions.
func Spaces() []Space {
	return []Space{SpacePixels, Space1000, Space999, SpaceUnit, Space1000YX, SpacePixelYX}
}

// View is a picture as a model sees it: the part of the page that it shows, and the size it is shown at after all
// resizing. Page pixels and model positions convert by it. The zero Size means the size of Area, unscaled.
type View struct {
	Area step.Rect // page pixels that the picture shows
	Size step.Size // of the picture in the model's eyes
}

// Whole is the view of an unscaled frame.
func Whole(size step.Size) View { return View{Area: step.Rect{W: size.W, H: size.H}} }

// ToPage converts a position that a model wrote, its first and second number as written, to the page pixel that it
// names. Errors: ErrOutside, ErrSpace.
func (v View) ToPage(s Space, first, second float64) (step.Point, error) {
	width, height, err := v.extent(s)
	if err != nil {
		return step.Point{}, err
	}
	x, y := first, second
	if s == Space1000YX || s == SpacePixelYX {
		x, y = second, first
	}
	px, err := scaled(x, width, v.Area.W, s)
	if err != nil {
		return step.Point{}, fmt.Errorf("x: %w", err)
	}
	py, err := scaled(y, height, v.Area.H, s)
	if err != nil {
		return step.Point{}, fmt.Errorf("y: %w", err)
	}
	return step.Point{X: v.Area.X + px, Y: v.Area.Y + py}, nil
}

// FromPage converts a page pixel to the numbers by which a model would write its middle. Errors: ErrOutside, ErrSpace.
func (v View) FromPage(s Space, p step.Point) (first, second float64, err error) {
	width, height, err := v.extent(s)
	if err != nil {
		return 0, 0, err
	}
	if !p.In(v.Area) {
		return 0, 0, fmt.Errorf("%v in %v: %w", p, v.Area, ErrOutside)
	}
	x := (float64(p.X-v.Area.X) + 0.5) * width / float64(v.Area.W)
	y := (float64(p.Y-v.Area.Y) + 0.5) * height / float64(v.Area.H)
	if s == Space1000YX || s == SpacePixelYX {
		return y, x, nil
	}
	return x, y, nil
}

// extent is what the right and the lower edge are called.
func (v View) extent(s Space) (width, height float64, err error) {
	if v.Area.Empty() {
		return 0, 0, fmt.Errorf("the view shows nothing: %w", ErrOutside)
	}
	size := v.Size
	if size == (step.Size{}) {
		size = step.Size{W: v.Area.W, H: v.Area.H}
	}
	switch s {
	case SpacePixels, SpacePixelYX:
		return float64(size.W), float64(size.H), nil
	case Space1000, Space1000YX:
		return 1000, 1000, nil
	case Space999:
		return 999, 999, nil
	case SpaceUnit:
		return 1, 1, nil
	}
	return 0, 0, fmt.Errorf("%w: %q", ErrSpace, s)
}

// scaled maps 0..extent to 0..pixels-1. The far edge itself is the last pixel where a convention can name it; in
// pixels it is outside.
func scaled(v, extent float64, pixels int, s Space) (int, error) {
	closed := s != SpacePixels && s != SpacePixelYX
	if math.IsNaN(v) || v < 0 || v > extent || v == extent && !closed {
		return 0, fmt.Errorf("%v is not within 0 to %v: %w", v, extent, ErrOutside)
	}
	return min(int(v/extent*float64(pixels)), pixels-1), nil
}
