package browser_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/browser/paint"
	"chiron/step"
)

const movingPage = `<title>Moving</title><body style="margin:0;background:#fff">
<input type=password value=secret style="position:absolute;left:100px;top:100px;width:200px;height:40px">
<div id=d style="position:absolute;left:500px;top:500px;width:100px;height:100px"></div>
<script>let n = 0; setInterval(() => { d.style.background = "hsl(" + ++n * 47 + " 100% 50%)" }, 50)</script>` // never the same colour a frame's pace later

// watch runs a screencast into a channel until stop is called, which returns how it ended.
func watch(t *testing.T, s *browser.Session) (frames chan step.Frame, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	frames = make(chan step.Frame)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Screencast(ctx, func(f step.Frame) {
			select {
			case frames <- f:
			case <-ctx.Done():
			}
		})
	}()
	return frames, func() error { cancel(); return <-ended }
}

func next(t *testing.T, frames chan step.Frame) step.Frame {
	t.Helper()
	select {
	case f := <-frames:
		return f
	case <-time.After(20 * time.Second):
		t.Fatal("no frame in 20 s")
	}
	return step.Frame{}
}

func TestScreencastIsMaskedAndFollows(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": movingPage, "/two": `<title>Two</title><body style="background:#0f0">`})
	s := browsertest.Open(t, b, web.options())
	g := newGate(t, web.URL+"/")
	g.do(t, s, step.Navigate{URL: web.URL + "/"})
	observe(t, s)
	frames, stop := watch(t, s)
	seen := map[string]bool{}
	for range 8 {
		f := next(t, frames)
		seen[f.Hash] = true
		if f.MIME != "image/jpeg" || f.Size != step.Viewport() || len(f.Masked) != 1 || !inked(t, f, 200, 120) {
			t.Fatalf("frame %s %v masked %v", f.MIME, f.Size, f.Masked)
		}
	}
	if len(seen) < 2 {
		t.Fatal("every frame is the same")
	}
	if err := s.Screencast(t.Context(), func(step.Frame) {}); err == nil {
		t.Fatal("two screencasts at once")
	}
	observe(t, s) // works beside it
	g.do(t, s, step.TabAct{Op: "open", URL: web.URL + "/two"})
	for colour := ""; colour < "#00f" || colour > "#0fffff"; { // green, as JPEG keeps it
		colour = browsertest.Colour(t, next(t, frames), 700, 400)
	}
	if err := stop(); err != nil {
		t.Fatalf("screencast: %v", err)
	}
}

func TestScreencastEndsWithTheSession(t *testing.T) {
	b := browsertest.Start(t, nil)
	s := browsertest.Open(t, b, browser.SessionOptions{Task: "t"})
	ended := make(chan error, 1)
	begun := make(chan struct{}, 100)
	go func() { ended <- s.Screencast(context.Background(), func(step.Frame) { begun <- struct{}{} }) }()
	<-begun
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, browser.ErrClosed) {
		t.Fatalf("screencast: %v", err)
	}
}

func TestCrashedPageIsToldAndLeft(t *testing.T) {
	s, g, web := actSession(t)
	before := observe(t, s)
	killed := 0
	for _, p := range browsertest.Tree(t, s.Browser().PID()) {
		if slices.Contains(p.Args, "--type=renderer") && syscall.Kill(p.PID, syscall.SIGKILL) == nil {
			killed++
		}
	}
	if killed == 0 {
		t.Fatal("no renderer was found")
	}
	obs := until(t, s, "crash", noticed("crashed"))
	if obs.Frame.Hash != before.Frame.Hash || obs.Settle.Reason != "crashed" && obs.Settle.Reason != "quiet" {
		t.Fatalf("settle %+v, notices %v", obs.Settle, obs.Notices)
	}
	if out := g.do(t, s, step.Navigate{URL: web.URL + "/two"}); out.Status != step.Executed {
		t.Fatalf("navigate: %+v", out)
	}
	if obs := observe(t, s); obs.Title != "Two" || obs.Settle.Reason != "quiet" {
		t.Fatalf("%q %+v %v", obs.Title, obs.Settle, obs.Notices)
	}
}

func TestDialogBeforeTheFirstLook(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": "<script>alert('Hello')</script>"})
	s := browsertest.Open(t, b, web.options())
	g := newGate(t, web.URL+"/")
	if out := g.do(t, s, step.Navigate{URL: web.URL + "/"}); out.Status != step.Executed {
		t.Fatalf("navigate: %+v", out)
	}
	obs := until(t, s, "dialog", func(o step.Observation) bool { return o.Dialog != nil })
	if obs.Dialog.Message != "Hello" || obs.Frame.Hash == "" {
		t.Fatalf("%+v", obs.Dialog)
	}
	if out := g.do(t, s, step.DialogAct{}); out.Status != step.Executed {
		t.Fatalf("dismiss: %+v", out)
	}
}

func TestLeavingIsAskedFirst(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{
		"/":    `<title>Draft</title><input style="position:absolute;left:0;top:0;width:200px;height:40px"><script>onbeforeunload = e => { e.preventDefault() }</script>`,
		"/two": "<title>Two</title>",
	})
	s := browsertest.Open(t, b, web.options())
	g := newGate(t, web.URL+"/")
	g.do(t, s, step.Navigate{URL: web.URL + "/"})
	g.do(t, s, step.Type{Target: at(100, 20), Value: "x"})
	g.do(t, s, step.Navigate{URL: web.URL + "/two"})
	obs := until(t, s, "beforeunload", func(o step.Observation) bool { return o.Dialog != nil })
	if obs.Dialog.Type != "beforeunload" {
		t.Fatalf("%+v", obs.Dialog)
	}
	g.do(t, s, step.DialogAct{Accept: false})
	until(t, s, "staying", func(o step.Observation) bool { return o.Dialog == nil && o.Title == "Draft" })
}

func TestPrintDoesNotHang(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": `<title>Print</title><button style="position:absolute;left:0;top:0;width:100px;height:40px" onclick="print(); document.title='printed'">x</button>`})
	s := browsertest.Open(t, b, web.options())
	g := newGate(t, web.URL+"/")
	g.do(t, s, step.Navigate{URL: web.URL + "/"})
	g.do(t, s, step.Click{Target: at(50, 20)})
	until(t, s, "print", func(o step.Observation) bool { return o.Title == "printed" && o.Settle.Reason == "quiet" })
}

// inked reports whether a masked box shows there; JPEG keeps its colour nearly.
func inked(t *testing.T, f step.Frame, x, y int) bool {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(browsertest.Colour(t, f, x, y), "#%02x%02x%02x", &r, &g, &b); err != nil {
		t.Fatal(err)
	}
	ink := paint.Ink()
	return max(r-int(ink.R), int(ink.R)-r, g-int(ink.G), int(ink.G)-g, b-int(ink.B), int(ink.B)-b) <= 6
}
