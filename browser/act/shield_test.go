package act_test

import (
	"strings"
	"testing"

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
