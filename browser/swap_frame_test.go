package browser_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/browser/look"
	"chiron/policy"
	"chiron/step"
)

// framedPage holds one thing to press in a frame, and plays its tricks around it: something else above the frame, or the frame elsewhere, or another one in
// its place. %s is the address of what the frame shows.
const framedPage = `<title>ready</title><body style="margin:0">
<div id=spot style="position:absolute;left:20px;top:80px;width:160px;height:60px"><iframe id=fr src="%s" style="width:160px;height:60px;border:0"></iframe></div>
<div style="position:absolute;left:560px;top:560px;width:90px;height:90px">away</div>
<script>
const evil = () => { document.title = "evil" };
const at = "position:absolute;left:20px;top:80px;width:160px;height:60px;z-index:9;", button = '<button style="width:120px;height:40px">Next</button>';
const put = (html, style = "") => { const d = document.createElement("div"); d.style.cssText = at + style; d.innerHTML = html; document.body.append(d); d.onclick = evil; return d };
const under = () => { const d = put(button, "z-index:auto"); document.body.prepend(d) };
const spot = document.getElementById("spot"), fr = () => document.getElementById("fr");
const look = () => { const f = document.createElement("iframe"); f.id = "fr"; f.style.cssText = "width:160px;height:60px;border:0"; return f };
const fill = (f) => { const w = f.contentDocument; w.body.style.margin = 0; w.body.innerHTML = button; w.body.firstChild.onclick = evil; return f };
const fake = () => { const d = put(""), f = look(); f.id = ""; d.append(f); fill(f); return d };
const tricks = {
  cover: () => put(button),
  glass: () => put(button, "opacity:0.01"),
  bare: () => put(""),
  frame: () => fake(),
  link: () => { const a = document.createElement("a"); a.href = "#evil"; a.onclick = evil; a.style.cssText = at; document.body.append(a) },
  shift: () => { spot.style.left = "400px"; put(button) },
  nudge: () => { spot.style.top = "140px"; under() },
  turn: () => { spot.style.transform = "translateX(300px)"; put(button) },
  swap: () => { const f = look(); fr().replaceWith(f); fill(f) },
  beside: () => { fr().style.marginLeft = "300px"; fake() },
  shadow: () => { const d = put(""); d.attachShadow({mode: "closed"}).innerHTML = button },
  modal: () => { const d = document.createElement("dialog"); d.innerHTML = "<p>Next"; d.style.cssText = "position:fixed;margin:0;left:0;top:0;width:600px;height:300px"; d.onclick = evil; document.body.append(d); d.showModal() },
  through: () => { spot.style.pointerEvents = "none"; fr().style.pointerEvents = "none"; under() },
  gone: () => { fr().remove(); put(button) },
  inner: () => fr().contentWindow.postMessage("swap", "*"),
  hidden: () => { spot.style.visibility = "hidden"; under() },
};
let due = "";
addEventListener("message", ({ data }) => {
  if (data === "good") document.title = "good " + document.title;
  else if (data === "evil") evil();
  else if (data === due.split(" ")[0]) { const t = due.split(" ")[1]; due = ""; tricks[t]() }
});
// A frame of the same origin is listened to directly, any other tells of the mouse by message.
const once = (kind, trick) => {
  try { fr().contentWindow.document.addEventListener(kind, () => tricks[trick](), { capture: true, once: true }) } catch { due = kind + " " + trick }
};
</script>`

// inFrame shows the thing. Told to, it puts another in its place when the mouse comes next.
const inFrame = `<body style="margin:0">%s
<script>const good = () => parent.postMessage("good", "*");
for (const k of ["mousemove", "pointerover"]) addEventListener(k, () => parent.postMessage(k, "*"), true);
onmessage = () => addEventListener("mousemove", () => {
  document.getElementById("control").remove();
  document.body.innerHTML = '<button style="width:120px;height:40px">Pay</button>';
  document.querySelector("button").onclick = () => parent.postMessage("evil", "*");
}, {capture: true, once: true})</script>`

