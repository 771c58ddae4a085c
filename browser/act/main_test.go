package act_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"go.uber.org/goleak"

	"chiron/browser/act"
	"chiron/browser/look"
	"chiron/browser/look/looktest"
	"chiron/step"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is one page with somebody to act on it.
type bench struct {
	t     testing.TB
	eyes  *look.Eyes
	hands *act.Hands
}

func open(t testing.TB, b *rod.Browser, url string) *bench {
	t.Helper()
	eyes := looktest.Open(t, b, url, look.Options{})
	hands, err := act.New(act.Options{Eyes: eyes, Input: 3 * time.Second, Navigation: 5 * time.Second, File: func(name string) (string, error) {
		if name != "log.js" {
			return "", errors.New("it was not given with the task")
		}
		return filepath.Abs(filepath.Join("testdata", name))
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t, eyes, hands}
}

func serve(t testing.TB) string {
	never := make(chan struct{})
	site := looktest.Serve(t, "testdata", map[string]http.HandlerFunc{
		"/hang": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-never:
			}
		},
		"/file": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", "attachment; filename=a.txt")
		},
		"/nothing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	})
	return site.URL
}

// do acts as a session does: facts first, then the act.
func (b *bench) do(a step.Action) step.Outcome {
	b.t.Helper()
	f, err := b.eyes.Facts(b.t.Context(), a)
	if err != nil {
		b.t.Fatalf("facts of %+v: %v", a, err)
	}
	return b.hands.Do(b.t.Context(), act.Order{Action: a, Facts: f})
}

func (b *bench) ok(a step.Action) step.Outcome {
	b.t.Helper()
	out := b.do(a)
	if out.Status != step.Executed {
		b.t.Fatalf("%+v ended as %+v", a, out)
	}
	return out
}

// on is the middle of an element as a target.
func (b *bench) on(id string) step.Target {
	b.t.Helper()
	var p step.Point
	data := looktest.Eval(b.t, b.eyes, `(() => { const r = document.getElementById('`+id+`').getBoundingClientRect();
		return JSON.stringify({x: Math.round(r.left + r.width / 2), y: Math.round(r.top + r.height / 2)}) })()`)
	if err := json.Unmarshal([]byte(data), &p); err != nil {
		b.t.Fatal(err)
	}
	return step.Target{Point: &p}
}

func (b *bench) eval(expression string) string {
	b.t.Helper()
	return looktest.Eval(b.t, b.eyes, expression)
}

// heard returns what the page logged of some kinds of event, and clears the log.
func (b *bench) heard(types ...string) string {
	b.t.Helper()
	out := b.eval("logged('" + strings.Join(types, "','") + "')")
	b.eval("void (log.length = 0)")
	return out
}

func (b *bench) value(id string) string {
	b.t.Helper()
	return b.eval("document.getElementById('" + id + "').value")
}
