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

// Pace is the least time from one frame to the next. Chromium, which draws and packs them, and the masks share the machine with the work
// that is watched; without an acknowledgement Chromium sends three frames and no more.
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

// Tube is where a tab's frames arrive. The zero value is not ready: use New. It is safe for concurrent use; one Watch runs at a time.
type Tube struct {
	came chan struct{} // holds a value when a frame has arrived

	mu      sync.Mutex
	newest  *arrival
	spent   []int       // frames that were not shown and wait to be acknowledged
	masks   []step.Rect // where secret fields stood since the last frame that was shown
	watched bool
}

type arrival struct {
	*proto.PageScreencastFrame
	at time.Time
}

// New returns an empty tube.
func New() *Tube { return &Tube{came: make(chan struct{}, 1)} }

// Seen notes where the secret fields of the tab were when it was looked at.
func (t *Tube) Seen(masks []step.Rect) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.watched { // a frame on its way may be older than this look
		masks = paint.Union(t.masks, masks)
	}
	t.masks = masks
}

// Push keeps a frame; an unread older one gives way.
func (t *Tube) Push(f *proto.PageScreencastFrame) {
	t.mu.Lock()
	if t.newest != nil {
		t.spent = append(t.spent, t.newest.SessionID)
	}
	t.newest = &arrival{f, time.Now().UTC()}
	t.mu.Unlock()
	select {
	case t.came <- struct{}{}:
	default:
	}
}

// take returns the newest frame, nil when there is none.
func (t *Tube) take() *arrival {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.newest
	t.newest = nil
	return f
}

// watch empties the tube at the beginning and at the end: a frame of another time must not be shown under the masks of this one.
func (t *Tube) watch(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.newest, t.spent, t.watched = nil, nil, on
	select {
	case <-t.came:
	default:
	}
}

// acknowledge tells Chromium that the shown frame and those that gave way were taken, and returns how many gave way.
func (t *Tube) acknowledge(ctx context.Context, src Source, shown int) (gaveWay int, err error) {
	t.mu.Lock()
	spent := t.spent
	t.spent = nil
	t.mu.Unlock()
	for _, id := range append(spent, shown) {
		if e := src.Call(ctx, proto.PageScreencastFrameAck{SessionID: id}); e != nil && ctx.Err() != nil {
			err = e
		}
	}
	return len(spent), err
}

// Watch hands frames of the tab to fn, one at a time, until it is no longer the active one, which returns nil.
func (t *Tube) Watch(ctx context.Context, src Source, fn func(step.Frame)) error {
	t.watch(true)
	defer t.watch(false)
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
	return t.follow(ctx, src, fn)
}

// follow is Watch between start and stop.
func (t *Tube) follow(ctx context.Context, src Source, fn func(step.Frame)) error {
	nudge := time.After(Nudge)
	came, shown := t.came, 0
	var paced <-chan time.Time
	for {
		changed, active := src.Active()
		if !active {
			return nil
		}
		select {
		case <-came:
			src.Calm()
			f := t.take()
			if f == nil {
				continue
			}
			nudge, came, shown, paced = nil, nil, f.SessionID, time.After(Pace)
			if frame, err := t.live(ctx, src, f); err == nil {
				fn(frame)
			} else {
				src.Logger.Debug("a live frame is held back", "err", err)
				nudge = time.After(Nudge)
			}
		case <-paced:
			came, paced = t.came, nil
			gaveWay, err := t.acknowledge(ctx, src, shown)
			if err != nil {
				return err
			}
			if gaveWay > 0 { // Chromium may have drawn more than it could send, and sends nothing twice
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
func (t *Tube) live(ctx context.Context, src Source, f *arrival) (step.Frame, error) {
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
	frame := paint.Frame(data, "image/jpeg", masks)
	frame.At = f.at
	return frame, nil
}
