package browser_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chiron/browser"
	"chiron/step"

	"github.com/go-rod/rod"
)

// site is a small web site that counts who asked for what.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	hits map[string]int
}

func newSite(t testing.TB, pages map[string]string) *site {
	t.Helper()
	s := &site{hits: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits[r.URL.Path]++
		s.mu.Unlock()
		if strings.HasPrefix(r.URL.Path, "/redirect") {
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
			return
		}
		to := r.URL.Query().Get("to")
		switch {
		case r.URL.Path == "/csp":
			w.Header().Set("Content-Security-Policy", "img-src 'none'; report-uri "+to)
		case r.URL.Path == "/link":
			w.Header().Set("Link", "<"+to+">; rel=preload; as=image")
		case r.URL.Path == "/refresh":
			w.Header().Set("Refresh", "0; url="+to)
		}
		body, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if strings.HasPrefix(r.URL.Path, "/file") {
			w.Header().Set("Content-Type", "application/octet-stream")
		}
		if strings.HasSuffix(r.URL.Path, ".js") {
			w.Header().Set("Content-Type", "text/javascript")
		}
		if strings.HasPrefix(r.URL.Path, "/file") {
			w.Header().Set("Content-Disposition", `attachment; filename="../r\u202epo\rt.csv"`)
		}
		if strings.HasPrefix(r.URL.Path, "/cookie") {
			http.SetCookie(w, &http.Cookie{Name: "who", Value: r.URL.Query().Get("who")})
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) host() string { return s.Listener.Addr().String() }

func (s *site) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}

func (s *site) options() browser.SessionOptions {
	return browser.SessionOptions{Task: "t", Hosts: step.Hosts{Write: []string{s.host()}}}
}

// visit loads a page as a web site's own link would.
func visit(t testing.TB, s *browser.Session, url string) {
	t.Helper()
	if err := s.Page().Navigate(url); err != nil {
		t.Fatal(err)
	}
}

// eval runs a script of the page as if a person had asked for it.
func eval(t testing.TB, s *browser.Session, js string) string {
	t.Helper()
	v, err := s.Page().Evaluate(rod.Eval(js).ByUser())
	if err != nil {
		t.Fatal(err)
	}
	return v.Value.String()
}

// until observes again and again until the screen is as wanted.
func until(t testing.TB, s *browser.Session, what string, wanted func(step.Observation) bool) step.Observation {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		obs := observe(t, s)
		if wanted(obs) {
			return obs
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not after 20 s; last seen %s %v %v %v", what, obs.URL, obs.Tabs, obs.Notices, obs.Blocked)
		}
	}
}

// noticed wants a notice that holds the words.
func noticed(words string) func(step.Observation) bool {
	return func(o step.Observation) bool {
		return slices.ContainsFunc(o.Notices, func(n string) bool { return strings.Contains(n, words) })
	}
}

func observe(t testing.TB, s *browser.Session) step.Observation {
	t.Helper()
	obs, err := s.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return obs
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
