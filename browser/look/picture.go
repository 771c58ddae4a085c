package look

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"github.com/go-rod/rod/lib/proto"

	"chiron/step"
)

// Screenshot returns the viewport as PNG, without masks. It works while a dialog is open only if Chromium still
// produces frames; otherwise it ends at the deadline with ErrSlow.
func (e *Eyes) Screenshot(ctx context.Context) ([]byte, error) {
	var data []byte
	ctx, cancel := context.WithTimeoutCause(ctx, e.opt.Call, ErrSlow)
	defer cancel()
	res, err := proto.PageCaptureScreenshot{
		Format: proto.PageCaptureScreenshotFormatPng, FromSurface: true, OptimizeForSpeed: true,
	}.Call(client{ctx, e.top})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("screenshot: %w", err)
	}
	data = res.Data
	if got, want := pngSize(data), step.Viewport(); got != want {
		return nil, fmt.Errorf("screenshot: the viewport is %d×%d, not %d×%d", got.W, got.H, want.W, want.H)
	}
	return data, nil
}

// pngSize reads the size from a PNG's header; it is zero for anything else.
func pngSize(data []byte) step.Size {
	if len(data) < 24 || !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
		return step.Size{}
	}
	return step.Size{W: int(binary.BigEndian.Uint32(data[16:])), H: int(binary.BigEndian.Uint32(data[20:]))}
}

// Mask returns the PNG with the boxes painted over, grown by one pixel each way. Without boxes it returns data itself.
func Mask(data []byte, boxes []step.Rect) ([]byte, error) {
	if len(boxes) == 0 {
		return data, nil
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	canvas, ok := picture.(draw.Image)
	if !ok {
		return nil, errors.New("mask: the picture cannot be painted on")
	}
	ink := image.NewUniform(color.Black)
	for _, b := range boxes {
		draw.Draw(canvas, image.Rect(b.X-1, b.Y-1, b.X+b.W+1, b.Y+b.H+1), ink, image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, canvas); err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	return out.Bytes(), nil
}
