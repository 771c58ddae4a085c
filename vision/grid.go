package vision

import (
	"fmt"
	"image"
	"image/color"
	stddraw "image/draw"
	"strconv"

	"chiron/step"
	"chiron/vision/draw"

	xdraw "golang.org/x/image/draw"
)

const (
	dots = 7 // in a row and in a column
	// unit divides the sides of every picture for a model: the processors' factors 28 and 32 both divide it, so that
	// no processor rescales, and no side is short enough to break one.
	unit = 224
)

// Dots is how many numbered dots a grid has: 1..Dots row by row from the top left.
const Dots = dots * dots

// Crop returns the view of an area, widened with its surroundings to the frame's proportions where there is room, and
// enlarged to a legal size of at most longest pixels a side (at least 224; 0 means 896). An area that is not on the
// frame is ErrOutside.
func Crop(frame step.Size, area step.Rect, longest int) (View, error) {
	whole := step.Rect{W: frame.W, H: frame.H}
	if area.Intersect(whole).Empty() {
		return View{}, fmt.Errorf("crop %v of %v: %w", area, frame, ErrOutside)
	}
	area = area.Intersect(whole)
	if longest == 0 {
		longest = 4 * unit
	}
	if w := min(frame.W, area.H*frame.W/frame.H); w > area.W {
		area.X, area.W = min(max(area.X-(w-area.W)/2, 0), frame.W-w), w
	} else if h := min(frame.H, area.W*frame.H/frame.W); h > area.H {
		area.Y, area.H = min(max(area.Y-(h-area.H)/2, 0), frame.H-h), h
	}
	return View{Area: area, Size: legal(area, longest)}, nil
}

// legal is the largest size of about the area's proportions whose sides are multiples of unit, the longer at most longest.
func legal(area step.Rect, longest int) step.Size {
	most := max(longest/unit, 1)
	if area.W >= area.H {
		return step.Size{W: most * unit, H: max(1, (2*most*area.H+area.W)/(2*area.W)) * unit}
	}
	return step.Size{W: max(1, (2*most*area.W+area.H)/(2*area.H)) * unit, H: most * unit}
}

// Dot returns the page pixel under a dot. Errors: ErrOutside.
func (v View) Dot(n int) (step.Point, error) {
	if n < 1 || n > Dots {
		return step.Point{}, fmt.Errorf("dot %d of 1..%d: %w", n, Dots, ErrOutside)
	}
	column, row := (n-1)%dots, (n-1)/dots
	return step.Point{X: v.Area.X + v.Area.W*(column+1)/(dots+1), Y: v.Area.Y + v.Area.H*(row+1)/(dots+1)}, nil
}

// Zoom returns the view of the 2×2 cells around a dot, a quarter of the width and height, at a size of at most longest
// pixels a side as in Crop. Views of neighbouring dots overlap by half. Errors: ErrOutside, also where nothing smaller is left.
func (v View) Zoom(n, longest int) (View, error) {
	if _, err := v.Dot(n); err != nil {
		return View{}, err
	}
	column, row := (n-1)%dots, (n-1)/dots
	x, y := v.Area.X+v.Area.W*column/(dots+1), v.Area.Y+v.Area.H*row/(dots+1)
	area := step.Rect{X: x, Y: y, W: v.Area.X + v.Area.W*(column+2)/(dots+1) - x, H: v.Area.Y + v.Area.H*(row+2)/(dots+1) - y}
	if area.W < 4 || area.H < 4 {
		return View{}, fmt.Errorf("zoom into %v: nothing smaller is left: %w", v.Area, ErrOutside)
	}
	if longest == 0 {
		longest = 4 * unit
	}
	return View{Area: area, Size: legal(area, longest)}, nil
}

// Picture returns what a view shows, as a PNG of the view's size. Errors: ErrPicture, ErrOutside.
func (v View) Picture(f step.Frame) ([]byte, error) {
	img, err := v.pixels(f)
	if err != nil {
		return nil, fmt.Errorf("draw crop: %w", err)
	}
	return encode(img)
}

// Grid returns a view twice: in grey under numbered dots, and untouched. Both are PNGs of the view's size. Errors:
// ErrPicture, ErrOutside.
func Grid(f step.Frame, v View) (dotted, plain []byte, err error) {
	img, err := v.pixels(f)
	if err != nil {
		return nil, nil, fmt.Errorf("draw grid: %w", err)
	}
	if plain = f.Data; v.Area != (step.Rect{W: f.Size.W, H: f.Size.H}) || img.Rect.Dx() != f.Size.W || f.MIME != "image/png" {
		if plain, err = encode(img); err != nil {
			return nil, nil, err
		}
	}
	size := img.Rect.Size()
	height := max(9, size.Y/(dots+1)/7)
	pen, err := draw.NewPen(height)
	if err != nil {
		return nil, nil, err
	}
	draw.Grey(img)
	for n := 1; n <= Dots; n++ {
		middle := image.Pt(size.X*((n-1)%dots+1)/(dots+1), size.Y*((n-1)/dots+1)/(dots+1))
		text := strconv.Itoa(n)
		draw.Disc(img, middle, height*11/10, color.RGBA{200, 0, 0, 255})
		pen.Write(img, middle.Sub(pen.Size(text).Div(2)), text, color.RGBA{255, 235, 0, 255})
	}
	dotted, err = encode(img)
	return dotted, plain, err
}

// pixels cuts the view out of a frame and scales it.
func (v View) pixels(f step.Frame) (*image.RGBA, error) {
	img, err := decode(f)
	if err != nil {
		return nil, err
	}
	area := toImage(v.Area)
	if v.Area.Empty() || !area.In(img.Rect) {
		return nil, fmt.Errorf("%v of %v: %w", area, img.Rect, ErrOutside)
	}
	size := image.Pt(v.Size.W, v.Size.H)
	if size == (image.Point{}) {
		size = area.Size()
	}
	if size.X < 1 || size.Y < 1 || size.X > maxSide || size.Y > maxSide || size.X*size.Y > maxPixels {
		return nil, fmt.Errorf("%w: %v pixels are too many or none", ErrPicture, size)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	if size == area.Size() {
		stddraw.Draw(out, out.Rect, img, area.Min, stddraw.Src)
		return out, nil
	}
	xdraw.ApproxBiLinear.Scale(out, out.Rect, img, area, stddraw.Src, nil)
	return out, nil
}

// Evidence draws how a target was found: the areas looked into (the widest first), the box around the target, and the point of
// the act. It returns a PNG of the frame's size. Errors: ErrPicture.
func Evidence(f step.Frame, found step.Found, areas ...step.Rect) ([]byte, error) {
	img, err := canvas(f)
	if err != nil {
		return nil, fmt.Errorf("draw evidence: %w", err)
	}
	red, blue, white := color.RGBA{220, 0, 0, 255}, color.RGBA{0, 90, 220, 255}, color.RGBA{255, 255, 255, 255}
	for _, a := range areas {
		draw.Frame(img, toImage(a), 2, blue)
	}
	if !found.Box.Empty() {
		draw.Frame(img, toImage(found.Box), 3, white)
		draw.Frame(img, toImage(found.Box), 2, red)
	}
	at := image.Pt(found.Point.X, found.Point.Y)
	draw.Disc(img, at, 6, white)
	draw.Disc(img, at, 4, red)
	return encode(img)
}
