package browser_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/step"
)

func TestNewRefuses(t *testing.T) {
	good := browser.Options{Self: []string{"x"}, Rules: browsertest.Listed}
	cases := []struct {
		name string
		edit func(*browser.Options)
		want string
	}{
		{"no self", func(o *browser.Options) { o.Self = nil }, "Self"},
		{"no rules", func(o *browser.Options) { o.Rules = nil }, "Rules"},
		{"no such choice", func(o *browser.Options) { o.Namespace = "maybe" }, "not auto, require or off"},
	}
	for _, c := range cases {
		o := good
		c.edit(&o)
		if _, err := browser.New(o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: New = %v, want %q", c.name, err, c.want)
		}
	}
}

func TestMissingChromiumIsOneSentence(t *testing.T) {
	b, err := browser.New(browser.Options{
		Self: browsertest.Self(t), Rules: browsertest.Listed, Dir: browsertest.Dir(t), Path: "/nowhere/chromium",
	})
	if err != nil {
		t.Fatal(err)
	}
	err = b.Run(t.Context())
	if !errors.Is(err, browser.ErrMissing) || !strings.Contains(err.Error(), "/nowhere/chromium; install") {
		t.Fatalf("Run = %v", err)
	}
	if _, err := b.Open(t.Context(), browser.SessionOptions{}); !errors.Is(err, browser.ErrMissing) {
		t.Fatalf("Open = %v", err)
	}
}

func TestSandboxIsOn(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": "<title>hi</title>"})
	s := browsertest.Open(t, b, web.options())
	visit(t, s, web.URL)
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	renderers := 0
	for _, p := range browsertest.Tree(t, b.PID()) {
		if ns, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(p.PID), "ns/net")); err == nil && ns == own {
			t.Errorf("%v lives in this network namespace", p.Args)
		}
		if !slices.Contains(p.Args, "--type=renderer") {
			continue
		}
		renderers++
		status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.PID), "status"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`(?m)^Seccomp:\t2$`, `(?m)^NSpid:\t\d+\t\d+`, `(?m)^NoNewPrivs:\t1$`, `(?m)^CapEff:\t0+$`} {
			if !regexp.MustCompile(want).Match(status) {
				t.Errorf("renderer %d: %s does not hold in\n%s", p.PID, want, status)
			}
		}
		if os.Geteuid() == 0 && regexp.MustCompile(`(?m)^Uid:\t0\t`).Match(status) {
			t.Errorf("renderer %d runs as root", p.PID)
		}
	}
	if renderers == 0 {
		t.Fatal("no renderer was found")
	}
	if !b.Isolation().Namespace {
		t.Fatalf("no namespace: %s", b.Isolation().Reason)
	}
}

func TestSessionsAreStrangers(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/cookie": "<p>set</p>", "/": "<p>look</p>"})
	one, two := browsertest.Open(t, b, web.options()), browsertest.Open(t, b, web.options())
	visit(t, one, web.URL+"/cookie?who=one")
	eval(t, one, `() => localStorage.setItem("k", "one")`)
	visit(t, two, web.URL+"/")
	if got := eval(t, two, `() => document.cookie + localStorage.getItem("k")`); got != "null" {
		t.Fatalf("the second session sees %q", got)
	}
	visit(t, one, web.URL+"/")
	if got := eval(t, one, `() => document.cookie + localStorage.getItem("k")`); got != "who=oneone" {
		t.Fatalf("the first session sees %q of its own", got)
	}
}

func TestSessionHasItsLocale(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": "<p>x</p>"})
	o := web.options()
	o.Locale, o.TimeZone = "de-DE", "Asia/Tokyo"
	s := browsertest.Open(t, b, o)
	visit(t, s, web.URL)
	got := eval(t, s, `() => [new Intl.NumberFormat().format(1.5), Intl.DateTimeFormat().resolvedOptions().timeZone,
		navigator.language, innerWidth, innerHeight, devicePixelRatio].join(" ")`)
	if want := "1,5 Asia/Tokyo de-DE 1344 896 1"; got != want {
		t.Fatalf("the page sees %q, want %q", got, want)
	}
}

