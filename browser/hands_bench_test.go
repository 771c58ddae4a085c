package browser_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/browser/look/looktest"
	"chiron/step"
)

// still is a page on which two fields can be clicked and nothing moves.
const still = `<input id=p1 value=one><input id=p2 value=two><p style="margin-top:200px">A page that does not change by itself.</p>`

// bare is a page of a Chromium that nothing but rod drives, in a context of its own.
func bare(b *testing.B, chromium *rod.Browser, url string) *rod.Page {
	b.Helper()
	made, err := proto.TargetCreateBrowserContext{DisposeOnDetach: true}.Call(chromium)
	if err != nil {
		b.Fatal(err)
	}
	tab, err := proto.TargetCreateTarget{URL: url, BrowserContextID: made.BrowserContextID}.Call(chromium)
	if err != nil {
		b.Fatal(err)
	}
	page, err := chromium.PageFromTarget(tab.TargetID)
	if err != nil {
		b.Fatal(err)
	}
	size := step.Viewport()
	if err := (proto.EmulationSetDeviceMetricsOverride{Width: size.W, Height: size.H, DeviceScaleFactor: 1}).Call(page); err != nil {
		b.Fatal(err)
	}
	if err := page.WaitLoad(); err != nil {
		b.Fatal(err)
	}
	return page
}

const oneFrame, twoFrames = `() => new Promise((done) => requestAnimationFrame(() => done(true)))`,
	`() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`

func bareClick(page *rod.Page, at step.Target) error {
	for _, kind := range []proto.InputDispatchMouseEventType{proto.InputDispatchMouseEventTypeMouseMoved,
		proto.InputDispatchMouseEventTypeMousePressed, proto.InputDispatchMouseEventTypeMouseReleased} {
		e := proto.InputDispatchMouseEvent{Type: kind, X: float64(at.Point.X), Y: float64(at.Point.Y), Button: proto.InputMouseButtonLeft, ClickCount: 1}
		if err := e.Call(page); err != nil {
			return err
		}
	}
	return nil
}

func bareLook(page *rod.Page, frames string) error {
	if _, err := page.Eval(frames); err != nil {
		return err
	}
	_, err := proto.PageCaptureScreenshot{Format: proto.PageCaptureScreenshotFormatPng, OptimizeForSpeed: true}.Call(page)
	return err
}

// hands is a session on the still page, and a gate that admits its clicks.
type hands struct {
	*browser.Session
	gate
	n int
}

func openHands(b *testing.B, br *browser.Browser, web *browsertest.Pages) *hands {
	b.Helper()
	s, err := br.Open(b.Context(), browser.SessionOptions{Hosts: step.Hosts{Write: web.Hosts()}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	g := newGate(b, web.URL+"/")
	g.do(b, s, step.Navigate{URL: web.URL + "/still"})
	observe(b, s)
	return &hands{s, g, 0}
}

// next is where to click next.
func (h *hands) next() step.Click {
	h.n++
	return click(1 + h.n%2)
}

func median(took []time.Duration) time.Duration { return at100(took, 50) }

func at100(took []time.Duration, q int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)*q/100, len(sorted)-1)]
}

// BenchmarkHands holds a look against one frame and a raw screenshot, an act against the raw events, and measures the facts; in turn, in two
// Chromiums on the same page.
func BenchmarkHands(b *testing.B) {
	web := browsertest.ServePages(b, map[string]string{"still": still}, nil)
	h := openHands(b, browsertest.Start(b, nil), web)
	raw := bare(b, looktest.Start(b), web.URL+"/still")
	var looks, rawLooks, acts, rawActs, facts []time.Duration
	timed := func(into *[]time.Duration, do func() error) {
		begun := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		*into = append(*into, time.Since(begun))
	}
	for b.Loop() {
		a := h.next()
		timed(&rawActs, func() error { return bareClick(raw, a.Target) })
		timed(&rawLooks, func() error { return bareLook(raw, oneFrame) })
		timed(&facts, func() error { _, err := h.Facts(b.Context(), a); return err })
		p := h.permit(b, h.Session, a)
		timed(&acts, func() error { _, err := h.Do(b.Context(), p); return err })
		timed(&looks, func() error { _, err := h.Observe(b.Context()); return err })
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(median(looks))/ms(median(rawLooks)), "look-ratio")
	b.ReportMetric(ms(median(looks)), "look-ms")
	b.ReportMetric(ms(median(acts)-median(rawActs)), "act-over-ms")
	b.ReportMetric(ms(median(acts)), "act-ms")
	b.ReportMetric(ms(median(facts)), "facts-ms")
}

// pace has n workers step once a second for a while, none at the same moment, and returns how long the steps took.
func pace(ctx context.Context, n int, during time.Duration, work func(i int) error) ([]time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var waiting sync.WaitGroup
	end := time.Now().Add(during)
	for i := range n {
		waiting.Go(func() {
			first := time.NewTimer(time.Duration(i) * time.Second / time.Duration(n))
			defer first.Stop()
			select {
			case <-first.C:
			case <-ctx.Done():
				return
			}
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for time.Now().Before(end) {
				begun := time.Now()
				err := work(i)
				mu.Lock()
				took = append(took, time.Since(begun))
				failed = err
				mu.Unlock()
				if err != nil {
					return
				}
				<-tick.C
			}
		})
	}
	waiting.Wait()
	return took, failed
}

// carries returns how many workers can step once a second before the p95 of a step is twice that of one alone. more makes sure that there are n.
func carries(b *testing.B, name string, more func(n int), work func(i int) error) int {
	b.Helper()
	const most, by = 40, 3
	p95 := func(n int, during time.Duration) time.Duration {
		took, err := pace(b.Context(), n, during, work)
		if err != nil {
			b.Fatal(err)
		}
		p := at100(took, 95)
		b.Logf("%s: %d sessions, p95 %v", name, n, p.Round(time.Millisecond))
		return p
	}
	more(1)
	alone := p95(1, 25*time.Second)
	for n := 1 + by; n <= most; n += by {
		more(n)
		const during = 6 * time.Second
		if first := p95(n, during); first > 2*alone && p95(n, during) > 2*alone { // once may have been something else on the machine
			return n - by
		}
	}
	return most
}

// BenchmarkCapacity counts the sessions that step once a second, click and look, that this machine carries, and those of bare rod.
func BenchmarkCapacity(b *testing.B) {
	web := browsertest.ServePages(b, map[string]string{"still": still}, nil)
	for b.Loop() {
		var pages []*rod.Page
		chromium := looktest.Start(b)
		least := carries(b, "bare rod", func(n int) {
			for len(pages) < n {
				pages = append(pages, bare(b, chromium, web.URL+"/still"))
			}
		}, func(i int) error {
			if err := bareClick(pages[i], spot(1)); err != nil {
				return err
			}
			return bareLook(pages[i], twoFrames)
		})
		if err := (proto.BrowserClose{}).Call(chromium); err != nil {
			b.Fatal(err)
		}
		br := browsertest.Start(b, func(o *browser.Options) { o.Spares = -1 })
		var all []*hands
		most := carries(b, "Chiron", func(n int) {
			for len(all) < n {
				all = append(all, openHands(b, br, web))
			}
		}, func(i int) error {
			h := all[i]
			if out := h.do(b, h.Session, h.next()); out.Status != step.Executed {
				return fmt.Errorf("%+v", out)
			}
			_, err := h.Observe(b.Context())
			return err
		})
		b.ReportMetric(float64(most), "sessions")
		b.ReportMetric(float64(least), "bare-sessions")
		b.ReportMetric(float64(most)/float64(least), "share")
	}
}
