package look_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look"
	"chiron/browser/look/looktest"
	"chiron/browser/paint"
	"chiron/step"
)

// settlePages are what a click may set off, and what must stand there when the page has settled.
func settlePages() map[string]string {
	return map[string]string{
		"noop":       ``,
		"fetch":      `document.onclick = async () => { await fetch('/slow'); done() }`,
		"chain":      `document.onclick = async () => { await fetch('/slow'); await fetch('/slow'); done() }`,
		"navigation": `document.onclick = () => { location.href = '/next' }`,
		"form":       `document.onclick = () => { const f = document.createElement('form'); f.action = '/next'; document.body.append(f); f.submit() }`,
		"transition": `document.body.insertAdjacentHTML('beforeend', '<i style="display:block;transition:width .3s;width:1px">x</i>'); const i = document.querySelector('i');
			document.onclick = () => { i.style.width = '200px'; i.ontransitionend = done }`,
		"scroll": `document.body.style.height = '4000px';
			document.onclick = () => { scrollTo({top: 1500, behavior: 'smooth'}); document.onscrollend = done }`,
		"frame":  `document.onclick = () => { const f = document.createElement('iframe'); f.src = '/slow'; f.onload = done; document.body.append(f) }`,
		"frames": `document.onclick = () => { let n = 4; const turn = () => { if (n-- > 0) requestAnimationFrame(turn); else done() }; turn() }`,
		"timer":  `document.onclick = () => { setTimeout(done, 30) }`,
		"shadow": `const h = document.body.appendChild(document.createElement('p')), r = h.attachShadow({mode: 'open'}); r.innerHTML = '<style>b { position: fixed; inset: 0 }</style><b></b>';
			document.onclick = () => { setTimeout(() => { r.querySelector('b').style.background = '#0a0' }, 30) }`,
		"live": `document.onclick = () => {}; new EventSource('/events'); setInterval(() => document.body.dataset.n = Math.random(), 30);
			document.body.insertAdjacentHTML('beforeend', '<style>@keyframes k { to { opacity: .5 } } b { animation: k 1s infinite }</style><b>live</b>');
			(function turn() { requestAnimationFrame(turn) })()`,
	}
}

func settleSite(t testing.TB) string {
	hold := func(w http.ResponseWriter, r *http.Request, d time.Duration) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	site := looktest.Serve(t, "testdata", map[string]http.HandlerFunc{
		"/slow":  func(w http.ResponseWriter, r *http.Request) { hold(w, r, 150*time.Millisecond); fmt.Fprint(w, "slow") },
		"/never": func(w http.ResponseWriter, r *http.Request) { hold(w, r, time.Hour) },
		"/next": func(w http.ResponseWriter, r *http.Request) {
			hold(w, r, 150*time.Millisecond)
			fmt.Fprint(w, "<!doctype html><title>done</title><body style='background:#0a0'><p>Next")
		},
		"/events": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "data: x\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"/page/{name}": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "<!doctype html><title>start</title><body><p>Page<script>const done = () => { document.title = 'done'; document.body.style.background = '#0a0' }; %s</script>", settlePages()[r.PathValue("name")])
		},
	})
	return site.URL
}

// press clicks without waiting for more than the acknowledgement.
func press(t testing.TB, eyes *look.Eyes) {
	t.Helper()
	for _, kind := range []proto.InputDispatchMouseEventType{proto.InputDispatchMouseEventTypeMousePressed, proto.InputDispatchMouseEventTypeMouseReleased} {
		if err := (proto.InputDispatchMouseEvent{Type: kind, X: 300, Y: 300, Button: proto.InputMouseButtonLeft, ClickCount: 1}).Call(eyes.Page()); err != nil {
			t.Fatal(err)
		}
	}
}

// green is what a page is when it is done.
func green(p *image.RGBA) bool {
	return p != nil && p.RGBAAt(1300, 800) == color.RGBA{G: 0xaa, A: 0xff}
}

