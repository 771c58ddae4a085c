// Package cast turns Chromium's screencast of one tab into live frames: the newest wins, the next is asked for when the last
// was taken, and what must not be seen is painted over.
package cast

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"chiron/browser/look"
	"chiron/browser/paint"
	"chiron/step"

	"github.com/go-rod/rod/lib/proto"
)

// quality is the JPEG quality of live frames.
const quality = 60

// Nudge is how long a page at rest may send no frame, or none that could be masked, before it is made to draw one.
const Nudge = 300 * time.Millisecond

// Pace is the least time from one frame to the next: Chromium, which draws and packs them, and the masks share the machine with the
// work that is watched.
const Pace = 100 * time.Millisecond

// stopTime bounds the end of a screencast.
const stopTime = 5 * time.Second

// Source is one tab.
type Source struct {
	Call    func(context.Context, proto.Request) error    // in the page's DevTools session
	Secrets func(context.Context) ([]step.Rect, error)    // where the secret fields stand now
	Draw    func(context.Context)                         // makes the page draw a frame; returns at once
	Active  func() (changed <-chan struct{}, active bool) // whether it is still the tab to show, and when to ask again
	Calm    func()                                        // returns when no picture is being taken for the work, which goes first
	Logger  *slog.Logger
}

// Tube is where a tab's frames arrive. The zero value is not ready: use New.
type Tube struct {
	frames chan *proto.PageScreencastFrame // holds the newest alone
	mu     sync.Mutex
	masks  []step.Rect // secret fields as last seen
}

// New returns an empty tube.
func New() *Tube { return &Tube{frames: make(chan *proto.PageScreencastFrame, 1)} }

// Seen notes where the secret fields of the tab were when it was looked at.
func (t *Tube) Seen(masks []step.Rect) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.masks = masks
}

// Push keeps a frame; an unread older one gives way and is handed to old, since Chromium sends no more until each is
// acknowledged.
func (t *Tube) Push(f *proto.PageScreencastFrame, old func(*proto.PageScreencastFrame)) {
	for {
		select {
		case t.frames <- f:
			return
		default:
		}
		select {
		case o := <-t.frames:
			old(o)
		default:
		}
	}
}

// Ack acknowledges a frame.
func Ack(f *proto.PageScreencastFrame) proto.Request {
	return proto.PageScreencastFrameAck{SessionID: f.SessionID}
}

// Watch hands frames of the tab to fn, one at a time, until it is no longer the active one, which returns nil.
func (t *Tube) Watch(ctx context.Context, src Source, fn func(step.Frame)) error {
	size := step.Viewport()
	q, every := quality, 1
	err := src.Call(ctx, proto.PageStartScreencast{
		Format: proto.PageStartScreencastFormatJpeg, Quality: &q, MaxWidth: &size.W, MaxHeight: &size.H, EveryNthFrame: &every,
	})
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		_ = src.Call(end, proto.PageStopScreencast{}) // the tab may be gone
	}()
	nudge := time.After(Nudge)
	frames, unread := t.frames, (*proto.PageScreencastFrame)(nil)
	var paced <-chan time.Time
	for {
		changed, active := src.Active()
		if !active {
			return nil
		}
		select {
		case <-paced:
			paced, frames = nil, t.frames
			if err := src.Call(ctx, Ack(unread)); err != nil && ctx.Err() != nil {
				return err
			}
		case f := <-frames:
			nudge, frames, unread, paced = nil, nil, f, time.After(Pace)
			src.Calm()
			if frame, err := t.live(ctx, src, f); err == nil {
				fn(frame)
			} else {
				src.Logger.Debug("a live frame is held back", "err", err)
				nudge = time.After(Nudge)
			}
		case <-nudge:
			nudge = nil
			src.Draw(ctx)
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// live masks a frame. Where the secret fields stand cannot be known, the frame is held back.
func (t *Tube) live(ctx context.Context, src Source, f *proto.PageScreencastFrame) (step.Frame, error) {
	secrets, err := src.Secrets(ctx)
	t.mu.Lock()
	before := t.masks
	if err == nil {
		t.masks = secrets
	}
	t.mu.Unlock()
	switch {
	case errors.Is(err, look.ErrDialog):
		secrets = before // nothing moves behind a dialog
	case err != nil:
		return step.Frame{}, fmt.Errorf("where the secret fields stand is not known: %w", err)
	}
	masks := paint.Union(before, secrets)
	data, err := paint.JPEG(f.Data, masks, quality)
	if err != nil {
		return step.Frame{}, err
	}
	return paint.Frame(data, "image/jpeg", masks), nil
}
