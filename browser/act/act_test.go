package act_test

import (
	"context"
	"strings"
	"testing"

	"chiron/browser/act"
	"chiron/browser/look/looktest"
	"chiron/step"
)

func TestClick(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	for _, c := range []struct {
		name string
		act  step.Click
		want string
	}{
		{"left", step.Click{Target: b.on("b")}, "mousedown b 0x1; mouseup b 0x1; click b 0x1"},
		{"double", step.Click{Target: b.on("b"), Count: 2}, "mousedown b 0x1; mouseup b 0x1; click b 0x1; mousedown b 0x2; mouseup b 0x2; click b 0x2; dblclick b 0x2"},
		{"right", step.Click{Target: b.on("b"), Button: "right"}, "mousedown b 2x1; contextmenu b 2x0; mouseup b 2x1; auxclick b 2x1"},
		{"middle", step.Click{Target: b.on("b"), Button: "middle"}, "mousedown b 1x1; mouseup b 1x1; auxclick b 1x1"},
		{"held", step.Click{Target: b.on("b"), Modifiers: []string{"Control", "Shift"}},
			"mousedown b 0x1+ctrl+shift; mouseup b 0x1+ctrl+shift; click b 0x1+ctrl+shift"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.heard()
			b.ok(c.act)
			if got := b.heard("mousedown", "mouseup", "click", "dblclick", "auxclick", "contextmenu"); got != c.want {
				t.Errorf("heard %s\nwant  %s", got, c.want)
			}
		})
	}
	t.Run("triple selects the line", func(t *testing.T) {
		b.ok(step.Click{Target: b.on("line"), Count: 3})
		if got := b.eval("document.getElementById('line').selectionEnd - document.getElementById('line').selectionStart + ''"); got != "8" {
			t.Errorf("%s characters selected", got)
		}
	})
	t.Run("disabled", func(t *testing.T) {
		if out := b.do(step.Click{Target: b.on("off")}); out.Status != step.NotExecuted || !strings.Contains(out.Reason, "disabled") {
			t.Errorf("%+v", out)
		}
	})
	t.Run("hover", func(t *testing.T) {
		b.ok(step.Hover{Target: b.on("menu")})
		if got := b.eval("getComputedStyle(document.getElementById('item')).display"); got != "inline" {
			t.Errorf("the menu is %s", got)
		}
	})
	t.Run("off the screen", func(t *testing.T) {
		out := b.hands.Do(t.Context(), act.Order{Action: step.Click{Target: step.Target{Point: &step.Point{X: 9000}}}})
		if out.Status != step.NotExecuted {
			t.Errorf("%+v", out)
		}
	})
}

func TestDialogs(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	for _, accept := range []bool{true, false} {
		b.eval("window.answer = null")
		b.ok(step.Click{Target: b.on("alert")})
		if d := b.eyes.Dialog(); d == nil || d.Type != "confirm" || d.Message != "Sure?" {
			t.Fatalf("dialog %+v", d)
		}
		if out := b.do(step.Press{Key: "a"}); out.Status != step.NotExecuted {
			t.Errorf("a key behind a dialog: %+v", out)
		}
		b.ok(step.DialogAct{Accept: accept})
		looktest.Wait(t, "the end of the dialog", func() bool { return b.eyes.Dialog() == nil })
		if got := b.eval("String(window.answer)"); (got == "true") != accept {
			t.Errorf("the page heard %s", got)
		}
	}
	t.Run("prompt", func(t *testing.T) {
		b.eval("void setTimeout(() => { window.answer = prompt('Name?') }, 0)")
		<-b.eyes.DialogOpened()
		b.ok(step.DialogAct{Accept: true, Text: "Chiron"})
		looktest.Wait(t, "the end of the dialog", func() bool { return b.eyes.Dialog() == nil })
		if got := b.eval("window.answer"); got != "Chiron" {
			t.Errorf("the page heard %q", got)
		}
	})
	t.Run("from a list", func(t *testing.T) {
		b.ok(step.Select{Target: b.on("ask"), Option: "b"})
		b.ok(step.DialogAct{Accept: true})
		looktest.Wait(t, "the end of the dialog", func() bool { return b.eyes.Dialog() == nil })
	})
	t.Run("none", func(t *testing.T) {
		if out := b.do(step.DialogAct{Accept: true}); out.Status != step.NotExecuted {
			t.Errorf("%+v", out)
		}
	})
	t.Run("before leaving", func(t *testing.T) {
		b.eval("onbeforeunload = (e) => e.preventDefault()")
		b.ok(step.Click{Target: b.on("b")}) // a page may ask only after a gesture
		if out := b.ok(step.Reload{}); !strings.Contains(out.Reason, "dialog") || b.eyes.Dialog().Type != "beforeunload" {
			t.Errorf("%+v", out)
		}
		b.ok(step.DialogAct{Accept: false})
		looktest.Wait(t, "the end of the dialog", func() bool { return b.eyes.Dialog() == nil })
	})
}

