package sight

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chiron/step"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
)

// witness is the second Chromium, which is asked what stands on a page.
type witness struct {
	browser *rod.Browser
	stop    func()
}

// callWitness starts Chromium without a sandbox and with no way out of this machine: the pages are trusted.
func callWitness(ctx context.Context, chromium string) (*witness, error) {
	l := launcher.New().Context(ctx).Bin(chromium).Headless(true).NoSandbox(true).Leakless(false).
		Set("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1").Delete("proxy-server")
	control, err := l.Launch()
	if err != nil {
		return nil, fmt.Errorf("sight: start Chromium: %w", err)
	}
	w := &witness{browser: rod.New().Context(ctx).ControlURL(control), stop: func() { l.Kill(); l.Cleanup() }}
	if err := w.browser.Connect(); err != nil {
		w.stop()
		return nil, fmt.Errorf("sight: connect: %w", err)
	}
	return w, nil
}

func (w *witness) close() error {
	err := w.browser.Close()
	w.stop()
	return err
}

// calm resolves once the page has drawn itself and nothing was loaded for a while.
const calm = `() => new Promise(done => {
	let last = performance.getEntriesByType("resource").length, still = 0
	const look = () => { const n = performance.getEntriesByType("resource").length; still = n === last ? still + 1 : 0; last = n; still > 7 ? done(true) : setTimeout(look, 100) }
	document.fonts.ready.then(look) })`

// view is one page in the witness, open until close.
type view struct {
	page  *rod.Page
	truth Truth
}

func (w *witness) open(url string, press []string) (*view, error) {
	page, err := w.browser.Page(proto.TargetCreateTarget{URL: "about:blank"})
	if err != nil {
		return nil, err
	}
	v := &view{page: page}
	size := step.Viewport()
	metrics := proto.EmulationSetDeviceMetricsOverride{Width: size.W, Height: size.H, DeviceScaleFactor: 1}
	if err = errors.Join(metrics.Call(page), page.Navigate(url), page.WaitLoad()); err == nil {
		_, err = page.Timeout(20 * time.Second).Eval(calm)
	}
	if err == nil {
		err = v.look()
	}
	for _, name := range press {
		if err == nil {
			err = v.press(name)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sight: show %s: %w", url, err), page.Close())
	}
	return v, nil
}

func (v *view) press(name string) error {
	for _, t := range v.truth.Things {
		if t.Name != name {
			continue
		}
		mid := t.Box.Center()
		at := proto.NewPoint(float64(mid.X), float64(mid.Y))
		if err := errors.Join(v.page.Mouse.MoveTo(at), v.page.Mouse.Click(proto.InputMouseButtonLeft, 1)); err != nil {
			return err
		}
		if _, err := v.page.Timeout(20 * time.Second).Eval(calm); err != nil {
			return err
		}
		return v.look()
	}
	return fmt.Errorf("there is no %q to press", name)
}

// look takes the picture and asks the accessibility trees of the page and its frames.
func (v *view) look() error {
	v.truth = Truth{}
	shot, err := proto.PageCaptureScreenshot{Format: proto.PageCaptureScreenshotFormatPng}.Call(v.page)
	if err != nil {
		return err
	}
	v.truth.Picture = shot.Data
	tree, err := proto.PageGetFrameTree{}.Call(v.page)
	if err != nil {
		return err
	}
	return v.frame(tree.FrameTree, step.Point{})
}

func (v *view) frame(f *proto.PageFrameTree, at step.Point) error {
	tree, err := proto.AccessibilityGetFullAXTree{FrameID: f.Frame.ID}.Call(v.page)
	if err != nil {
		return err
	}
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil || !acting(n.Role.Value.Str()) {
			continue
		}
		thing := Thing{Role: n.Role.Value.Str()}
		if n.Name != nil {
			thing.Name = n.Name.Value.Str()
		}
		if ok, err := v.measure(n.BackendDOMNodeID, at, &thing); err != nil {
			return err
		} else if ok {
			v.truth.Things = append(v.truth.Things, thing)
		}
	}
	for _, child := range f.ChildFrames {
		owner, err := proto.DOMGetFrameOwner{FrameID: child.Frame.ID}.Call(v.page)
		if err != nil {
			continue // it went away
		}
		box, err := proto.DOMGetBoxModel{BackendNodeID: owner.BackendNodeID}.Call(v.page)
		if err != nil || len(box.Model.Content) < 2 {
			continue // it is not shown
		}
		if err := v.frame(child, step.Point{X: at.X + int(box.Model.Content[0]), Y: at.Y + int(box.Model.Content[1])}); err != nil {
			return err
		}
	}
	return nil
}

// acting reports whether a person acts on things of a role of the accessibility tree.
func acting(role string) bool {
	switch role {
	case "link", "button", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "switch", "slider", "spinbutton", "tab",
		"menuitem", "menuitemcheckbox", "menuitemradio", "option", "treeitem", "DisclosureTriangle", "Date", "DateTime", "InputTime", "ColorWell":
		return true
	}
	return false
}

