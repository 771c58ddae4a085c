// Package site is Halden Desk, the bundled sample application: an internal expense and help-desk site that a person could
// use, and that agents are measured on.
//
// A [Site] is deterministic from its seed. It keeps the truth of what happened on the server side: every irreversible act is
// counted exactly, duplicates stay visible, and only graders, on a listener of their own, can read or reset it. Several
// sites may live in one process. The pages carry no hints for automation: real labels, real buttons, nothing else.
//
// Well-known accounts, the same for every seed: dana / "correct horse 7" (employee), marta / "blue kettle 12" (approver,
// signs in with a second factor), kenji / "paper crane 3" (employee, Japanese pages).
package site

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"chiron/eval/site/books"
)

// Options configure a Site. The zero value works.
type Options struct {
	// Seed decides people, expenses, tickets and history.
	Seed int64
	// Now is the time of the site's clock at its start; each recorded event moves that clock by one second. Zero means
	// 2026-11-23 09:00 UTC.
	Now time.Time
	// PartnerURL is the origin, such as "http://127.0.0.1:8082", that serves Partner for the cross-origin frame on the
	// dashboard. Empty leaves the frame out.
	PartnerURL string
	// Logger gets one line per failure of the site itself. Nil discards.
	Logger *slog.Logger
	// Hold, when set, is called for every POST after its effect is recorded and before it is answered, outside of all locks.
	// The route is the pattern, such as "POST /expenses". It lets a test stop the agent in the middle of an act.
	Hold func(route string, r *http.Request)
	// Watch makes every page tell its server what it shows (see View), for scripted actors. Pages carry one script element
	// more; nothing else differs.
	Watch bool
}

// Truth is what graders see.
type Truth = books.Truth

// Site is one instance of the application. All methods are safe for concurrent use.
type Site struct {
	opts  Options
	pages *pages
	watch *watcher // nil unless Options.Watch

	mu sync.Mutex // guards st and everything below it
	st *state
}

// New checks the options and builds a site with seeded state. It starts nothing.
func New(opts Options) (*Site, error) {
	if opts.Now.IsZero() {
		opts.Now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	}
	opts.Now = opts.Now.UTC().Truncate(time.Second)
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.PartnerURL != "" {
		u, err := url.Parse(opts.PartnerURL)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			return nil, fmt.Errorf("site: partner URL %q is not an origin", opts.PartnerURL)
		}
	}
	p, err := loadPages()
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	s := &Site{opts: opts, pages: p, st: newState(opts.Seed, opts.Now)}
	if opts.Watch {
		s.watch = newWatcher()
	}
	return s, nil
}

// Reset puts the site back to the state of the seed, as if new: everybody is signed out, all counts are zero.
func (s *Site) Reset(seed int64) {
	st := newState(seed, s.opts.Now)
	if s.watch != nil {
		s.watch.reset()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st = st
}

// Truth returns a copy of the state for graders.
func (s *Site) Truth() Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.Truth()
}

// state is everything that changes. Whoever touches it holds Site.mu.
type state struct {
	*books.Books
	sessions map[string]*session
	failed   map[string]bool // URLs that failed once on request
	drafts   int
}

func newState(seed int64, start time.Time) *state {
	return &state{Books: books.New(seed, start), sessions: map[string]*session{}, failed: map[string]bool{}}
}

// session is one browser that signed in, or is half way through.
type session struct {
	user    string // empty until every factor was given
	pending string // who still owes the code
	code    string
	next    string
	toast   toast
	forms   map[string]draft // reports under review
}

type toast struct {
	Kind, Key string
	Args      []any
}

// draft is a checked form that waits for its confirmation.
type draft struct {
	ID   string
	Form books.Report
	books.Expense
}
