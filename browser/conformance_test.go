package browser_test

import (
	"slices"
	"strings"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/step"
)

// row is one thing that a person could do: acts on a page, and what the page must have heard of them. Events that are not
// trusted end in "!".
type row struct {
	name  string
	page  string
	acts  []step.Action
	hear  string // event types that count
	want  string // what the page heard of these
	check string // expression of the page whose value must be is
	is    string
	out   func(step.Outcome) bool // of the last act; nil = executed
}

func spot(n int) step.Target { return at(browsertest.Spot(n)) }

func click(n int) step.Click { return step.Click{Target: spot(n)} }

func typed(n int, text string) step.Type { return step.Type{Target: spot(n), Value: text} }

func acts(a ...step.Action) []step.Action { return a }

const mice = "mousedown mouseup click dblclick auxclick contextmenu"

func clicking() []row {
	button := `<button id=p1>Go</button>`
	return []row{
		{name: "click", page: button, acts: acts(click(1)), hear: mice + " pointerdown pointerup",
			want: "pointerdown p1; mousedown p1; pointerup p1; mouseup p1; click p1"},
		{name: "double click", page: button, acts: acts(step.Click{Target: spot(1), Count: 2}), hear: mice,
			want: "mousedown p1; mouseup p1; click p1; mousedown p1 x2; mouseup p1 x2; click p1 x2; dblclick p1 x2"},
		{name: "triple click selects a paragraph", page: `<p id=p1>three words here</p>`, acts: acts(step.Click{Target: spot(1), Count: 3}),
			hear: "dblclick", want: "dblclick p1 x2", check: "getSelection().toString().trim()", is: "three words here"},
		{name: "right click", page: button, acts: acts(step.Click{Target: spot(1), Button: "right"}), hear: mice,
			want: "mousedown p1 b2; contextmenu p1 b2; mouseup p1 b2; auxclick p1 b2"},
		{name: "middle click", page: button, acts: acts(step.Click{Target: spot(1), Button: "middle"}), hear: mice,
			want: "mousedown p1 b1; mouseup p1 b1; auxclick p1 b1"},
		{name: "click with Shift", page: button, acts: acts(step.Click{Target: spot(1), Modifiers: []string{"Shift"}}), hear: "click", want: "click p1+shift"},
		{name: "click with Control", page: button, acts: acts(step.Click{Target: spot(1), Modifiers: []string{"Control"}}), hear: "click", want: "click p1+ctrl"},
		{name: "click with Alt and Meta", page: button, acts: acts(step.Click{Target: spot(1), Modifiers: []string{"Alt", "Meta"}}), hear: "click", want: "click p1+alt+meta"},
		{name: "label ticks its box", page: `<label id=p1><input type=checkbox id=box>Yes</label>`, acts: acts(click(1)), hear: "change", want: "change box", check: "box.checked", is: "true"},
		{name: "radio", page: `<input type=radio name=r id=p1><input type=radio name=r id=p2 checked>`, acts: acts(click(1)), hear: "change", want: "change p1", check: "p1.checked && !p2.checked", is: "true"},
		{name: "details open", page: `<details id=p1><summary id=s>More</summary>inside</details>`, acts: acts(step.Click{Target: at(60, 30)}), hear: "toggle", want: "toggle p1"},
		{name: "disabled button", page: `<button id=p1 disabled>Go</button>`, acts: acts(click(1)), hear: "click", out: notDone},
		{name: "what covers is hit, not what is covered", page: `<button id=p1>Go</button><div style="position:fixed;inset:0" id=veil></div>`, acts: acts(click(1)), hear: "click", want: "click veil"},
		{name: "hover menu", page: `<style>#p2{display:none}#p1:hover + #p2, #p2:hover{display:block}#p2{top:60px !important}</style><div id=p1>Menu</div><button id=p2>Item</button>`,
			acts: acts(step.Hover{Target: spot(1)}, step.Click{Target: at(120, 75)}), hear: "click", want: "click p2"},
		{name: "canvas", page: `<canvas id=p1 width=200 height=40></canvas><script>p1.onclick = e => p1.dataset.at = e.offsetX + "," + e.offsetY</script>`, acts: acts(step.Click{Target: at(50, 30)}),
			hear: "click", want: "click p1", check: "p1.dataset.at", is: "30,10"},
		{name: "open shadow root", page: `<div id=p1></div><script>p1.attachShadow({mode: "open"}).innerHTML = "<button id=deep style='width:200px;height:40px'>x</button>"</script>`, acts: acts(click(1)),
			hear: "click", want: "click deep"},
		{name: "closed shadow root", page: `<div id=p1></div><script>p1.attachShadow({mode: "closed"}).innerHTML = "<button style='width:200px;height:40px'>x</button>"</script>`, acts: acts(click(1)),
			hear: "click", want: "click p1"},
		{name: "scaled page", page: `<div style="transform:scale(.5);transform-origin:0 0"><button id=p2>x</button></div>`, acts: acts(step.Click{Target: at(60, 50)}), hear: "click", want: "click p2"},
		{name: "frame of the same origin", page: `<iframe id=p1 src="{{here}}/inner"></iframe>`, acts: acts(click(1)), hear: "click", want: "click inside"},
		{name: "frame of another origin", page: `<iframe id=p1 src="{{other}}/inner"></iframe>`, acts: acts(click(1)), hear: "click", want: "click inside"},
		{name: "frame in a frame of another origin", page: `<iframe id=p1 src="{{other}}/middle"></iframe>`, acts: acts(click(1)), hear: "click", want: "click inside"},
	}
}

