// Package looktest starts a real Chromium for tests of the rooms that look at pages and act on them.
package looktest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look"
	"chiron/browser/paint"
	"chiron/browser/wire"
	"chiron/step"
)

// Binary is where Debian keeps Chromium itself.
const Binary = "/usr/lib/chromium/chromium"

// Start runs a Chromium until the test ends.
func Start(t testing.TB) *rod.Browser {
	t.Helper()
	pipe, ends, err := wire.OpenPipe()
	check(t, err)
	profile, err := os.MkdirTemp("", "looktest")
	check(t, err)
	cmd := exec.Command(Binary, "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu",
		"--disable-background-networking", "--disable-component-update", "--site-per-process", "--password-store=basic",
		"--disable-dev-shm-usage", "--host-resolver-rules=MAP *.test 127.0.0.1", "--user-data-dir="+profile)
	cmd.ExtraFiles = ends
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Chromium (apt-get install chromium): %v", err)
	}
	for _, f := range ends {
		f.Close()
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := rod.New().Context(ctx).NoDefaultDevice().Client(cdp.New().Start(pipe))
	t.Cleanup(func() {
		_ = proto.BrowserClose{}.Call(b)
		_ = cmd.Wait()
		cancel()
		pipe.Close()
		_ = os.RemoveAll(profile)
	})
	check(t, b.Connect())
	return b
}

// Open opens a page in a context of its own and looks at it. The URL may be empty.
func Open(t testing.TB, b *rod.Browser, url string, opt look.Options) *look.Eyes {
	t.Helper()
	made, err := proto.TargetCreateBrowserContext{DisposeOnDetach: true}.Call(b)
	check(t, err)
	tab, err := proto.TargetCreateTarget{URL: "about:blank", BrowserContextID: made.BrowserContextID}.Call(b)
	check(t, err)
	page, err := b.PageFromTarget(tab.TargetID)
	check(t, err)
	opt.Page = page
	eyes, err := look.New(opt)
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- eyes.Run(ctx) }()
	t.Cleanup(func() {
		_ = proto.TargetDisposeBrowserContext{BrowserContextID: made.BrowserContextID}.Call(b)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-eyes.Ready():
	case err := <-done:
		done <- nil
		t.Fatalf("follow the page: %v", err)
	}
	if url != "" {
		Visit(t, eyes, url)
	}
	return eyes
}

// Visit opens a URL and waits until the page has settled.
func Visit(t testing.TB, eyes *look.Eyes, url string) {
	t.Helper()
	res, err := proto.PageNavigate{URL: url}.Call(eyes.Page())
	check(t, err)
	if res.ErrorText != "" {
		t.Fatalf("%s: %s", url, res.ErrorText)
	}
	s := eyes.Settle(t.Context())
	for range 10 { // a bound chosen by the test, or a busy machine, may cut a settle short
		if s.Reason == "quiet" {
			return
		}
		s = eyes.Settle(t.Context())
	}
	t.Fatalf("%s did not settle: %+v", url, s)
}

// See looks at the page and returns what it shows, its pixels among it.
func See(t testing.TB, eyes *look.Eyes) (settle step.Settle, l *look.Layout, f step.Frame, pictures int) {
	t.Helper()
	var taking sync.Mutex
	settle, err := eyes.See(t.Context(), &taking, func(take *look.Take) (err error) {
		pictures++
		f, err = paint.NewBrush().Frame(take.PNG, func() (masks []step.Rect) {
			l, masks, _, err = take.Beside()
			return masks
		})
		return err
	})
	check(t, err)
	return settle, l, f, pictures
}

// Eval evaluates an expression in the page's own world and returns its value as text.
func Eval(t testing.TB, eyes *look.Eyes, expression string) string {
	t.Helper()
	res, err := proto.RuntimeEvaluate{Expression: expression, AwaitPromise: true, ReturnByValue: true}.Call(eyes.Page())
	check(t, err)
	if res.ExceptionDetails != nil {
		t.Fatalf("%s: %s", expression, res.ExceptionDetails.Exception.Description)
	}
	return res.Result.Value.Str()
}

// Wait ends when the condition holds, and fails the test when it does not within five seconds.
func Wait(t testing.TB, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); <-tick.C {
		if condition() {
			return
		}
	}
	t.Fatalf("%s did not happen", what)
}

// Serve serves a folder of pages, and more routes, until the test ends.
func Serve(t testing.TB, folder string, routes map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(filepath.Clean(folder))))
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
