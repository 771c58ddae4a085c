package browser_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
)

// profiles is a directory for named profiles that Chromium's user may enter.
func profiles(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "profiles")
}

const visitor = `<title>Visitor</title><p>look</p>`

// remember leaves a mark of every kind that a log-in may live in.
const remember = `() => { document.cookie = "lasting=1; max-age=3600"; document.cookie = "fleeting=1"; localStorage.setItem("kept", "1") }`

const recall = `() => document.cookie.split("; ").sort().join("; ") + " " + localStorage.getItem("kept")`

func TestProfileKeepsItsLogIns(t *testing.T) {
	for _, namespace := range []string{browser.NamespaceAuto, browser.NamespaceOff} {
		t.Run(namespace, func(t *testing.T) {
			b := browsertest.Start(t, func(o *browser.Options) { o.Profiles, o.Namespace, o.Spares = profiles(t), namespace, -1 })
			web := newSite(t, map[string]string{"/": visitor})
			o := web.options()
			o.Profile = "shop"
			first := browsertest.Open(t, b, o)
			visit(t, first, web.URL+"/")
			eval(t, first, remember)
			if r := first.Report(); len(r.Hosts) != 1 || r.Hosts[0].Host != web.host() {
				t.Fatalf("report %+v", r)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			again := browsertest.Open(t, b, o)
			visit(t, again, web.URL+"/")
			if got := eval(t, again, recall); got != "fleeting=1; lasting=1 1" {
				t.Errorf("the profile remembers %q", got)
			}
			if obs := observe(t, again); obs.Title != "Visitor" || obs.Status != 200 {
				t.Errorf("it shows %q %d", obs.Title, obs.Status)
			}
			o.Profile = "other"
			stranger := browsertest.Open(t, b, o)
			visit(t, stranger, web.URL+"/")
			if got := eval(t, stranger, recall); got != " null" {
				t.Errorf("another profile knows %q", got)
			}
			if got, err := b.Profiles(); err != nil || !slices.Equal(got, []string{"other", "shop"}) {
				t.Errorf("profiles %v, %v", got, err)
			}
		})
	}
}

func TestProfileReachesNothingElse(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) { o.Profiles, o.Spares = profiles(t), -1 })
	web, out := escapeSite(t), newCanary(t)
	o := web.options()
	o.Profile = "walls"
	s := browsertest.Open(t, b, o)
	visit(t, s, web.URL)
	escape(t, s.Page(), out)
	if got := out.names(); len(got) != 0 {
		t.Fatalf("reached by %v", got)
	}
}

func TestProfileIsHeldByOne(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) { o.Profiles, o.Spares = profiles(t), -1 })
	o := browser.SessionOptions{Task: "t", Profile: "one"}
	first := browsertest.Open(t, b, o)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := b.Open(short, o); !errors.Is(err, browser.ErrProfileHeld) {
		t.Fatalf("a second session: %v", err)
	}
	if err := b.RemoveProfile("one"); !errors.Is(err, browser.ErrProfileHeld) {
		t.Fatalf("remove while it is held: %v", err)
	}
	waiting := make(chan error, 1)
	go func() {
		s, err := b.Open(t.Context(), o)
		if err == nil {
			err = s.Close()
		}
		waiting <- err
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Fatalf("whoever waited: %v", err)
	}
	if err := b.RemoveProfile("one"); err != nil {
		t.Fatal(err)
	}
	if err := b.RemoveProfile("one"); !errors.Is(err, browser.ErrNoProfile) {
		t.Fatalf("remove again: %v", err)
	}
	for _, bad := range []string{"../x", "A", "", "a/b", ".", strings.Repeat("x", 65)} {
		o.Profile = bad
		if s, err := b.Open(t.Context(), o); bad != "" && (err == nil || !strings.Contains(err.Error(), "no name of a profile")) {
			t.Errorf("profile %q: %v", bad, err)
		} else if bad == "" && err == nil {
			s.Close()
		}
	}
}

func TestProfileSurvivesACrash(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) { o.Profiles, o.Spares = profiles(t), -1 })
	web := newSite(t, map[string]string{"/": visitor})
	o := web.options()
	o.Profile = "shop"
	first := browsertest.Open(t, b, o)
	visit(t, first, web.URL+"/")
	eval(t, first, remember)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	crashed := browsertest.Open(t, b, o)
	if err := syscall.Kill(crashed.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	crashed.Close()
	again := browsertest.Open(t, b, o)
	visit(t, again, web.URL+"/")
	if got := eval(t, again, recall); got != "fleeting=1; lasting=1 1" {
		t.Errorf("after a crash the profile remembers %q", got)
	}
}

func TestSessionsWithoutProfilesAreToldSo(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) { o.Spares = -1 })
	if _, err := b.Open(t.Context(), browser.SessionOptions{Profile: "x"}); err == nil || !strings.Contains(err.Error(), "keeps no profiles") {
		t.Fatal(err)
	}
}

func TestChromiumIsReplacedAtItsLimits(t *testing.T) {
	for name, limits := range map[string]browser.Limits{
		"sessions": {Sessions: 2},
		"age":      {Age: time.Nanosecond, Check: 200 * time.Millisecond},
		"memory":   {Memory: 1, Check: 200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			b := browsertest.Start(t, func(o *browser.Options) { o.Limits, o.Spares = limits, -1 })
			web := newSite(t, map[string]string{"/": visitor})
			first := browsertest.Open(t, b, web.options())
			var later *browser.Session
			for later == nil || later.PID() == first.PID() {
				if later != nil {
					later.Close()
				}
				later = browsertest.Open(t, b, web.options())
			}
			visit(t, first, web.URL+"/") // goes on working
			if obs := observe(t, first); obs.Title != "Visitor" {
				t.Fatalf("the older session is at %q", obs.Title)
			}
			old := first.PID()
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(20 * time.Second); syscall.Kill(old, 0) == nil; {
				if time.Now().After(end) {
					t.Fatal("the replaced Chromium still runs")
				}
			}
		})
	}
}
