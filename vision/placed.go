package vision

import (
	"fmt"
	"image"

	"chiron/step"
)

// Patch is the side of the squares, in pixels, that a model with eyes of our own sees a frame in.
const Patch = 16

// Placed returns a frame of the viewport's size as a model is shown it that was trained to say where things are: the page, in grey, in
// the red channel; and in every patch, in green, three pixels that say in which column of patches it lies, and in blue four that say in
// which row. To a model for which the order of patches is all there is, a place then is something to be seen. PNG. Errors: ErrPicture,
// also for another size.
func Placed(f step.Frame) ([]byte, error) {
	img, err := decode(f)
	if err != nil {
		return nil, fmt.Errorf("place: %w", err)
	}
	if size := step.Viewport(); img.Rect.Size() != image.Pt(size.W, size.H) {
		return nil, fmt.Errorf("place: %w: it is not %d×%d pixels", ErrPicture, size.W, size.H)
	}
	out := image.NewRGBA(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			from, to := img.Pix[img.PixOffset(x, y):], out.Pix[out.PixOffset(x, y):]
			to[0] = uint8((19595*uint32(from[0]) + 38470*uint32(from[1]) + 7471*uint32(from[2]) + 1<<15) >> 16) // luma of ITU-R BT.601, rounded
			i := y%Patch*Patch + x%Patch
			to[1], to[2], to[3] = lit(i/3 == x/Patch), lit(i/4 == y/Patch), 255
		}
	}
	return encode(out)
}

func lit(on bool) uint8 {
	if on {
		return 255
	}
	return 0
}
