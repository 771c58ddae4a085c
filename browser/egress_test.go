package browser_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/browser/egress"
	"chiron/browser/look/looktest"
	"chiron/step"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"
)

// canary is a server that nobody may reach: it tells whoever did, over TCP and UDP, on every address.
type canary struct {
	port    int
	outside string // an address of this machine that is not loopback, where it has one
	mu      sync.Mutex
	reached map[string]bool
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{port: ln.Addr().(*net.TCPAddr).Port, outside: "127.0.0.2", reached: map[string]bool{}}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			c.outside = n.IP.String()
		}
	}
	web := &httptest.Server{Listener: ln, Config: &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.hit(strings.TrimPrefix(r.URL.Path, "/")) }),
		// A connection that speaks no HTTP is TLS.
		ConnState: func(conn net.Conn, state http.ConnState) {
			if state == http.StateNew {
				c.hit("connected")
			}
		},
	}}
	web.Config.ErrorLog = discardLog()
	web.Start()
	t.Cleanup(web.Close)
	udp, err := net.ListenPacket("udp", fmt.Sprintf(":%d", c.port))
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			if _, _, err := udp.ReadFrom(make([]byte, 1500)); err != nil {
				return
			}
			c.hit("webrtc")
		}
	})
	t.Cleanup(func() { udp.Close(); done.Wait() })
	return c
}

func (c *canary) hit(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached[name] = true
}

func (c *canary) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for n := range c.reached {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// escape runs every way out on a page.
func escape(t *testing.T, page *rod.Page, c *canary) []string {
	t.Helper()
	js, err := os.ReadFile("testdata/escape.js")
	if err != nil {
		t.Fatal(err)
	}
	code := string(js)[strings.Index(string(js), "async"):]
	run := func(only string) []string {
		v, err := page.Timeout(30 * time.Second).Evaluate(rod.Eval(code, c.port, c.outside, only).ByUser().ByPromise())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(v.Value.String())
	}
	ways := run("")
	for _, name := range run("?") {
		ways = append(ways, run(name)...)
	}
	return ways
}

func escapeSite(t *testing.T) *site {
	return newSite(t, map[string]string{
		"/":    "<title>Escape</title><body>",
		"/csp": "<img src=/x>", "/link": "x", "/refresh": "x",
		"/service.js": `fetch(new URL(location).searchParams.get("to"), {mode: "no-cors"})`,
	})
}

func TestNothingButTheTasksHostsIsReached(t *testing.T) {
	for _, namespace := range []string{browser.NamespaceRequire, browser.NamespaceOff} {
		t.Run(namespace, func(t *testing.T) { nothingIsReached(t, namespace) })
	}
}

func nothingIsReached(t *testing.T, namespace string) {
	web, out := escapeSite(t), newCanary(t)
	b := browsertest.Start(t, func(o *browser.Options) { o.Namespace = namespace })
	if b.Isolation().Namespace != (namespace == browser.NamespaceRequire) {
		t.Fatalf("isolation %+v", b.Isolation())
	}
	s := browsertest.Open(t, b, web.options())
	visit(t, s, web.URL)
	ways := escape(t, s.Page(), out)
	t.Logf("%d ways tried: %s", len(ways), strings.Join(ways, " "))
	if got := out.names(); len(got) != 0 {
		t.Fatalf("reached by %v", got)
	}
	if r := s.Report(); len(r.Blocked) == 0 || len(r.Hosts) != 1 || r.Hosts[0].Host != web.host() || r.Bytes == 0 {
		t.Fatalf("report %+v", r)
	}
	obs := observe(t, s)
	if len(obs.Blocked) == 0 {
		t.Fatal("the observation tells of no refused request")
	}
	if again := observe(t, s); len(again.Blocked) > 0 {
		t.Fatalf("told twice: %v", again.Blocked)
	}
}

// The control: the same page in a Chromium without namespace and proxy reaches the same server.
func TestControlReachesEverything(t *testing.T) {
	web, out := escapeSite(t), newCanary(t)
	b := looktest.Start(t)
	page, err := b.Page(proto.TargetCreateTarget{URL: web.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := page.WaitLoad(); err != nil {
		t.Fatal(err)
	}
	ways, reached := escape(t, page, out), out.names()
	for _, w := range ways {
		if w == "tls" {
			w = "connected" // it speaks no HTTP that would name it
		}
		if !slices.Contains(reached, w) {
			t.Errorf("%s reaches nothing even without walls: no case", w)
		}
	}
	t.Logf("%d ways", len(ways))
	if len(ways) < 60 {
		t.Error("fewer than 60 cases")
	}
}

func TestEmptyHostSetReachesNothing(t *testing.T) {
	web := escapeSite(t)
	b := browsertest.Start(t, nil)
	s := browsertest.Open(t, b, browser.SessionOptions{Task: "t"})
	observe(t, s)
	if r := s.Report(); len(r.Hosts)+len(r.Blocked) != 0 {
		t.Fatalf("an idle browser asked for %+v", r)
	}
	for _, url := range []string{web.URL, "http://169.254.169.254/latest/meta-data/", "https://example.com/", "http://localhost:11434/"} {
		s.Page().Navigate(url) // the page shows the refusal
	}
	r := s.Report()
	if len(r.Hosts) != 0 || !slices.ContainsFunc(r.Blocked, func(x step.Blocked) bool { return x.Host == "169.254.169.254:80" }) {
		t.Fatalf("report %+v", r)
	}
	if web.count("/") != 0 {
		t.Fatal("the site was reached")
	}
}

func TestProxiesOfSessionsAreOutOfReach(t *testing.T) {
	b := browsertest.Start(t, func(o *browser.Options) {
		o.Namespace = browser.NamespaceOff
		o.Rules = func(step.Hosts) (egress.Rules, error) { return anything{}, nil }
	})
	one, two := browsertest.Open(t, b, browser.SessionOptions{}), browsertest.Open(t, b, browser.SessionOptions{})
	for _, door := range []string{one.Door(), two.Door()} {
		visit(t, one, "http://"+door+"/")
	}
	if blocked := one.Report().Blocked; len(blocked) != 2 {
		t.Fatalf("blocked %v", blocked)
	}
}

// anything are rules that allow everything.
type anything struct{}

func (anything) Allow(string, string, int, []netip.Addr) (bool, string) { return true, "" }
