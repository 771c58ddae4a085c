package act_test

import (
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/act"
	"chiron/browser/look/looktest"
	"chiron/step"
)

// TestPressThatNobodySaw: a press that the page keeps from the shield may have gone anywhere.
func TestPressThatNobodySaw(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	b.ok(step.Click{Target: b.on("b")}) // the control
	b.eval(`void ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'].forEach((k) => addEventListener(k, (e) => e.stopImmediatePropagation(), true))`)
	if out := b.do(step.Click{Target: b.on("b")}); out.Status != step.Unknown {
		t.Errorf("%+v", out)
	}
	b.eval(`void addEventListener('mousemove', () => {
		const over = document.createElement('div');
		over.style.cssText = 'position:fixed;inset:0';
		over.attachShadow({mode: 'closed'}).innerHTML = '<iframe style="width:100%;height:100%">'; // no style sheet reaches it
		document.body.append(over);
	}, {capture: true, once: true})`)
	if out := b.do(step.Click{Target: b.on("area")}); out.Status != step.Unknown {
		t.Errorf("%+v", out)
	}
}

// TestRenamedWhilePressed: what an element is called when the press ends counts, however long the press takes; what the element answers to the press
// itself is its own.
func TestRenamedWhilePressed(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	for _, c := range []struct{ name, before, during, clicks string }{
		{"left alone", "", "", "1"},
		{"by a timer", "", "b.textContent = 'Delete'", "0"},
		{"by a timer, in another way", "", "b.setAttribute('aria-label', 'Delete')", "0"},
		{"by a timer, to lead elsewhere", "", "b.setAttribute('formaction', '/evil')", "0"},
		{"by its own answer", "b.onmousedown = () => { b.textContent = 'Hide' }", "", "1"},
		{"by its own answer at once", "b.onpointerdown = (e) => { e.preventDefault(); b.textContent = 'Hide' }", "", "1"},
		{"by its own answer and then by a timer", "b.onmousedown = () => { b.textContent = 'Hide' }", "b.textContent = 'Delete'", "0"},
	} {
		b.eval("void (window.b = document.getElementById('b'), window.clicks = 0, b.textContent = 'Plain', b.onclick = () => clicks++)")
		b.eval("void (() => { " + c.before + " })()")
		err := b.pressSlowly(c.during)
		if got := b.eval("clicks + ''"); got != c.clicks || (err == nil) != (c.clicks == "1") {
			t.Errorf("%s: %s clicks, %v", c.name, got, err)
		}
		b.eval("void (b.onmousedown = b.onpointerdown = null, b.removeAttribute('aria-label'), b.removeAttribute('formaction'))")
	}
}

// pressSlowly presses the button, lets the page run a task, and releases.
func (b *bench) pressSlowly(during string) error {
	b.t.Helper()
	at := *b.on("b").Point
	send := func(kind proto.InputDispatchMouseEventType) {
		if err := (proto.InputDispatchMouseEvent{Type: kind, X: float64(at.X), Y: float64(at.Y), Button: proto.InputMouseButtonLeft, ClickCount: 1}).Call(b.eyes.Page()); err != nil {
			b.t.Fatal(err)
		}
	}
	h, err := b.eyes.At(b.t.Context(), at)
	if err != nil {
		b.t.Fatal(err)
	}
	defer h.Release()
	return b.hands.Shielded(b.t.Context(), h, func() error {
		send(proto.InputDispatchMouseEventTypeMousePressed)
		b.eval("new Promise((done) => setTimeout(() => { " + during + "; done('') }))")
		send(proto.InputDispatchMouseEventTypeMouseReleased)
		return nil
	})
}

// TestCoveredWhilePressed: a list that opens over its button at the press was pressed open; what a timer puts there makes the end of the press unknown.
func TestCoveredWhilePressed(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	b.eval(`void (window.b = document.getElementById('b'), window.cover = () => {
		const list = document.createElement('div');
		list.id = 'list', list.style.cssText = 'position:fixed;inset:0', list.innerHTML = '<p>One<p>Two';
		document.body.append(list);
	})`)
	b.eval("void (b.onmousedown = cover)")
	b.ok(step.Click{Target: b.on("b")})
	b.eval("void list.remove()")
	if err := b.pressSlowly(""); err != nil {
		t.Errorf("its own list, released late: %v", err)
	}
	b.eval("void (list.remove(), b.onmousedown = null)")
	if err := b.pressSlowly("cover()"); err == nil {
		t.Error("a timer's list: nothing is said")
	}
}

// TestShieldOnWhatComesAndGoes: an element that is gone when the shield is to go up leaves none behind that would stop what is pressed later. The page
// takes the element away and puts it back all the time, in a task each.
func TestShieldOnWhatComesAndGoes(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	b.eval(`void (window.b0 = document.getElementById('b'), window.place = b0.parentNode, window.heard = 0, document.getElementById('area').onclick = () => heard++, b0.style.cssText = 'position:fixed;left:300px;top:300px',
		window.tasks = new MessageChannel(), tasks.port2.onmessage = () => { if (going) { b0.isConnected ? b0.remove() : place.prepend(b0); tasks.port1.postMessage(0) } })`)
	click := step.Click{Target: b.on("b")}
	f, err := b.eyes.Facts(t.Context(), click)
	if err != nil {
		t.Fatal(err)
	}
	late, tries := 0, 0
	for ; late < 3 && tries < 500; tries++ {
		b.eval("void (window.going = true, tasks.port1.postMessage(0))")
		out := b.hands.Do(t.Context(), act.Order{Action: click, Facts: f})
		if strings.Contains(out.Reason, "get ready") {
			late++
		}
		b.eval("void (going = false, place.prepend(b0), heard = 0)")
		b.ok(step.Click{Target: b.on("area")})
		if got := b.eval("heard + ''"); got != "1" {
			t.Fatalf("after %+v another element heard %s presses of 1", out, got)
		}
	}
	if late < 3 {
		t.Errorf("only %d of %d shields were too late", late, tries)
	}
}
