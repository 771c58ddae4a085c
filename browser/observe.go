package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chiron/browser/act"
	"chiron/browser/look"
	"chiron/browser/paint"
	"chiron/step"
)

// Observe waits until the active tab has settled and says what it shows. Password, card and Options.Masked fields are
// painted over in the picture. A page that is blocked by a dialog, has crashed or does not answer is shown by its newest
// earlier picture, and Settle, Dialog and Notices say so; then there is no Layout. It fails with ErrGone or ErrClosed when
// the session has ended.
func (s *Session) Observe(ctx context.Context) (step.Observation, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	t, err := s.current()
	if err != nil {
		return step.Observation{}, fmt.Errorf("observe: %w", err)
	}
	seen, settle, err := s.see(ctx, t)
	if now, gone := s.current(); gone == nil && now != t { // it closed, or opened another, meanwhile
		t = now
		seen, settle, err = s.see(ctx, t)
	}
	if err != nil {
		if seen, err = s.earlier(t, err); err != nil {
			return step.Observation{}, fmt.Errorf("observe: %w", s.gone(err))
		}
	}
	if seen.layout.URL != "" {
		s.mu.Lock()
		t.url, t.title = seen.layout.URL, seen.layout.Title
		s.mu.Unlock()
	}
	obs := s.describe(t, settle)
	obs.Frame, obs.Layout, obs.LayoutCut = seen.frame, seen.layout.Nodes, seen.layout.Cut
	obs.Above, obs.Below = seen.layout.Above, seen.layout.Below
	return obs, nil
}

// bound returns a context that also ends, with its cause, when the session or its Chromium does.
func (s *Session) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

// sight is one picture with the layout of the same moment.
type sight struct {
	frame  step.Frame
	layout look.Layout
}

// see waits until the tab has settled, and takes its picture.
func (s *Session) see(ctx context.Context, t *tab) (sight, step.Settle, error) {
	var v sight
	var last, echoes []step.Rect
	settle, err := t.eyes.See(ctx, &s.seeing, func(take *look.Take) (err error) {
		v.frame, err = s.browser.brush.Frame(take.PNG, func() []step.Rect {
			l, masks, at, err := take.Beside()
			if err != nil {
				return nil // then there is no picture either
			}
			last, echoes = at, l.Echoes(s.browser.opts.Filter, s.browser.opts.Hide)
			v.layout = *l
			return paint.Union(masks, echoes)
		})
		return err
	})
	if err != nil {
		return sight{}, settle, err
	}
	s.mu.Lock()
	t.last, t.lastURL = v.frame, v.layout.URL
	t.last.Pixels = nil
	s.mu.Unlock()
	t.tube.Seen(paint.Union(last, echoes))
	return v, settle, nil
}

// earlier stands in for a sight that could not be had because of why: the newest picture of the tab, or an empty one.
func (s *Session) earlier(t *tab, why error) (sight, error) {
	if err := s.gone(why); errors.Is(err, ErrGone) || errors.Is(err, ErrClosed) {
		return sight{}, why
	}
	s.mu.Lock()
	frame, same := t.last, t.lastURL == t.url
	s.mu.Unlock()
	switch {
	case frame.Hash == "":
		s.notice("the page gave no picture (%v); the one shown is empty", why)
		empty, err := paint.Blank()
		return sight{frame: paint.Frame(empty, "image/png", nil)}, err
	case t.eyes.Dialog() == nil || !same:
		s.notice("the page gave no new picture (%v); the one shown was taken at %s", why, frame.At.Format(time.TimeOnly))
	}
	return sight{frame: frame}, nil
}

// describe gathers what is known beside the picture, and takes what is told once.
func (s *Session) describe(t *tab, settle step.Settle) step.Observation {
	obs := step.Observation{Settle: settle, Status: t.eyes.Status(), Dialog: t.eyes.Dialog(), Downloads: s.store.Take(), Blocked: s.proxy.Fresh()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	obs.ID = fmt.Sprintf("%s-%d", s.id, s.looks)
	obs.URL, obs.Title, obs.CertError = t.url, t.title, t.certError
	for _, o := range s.tabs {
		obs.Tabs = append(obs.Tabs, step.Tab{Title: o.title, URL: o.url, Active: o == t})
	}
	obs.Notices, s.notices = s.notices, nil
	return obs
}

// Facts says what the grounded action would meet in the active tab at this moment.
func (s *Session) Facts(ctx context.Context, a step.Action) (step.Facts, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	if err := act.Grounded(a); err != nil {
		return step.Facts{}, fmt.Errorf("facts: %w", err)
	}
	t, err := s.current()
	if err != nil {
		return step.Facts{}, fmt.Errorf("facts: %w", err)
	}
	f, err := t.eyes.Facts(ctx, a)
	if errors.Is(err, look.ErrCrashed) || errors.Is(err, look.ErrSlow) {
		s.mu.Lock()
		if left, ok := look.Stranded(a, t.url, t.title); ok {
			t.hung = errors.Is(err, look.ErrSlow)
			f, err = left, nil
		}
		s.mu.Unlock()
	}
	if err != nil {
		return step.Facts{}, s.gone(err)
	}
	s.gate.Real(&f)
	s.logins.Facts(a, &f)
	s.mu.Lock()
	defer s.mu.Unlock()
	f.CertError = t.certError
	if s.looks > 0 {
		f.Observation = fmt.Sprintf("%s-%d", s.id, s.looks)
	}
	return f, nil
}
