package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/policy"
	"chiron/step"
)

// closed is a site that shows itself to alice alone.
type closed struct {
	*httptest.Server
	mu    sync.Mutex
	tried []string
}

func newClosed(t *testing.T) *closed {
	t.Helper()
	c := &closed{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/open" {
			fmt.Fprint(w, "<title>Open</title>")
			return
		}
		name, password, ok := r.BasicAuth()
		c.mu.Lock()
		if ok {
			c.tried = append(c.tried, name+":"+password)
		}
		c.mu.Unlock()
		if name != "alice" || password != "wonder:land" {
			w.Header().Set("WWW-Authenticate", `Basic realm="Vault"`)
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, "<title>Closed</title>")
			return
		}
		fmt.Fprint(w, "<title>Welcome</title>")
	}))
	t.Cleanup(c.Close)
	return c
}

// knock opens the site and returns what is seen, a login dialog.
func (c *closed) knock(t *testing.T, b *browser.Browser) (*browser.Session, gate) {
	t.Helper()
	s := browsertest.Open(t, b, browser.SessionOptions{Hosts: step.Hosts{Write: []string{c.Listener.Addr().String()}}})
	g := newGate(t, c.URL+"/")
	g.do(t, s, step.Navigate{URL: c.URL + "/"})
	obs := until(t, s, "the wish for a password", func(o step.Observation) bool { return o.Dialog != nil })
	if obs.Dialog.Type != "login" || !strings.Contains(obs.Dialog.Message, "Vault") || obs.Dialog.URL != c.URL {
		t.Fatalf("dialog %+v", obs.Dialog)
	}
	return s, g
}

func TestLoginWindowIsDecidedLikeAnAct(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newClosed(t)
	s, g := web.knock(t, b)
	if out := g.do(t, s, step.DialogAct{Accept: true, Text: "no colon"}); out.Status != step.NotExecuted {
		t.Fatalf("an answer that is none: %+v", out)
	}
	if out := g.do(t, s, step.DialogAct{Accept: true, Text: "alice:wrong"}); out.Status != step.Executed {
		t.Fatalf("wrong password: %+v", out)
	}
	until(t, s, "being asked again", func(o step.Observation) bool { return o.Dialog != nil })
	if out := g.do(t, s, step.DialogAct{Accept: true, Text: "alice:wonder:land"}); out.Status != step.Executed {
		t.Fatalf("right password: %+v", out)
	}
	obs := until(t, s, "the page", func(o step.Observation) bool { return o.Dialog == nil && o.Title == "Welcome" })
	if obs.Status != http.StatusOK {
		t.Fatalf("status %d", obs.Status)
	}
	if got := strings.Join(slices.Compact(web.tried), " "); got != "alice:wrong alice:wonder:land" {
		t.Fatalf("the server was told %s", got)
	}
}

func TestLoginWindowIsDismissed(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newClosed(t)
	s, g := web.knock(t, b)
	if out := g.do(t, s, step.DialogAct{}); out.Status != step.Executed {
		t.Fatalf("dismiss: %+v", out)
	}
	obs := until(t, s, "the closed page", func(o step.Observation) bool { return o.Dialog == nil && o.Title == "Closed" })
	if obs.Status != http.StatusUnauthorized || len(web.tried) > 0 {
		t.Fatalf("status %d, the server was told %v", obs.Status, web.tried)
	}
}

func TestLoginWindowOfAPartOfThePage(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newClosed(t)
	s := browsertest.Open(t, b, browser.SessionOptions{Hosts: step.Hosts{Write: []string{web.Listener.Addr().String()}}})
	g := newGate(t, web.URL+"/open")
	g.do(t, s, step.Navigate{URL: web.URL + "/open"})
	eval(t, s, `() => { fetch("/a").then(r => r.text()).then(x => document.title = "a " + x.includes("Welcome")); fetch("/b") }`)
	until(t, s, "the wish for a password", func(o step.Observation) bool { return o.Dialog != nil })
	g.do(t, s, step.DialogAct{Accept: true, Text: "alice:wonder:land"})
	until(t, s, "the answer of the part", func(o step.Observation) bool {
		if o.Dialog != nil { // the other part was refused before the answer came, and was told so after
			g.do(t, s, step.DialogAct{Accept: true, Text: "alice:wonder:land"})
		}
		return o.Dialog == nil && o.Title == "a true"
	})
	// A document that is left takes its windows with it.
	eval(t, s, `() => { fetch("/c", {credentials: "omit"}) }`)
	visit(t, s, web.URL+"/open")
	until(t, s, "the end of the dialog", func(o step.Observation) bool { return o.Dialog == nil && o.Title == "Open" })
}

func TestSecretGoesOnlyToTheServerItIsFor(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newClosed(t)
	for name, right := range map[string]bool{"this server": true, "another": false} {
		t.Run(name, func(t *testing.T) {
			s, g := web.knock(t, b)
			origin := web.URL
			if !right {
				origin = "http://other.test"
			}
			vault, err := policy.NewMemoryVault(map[string]policy.Secret{"pw": {Value: "wonder:land", Origins: []string{origin}}})
			if err != nil {
				t.Fatal(err)
			}
			if g.Gate, err = policy.NewGate(policy.Options{Ledger: ledger{}, Vault: vault}); err != nil {
				t.Fatal(err)
			}
			g.task.Secrets = []string{"pw"}
			values, _ := step.NewValues(g.task)
			act := step.DialogAct{Accept: true, Text: "alice:{{pw}}"}
			f, err := s.Facts(t.Context(), act)
			if err != nil || f.Origin != web.URL || f.Element == nil {
				t.Fatalf("facts %+v, %v", f, err)
			}
			got, err := g.Admit(t.Context(), policy.Request{Task: g.task, Step: 1, Principal: policy.Agent, Action: act, Facts: f, Values: values})
			if err != nil {
				t.Fatal(err)
			}
			if !right {
				if got.Permit != nil {
					t.Fatal("it was admitted")
				}
				return
			}
			if got.Permit == nil {
				t.Fatalf("not admitted: %s", got.Verdict.Reason)
			}
			if out, err := s.Do(t.Context(), got.Permit); err != nil || out.Status != step.Executed {
				t.Fatalf("%+v, %v", out, err)
			}
			until(t, s, "the page", func(o step.Observation) bool { return o.Title == "Welcome" })
		})
	}
}