func dragging() []row {
	knob := `<div id=p1 style="background:#ccc"></div><script>let on = false, n = 0; p1.onpointerdown = e => { on = true; p1.setPointerCapture(e.pointerId) };
p1.onpointermove = e => { if (on) { n++; p1.style.left = e.clientX - 100 + "px" } }; p1.onpointerup = () => { on = false; p1.dataset.end = p1.style.left + (n > 5 ? " in steps" : "") }</script>`
	tall := `<div style="width:3000px;height:5000px"></div>`
	box := `<div id=p1 style="overflow:auto"><div style="height:2000px;width:2000px">x</div></div>` + tall
	return []row{
		{name: "drag in steps", page: knob, acts: acts(step.Drag{Target: spot(1), To: at(420, 40)}), hear: "mousedown mouseup", want: "mousedown p1; mouseup p1", check: "p1.dataset.end", is: "320px in steps"},
		{name: "drag and drop of HTML", page: `<div id=p1 draggable=true>card</div><div id=p4>bin</div><script>p1.ondragstart = e => e.dataTransfer.setData("text/plain", "the card");
p4.ondragover = e => e.preventDefault(); p4.ondrop = e => { e.preventDefault(); p4.textContent = e.dataTransfer.getData("text/plain") }</script>`,
			acts: acts(step.Drag{Target: spot(1), To: spot(4)}), hear: "dragstart dragenter drop", want: "dragstart p1; dragenter p4; drop p4", check: "p4.textContent", is: "the card"},
		{name: "slider by dragging", page: `<input type=range id=p1 min=0 max=100 value=0>`, acts: acts(step.Drag{Target: at(30, 40), To: at(120, 40)}), hear: "change", want: "change p1", check: "+p1.value > 40 && +p1.value < 60", is: "true"},
		{name: "text selected by dragging", page: `<p id=p1 style="font:16px monospace;line-height:40px">abcdefghij</p>`, acts: acts(step.Drag{Target: at(21, 40), To: at(70, 40)}), check: "getSelection().toString()", is: "abcde"},
		{name: "wheel over the page", page: tall, acts: acts(step.Scroll{Direction: "down", Pages: 0.5}), hear: "wheel", want: "wheel div", check: "Math.round(scrollY)", is: "448"},
		{name: "wheel to the right", page: tall, acts: acts(step.Scroll{Direction: "right", Pages: 0.5}), check: "Math.round(scrollX)", is: "672"},
		{name: "wheel inside an element", page: box, acts: acts(step.Scroll{Direction: "down", Pages: 0.1, Target: spot(1)}), hear: "wheel", want: "wheel div", check: "p1.scrollTop + ' ' + scrollY", is: "90 0"},
		{name: "wheel up", page: tall, acts: acts(step.Scroll{Direction: "down", Pages: 1}, step.Wait{Seconds: 0.3}, step.Scroll{Direction: "up", Pages: 3}), check: "scrollY", is: "0"},
	}
}

func notDone(o step.Outcome) bool { return o.Status == step.NotExecuted }

func differs(o step.Outcome) bool { return o.Status == step.Executed && o.Differs }

// TestConformance does what a person could do, row by row, in one session, and asks the page what it heard.
func TestConformance(t *testing.T) {
	rows := slices.Concat(clicking(), dragging(), typing(), choosing())
	bodies := map[string]string{
		"inner":  `<style>#inside{position:fixed;inset:0;width:100%;height:100%}</style><button id=inside>x</button>`,
		"field":  `<style>#inside{position:fixed;inset:0;width:90%}</style><input id=inside>`,
		"middle": `<style>iframe{position:fixed;inset:0;width:100%;height:100%;border:0}</style><iframe src="{{here}}/inner"></iframe>`,
	}
	for i, r := range rows {
		bodies[name(i)] = r.page
	}
	web := browsertest.ServePages(t, bodies, nil)
	b := browsertest.Start(t, nil)
	s := browsertest.Open(t, b, browser.SessionOptions{Hosts: step.Hosts{Write: web.Hosts()}, Files: []step.File{{Name: "notes.txt", Data: []byte("hello")}}})
	g := newGate(t, web.URL+"/", step.File{Name: "notes.txt", Data: []byte("hello")})
	g.task.Hosts = step.Hosts{Write: web.Hosts()}
	for i, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g.do(t, s, step.Navigate{URL: web.URL + "/" + name(i)})
			observe(t, s)
			eval(t, s, "() => { heard.length = 0 }")
			var out step.Outcome
			for _, a := range r.acts {
				out = g.do(t, s, a)
			}
			if good := r.out; good == nil && out.Status != step.Executed || good != nil && !good(out) {
				t.Errorf("outcome %+v", out)
			}
			observe(t, s)
			grade(t, s, r)
		})
	}
	t.Logf("%d rows", len(rows))
}

func name(i int) string { return "row" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

func grade(t *testing.T, s *browser.Session, r row) {
	t.Helper()
	types := strings.Fields(r.hear)
	var heard []string
	for line := range strings.SplitSeq(eval(t, s, "() => heard.join('\\n')"), "\n") {
		if kind, _, _ := strings.Cut(line, " "); slices.Contains(types, kind) {
			heard = append(heard, line)
		}
	}
	if got := strings.Join(heard, "; "); got != r.want {
		t.Errorf("the page heard %s\nnot            %s", got, r.want)
	}
	if r.check != "" {
		if got := eval(t, s, "() => String("+r.check+")"); got != r.is {
			t.Errorf("%s is %q, not %q", r.check, got, r.is)
		}
	}
}
