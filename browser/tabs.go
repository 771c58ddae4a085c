package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"chiron/browser/cast"
	"chiron/browser/chromium"
	"chiron/browser/look"
	"chiron/step"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"
)

// tab is one open page. Page and eyes are set before it is among Session.tabs; the fields below belong to Session.mu.
type tab struct {
	id      proto.TargetTargetID
	session proto.TargetSessionID
	popup   bool // a page opened it
	tube    *cast.Tube
	page    *rod.Page
	eyes    *look.Eyes
	watched atomic.Bool // eyes are set

	url, title string
	certError  string // of the last load that failed by it
	crashed    bool
	hung       bool       // it did not answer when it was last asked for facts
	last       step.Frame // newest picture, masks applied
	lastURL    string     // of the document it shows
}

// newTab opens a tab at about:blank, which becomes the active one, and waits until it is ready.
func (s *Session) newTab(ctx context.Context) (*tab, error) {
	s.mu.Lock()
	before := s.refused
	s.mu.Unlock()
	var made proto.TargetCreateTargetResult
	cmd := proto.TargetCreateTarget{URL: "about:blank", BrowserContextID: s.context}
	if err := s.call(ctx, "", cmd, &made); err != nil {
		return nil, fmt.Errorf("open tab: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.browser.opts.Timeout)
	defer cancel()
	for {
		s.mu.Lock()
		t, changed := s.find(made.TargetID), s.changed
		ready, refused := t != nil && slices.Contains(s.tabs, t), t == nil && s.refused > before
		s.mu.Unlock()
		switch {
		case ready:
			return t, nil
		case refused:
			return nil, errors.New("open tab: it was closed at once")
		}
		select {
		case <-changed:
		case <-s.process.Gone():
			return nil, ErrGone
		case <-ctx.Done():
			return nil, fmt.Errorf("open tab: %w", context.Cause(ctx))
		}
	}
}

// find returns the tab of a target, also one that is being adopted, or nil; Session.mu is held.
func (s *Session) find(id proto.TargetTargetID) *tab {
	return s.first(func(t *tab) bool { return t.id == id })
}

// of returns the tab whose page has this DevTools session, as find does.
func (s *Session) of(session string) *tab {
	return s.first(func(t *tab) bool { return string(t.session) == session })
}

func (s *Session) first(is func(*tab) bool) *tab {
	for _, list := range [][]*tab{s.tabs, s.joining} {
		if i := slices.IndexFunc(list, is); i >= 0 {
			return list[i]
		}
	}
	return nil
}

// join notes a new target before anything else is heard of it.
func (s *Session) join(session proto.TargetSessionID, info proto.TargetTargetInfo) {
	t := &tab{
		id: info.TargetID, session: session, url: info.URL, title: info.Title, popup: info.OpenerID != "",
		tube: cast.New(),
	}
	s.mu.Lock()
	s.joining = append(s.joining, t)
	s.mu.Unlock()
	s.feed.Hold(string(session))
	s.spawn(func() { s.adopt(t) })
}

// current returns the active tab, and a context that also ends when the session does.
func (s *Session) current() (*tab, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, ErrClosed
	}
	if s.process.Dead() {
		return nil, ErrGone
	}
	if s.active == nil {
		return nil, errors.New("no tab is open")
	}
	return s.active, nil
}

// shift wakes whoever waits for tabs; Session.mu is held.
func (s *Session) shift() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// adopt prepares a new tab and lets it run.
func (s *Session) adopt(t *tab) {
	err := s.prepareTab(t)
	s.feed.Release(string(t.session))
	s.mu.Lock()
	first := len(s.tabs) == 0
	alive := slices.Contains(s.joining, t) // else it was closed meanwhile
	s.joining = slices.DeleteFunc(s.joining, func(o *tab) bool { return o == t })
	if err == nil && alive {
		s.tabs = append(s.tabs, t)
		s.active = t
	} else {
		s.refused++
	}
	s.shift()
	s.mu.Unlock()
	switch {
	case !alive || s.ctx.Err() != nil:
	case err != nil:
		s.notice("a new tab was closed at once: %v", err)
		s.call(s.ctx, "", proto.TargetCloseTarget{TargetID: t.id}, nil)
	default:
		if t.popup {
			s.notice("the page opened a new tab, which is now the active one")
		}
		if !first {
			s.call(s.ctx, t.session, proto.PageBringToFront{}, nil)
		}
	}
}

// prepareTab sets up a page and opens the eyes on it.
func (s *Session) prepareTab(t *tab) error {
	s.mu.Lock()
	full := len(s.tabs) >= s.browser.opts.MaxTabs
	s.mu.Unlock()
	if full {
		return fmt.Errorf("%d are open already", s.browser.opts.MaxTabs)
	}
	s.prepare(t.session, true)
	if err := s.watch(t); err != nil {
		s.log.Warn("a new tab could not be watched", "err", err)
		return errors.New("it could not be watched")
	}
	return nil
}

// watch opens the eyes on a tab and waits until they are.
func (s *Session) watch(t *tab) error {
	page, err := s.rod.PageFromTarget(t.id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	masked := s.opts.Masked
	s.mu.Unlock()
	eyes, err := look.New(look.Options{Page: page, Masked: masked, Logger: s.log})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	s.spawn(func() { ended <- eyes.Run(page.GetContext()) })
	t.page, t.eyes = page, eyes
	t.watched.Store(true)
	s.showLogin(t)
	select {
	case <-eyes.Ready():
		return nil
	case err := <-ended:
		return errors.Join(errors.New("the page was not followed"), err)
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// prepare sets what a target must have before its first script runs and lets it run. A target that waits answers little
// before it does, so everything is sent first, in order, and the answers come after. What a kind of target does not know
// fails by itself.
func (s *Session) prepare(session proto.TargetSessionID, page bool) {
	s.mu.Lock()
	locale, zone := s.opts.place()
	s.mu.Unlock()
	cmds := chromium.Setup(page, locale, zone, s.process.Agent)
	var waits []func(context.Context) ([]byte, error)
	for _, cmd := range cmds {
		waits = append(waits, s.process.Conn.Begin(string(session), cmd.ProtoReq(), cmd))
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.browser.opts.Timeout)
	defer cancel()
	for i, wait := range waits {
		if _, err := wait(ctx); err != nil && page && s.ctx.Err() == nil {
			s.log.Warn("a tab's setting failed", "command", cmds[i].ProtoReq(), "err", err)
		}
	}
}

// forget drops a closed tab; the last one of those left becomes active.
func (s *Session) forget(id proto.TargetTargetID) {
	is := func(t *tab) bool { return t.id == id }
	s.mu.Lock()
	t := s.find(id)
	if t == nil {
		s.mu.Unlock()
		return
	}
	s.logins.Drop(string(t.session))
	s.tabs = slices.DeleteFunc(slices.Clone(s.tabs), is)
	s.joining = slices.DeleteFunc(s.joining, is)
	var front *tab
	if s.active == t {
		s.active = nil
		if n := len(s.tabs); n > 0 {
			s.active = s.tabs[n-1]
			front = s.active
		}
	}
	s.shift()
	s.mu.Unlock()
	if front != nil {
		s.spawn(func() { s.call(s.ctx, front.session, proto.PageBringToFront{}, nil) })
	}
}

// pump takes note of every event and passes on to rod what it does not keep for itself. The events of a page that is
// being adopted wait until its eyes are open.
func (s *Session) pump() {
	defer s.feed.End()
	for e := range s.view.Event() {
		if s.on(e) {
			s.feed.Pass(e)
		}
	}
}
