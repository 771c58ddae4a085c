package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chiron/browser/cast"
	"chiron/browser/look"
	"chiron/step"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

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
			case <-time.After(cast.Nudge):
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
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer look.WhenClosed(s.process.Gone(), func() { cancel(ErrGone) })()
	return t.tube.Watch(ctx, cast.Source{
		Call:    func(ctx context.Context, cmd proto.Request) error { return s.call(ctx, t.session, cmd, nil) },
		Secrets: t.eyes.Secrets,
		Draw:    func(ctx context.Context) { s.spawn(func() { t.eyes.Screenshot(ctx) }) },
		Active: func() (<-chan struct{}, bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.changed, s.active == t
		},
		Calm:   func() { s.seeing.Lock(); defer s.seeing.Unlock() },
		Logger: s.log,
	}, fn)
}

// cast keeps a frame for castTab.
func (s *Session) cast(session string, f *proto.PageScreencastFrame) {
	s.mu.Lock()
	t := s.of(session)
	s.mu.Unlock()
	if t != nil {
		t.tube.Push(f)
	}
}