func TestSeen(t *testing.T) {
	b := looktest.Start(t)
	url := settleSite(t)
	for name := range settlePages() {
		t.Run(name, func(t *testing.T) {
			eyes := looktest.Open(t, b, url+"/page/"+name, look.Options{})
			for i := range 3 {
				press(t, eyes)
				s, l, f, pictures := looktest.See(t, eyes)
				if s.Reason != "quiet" {
					t.Fatalf("%+v", s)
				}
				idle := name == "noop" || name == "live"
				if green(f.Pixels) == idle || l.Title != "done" && !idle && name != "shadow" {
					t.Errorf("run %d was seen after %v at %q, green %v", i, s.Took, l.Title, green(f.Pixels))
				}
				if again := pictures > 1; name == "noop" && again || name == "live" && pictures != 2 {
					t.Errorf("run %d took %d pictures", i, pictures) // what stirs without end is seen twice
				}
				looktest.Visit(t, eyes, url+"/page/"+name)
			}
		})
	}
}

func TestSettleEnds(t *testing.T) {
	b := looktest.Start(t)
	url := settleSite(t)
	t.Run("deadline, then the long poll is known", func(t *testing.T) {
		eyes := looktest.Open(t, b, url+"/page/noop", look.Options{Bound: 500 * time.Millisecond})
		looktest.Eval(t, eyes, "void fetch('/never')")
		looktest.Wait(t, "the request", func() bool { s := eyes.Settle(t.Context()); return s.Reason == "deadline" })
		if s := eyes.Settle(t.Context()); s.Reason != "quiet" {
			t.Errorf("second settle %+v", s)
		}
	})
	t.Run("dialog", func(t *testing.T) {
		eyes := looktest.Open(t, b, url+"/page/noop", look.Options{})
		looktest.Eval(t, eyes, "void setTimeout(() => prompt('Your name', 'Bob'), 0)")
		<-eyes.DialogOpened()
		if s := eyes.Settle(t.Context()); s.Reason != "dialog" {
			t.Errorf("%+v", s)
		}
		f := facts(t, eyes, step.DialogAct{Accept: true})
		if f.Dialog == nil || f.Dialog.Type != "prompt" || f.Dialog.Message != "Your name" || f.Dialog.Default != "Bob" || f.URL != url+"/page/noop" || f.Origin != url {
			t.Errorf("facts %+v", f)
		}
		if err := (proto.PageHandleJavaScriptDialog{Accept: true}).Call(eyes.Page()); err != nil {
			t.Fatal(err)
		}
		looktest.Wait(t, "end of the dialog", func() bool { return eyes.Dialog() == nil })
		if s := eyes.Settle(t.Context()); s.Reason != "quiet" {
			t.Errorf("after the dialog %+v", s)
		}
	})
	t.Run("crashed", func(t *testing.T) {
		eyes := looktest.Open(t, b, url+"/page/noop", look.Options{})
		go func() { _ = proto.PageCrash{}.Call(eyes.Page()) }()
		looktest.Wait(t, "the crash", func() bool { return eyes.Settle(t.Context()).Reason == "crashed" })
	})
	t.Run("hung page", func(t *testing.T) {
		eyes := looktest.Open(t, b, url+"/page/noop", look.Options{Bound: 300 * time.Millisecond})
		looktest.Eval(t, eyes, "void setTimeout(() => { for (const end = Date.now() + 1500; Date.now() < end;); }, 0)")
		if s := eyes.Settle(t.Context()); s.Reason != "deadline" || s.Took > time.Second {
			t.Errorf("%+v", s)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		eyes := looktest.Open(t, b, url+"/page/noop", look.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if s := eyes.Settle(ctx); s.Reason != "deadline" {
			t.Errorf("%+v", s)
		}
	})
}

func TestScreenshotAndMask(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/login.html", look.Options{})
	data, err := eyes.Screenshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	box := layout(t, eyes).Secrets[0]
	masked, err := paint.NewBrush().Frame(data, func() []step.Rect { return []step.Rect{box} })
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(masked.Data))
	if err != nil || picture.Bounds().Dx() != 1344 || picture.Bounds().Dy() != 896 {
		t.Fatalf("%v %v", picture.Bounds(), err)
	}
	for x := box.X; x < box.X+box.W; x++ {
		if r, g, b, _ := picture.At(x, box.Center().Y).RGBA(); r>>8 != 0x3a || g>>8 != 0x3f || b>>8 != 0x47 {
			t.Fatalf("pixel %d shows through", x)
		}
	}
	if r, _, _, _ := picture.At(1300, 800).RGBA(); r == 0 {
		t.Error("everything is masked")
	}
}
