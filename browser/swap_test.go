package browser_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/policy"
	"chiron/step"
)

// swapPage has one thing to press, %s, and tells what was pressed in its title. A trick puts something else where that is.
const swapPage = `<title>ready</title><body style="margin:0">
<div id=spot style="position:absolute;left:20px;top:80px;width:120px;height:40px">%s</div>
<div style="position:absolute;left:560px;top:560px;width:90px;height:90px">away</div>
<form id=f action="/evil" method=post></form>
<script>
const good = () => { document.title = "good " + document.title }, evil = () => { document.title = "evil" };
const at = "position:absolute;left:20px;top:80px;width:120px;height:40px;z-index:9;";
const put = (html, style = "") => { const d = document.createElement("div"); d.style.cssText = at + style; d.innerHTML = html; document.body.append(d); d.onclick = evil; return d };
const b = document.getElementById("control"), spot = document.getElementById("spot");
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
  form: () => { b.setAttribute(b.href ? "href" : "form", b.href ? "#evil" : "f"); b.onclick = null },
  gone: () => { b.remove(); put('<button style="width:120px;height:40px">Pay</button>') },
  drop: () => { b.remove(); const n = document.createElement("a"); n.href = "#evil"; n.style.cssText = "display:block;width:120px;height:40px"; n.onclick = evil; spot.append(n) },
  anew: () => { document.open(); document.write('<title>x</title><body style="margin:0"><button style="' + at + '">Pay</button>'); document.close(); document.querySelector("button").onclick = evil },
  shadow: () => { const d = put(""); const r = d.attachShadow({mode: "closed"}); r.innerHTML = '<button style="width:120px;height:40px">Next</button>'; r.firstChild.onclick = evil },
  label: () => put('<label style="display:block;width:120px;height:40px"><input type=checkbox>Next</label>'),
  modal: () => { const d = document.createElement("dialog"); d.innerHTML = "<p>Next"; d.style.cssText = "position:fixed;margin:0;left:0;top:0;width:600px;height:300px"; d.onclick = evil; document.body.append(d); d.showModal() },
  through: () => { const d = put('<button style="width:120px;height:40px">Next</button>', "z-index:-1"); spot.style.pointerEvents = "none"; document.body.style.background = "none"; d.style.zIndex = 0 },
  turn: () => { spot.style.transform = "translateX(300px)"; put('<button style="width:120px;height:40px">Next</button>') },
  svg: () => put('<svg width=120 height=40><rect width=120 height=40 fill="#ccc"/></svg>'),
};
const once = (kind, trick) => addEventListener(kind, () => kind === "mousedown" ? setTimeout(tricks[trick]) : tricks[trick](), { capture: true, once: true });
</script>`

// judged are the things that are pressed. Their id makes them a property of the window, named like that of a label.
var judged = map[string]string{
	"button": `<button id=control style="width:120px;height:40px" onclick="good()">Next</button>`,
	"link":   `<a id=control href="#good" style="display:block;width:120px;height:40px" onclick="good()">Next</a>`,
}

// swap is one attempt: a trick and its moment.
type swap struct{ trick, when string }

// moments are those of a trick that the page chooses, always before the press. There is one more: "mousedown", which is a task after that event, and so
// before or after the release.
var moments = []string{"now", "mousemove", "pointerover"}

// swaps draws attempts: every trick at every moment, in a seeded order.
func swaps(r *rand.Rand, tricks []string, n int) []swap {
	var all []swap
	for len(all) < n {
		for _, t := range tricks {
			all = append(all, swap{t, "now"}, swap{t, "mousemove"}, swap{t, "pointerover"}, swap{t, "mousedown"}, swap{t, fmt.Sprintf("%d ms", r.IntN(30))})
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

// attempt looks at the button, has its press admitted, lets the page play its trick, and presses. It returns how the act ended and what was pressed.
func attempt(t *testing.T, s *browser.Session, g gate, url string, a swap, do func(context.Context, *policy.Permit) (step.Outcome, error)) (step.Outcome, string) {
	t.Helper()
	for _, away := range []step.Action{step.Hover{Target: at(600, 600)}, step.Navigate{URL: url}} {
		for g.do(t, s, away).Status != step.Executed { // the last trick may still be going on
		}
	}
	loaded(t, s)
	p := g.permit(t, s, step.Click{Target: at(60, 95)})
	eval(t, s, a.script())
	out, err := do(t.Context(), p)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return out, eval(t, s, `() => document.title + location.hash`)
}

func TestSwappedThingsAreNotPressed(t *testing.T) {
	pages := map[string]string{"/evil": "<title>evil</title>"}
	for thing, html := range judged {
		pages["/"+thing] = fmt.Sprintf(swapPage, html)
	}
	web := newSite(t, pages)
	for _, thing := range []string{"button", "link"} {
		t.Run(thing, func(t *testing.T) { swapThings(t, web, web.URL+"/"+thing) })
	}
}

func swapThings(t *testing.T, web *site, url string) {
	t.Helper()
	s := browsertest.Open(t, browsertest.Start(t, nil), web.options())
	g := newGate(t, url)
	g.do(t, s, step.Navigate{URL: url})
	observe(t, s)
	tricks := strings.Split(eval(t, s, `() => Object.keys(tricks).join()`), ",")
	seed := uint64(20261125) // the same attempts every time
	r := rand.New(rand.NewPCG(seed, 1))
	pressed := map[string]int{}
	n := attempts(120)
	for _, a := range swaps(r, tricks, n) {
		out, title := attempt(t, s, g, url, a, s.Do)
		switch {
		case strings.Contains(title, "evil"):
			t.Errorf("seed %d: %+v: %s, %+v", seed, a, title, out)
			pressed["evil"]++
		case strings.HasPrefix(title, "good"):
			if pressed["good"]++; out.Status != step.Executed {
				t.Errorf("seed %d: %+v: pressed, and said %+v", seed, a, out)
			}
		default: // a trick of its own time may come within the press
			if pressed["nothing"]++; (out.Status != step.NotExecuted || !out.Stale) && slices.Contains(moments, a.when) {
				t.Errorf("seed %d: %+v: nothing was pressed, and said %+v", seed, a, out)
			}
		}
	}
	t.Logf("seed %d: %d tricks, %d attempts: pressed %v", seed, len(tricks), n, pressed)
	fooled, all := 0, 0
	for _, a := range swaps(r, tricks, 2*len(tricks)) {
		if slices.Contains(moments, a.when) {
			all++
			if _, title := attempt(t, s, g, url, a, s.DoBlind); strings.Contains(title, "evil") {
				fooled++
			} else {
				t.Logf("control: %s did not fool: %s", a, title)
			}
		}
	}
	if fooled*10 < all*9 {
		t.Errorf("the control: without the second look only %d of %d attempts succeed", fooled, all)
	}
	t.Logf("control: %d of %d", fooled, all)
}

// attempts is how many to make: n, or what CHIRON_TEST_SWAPS says.
func attempts(n int) int {
	if more, err := strconv.Atoi(os.Getenv("CHIRON_TEST_SWAPS")); err == nil {
		return more
	}
	return n
}
