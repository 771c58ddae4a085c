package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chiron/browser/look"
	"chiron/browser/paint"
	"chiron/step"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// castQuality is the JPEG quality of live frames.
const castQuality = 60

// Screencast hands live frames of the active tab to fn, one at a time, until ctx or the session ends; it follows when
// another tab becomes active. While fn works Chromium holds back, and only the newest frame waits. Masks are applied as in
// Observe. It returns nil when ctx has ended. One Screencast runs at a time.
func (s *Session) Screencast(ctx context.Context, fn func(step.Frame)) error {
	if !s.casting.CompareAndSwap(false, true) {
		return errors.New("screencast: somebody watches already; share the frames")
	}
	defer s.casting.Store(false)
	bounded, cancel := s.bound(ctx)
	defer cancel()
	for {
		err := s.castTab(bounded, fn)
		var refused *cdp.Error
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused): // between two documents, or closed just now
			select {
			case <-time.After(nudgeAfter):
			case <-bounded.Done():
			}
		case err != nil:
			return fmt.Errorf("screencast: %w", s.gone(err))
		}
	}
}

// castTab sends frames of the active tab until another one is. It returns nil then.
func (s *Session) castTab(ctx context.Context, fn func(step.Frame)) error {
	t, err := s.current()
	if err != nil {
		return err
	}
	size := step.Viewport()
	quality, every := castQuality, 1
	err = s.call(ctx, t.session, proto.PageStartScreencast{
		Format: proto.PageStartScreencastFormatJpeg, Quality: &quality, MaxWidth: &size.W, MaxHeight: &size.H, EveryNthFrame: &every,
	}, nil)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		s.call(end, t.session, proto.PageStopScreencast{}, nil) // the tab may be gone
	}()
	nudge := time.After(nudgeAfter)
	for {
		s.mu.Lock()
		changed, active := s.changed, s.active == t
		s.mu.Unlock()
		if !active {
			return nil
		}
		select {
		case f := <-t.casts:
			nudge = nil
			if frame, ok := s.live(ctx, t, f); ok {
				fn(frame)
			} else {
				nudge = time.After(nudgeAfter)
			}
			err := s.call(ctx, t.session, proto.PageScreencastFrameAck{SessionID: f.SessionID}, nil)
			if err != nil && ctx.Err() != nil {
				return err
			}
		case <-nudge:
			nudge = nil
			s.spawn(func() { t.eyes.Screenshot(ctx) }) // draws a frame
		case <-changed:
		case <-s.process.Gone():
			return ErrGone
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// nudgeAfter is how long a page at rest may send no frame, or none that could be masked, before it is made to draw one.
const nudgeAfter = 300 * time.Millisecond

// cast keeps a frame for castTab; an unread older one gives way.
func (s *Session) cast(session string, f *proto.PageScreencastFrame) {
	s.mu.Lock()
	t := s.of(session)
	s.mu.Unlock()
	if t == nil {
		return
	}
	for {
		select {
		case t.casts <- f:
			return
		default:
		}
		select {
		case old := <-t.casts:
			// Chromium sends no more until each frame is acknowledged.
			s.spawn(func() {
				s.call(s.ctx, t.session, proto.PageScreencastFrameAck{SessionID: old.SessionID}, nil)
			})
		default:
		}
	}
}

// live masks a frame. Where the secret fields stand cannot be known, the frame is held back.
func (s *Session) live(ctx context.Context, t *tab, f *proto.PageScreencastFrame) (step.Frame, bool) {
	secrets, err := t.eyes.Secrets(ctx)
	s.mu.Lock()
	before := t.masks
	if err == nil {
		t.masks = secrets
	}
	s.mu.Unlock()
	switch {
	case errors.Is(err, look.ErrDialog):
		secrets = before // nothing moves behind a dialog
	case err != nil:
		return step.Frame{}, false
	}
	masks := paint.Union(before, secrets)
	data, err := paint.JPEG(f.Data, masks, castQuality)
	if err != nil {
		s.log.Warn("a live frame could not be masked", "err", err)
		return step.Frame{}, false
	}
	return paint.Frame(data, "image/jpeg", masks), true
}
