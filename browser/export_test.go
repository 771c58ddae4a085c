package browser

import (
	"github.com/go-rod/rod"
)

// Page is the active tab's page, for tests that play the web site's part.
func (s *Session) Page() *rod.Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.active.page
}

// PID is the process id of the running Chromium.
func (b *Browser) PID() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current.PID()
}

// Browser is the session's browser.
func (s *Session) Browser() *Browser { return s.browser }

// Door is where the session's Chromium finds its proxy.
func (s *Session) Door() string { return s.door }