func TestPress(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	b.eval("document.getElementById('line').focus()")
	for _, c := range []struct{ key, want string }{
		{"a", "keydown line a/KeyA/65; keypress line a/KeyA/97; keyup line a/KeyA/65"},
		{"Shift+a", "keydown line Shift/ShiftLeft/16+shift; keydown line A/KeyA/65+shift; keypress line A/KeyA/65+shift; keyup line A/KeyA/65+shift; keyup line Shift/ShiftLeft/16"},
		{"Escape", "keydown line Escape/Escape/27; keyup line Escape/Escape/27"},
		{"F5", "keydown line F5/F5/116; keyup line F5/F5/116"},
		{"ArrowLeft", "keydown line ArrowLeft/ArrowLeft/37; keyup line ArrowLeft/ArrowLeft/37"},
		{"Control+K", "keydown line Control/ControlLeft/17+ctrl; keydown line k/KeyK/75+ctrl; keyup line k/KeyK/75+ctrl; keyup line Control/ControlLeft/17"},
		{"?", "keydown line ?/Slash/191+shift; keypress line ?/Slash/63+shift; keyup line ?/Slash/191+shift"},
		{"Control++", "keydown line Control/ControlLeft/17+ctrl; keydown line +/Equal/187+ctrl+shift; keyup line +/Equal/187+ctrl+shift; keyup line Control/ControlLeft/17"},
		{"Tab", "keydown line Tab/Tab/9; keyup empty Tab/Tab/9"},
	} {
		t.Run(c.key, func(t *testing.T) {
			b.heard()
			b.ok(step.Press{Key: c.key})
			if got := b.heard("keydown", "keypress", "keyup"); got != c.want {
				t.Errorf("heard %s\nwant  %s", got, c.want)
			}
		})
	}
	t.Run("Enter submits", func(t *testing.T) {
		b.eval("document.getElementById('line').focus()")
		b.heard()
		b.ok(step.Press{Key: "Enter"})
		if got := b.heard("submit", "keydown"); got != "keydown line Enter/Enter/13; submit f" {
			t.Errorf("heard %s", got)
		}
	})
	t.Run("no shortcut of the browser", func(t *testing.T) {
		b.eval("window.mark = 'same document'")
		for _, key := range []string{"F5", "Control+R", "Control+T", "Control+W", "Control+N", "Control+Shift+A", "Control+P", "Alt+ArrowLeft", "F12", "Control+U"} {
			b.ok(step.Press{Key: key})
		}
		if s, _, _, _ := looktest.See(t, b.eyes); s.Reason != "quiet" {
			t.Error(s)
		}
		if got := b.eval("window.mark"); got != "same document" {
			t.Errorf("the page says %q", got)
		}
		if pages, err := b.eyes.Page().Browser().Pages(); err != nil || len(pages) > 2 {
			t.Errorf("%d pages, %v", len(pages), err)
		}
	})
	for _, bad := range []string{"Nonsense", "a+b", "Control+", "ä ö"} {
		if out := b.do(step.Press{Key: bad}); out.Status != step.NotExecuted {
			t.Errorf("%q: %+v", bad, out)
		}
	}
}