// probe says where an element can be seen and hit, and which words of its own can be read. Where its label stands for it, the
// label's place counts.
const probe = `function() {
	const box = e => { const all = [...e.getClientRects()].filter(r => r.width > 1 && r.height > 1); if (!all.length) return null
		const l = Math.max(0, Math.min(...all.map(r => r.left))), t = Math.max(0, Math.min(...all.map(r => r.top)))
		const r = Math.min(innerWidth, Math.max(...all.map(r => r.right))), b = Math.min(innerHeight, Math.max(...all.map(r => r.bottom)))
		return r - l >= 3 && b - t >= 3 ? [l, t, r, b] : null }
	const labels = this.labels ? [...this.labels] : []
	const inside = (h, e) => { for (; h; h = h.parentNode || h.host) if (h === e) return true; return false }
	const hits = (b, es) => { let n = 0, first = false
		for (const [u, v] of [[.5, .5], [.2, .3], [.8, .3], [.2, .7], [.8, .7]]) {
			const x = b[0] + u * (b[2] - b[0]), y = b[1] + v * (b[3] - b[1])
			let h = document.elementFromPoint(x, y)
			while (h && h.shadowRoot) { const d = h.shadowRoot.elementFromPoint(x, y); if (!d || d === h) break; h = d }
			if (es.some(e => inside(h, e))) { n++; first = first || u === .5 } }
		return first || n >= 2 }
	const text = e => (e.innerText || "").trim()
	let shown = [...labels.map(text), this.value && !["password", "checkbox", "radio", "range", "color", "file"].includes(this.type) && this.tagName !== "SELECT" ? String(this.value) : "", this.type === "password" ? "" : this.placeholder || "", this.tagName === "SELECT" ? "" : text(this)]
	if (this.tagName === "SELECT") shown.push(...[...this.selectedOptions].map(o => o.text))
	shown = shown.filter(s => s).join("\n").slice(0, 600)
	const style = getComputedStyle(this)
	let b = box(this)
	if (b && style.visibility !== "hidden" && (style.opacity !== "0" || this.type === "checkbox" || this.type === "radio") && hits(b, [this])) return {b, shown}
	for (const l of labels) { const c = box(l); if (c && hits(c, [l, this])) return {b: b ? [Math.min(b[0], c[0]), Math.min(b[1], c[1]), Math.max(b[2], c[2]), Math.max(b[3], c[3])] : c, shown} }
	return null }`

// least is the side, in pixels, from which on what is left of a thing at the edge of the viewport can be seen for what it is.
const least = 10

func (v *view) measure(id proto.DOMBackendNodeID, at step.Point, t *Thing) (bool, error) {
	node, err := proto.DOMResolveNode{BackendNodeID: id}.Call(v.page)
	if err != nil {
		return false, nil // a pseudo element, or gone
	}
	out, err := proto.RuntimeCallFunctionOn{ObjectID: node.Object.ObjectID, FunctionDeclaration: probe, ReturnByValue: true}.Call(v.page)
	if err != nil || out.ExceptionDetails != nil || out.Result.Value.Nil() {
		return false, err
	}
	b := out.Result.Value.Get("b").Arr()
	if len(b) != 4 {
		return false, nil
	}
	left, top := int(b[0].Num()), int(b[1].Num())
	t.Box = step.Rect{X: at.X + left, Y: at.Y + top, W: int(b[2].Num()) - left, H: int(b[3].Num()) - top}
	t.Shown = out.Result.Value.Get("shown").Str()
	size := step.Viewport()
	t.Box = t.Box.Intersect(step.Rect{W: size.W, H: size.H})
	if t.Box.W < least || t.Box.H < least {
		v.truth.edge = append(v.truth.edge, t.Box)
		return false, nil
	}
	return true, nil
}

// under returns the element at a point of the page, or its n-th ancestor no larger than wide×high.
const under = `(x, y, n, wide, high) => { let h = document.elementFromPoint(x, y)
	while (h && h.shadowRoot) { const d = h.shadowRoot.elementFromPoint(x, y); if (!d || d === h) break; h = d }
	for (; n > 0 && h; n--) h = h.parentElement || (h.getRootNode() || {}).host
	if (!h || h === document.body || h === document.documentElement) return null
	const r = h.getBoundingClientRect()
	return r.width <= wide && r.height <= high ? h : null }`

// answers reports whether what stands under the middle of a box answers to the mouse though the accessibility tree gives it
// no role: a listener for clicks, the pointing hand, a place in the order of focus.
func (v *view) answers(box step.Rect) bool {
	mid := box.Center()
	for n := range 6 {
		o, err := v.page.Evaluate(rod.Eval(under, mid.X, mid.Y, n, 2*box.W+40, 2*box.H+40).ByObject())
		if err != nil || o.ObjectID == "" {
			return false
		}
		heard, err := proto.DOMDebuggerGetEventListeners{ObjectID: o.ObjectID}.Call(v.page)
		if err != nil {
			return false
		}
		for _, l := range heard.Listeners {
			switch l.Type {
			case "click", "mousedown", "mouseup", "pointerdown", "pointerup", "dblclick", "touchstart":
				return true
			}
		}
		hand, err := proto.RuntimeCallFunctionOn{ObjectID: o.ObjectID, ReturnByValue: true,
			FunctionDeclaration: `function() { return getComputedStyle(this).cursor === "pointer" || this.tabIndex >= 0 || this.isContentEditable || this.draggable }`}.Call(v.page)
		if err == nil && hand.Result.Value.Bool() {
			return true
		}
	}
	return false
}

func (v *view) close() error { return v.page.Close() }
