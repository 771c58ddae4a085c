package vision

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"slices"

	"chiron/shot"
	"chiron/step"
)

// ErrPicture is returned for a picture that is damaged, of another type or size than it says, or too large.
var ErrPicture = errors.New("picture cannot be used")

const (
	maxBytes  = 32 << 20 // of an encoded picture
	maxSide   = 8192     // pixels
	maxPixels = 16 << 20 // of a decoded picture: 64 MiB
)

// decode returns the pixels of a frame, opaque, from (0,0), to be read and not written to. The size is judged before anything is unpacked.
func decode(f step.Frame) (*image.RGBA, error) {
	if p := f.Pixels; p != nil && p.Rect == image.Rect(0, 0, f.Size.W, f.Size.H) {
		return p, nil
	}
	if len(f.Data) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrPicture)
	}
	if len(f.Data) > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrPicture, len(f.Data), maxBytes)
	}
	config, read := png.DecodeConfig, png.Decode
	if f.MIME == "image/jpeg" {
		config, read = jpeg.DecodeConfig, jpeg.Decode
	} else if f.MIME != "image/png" && f.MIME != "" {
		return nil, fmt.Errorf("%w: %q is not image/png or image/jpeg", ErrPicture, f.MIME)
	}
	c, err := config(bytes.NewReader(f.Data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels {
		return nil, fmt.Errorf("%w: %d×%d pixels are too many or none", ErrPicture, c.Width, c.Height)
	}
	if f.Size != (step.Size{}) && f.Size != (step.Size{W: c.Width, H: c.Height}) {
		return nil, fmt.Errorf("%w: it is %d×%d pixels, the frame says %d×%d", ErrPicture, c.Width, c.Height, f.Size.W, f.Size.H)
	}
	img, err := read(bytes.NewReader(f.Data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	return flat(img), nil
}

// canvas returns the pixels of a frame to draw on.
func canvas(f step.Frame) (*image.RGBA, error) {
	img, err := decode(f)
	if err != nil || f.Pixels == nil {
		return img, err
	}
	out := *img
	out.Pix = slices.Clone(img.Pix)
	return &out, nil
}

// flat returns img as opaque RGBA over white, starting at (0,0); it may be img itself.
func flat(img image.Image) *image.RGBA {
	if rgba, ok := img.(*image.RGBA); ok && rgba.Rect.Min == (image.Point{}) && rgba.Opaque() {
		return rgba
	}
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Over)
	return out
}

// encode packs a picture as PNG, fast rather than small.
func encode(img image.Image) ([]byte, error) {
	if rgba, ok := img.(*image.RGBA); ok && rgba.Rect.Min == (image.Point{}) && !rgba.Rect.Empty() && rgba.Opaque() {
		data, err := shot.Of(rgba).Pack(&shot.Packer{})
		if err != nil {
			return nil, fmt.Errorf("encode picture: %w", err)
		}
		return data, nil
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

func toImage(r step.Rect) image.Rectangle { return image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H) }