func TestCrashIsToldAndRepaired(t *testing.T) {
	b := browsertest.Start(t, nil)
	s := browsertest.Open(t, b, browser.SessionOptions{Task: "t"})
	observe(t, s)
	pid := b.PID()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for {
		_, err := s.Observe(t.Context())
		if err == nil {
			continue // the kernel is still at it
		}
		if !errors.Is(err, browser.ErrGone) {
			t.Fatalf("Observe after the crash = %v", err)
		}
		break
	}
	again := browsertest.Open(t, b, browser.SessionOptions{Task: "t"})
	if obs := observe(t, again); obs.URL != "about:blank" {
		t.Fatalf("the new session is at %q", obs.URL)
	}
	if b.PID() == pid {
		t.Fatal("the same Chromium answered")
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close after the crash = %v", err)
	}
}

func TestCloseIsFinal(t *testing.T) {
	b := browsertest.Start(t, nil)
	s := browsertest.Open(t, b, browser.SessionOptions{Task: "t"})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Observe(t.Context()); !errors.Is(err, browser.ErrClosed) {
		t.Fatalf("Observe = %v", err)
	}
	if _, err := s.Facts(t.Context(), step.Reload{}); !errors.Is(err, browser.ErrClosed) {
		t.Fatalf("Facts = %v", err)
	}
}

func TestDownloadIsQuarantined(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) { o.MaxDownload = 1000 })
	web := newSite(t, map[string]string{
		"/": `<a id=ok href=/file>get</a><a id=big href=/file-big>get</a>`, "/file": "a,b\n1,2\n", "/file-big": strings.Repeat("x", 5000),
	})
	s := browsertest.Open(t, b, web.options())
	visit(t, s, web.URL)
	eval(t, s, `() => document.getElementById("ok").click()`)
	d := until(t, s, "download", func(o step.Observation) bool { return len(o.Downloads) > 0 }).Downloads[0]
	if strings.ContainsAny(d.Name, "/\u202e\r") || filepath.Ext(d.Name) != ".csv" || d.Bytes != 8 || d.URL != web.URL+"/file" ||
		d.MIME != "text/plain; charset=utf-8" {
		t.Fatalf("downloaded %+v", d)
	}
	f, err := s.File(d.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	f.Close()
	if err != nil || string(data) != "a,b\n1,2\n" {
		t.Fatalf("file = %q, %v", data, err)
	}
	if _, err := s.File("../../etc/passwd"); !errors.Is(err, browser.ErrNoFile) {
		t.Fatalf("File of a stranger = %v", err)
	}
	eval(t, s, `() => document.getElementById("big").click()`)
	if obs := until(t, s, "stopped download", noticed("larger than 1000")); len(obs.Downloads) > 0 {
		t.Fatalf("kept %+v", obs.Downloads)
	}
}

func TestDialogIsSeenNotAccepted(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": `<button onclick="document.title = confirm('Delete all?') ? 'yes' : 'no'">x</button>`})
	s := browsertest.Open(t, b, web.options())
	visit(t, s, web.URL)
	before := observe(t, s)
	eval(t, s, `() => setTimeout(() => document.querySelector("button").click(), 0)`)
	obs := until(t, s, "dialog", func(o step.Observation) bool { return o.Dialog != nil })
	if obs.Dialog.Type != "confirm" || obs.Dialog.Message != "Delete all?" || obs.Settle.Reason != "dialog" && obs.Settle.Reason != "quiet" {
		t.Fatalf("dialog %+v settle %+v", obs.Dialog, obs.Settle)
	}
	if obs.Frame.Hash != before.Frame.Hash {
		t.Fatal("the picture is not the one from before the dialog")
	}
	if again := observe(t, s); again.Dialog == nil || again.Settle.Reason != "dialog" || again.Title == "yes" {
		t.Fatalf("the dialog went away by itself: %+v", again)
	}
	f, err := s.Facts(t.Context(), step.DialogAct{Accept: true})
	if err != nil || f.Dialog == nil || f.Dialog.Message != "Delete all?" || f.Fingerprint() == "" {
		t.Fatalf("facts %+v, %v", f, err)
	}
}

