package browser_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/configs"
	"chiron/policy"
	"chiron/step"
)

// permitPage has something for every kind of act, and says in its title what reached it.
const permitPage = `<title>quiet</title><body style="margin:0;height:3000px"><script>
for (const k of ["click", "input", "change", "keydown", "scroll", "mousemove", "dragstart"]) addEventListener(k, () => { document.title = k }, true);
</script>
<button id=b style="position:absolute;left:20px;top:20px;width:120px;height:40px">Next</button>
<input id=i aria-label=Text style="position:absolute;left:20px;top:80px;width:200px;height:30px">
<select id=s aria-label=List style="position:absolute;left:20px;top:140px;width:200px;height:30px"><option>One<option>Two</select>
<input type=file id=f aria-label=File style="position:absolute;left:20px;top:200px;width:300px;height:30px">
<div id=d draggable=true style="position:absolute;left:20px;top:260px;width:80px;height:30px">Card</div>`

// flaw makes a permit one that must not be taken.
type flaw struct {
	name string
	make func(t *testing.T, s *browser.Session, g gate, late *atomic.Int64, p *policy.Permit) *policy.Permit
	want error // nil: the outcome says that it is stale
}

func flaws() []flaw {
	return []flaw{
		{"nil", func(*testing.T, *browser.Session, gate, *atomic.Int64, *policy.Permit) *policy.Permit { return nil }, policy.ErrNoPermit},
		{"zero", func(*testing.T, *browser.Session, gate, *atomic.Int64, *policy.Permit) *policy.Permit {
			return new(policy.Permit)
		}, policy.ErrNoPermit},
		{"spent", func(_ *testing.T, _ *browser.Session, _ gate, _ *atomic.Int64, p *policy.Permit) *policy.Permit {
			_, _ = p.Redeem(p.Verdict().Facts)
			return p
		}, policy.ErrSpent},
		{"expired", func(_ *testing.T, _ *browser.Session, _ gate, late *atomic.Int64, p *policy.Permit) *policy.Permit {
			late.Add(int64(time.Minute))
			return p
		}, policy.ErrExpired},
		{"stopped", func(_ *testing.T, _ *browser.Session, g gate, _ *atomic.Int64, p *policy.Permit) *policy.Permit {
			g.Stop()
			g.Resume()
			return p
		}, policy.ErrVoid},
		{"other rules", func(t *testing.T, _ *browser.Session, g gate, _ *atomic.Int64, p *policy.Permit) *policy.Permit {
			if err := g.Replace(configs.Policy()); err != nil {
				t.Fatal(err)
			}
			return p
		}, policy.ErrVoid},
		{"moved away", func(t *testing.T, s *browser.Session, _ gate, _ *atomic.Int64, p *policy.Permit) *policy.Permit {
			eval(t, s, `() => { for (const e of document.querySelectorAll("body > [id]")) e.style.left = "600px" }`)
			return p
		}, nil},
		{"other element", func(t *testing.T, s *browser.Session, _ gate, _ *atomic.Int64, p *policy.Permit) *policy.Permit {
			eval(t, s, `() => { for (const e of document.querySelectorAll("body > [id]")) e.replaceWith(e.cloneNode(true)) }`)
			return p
		}, nil},
	}
}

func TestNoExecutorTakesABadPermit(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": permitPage, "/two": "<title>Two</title>"})
	o := web.options()
	o.Files = []step.File{{Name: "notes.txt", Data: []byte("hello")}}
	s := browsertest.Open(t, b, o)
	g := newGate(t, web.URL+"/", o.Files...)
	var late atomic.Int64
	var err error
	g.Gate, err = policy.NewGate(policy.Options{Ledger: ledger{}, Clock: func() time.Time { return time.Now().Add(time.Duration(late.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	acts := []step.Action{step.Click{Target: at(60, 40)}, step.Hover{Target: at(60, 40)}, step.Type{Target: at(60, 95), Value: "x"}, step.Press{Key: "a"},
		step.Select{Target: at(60, 155), Option: "Two"}, step.Upload{Target: at(60, 215), File: "notes.txt"}, step.Drag{Target: at(60, 275), To: at(300, 275)},
		step.Scroll{Target: at(60, 40), Direction: "down"}, step.Navigate{URL: web.URL + "/two"}, step.Reload{}, step.TabAct{Op: "open", URL: web.URL + "/two"}}
	for _, a := range acts {
		g.do(t, s, step.Navigate{URL: web.URL + "/"})
		loaded(t, s)
		for _, f := range flaws() {
			placed := a.Kind() != step.KindNavigate && a.Kind() != step.KindTab && a.Kind() != step.KindReload && a.Kind() != step.KindPress
			if f.want == nil && !placed {
				continue // it stands nowhere
			}
			eval(t, s, `() => { document.getElementById("i").focus(); document.title = "quiet" }`)
			p := f.make(t, s, g, &late, g.permit(t, s, a))
			out, err := s.Do(t.Context(), p)
			if out.Status != step.NotExecuted || f.want != nil && !errors.Is(err, f.want) || f.want == nil && !out.Stale {
				t.Errorf("%s, %s: %+v, %v", a.Kind(), f.name, out, err)
			}
			if title := eval(t, s, `() => document.title`); title != "quiet" {
				t.Errorf("%s, %s: the page heard of %s", a.Kind(), f.name, title)
			}
			if f.want == nil {
				g.do(t, s, step.Navigate{URL: web.URL + "/"})
				loaded(t, s)
			}
		}
	}
}
