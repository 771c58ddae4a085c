package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"chiron/browser/egress"
	"chiron/cmd/settings"
	"chiron/step"
)

// probePage tries every target in some ways that a page has, and says so when all have ended or had their time. What it
// could read it reports to its own server. Every way of the browser is tried in room browser.
const probePage = `<!doctype html><title>Probe</title><h1 id=s>working</h1><script type=module>
const late = () => new Promise(r => setTimeout(r, 1500));
const element = (tag, url) => new Promise(r => {
  const e = document.createElement(tag); e.onload = e.onerror = r; e.src = url; document.body.append(e); });
const ways = {
  fetch: u => fetch(u, {mode: "no-cors"}),
  post: u => fetch(u, {mode: "no-cors", method: "POST", body: "x"}),
  read: u => fetch(u).then(r => r.text()).then(t => fetch("/read?" + new URLSearchParams({target: u, text: t.slice(0, 200)}))),
  img: u => element("img", u), iframe: u => element("iframe", u), script: u => element("script", u),
  socket: u => new Promise(r => { new WebSocket(u.replace("http", "ws")).onclose = r; }),
};
const all = [];
for (const u of TARGETS) for (const w of Object.values(ways)) all.push(Promise.race([w(u).catch(() => {}), late()]));
await Promise.all(all);
document.getElementById("s").textContent = "finished";
</script>`

// probe is a page that tries to get out, and a canary that nobody may reach.
type probe struct {
	page, canary *httptest.Server
	mu           sync.Mutex
	targets      []string
	connected    int
	read         map[string]string
}

func newProbe(t *testing.T) *probe {
	t.Helper()
	p := &probe{read: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		list, err := json.Marshal(p.targets)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprint(w, strings.Replace(probePage, "TARGETS", string(list), 1))
	})
	mux.HandleFunc("GET /read", func(_ http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.read[r.URL.Query().Get("target")] = r.URL.Query().Get("text")
	})
	p.page = httptest.NewServer(mux)
	t.Cleanup(p.page.Close)
	p.canary = httptest.NewUnstartedServer(http.NotFoundHandler())
	p.canary.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.connected++
		}
	}
	p.canary.Start()
	t.Cleanup(p.canary.Close)
	return p
}

// versionsAsked is how often the product's API was asked for its version, which nobody but the page does.
func (h *house) versionsAsked(t *testing.T) float64 {
	t.Helper()
	families, err := h.server.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if strings.Contains(l.GetValue(), "/v1/version") {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}

// escape lets the page try the canary, the product's API and its Ollama, the last two listed as hosts of the task itself, and
// the metadata service. It returns what was refused.
func (p *probe) escape(t *testing.T, h *house) (refused []string) {
	t.Helper()
	api, brain := h.server.URL(), h.models.One().Base()
	p.mu.Lock()
	p.targets = []string{p.canary.URL + "/", strings.Replace(p.canary.URL, "127.0.0.1", "localhost", 1) + "/", api + "/v1/version",
		brain + "/api/version", "http://169.254.169.254/latest/meta-data/"}
	p.mu.Unlock()
	events, r := h.do(t, step.Task{Goal: "Wait", Start: p.page.URL + "/", Steps: []string{`Wait for "finished"`}, DoneWhen: []step.Predicate{{Text: "finished"}},
		Hosts: step.Hosts{Read: []string{place(t, api), place(t, brain)}, Write: []string{place(t, p.page.URL)}}})
	if r.Status != step.StatusDone {
		tell(t, events)
		t.Fatalf("the page did not try everything: %s (%s)", r.Status, r.Reason)
	}
	for _, e := range events {
		if saw, ok := e.Body.(step.Saw); ok {
			for _, b := range saw.Observation.Blocked {
				refused = append(refused, b.Host)
			}
		}
	}
	slices.Sort(refused)
	return slices.Compact(refused)
}

func place(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func TestAPageReachesNothingOfTheProduct(t *testing.T) {
	p, h := newProbe(t), build(t, nil, nil)
	if !h.browser.Isolation().Namespace {
		t.Fatalf("no namespaces here (%s): allow them, or this cannot be shown", h.browser.Isolation().Reason)
	}
	refused := p.escape(t, h)
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := h.versionsAsked(t); p.connected != 0 || len(p.read) != 0 || n != 0 {
		t.Errorf("canary reached %d times, API %v times, read %v", p.connected, n, p.read)
	}
	for _, want := range []string{place(t, p.canary.URL), place(t, h.server.URL()), place(t, h.models.One().Base()), "169.254.169.254:80"} {
		if !slices.Contains(refused, want) {
			t.Errorf("the history does not say that %s was refused: %v", want, refused)
		}
	}
}

// TestControlAPageReachesEverything takes the walls out: no namespace, and rules that admit everything.
func TestControlAPageReachesEverything(t *testing.T) {
	p := newProbe(t)
	h := build(t, func(c *settings.Config) { c.Browser.Isolation = "off" }, func(a *app) {
		a.egress = func(step.Hosts) (egress.Rules, error) { return everything{}, nil }
	})
	refused := p.escape(t, h)
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := h.versionsAsked(t); p.connected == 0 || n == 0 || !strings.Contains(p.read[h.models.One().Base()+"/api/version"], "version") {
		t.Errorf("canary reached %d times, API %v times, read %v, refused %v: the harness cannot see an escape", p.connected, n, p.read, refused)
	}
}

type everything struct{}

// Allow implements egress.Rules.
func (everything) Allow(_, host string, _ int, _ []netip.Addr) (bool, string) {
	return host != "169.254.169.254", "not even here"
}