func TestPopupIsAdopted(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) { o.MaxTabs = 2 })
	web := newSite(t, map[string]string{"/": `<a target=_blank href=/two>x</a>`, "/two": "<title>Two</title><a target=_blank href=/>y</a>"})
	s := browsertest.Open(t, b, web.options())
	visit(t, s, web.URL)
	eval(t, s, `() => document.querySelector("a").click()`)
	obs := until(t, s, "new tab", func(o step.Observation) bool { return len(o.Tabs) == 2 && o.Title == "Two" })
	if !obs.Tabs[1].Active || obs.URL != web.URL+"/two" {
		t.Fatalf("tabs %+v, url %s", obs.Tabs, obs.URL)
	}
	if got := eval(t, s, `() => innerWidth + "x" + innerHeight`); got != "1344x896" {
		t.Fatalf("the new tab is %s", got)
	}
	eval(t, s, `() => document.querySelector("a").click()`)
	obs = until(t, s, "third tab", noticed("2 are open already"))
	if len(obs.Tabs) != 2 {
		t.Fatalf("tabs %+v", obs.Tabs)
	}
}

func TestPlacesThatNoPageMayBeAt(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": "<title>Home</title>"})
	s := browsertest.Open(t, b, web.options())
	for _, url := range []string{"file:///etc/passwd", "chrome://version", "data:text/html,<title>bad</title>"} {
		visit(t, s, web.URL)
		s.Page().Navigate(url) // Chromium may refuse by itself
		if obs := until(t, s, url, noticed("no page may be")); obs.URL == url {
			until(t, s, url, func(o step.Observation) bool { return o.URL == "about:blank" })
		}
	}
}

func TestPasswordIsMasked(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": `<body style="margin:0"><input type=password value=secret style="position:absolute;left:100px;top:100px;width:200px;height:40px">`})
	s := browsertest.Open(t, b, web.options())
	visit(t, s, web.URL)
	obs := observe(t, s)
	if len(obs.Frame.Masked) != 1 || browsertest.Colour(t, obs.Frame, 200, 120) != "#3a3f47" || browsertest.Colour(t, obs.Frame, 50, 50) != "#ffffff" {
		t.Fatalf("masked %v", obs.Frame.Masked)
	}
}

func TestRegionsAreMaskedAndNotRead(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) { o.Masked = []string{"css:.pay"} })
	web := newSite(t, map[string]string{"/": `<body style="margin:0"><p>Name: Ada</p>
<div class=pay style="position:absolute;left:100px;top:100px;width:200px;height:40px">Salary: 4711</div>
<div id=x style="position:absolute;left:100px;top:200px;width:200px;height:40px"></div>
<script>x.attachShadow({mode: "open"}).innerHTML = "<div class=pay style='height:40px'>Bonus: 815</div>"</script>`})
	o := web.options()
	s := browsertest.Open(t, b, o)
	visit(t, s, web.URL)
	obs := observe(t, s)
	if len(obs.Frame.Masked) != 2 || browsertest.Colour(t, obs.Frame, 150, 120) != "#3a3f47" || browsertest.Colour(t, obs.Frame, 150, 220) != "#3a3f47" ||
		browsertest.Colour(t, obs.Frame, 50, 300) != "#ffffff" {
		t.Fatalf("masked %v", obs.Frame.Masked)
	}
	for _, n := range obs.Layout {
		if strings.Contains(n.Name+n.Value, "4711") || strings.Contains(n.Name+n.Value, "815") {
			t.Errorf("the layout tells %+v", n)
		}
	}
	if len(obs.Layout) == 0 {
		t.Fatal("the layout is empty")
	}
	frames, stop := watch(t, s)
	if f := next(t, frames); len(f.Masked) != 2 || !inked(t, f, 200, 120) {
		t.Errorf("live frame masked %v", f.Masked)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
