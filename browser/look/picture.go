package look

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-rod/rod/lib/proto"

	"chiron/step"
)

// Screenshot returns the viewport as PNG, without masks. While a dialog is open the page draws no frames; then, and when
// it does not answer in time, the last frame that Chromium has is taken from a screencast.
func (e *Eyes) Screenshot(ctx context.Context) ([]byte, error) {
	var data []byte
	err := e.with(ctx, e.top, func(c proto.Client) error {
		res, err := proto.PageCaptureScreenshot{
			Format: proto.PageCaptureScreenshotFormatPng, FromSurface: true, OptimizeForSpeed: true,
		}.Call(c)
		data = res.Data
		return err
	})
	if errors.Is(err, ErrDialog) || errors.Is(err, ErrSlow) {
		var last error
		if data, last = e.lastFrame(ctx); last == nil {
			err = nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("screenshot: %w", err)
	}
	if got, want := pngSize(data), step.Viewport(); got != want {
		return nil, fmt.Errorf("screenshot: the viewport is %d×%d, not %d×%d", got.W, got.H, want.W, want.H)
	}
	return data, nil
}

// lastFrame takes one screencast frame through a session of its own, so that no watcher's screencast is disturbed.
func (e *Eyes) lastFrame(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, e.opt.Call, ErrSlow)
	defer cancel()
	outside := client{ctx, &session{browser: e.top.browser}}
	res, err := proto.TargetAttachToTarget{TargetID: e.opt.Page.TargetID, Flatten: true}.Call(outside)
	if err != nil {
		return nil, err
	}
	events := e.top.browser.Context(ctx).Event()
	drained := make(chan struct{})
	frame := make(chan []byte, 1)
	go func() {
		defer close(drained)
		for m := range events {
			var v proto.PageScreencastFrame
			if m.SessionID == res.SessionID && m.Load(&v) {
				select {
				case frame <- v.Data:
				default:
				}
			}
		}
	}()
	defer func() { cancel(); <-drained }()
	defer func() { _ = proto.TargetDetachFromTarget{SessionID: res.SessionID}.Call(outside) }()
	inside := client{ctx, &session{browser: e.top.browser, id: res.SessionID}}
	if err := (proto.PageStartScreencast{Format: proto.PageStartScreencastFormatPng}).Call(inside); err != nil {
		return nil, err
	}
	select {
	case data := <-frame:
		return data, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// pngSize reads the size from a PNG's header; it is zero for anything else.
func pngSize(data []byte) step.Size {
	if len(data) < 24 || !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
		return step.Size{}
	}
	return step.Size{W: int(binary.BigEndian.Uint32(data[16:])), H: int(binary.BigEndian.Uint32(data[20:]))}
}
