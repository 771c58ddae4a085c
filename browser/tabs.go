package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"chiron/step"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"
)

// tab is one open page. Its fields below page belong to Session.mu.
type tab struct {
	id      proto.TargetTargetID
	session proto.TargetSessionID
	page    *rod.Page

	url, title string
	status     int    // HTTP status of the document
	certError  string // of the last load that failed by it
	next       struct {
		loader proto.NetworkLoaderID
		status int
	}
	dialog  *step.Dialog
	crashed bool
	blocked chan struct{} // closed while a dialog or crash keeps the page from answering
	last    step.Frame    // newest picture, masks applied
	masks   []step.Rect   // of that picture
}

// errBlocked cancels work on a page that a dialog or crash keeps from answering.
var errBlocked = errors.New("a dialog or crash blocks the page")

// isBlocked reports the state of the channel; Session.mu is held.
func (t *tab) isBlocked() bool {
	select {
	case <-t.blocked:
		return true
	default:
		return false
	}
}

// block and release follow dialogs and crashes; Session.mu is held.
func (t *tab) block() {
	if !t.isBlocked() {
		close(t.blocked)
	}
}

func (t *tab) release() {
	if t.isBlocked() && t.dialog == nil && !t.crashed {
		t.blocked = make(chan struct{})
	}
}

// newTab opens a tab at about:blank, which becomes the active one, and waits until it is ready.
func (s *Session) newTab(ctx context.Context) (*tab, error) {
	var made proto.TargetCreateTargetResult
	cmd := proto.TargetCreateTarget{URL: "about:blank", BrowserContextID: s.context}
	if err := s.call(ctx, "", cmd, &made); err != nil {
		return nil, fmt.Errorf("open tab: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.browser.opts.Timeout)
	defer cancel()
	for {
		s.mu.Lock()
		t, changed, refused := s.find(made.TargetID), s.changed, s.refused
		s.mu.Unlock()
		switch {
		case t != nil:
			return t, nil
		case refused > 0 && s.full():
			return nil, fmt.Errorf("open tab: %d are open already", s.browser.opts.MaxTabs)
		}
		select {
		case <-changed:
		case <-s.process.gone:
			return nil, ErrGone
		case <-ctx.Done():
			return nil, fmt.Errorf("open tab: %w", context.Cause(ctx))
		}
	}
}

func (s *Session) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tabs) >= s.browser.opts.MaxTabs
}

// find returns the tab of a target or nil; Session.mu is held.
func (s *Session) find(id proto.TargetTargetID) *tab {
	for _, t := range s.tabs {
		if t.id == id {
			return t
		}
	}
	return nil
}

// of returns the tab whose page has this DevTools session, or nil; Session.mu is held.
func (s *Session) of(session string) *tab {
	for _, t := range s.tabs {
		if string(t.session) == session {
			return t
		}
	}
	return nil
}

// current returns the active tab, and a context that also ends when the session does.
func (s *Session) current() (*tab, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, ErrClosed
	}
	select {
	case <-s.process.gone:
		return nil, ErrGone
	default:
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

// adopt prepares a new target, which waits for it, and lets it run.
func (s *Session) adopt(session proto.TargetSessionID, info proto.TargetTargetInfo) {
	if info.Type != proto.TargetTargetInfoTypePage {
		s.prepare(session, false)
		return
	}
	if s.full() {
		s.call(s.ctx, "", proto.TargetCloseTarget{TargetID: info.TargetID}, nil)
		s.mu.Lock()
		s.refused++
		s.shift()
		s.mu.Unlock()
		s.notice("a new tab was closed at once: %d are open already", s.browser.opts.MaxTabs)
		return
	}
	s.prepare(session, true)
	page, err := s.rod.PageFromTarget(info.TargetID)
	if err != nil {
		s.log.Warn("a new tab could not be adopted", "err", err)
		return
	}
	t := &tab{id: info.TargetID, session: session, page: page, url: info.URL, title: info.Title, blocked: make(chan struct{})}
	s.mu.Lock()
	first := len(s.tabs) == 0
	s.tabs = append(s.tabs, t)
	s.active = t
	s.shift()
	s.mu.Unlock()
	s.resume(session)
	if info.OpenerID != "" {
		s.notice("the page opened a new tab, which is now the active one")
	}
	if !first {
		s.call(s.ctx, session, proto.PageBringToFront{}, nil)
	}
}

// prepare sets what a target must have before its first script runs. What a kind of target does not know fails by itself.
func (s *Session) prepare(session proto.TargetSessionID, page bool) {
	locale, zone := cmp.Or(s.opts.Locale, "en-US"), cmp.Or(s.opts.TimeZone, "UTC")
	cmds := []proto.Request{
		autoAttach(),
		proto.EmulationSetTimezoneOverride{TimezoneID: zone},
		proto.EmulationSetLocaleOverride{Locale: strings.ReplaceAll(locale, "-", "_")},
		proto.EmulationSetUserAgentOverride{UserAgent: s.process.agent, AcceptLanguage: locale},
	}
	if page {
		size := step.Viewport()
		cmds = append(cmds,
			proto.EmulationSetDeviceMetricsOverride{Width: size.W, Height: size.H, DeviceScaleFactor: 1},
			proto.EmulationSetFocusEmulationEnabled{Enabled: true},
			proto.NetworkEnable{}, proto.InspectorEnable{},
		)
	}
	done := make(chan struct{}, len(cmds))
	for _, cmd := range cmds {
		s.spawn(func() {
			defer func() { done <- struct{}{} }()
			if err := s.call(s.ctx, session, cmd, nil); err != nil && page {
				s.log.Debug("a tab's setting failed", "command", cmd.ProtoReq(), "err", err)
			}
		})
	}
	for range cmds {
		select {
		case <-done:
		case <-s.ctx.Done():
			return
		}
	}
	if !page {
		s.resume(session)
	}
}

func (s *Session) resume(session proto.TargetSessionID) {
	s.call(s.ctx, session, proto.RuntimeRunIfWaitingForDebugger{}, nil)
}

// closed forgets a tab; the last one of those left becomes active.
func (s *Session) forget(id proto.TargetTargetID) {
	s.mu.Lock()
	t := s.find(id)
	if t == nil {
		s.mu.Unlock()
		return
	}
	for i := range s.tabs {
		if s.tabs[i] == t {
			s.tabs = append(s.tabs[:i:i], s.tabs[i+1:]...)
			break
		}
	}
	t.crashed = true
	t.block()
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

// pump takes note of every event and passes it on to rod.
func (s *Session) pump() {
	defer close(s.feed)
	for e := range s.view.Event() {
		s.on(e)
		s.feed <- e
	}
}