// TestSwappedAroundAFrameIsNotPressed: what stands in a frame is not pressed when something else lies above the frame, or the frame is elsewhere or another
// one, at the moment of the press. The control presses without the second look. CHIRON_TEST_SWAPS sets the number of attempts for each kind of frame.
func TestSwappedAroundAFrameIsNotPressed(t *testing.T) {
	in := map[string]string{}
	for thing, html := range judged {
		in["/"+thing] = fmt.Sprintf(inFrame, html)
	}
	other := newSite(t, in)
	alien := "http://localhost:" + other.URL[strings.LastIndex(other.URL, ":")+1:]
	pages := maps.Clone(in)
	for thing := range judged {
		pages["/same-"+thing], pages["/other-"+thing] = fmt.Sprintf(framedPage, "/"+thing), fmt.Sprintf(framedPage, alien+"/"+thing)
	}
	web := newSite(t, pages)
	for _, where := range []string{"/same-button", "/same-link", "/other-button", "/other-link"} {
		t.Run(where[1:], func(t *testing.T) {
			b := browsertest.Start(t, nil)
			options := web.options()
			hosts := append(options.Hosts.Write, strings.TrimPrefix(alien, "http://"))
			options.Hosts.Write = hosts
			s := browsertest.Open(t, b, options)
			g := newGate(t, web.URL+where)
			g.task.Hosts.Write = hosts
			swapAround(t, s, g, web.URL+where)
		})
	}
}

func swapAround(t *testing.T, s *browser.Session, g gate, url string) {
	t.Helper()
	g.do(t, s, step.Navigate{URL: url})
	observe(t, s)
	tricks := strings.Split(eval(t, s, `() => Object.keys(tricks).join()`), ",")
	seed := uint64(20261126)
	r := rand.New(rand.NewPCG(seed, 1))
	pressed := map[string]int{}
	try := func(a swap, do func(context.Context, *policy.Permit) (step.Outcome, error)) (step.Outcome, string) {
		for _, away := range []step.Action{step.Hover{Target: at(600, 600)}, step.Navigate{URL: url}} {
			for { // the last trick may still be going on, and a frame that goes then does not answer
				if _, err := s.Facts(t.Context(), away); err == nil && g.do(t, s, away).Status == step.Executed {
					break
				}
			}
		}
		loaded(t, s)
		p := g.permit(t, s, step.Click{Target: at(60, 95)})
		eval(t, s, a.script())
		out, err := do(t.Context(), p)
		if err != nil && !errors.Is(err, look.ErrSlow) { // a frame that goes while it is asked does not answer
			t.Fatalf("%+v: %v", a, err)
		}
		out.Stale = out.Stale || err != nil
		observe(t, s) // what the frame had to say has arrived
		return out, eval(t, s, `() => document.title + location.hash`)
	}
	n := attempts(20)
	for _, a := range swaps(r, tricks, n) {
		out, title := try(a, s.Do)
		switch {
		case strings.Contains(title, "evil"):
			t.Errorf("seed %d: %+v: %s, %+v", seed, a, title, out)
			pressed["evil"]++
		case strings.HasPrefix(title, "good"):
			if pressed["good"]++; out.Status != step.Executed {
				t.Errorf("seed %d: %+v: pressed, and said %+v", seed, a, out)
			}
		default: // a frame that goes while it is pressed takes the press with it; one that moves lets it begin inside and end outside, which is unknown
			lost := a.trick == "swap" || a.trick == "gone" || a.when == "mousedown" // which is the page's own answer to the press here
			if pressed["nothing"]++; out.Status == step.Executed && !lost || out.Status == step.NotExecuted && !out.Stale {
				t.Errorf("seed %d: %+v: nothing was pressed, and said %+v", seed, a, out)
			}
		}
	}
	t.Logf("seed %d: %d tricks, %d attempts: pressed %v", seed, len(tricks), n, pressed)
	if pressed["good"] == 0 || pressed["nothing"] == 0 {
		t.Error("the attempts are too much alike")
	}
	fooled, all := 0, 0
	blind := func(ctx context.Context, p *policy.Permit) (step.Outcome, error) { // once what was swapped is drawn: before, Chromium takes the mouse where it was
		observe(t, s)
		return s.DoBlind(ctx, p)
	}
	for _, a := range tricks {
		all++
		if _, title := try(swap{a, "now"}, blind); strings.Contains(title, "evil") {
			fooled++
		} else {
			t.Logf("control: %s did not fool", a)
		}
	}
	if fooled*10 < all*9 {
		t.Errorf("the control: without the second look only %d of %d attempts succeed", fooled, all)
	}
	t.Logf("control: %d of %d", fooled, all)
}