func TestScroll(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/drag.html")
	for _, c := range []struct {
		act        step.Scroll
		read, want string
	}{
		{step.Scroll{Direction: "down"}, "scrollY", "717"},
		{step.Scroll{Direction: "up", Pages: 0.5}, "scrollY", "269"},
		{step.Scroll{Direction: "up", Pages: 5}, "scrollY", "0"},
		{step.Scroll{Direction: "right", Pages: 0.5}, "scrollX", "672"},
		{step.Scroll{Direction: "left", Pages: 1}, "scrollX", "0"},
		{step.Scroll{Direction: "down", Pages: 0.1, Target: b.on("scroller")}, "document.getElementById('scroller').scrollTop", "90"},
	} {
		b.ok(c.act)
		if s, _, _, _ := looktest.See(t, b.eyes); s.Reason != "quiet" {
			t.Fatal(s)
		}
		if got := b.eval("String(Math.round(" + c.read + "))"); got != c.want {
			t.Errorf("%+v: %s is %s, want %s", c.act, c.read, got, c.want)
		}
	}
}

func TestDrag(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/drag.html")
	t.Run("by the page", func(t *testing.T) {
		b.ok(step.Drag{Target: b.on("knob"), To: step.Target{Point: &step.Point{X: 300, Y: 500}}})
		if got := b.eval("['left', 'top'].map(k => document.getElementById('knob').style[k]).join()"); got != "280px,480px" {
			t.Errorf("the knob is at %s", got)
		}
		if got := b.eval("String(document.getElementById('knob').dataset.moves > 5)"); got != "true" {
			t.Error("too few moves")
		}
	})
	t.Run("of HTML", func(t *testing.T) {
		b.heard()
		b.ok(step.Drag{Target: b.on("card"), To: b.on("bin")})
		if got := b.eval("document.getElementById('bin').textContent"); got != "the card" {
			t.Errorf("the bin holds %q", got)
		}
		if got := b.heard("mousedown", "dragstart", "drop", "click"); got != "mousedown card 0x1; dragstart card; drop bin" {
			t.Errorf("heard %s", got)
		}
		b.ok(step.Drag{Target: b.on("knob"), To: step.Target{Point: &step.Point{X: 100, Y: 600}}}) // the mouse works as before
		if got := b.eval("document.getElementById('knob').style.left"); got != "80px" {
			t.Errorf("the knob is at %s", got)
		}
	})
}

func TestTravel(t *testing.T) {
	browser := looktest.Start(t)
	url := serve(t)
	b := open(t, browser, url+"/form.html")
	if out := b.ok(step.Navigate{URL: url + "/drag.html"}); out.Reason != "" || b.eval("location.pathname") != "/drag.html" {
		t.Errorf("%+v", out)
	}
	b.ok(step.Back{})
	if got := b.eval("location.pathname"); got != "/form.html" {
		t.Errorf("back at %s", got)
	}
	b.ok(step.Forward{})
	if got := b.eval("location.pathname"); got != "/drag.html" {
		t.Errorf("forward at %s", got)
	}
	if out := b.do(step.Forward{}); out.Status != step.NotExecuted {
		t.Errorf("forward from the end: %+v", out)
	}
	b.eval("window.old = 'yes'")
	b.ok(step.Reload{})
	if got := b.eval("String(window.old)"); got != "undefined" {
		t.Error("not reloaded")
	}
	if out := b.ok(step.Navigate{URL: "http://127.0.0.1:1/"}); !strings.Contains(out.Reason, "net::ERR_") {
		t.Errorf("%+v", out)
	}
	b.ok(step.Navigate{URL: url + "/form.html"})
	if out := b.ok(step.Navigate{URL: url + "/file"}); out.Reason == "" || b.eval("location.pathname") != "/form.html" {
		t.Errorf("download: %+v", out)
	}
	for _, bad := range []string{"javascript:alert(1)", "file:///etc/passwd", "chrome://version", "http://u:p@a.test/"} {
		if out := b.do(step.Navigate{URL: bad}); out.Status != step.NotExecuted {
			t.Errorf("%s: %+v", bad, out)
		}
	}
	if out := b.do(step.TabAct{Op: "open"}); out.Status != step.NotExecuted {
		t.Errorf("tab: %+v", out)
	}
	t.Run("no answer", func(t *testing.T) {
		hands, err := act.New(act.Options{Eyes: b.eyes, Navigation: 200 * 1e6})
		if err != nil {
			t.Fatal(err)
		}
		if out := hands.Do(t.Context(), act.Order{Action: step.Navigate{URL: url + "/hang"}}); out.Status != step.Unknown {
			t.Errorf("%+v", out)
		}
	})
}

