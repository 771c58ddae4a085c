package browser_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/step"
)

// soakSessions is how many sessions TestSoak opens: CHIRON_TEST_SESSIONS, 500 in a soak; 50 by default.
func soakSessions(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CHIRON_TEST_SESSIONS")
	if text == "" {
		return 50
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CHIRON_TEST_SESSIONS is %q", text)
	}
	return n
}

// TestSoak opens, uses, crashes and closes sessions one after the other; afterwards nothing of them is left: no process, no
// goroutine, no directory, no descriptor.
func TestSoak(t *testing.T) {
	n := soakSessions(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("%d sessions, seed %d", n, seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	web := newSite(t, map[string]string{"/": `<title>Soak</title><canvas id=c></canvas><script>c.getContext("2d").fillRect(0, 0, 9, 9)</script>`})
	dir := browsertest.Dir(t)
	settle := func() (files, routines int) {
		web.CloseClientConnections()
		runtime.GC()
		return descriptors(t), runtime.NumGoroutine()
	}
	filesBefore, routinesBefore := settle()
	t.Run("sessions", func(t *testing.T) {
		b := browsertest.Start(t, func(o *browser.Options) { o.Dir = dir })
		for i := range n {
			if i%50 == 0 {
				t.Logf("%d sessions done", i)
			}
			s, err := b.Open(t.Context(), web.options())
			if err != nil {
				t.Fatalf("session %d: open: %v", i, err)
			}
			how := "nothing"
			if dice.IntN(2) == 0 { // a crash may meet any call; only Close must work
				how = []string{"renderer", "gpu-process", ""}[i%3]
				kill(t, b, how)
			}
			if _, err := s.Observe(t.Context()); err != nil && how == "nothing" && !strings.Contains(err.Error(), "Chromium has ended") {
				t.Fatalf("session %d: observe: %v", i, err)
			}
			if _, err := s.Facts(t.Context(), step.Navigate{URL: web.URL + "/"}); err == nil && how == "nothing" {
				newGate(t, web.URL+"/").do(t, s, step.Navigate{URL: web.URL + "/"})
			}
			if err := s.Close(); err != nil && how == "nothing" {
				t.Fatalf("session %d: close: %v", i, err)
			}
		}
	})
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("directories left: %v", left)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		files, routines := settle()
		children := browsertest.Tree(t, os.Getpid())[1:]
		if files <= filesBefore && routines <= routinesBefore && len(children) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("left: %d descriptors of %d, %d goroutines of %d, processes %v", files, filesBefore, routines, routinesBefore, children)
		}
	}
}

// kill ends one process of the browser with SIGKILL: the first of a kind, or the browser itself.
func kill(t *testing.T, b *browser.Browser, kind string) {
	t.Helper()
	if kind == "" {
		syscall.Kill(b.PID(), syscall.SIGKILL)
		return
	}
	for _, p := range browsertest.Tree(t, b.PID()) {
		if slices.Contains(p.Args, "--type="+kind) {
			syscall.Kill(p.PID, syscall.SIGKILL)
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
