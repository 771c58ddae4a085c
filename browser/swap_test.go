package browser_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/policy"
	"chiron/step"
)

// swapPage has one button, and tells what was pressed in its title. A trick puts something else where the button is.
const swapPage = `<title>ready</title><body style="margin:0">
<div id=spot style="position:absolute;left:20px;top:80px;width:120px;height:40px"><button id=b style="width:120px;height:40px" onclick="good()">Next</button></div>
<div style="position:absolute;left:560px;top:560px;width:90px;height:90px">away</div>
<form id=f action="/evil" method=post></form>
<script>
const good = () => { document.title = "good " + document.title }, evil = () => { document.title = "evil" };
const at = "position:absolute;left:20px;top:80px;width:120px;height:40px;z-index:9;";
const put = (html, style = "") => { const d = document.createElement("div"); d.style.cssText = at + style; d.innerHTML = html; document.body.append(d); d.onclick = evil; return d };
const b = document.getElementById("b"), spot = document.getElementById("spot");
const tricks = {
  rename: () => { b.textContent = "Delete everything"; b.onclick = evil },
  replace: () => { const n = b.cloneNode(true); n.onclick = evil; b.replaceWith(n) },
  cover: () => put('<button style="width:120px;height:40px">Next</button>'),
  glass: () => put('<button style="width:120px;height:40px">Next</button>', "opacity:0.01"),
  bare: () => put(""),
  frame: () => { const d = put('<iframe style="width:120px;height:40px;border:0"></iframe>'); const w = d.firstChild.contentDocument; w.body.style.margin = 0;
    w.body.innerHTML = '<button style="width:120px;height:40px">Next</button>'; w.body.firstChild.onclick = evil },
  link: () => { const a = document.createElement("a"); a.href = "#evil"; a.onclick = evil; a.style.cssText = at; document.body.append(a) },
  shift: () => { spot.style.left = "400px"; put('<button style="width:120px;height:40px">Next</button>') },
  form: () => { b.setAttribute("form", "f"); b.onclick = null },
  shadow: () => { const d = put(""); const r = d.attachShadow({mode: "closed"}); r.innerHTML = '<button style="width:120px;height:40px">Next</button>'; r.firstChild.onclick = evil },
  label: () => put('<label style="display:block;width:120px;height:40px"><input type=checkbox>Next</label>'),
  modal: () => { const d = document.createElement("dialog"); d.innerHTML = "<p>Next"; d.style.cssText = "position:fixed;margin:0;left:0;top:0;width:600px;height:300px"; d.onclick = evil; document.body.append(d); d.showModal() },
  through: () => { const d = put('<button style="width:120px;height:40px">Next</button>', "z-index:-1"); spot.style.pointerEvents = "none"; document.body.style.background = "none"; d.style.zIndex = 0 },
  turn: () => { spot.style.transform = "translateX(300px)"; put('<button style="width:120px;height:40px">Next</button>') },
  svg: () => put('<svg width=120 height=40><rect width=120 height=40 fill="#ccc"/></svg>'),
};
const once = (kind, trick) => addEventListener(kind, () => tricks[trick](), { capture: true, once: true });
</script>`

// swap is one attempt: a trick and its moment.
type swap struct{ trick, when string }

// swaps draws attempts: every trick at every moment, in a seeded order.
func swaps(r *rand.Rand, tricks []string, n int) []swap {
	var all []swap
	for len(all) < n {
		for _, t := range tricks {
			all = append(all, swap{t, "now"}, swap{t, "mousemove"}, swap{t, "pointerover"}, swap{t, fmt.Sprintf("%d ms", r.IntN(30))})
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

func (s swap) script() string {
	var ms int
	if _, err := fmt.Sscanf(s.when, "%d ms", &ms); err == nil {
		return fmt.Sprintf(`() => { setTimeout(tricks.%s, %d) }`, s.trick, ms)
	}
	if s.when == "now" {
		return fmt.Sprintf(`() => { tricks.%s() }`, s.trick)
	}
	return fmt.Sprintf(`() => { once(%q, %q) }`, s.when, s.trick)
}

// loaded waits for the page to be whole.
func loaded(t *testing.T, s *browser.Session) {
	t.Helper()
	for eval(t, s, `() => document.readyState`) != "complete" {
	}
}

// attempt looks at the button, has its press admitted, lets the page play its trick, and presses. It returns what was pressed.
func attempt(t *testing.T, s *browser.Session, g gate, url string, a swap, do func(context.Context, *policy.Permit) (step.Outcome, error)) string {
	t.Helper()
	for _, away := range []step.Action{step.Hover{Target: at(600, 600)}, step.Navigate{URL: url}} {
		for g.do(t, s, away).Status != step.Executed { // the last trick may still be going on
		}
	}
	loaded(t, s)
	p := g.permit(t, s, step.Click{Target: at(60, 95)})
	eval(t, s, a.script())
	if _, err := do(t.Context(), p); err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return eval(t, s, `() => document.title + location.hash`)
}

func TestSwappedThingsAreNotPressed(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": swapPage, "/evil": "<title>evil</title>"})
	s := browsertest.Open(t, b, web.options())
	g := newGate(t, web.URL+"/")
	g.do(t, s, step.Navigate{URL: web.URL + "/"})
	observe(t, s)
	tricks := strings.Split(eval(t, s, `() => Object.keys(tricks).join()`), ",")
	seed := uint64(20261125) // the same attempts every time
	r := rand.New(rand.NewPCG(seed, 1))
	pressed := map[string]int{}
	for _, a := range swaps(r, tricks, 210) {
		switch title := attempt(t, s, g, web.URL+"/", a, s.Do); {
		case strings.Contains(title, "evil"):
			t.Errorf("seed %d: %+v: %s", seed, a, title)
			pressed["evil"]++
		case strings.HasPrefix(title, "good"):
			pressed["good"]++
		default:
			pressed["nothing"]++
		}
	}
	t.Logf("seed %d: %d tricks, 210 attempts: pressed %v", seed, len(tricks), pressed)
	fooled, all := 0, 0
	for _, a := range swaps(r, tricks, 2*len(tricks)) {
		if slices.Contains([]string{"now", "mousemove", "pointerover"}, a.when) {
			all++
			if strings.Contains(attempt(t, s, g, web.URL+"/", a, s.DoBlind), "evil") {
				fooled++
			}
		}
	}
	if fooled*10 < all*9 {
		t.Errorf("the control: without the second look only %d of %d attempts succeed", fooled, all)
	}
	t.Logf("control: %d of %d", fooled, all)
}