func TestOutcomesAreHonest(t *testing.T) {
	browser := looktest.Start(t)
	url := serve(t)
	b := open(t, browser, url+"/form.html")
	t.Run("stopped before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if out := b.hands.Do(ctx, act.Order{Action: step.Click{Target: b.on("b")}}); out.Status != step.NotExecuted {
			t.Errorf("%+v", out)
		}
		if got := b.heard("click"); got != "" {
			t.Errorf("heard %s", got)
		}
	})
	t.Run("acknowledgement lost", func(t *testing.T) {
		hands, err := act.New(act.Options{Eyes: b.eyes, Input: 200 * 1e6})
		if err != nil {
			t.Fatal(err)
		}
		if out := hands.Do(t.Context(), act.Order{Action: step.Click{Target: b.on("slow")}}); out.Status != step.Unknown {
			t.Errorf("%+v", out)
		}
		if got := b.heard("click"); got != "click slow 0x1" {
			t.Errorf("heard %s", got)
		}
	})
	t.Run("wait", func(t *testing.T) {
		if out := b.ok(step.Wait{Seconds: 0.05}); out.Took.Milliseconds() < 50 {
			t.Errorf("%+v", out)
		}
	})
}

// An act that takes the page away is acknowledged all the same.
func TestLeaving(t *testing.T) {
	browser := looktest.Start(t)
	url := serve(t)
	far := strings.Replace(url, "127.0.0.1", "far.test", 1)
	for name, act := range map[string]func(b *bench) step.Action{
		"link":          func(b *bench) step.Action { return step.Click{Target: b.on("near")} },
		"far link":      func(b *bench) step.Action { return step.Click{Target: b.on("far")} },
		"press":         func(b *bench) step.Action { return step.Click{Target: b.on("down")} },
		"submit":        func(b *bench) step.Action { return step.Click{Target: b.on("go")} },
		"Enter":         func(*bench) step.Action { return step.Press{Key: "Enter"} },
		"far navigate":  func(*bench) step.Action { return step.Navigate{URL: far + "/form.html"} },
		"keys, no form": func(b *bench) step.Action { return step.Type{Target: b.on("q"), Value: "text\nmore"} },
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, browser, url+"/links.html?far="+far)
			b.eval("document.getElementById('q').focus()")
			b.ok(act(b))
			s, l, _, _ := looktest.See(t, b.eyes)
			if s.Reason != "quiet" {
				t.Fatal(s)
			}
			want := "Form"
			if name == "keys, no form" {
				want = "Links"
			}
			if l.Title != want {
				t.Errorf("settled at %q", l.Title)
			}
		})
	}
}

func TestScreenBehindADialog(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	b.ok(step.Click{Target: b.on("alert")})
	data, err := b.eyes.Screenshot(t.Context())
	if err != nil || len(data) == 0 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	b.ok(step.DialogAct{Accept: true})
	looktest.Wait(t, "the end of the dialog", func() bool { return b.eyes.Dialog() == nil })
	if got := b.eval("String(window.answer)"); got != "true" {
		t.Errorf("the page heard %s", got)
	}
}
