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
	return b.current.child.PID()
}

// Arguments is the command line that a Chromium would get.
func Arguments(dir string) []string { return arguments(flags(layout{root: dir, profile: dir + "/p"})) }

// SafeName is the rule for names of downloads.
func SafeName(s string) string { return safeName(s) }
