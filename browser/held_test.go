package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/step"
)

// counting is a site that keeps the requests it got, without their values.
type counting struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func newCounting(t *testing.T, pages map[string]string) *counting {
	t.Helper()
	c := &counting{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		c.mu.Lock()
		c.got = append(c.got, r.Method+" "+r.URL.Path)
		c.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/paid", http.StatusSeeOther)
			return
		}
		fmt.Fprintf(w, "%s<title>%s %s</title>", pages[r.URL.Path], r.Method, r.URL.Path)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *counting) posts() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, g := range c.got {
		if strings.HasPrefix(g, "POST ") {
			n++
		}
	}
	return n
}

func (c *counting) open(t *testing.T, b *browser.Browser) (*browser.Session, gate) {
	t.Helper()
	s := browsertest.Open(t, b, browser.SessionOptions{Task: "t", Hosts: step.Hosts{Write: []string{c.Listener.Addr().String()}}})
	g := newGate(t, c.URL+"/")
	if out := g.do(t, s, step.Navigate{URL: c.URL + "/"}); out.Status != step.Executed {
		t.Fatalf("navigate: %+v", out)
	}
	observe(t, s)
	return s, g
}

const heldForm = `<form action="/pay" method="post" %s><input name="amount" value="5">
<button style="position:absolute;left:20px;top:80px;width:100px;height:30px" name="go" value="1">Send</button></form>`

func press() step.Click { return step.Click{Target: at(60, 95)} }

func TestSubmitSendsWhatWasJudged(t *testing.T) {
	b := browsertest.Start(t, nil)
	cases := []struct{ name, handler, differs string }{
		{"as judged", ``, ""},
		{"another path", `onsubmit="this.action='/steal'"`, "/steal"},
		{"another method", `onsubmit="event.preventDefault(); fetch('/pay', {method: 'PUT', body: new URLSearchParams({amount: 1})})"`, "PUT"},
		{"more fields", `onsubmit="this.insertAdjacentHTML('beforeend', '<input name=iban value=1>')"`, "iban"},
		{"by script as JSON", `onsubmit="event.preventDefault(); fetch('/api', {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({secret: 1})})"`, "POST http"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			web := newCounting(t, map[string]string{"/": fmt.Sprintf(heldForm, c.handler)})
			s, g := web.open(t, b)
			out := g.do(t, s, press())
			observe(t, s)
			if c.differs == "" {
				if out.Status != step.Executed || web.posts() != 1 {
					t.Fatalf("%+v; the server got %v", out, web.got)
				}
				return
			}
			if out.Status != step.NotExecuted || !out.Stale || !strings.Contains(out.Reason, c.differs) || web.posts() != 0 {
				t.Fatalf("%+v; the server got %v", out, web.got)
			}
			f, err := s.Facts(t.Context(), press())
			if err != nil || f.Form == nil || !strings.Contains(f.Form.Method+" "+f.Form.Action+strings.Join(f.Form.Fields, " "), strings.TrimSuffix(c.differs, " http")) {
				t.Fatalf("the next facts tell %+v, %v", f.Form, err)
			}
			if c.name == "by script as JSON" { // judged again, it passes
				if out := g.do(t, s, press()); out.Status != step.Executed {
					t.Fatalf("again: %+v", out)
				}
				until(t, s, "the request", func(step.Observation) bool { return web.posts() == 1 })
			}
		})
	}
}

func TestNoFormIsSentAgain(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newCounting(t, map[string]string{"/": fmt.Sprintf(heldForm, ""), "/pay": `<a href="/next" style="position:absolute;left:20px;top:80px;width:100px;height:30px">on</a>`})
	s, g := web.open(t, b)
	g.do(t, s, press())
	if obs := observe(t, s); obs.Title != "POST /pay" {
		t.Fatalf("title %q", obs.Title)
	}
	g.do(t, s, press())
	if obs := observe(t, s); obs.Title != "GET /next" {
		t.Fatalf("title %q", obs.Title)
	}
	out := g.do(t, s, step.Back{})
	obs := observe(t, s)
	t.Logf("back: %+v at %q", out, obs.Title)
	if web.posts() != 1 {
		t.Fatalf("the form was sent again: %v", web.got)
	}
	g.do(t, s, step.Navigate{URL: web.URL + "/"})
	observe(t, s)
	g.do(t, s, press())
	observe(t, s)
	out = g.do(t, s, step.Reload{})
	if obs := observe(t, s); out.Status != step.Executed || obs.Title != "GET /pay" || web.posts() != 2 {
		t.Fatalf("reload: %+v at %q; the server got %v", out, obs.Title, web.got)
	}
}
