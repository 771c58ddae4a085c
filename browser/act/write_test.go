package act_test

import (
	"encoding/json"
	"strings"
	"testing"

	"chiron/browser/act"
	"chiron/browser/look/looktest"
	"chiron/step"
)

func TestType(t *testing.T) {
	browser := looktest.Start(t)
	url := serve(t)
	long := strings.Repeat("A longer text, ", 20)
	for _, c := range []struct {
		name, field, text string
		add               bool
		want              string // value afterwards
		differs           bool
	}{
		{name: "replace", field: "line", text: "new text", want: "new text"},
		{name: "append", field: "line", text: " and more", add: true, want: "old text and more"},
		{name: "clear", field: "line", text: "", want: ""},
		{name: "long", field: "line", text: long, want: long},
		{name: "all keys", field: "line", text: "aZ09 ~!@#$%^&*()_+{}|:\"<>?`-=[]\\;',./", want: "aZ09 ~!@#$%^&*()_+{}|:\"<>?`-=[]\\;',./"},
		{name: "not Latin", field: "empty", text: "日本é😀x", want: "日本é😀x"},
		{name: "line break in a line", field: "line", text: "a\nb", want: "a b"},
		{name: "cut", field: "empty", text: "0123456789", want: "01234567", differs: true},
		{name: "formatted", field: "phone", text: "12-34", want: "1234", differs: true},
		{name: "password", field: "pw", text: "s3cret!", want: "s3cret!"},
		{name: "e-mail", field: "mail", text: "x@y.example", want: "x@y.example"},
		{name: "number", field: "num", text: "-12.5", want: "-12.5"},
		{name: "lines", field: "area", text: "one\ntwo", want: "one\ntwo"},
		{name: "lines, append", field: "area", text: " more\nlast", add: true, want: "first more\nlast"},
		{name: "date", field: "date", text: "2026-11-23", want: "2026-11-23"},
		{name: "bad date", field: "date", text: "tomorrow", want: "", differs: true},
		{name: "time", field: "time", text: "13:45", want: "13:45"},
		{name: "colour", field: "color", text: "#ff8800", want: "#ff8800"},
		{name: "range", field: "range", text: "7", want: "7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t, browser, url+"/form.html")
			out := b.ok(step.Type{Target: b.on(c.field), Value: c.text, Append: c.add})
			if got := b.value(c.field); got != c.want {
				t.Errorf("the field holds %q, want %q", got, c.want)
			}
			want := c.want
			if c.field == "pw" {
				want = "***"
			}
			if out.ReadBack != want || out.Differs != c.differs {
				t.Errorf("%+v", out)
			}
			if got := b.heard("submit"); got != "" {
				t.Errorf("typing submits: %s", got)
			}
		})
	}
}

func TestTypeSoundsLikeTyping(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	b.ok(step.Type{Target: b.on("empty"), Value: "aB"})
	b.ok(step.Click{Target: b.on("b")})
	want := "mousedown empty 0x1; mouseup empty 0x1; click empty 0x1; keydown empty a/KeyA/65; keypress empty a/KeyA/97; input empty; keyup empty a/KeyA/65; " +
		"keydown empty B/KeyB/66+shift; keypress empty B/KeyB/66+shift; input empty; keyup empty B/KeyB/66+shift; mousedown b 0x1; change empty; mouseup b 0x1; click b 0x1"
	if got := b.heard("mousedown", "mouseup", "click", "keydown", "keypress", "keyup", "input", "change"); got != want {
		t.Errorf("heard %s\nwant  %s", got, want)
	}
	b.ok(step.Type{Target: b.on("rich"), Value: "brand new"})
	if got := b.eval("document.getElementById('rich').innerText.trim()"); got != "brand new" {
		t.Errorf("the rich text is %q", got)
	}
	b.ok(step.Type{Target: b.on("rich"), Value: " text\nline", Append: true})
	if got := b.eval("document.getElementById('rich').innerText.trim().replace(/\\n+/g, '|')"); got != "brand new text|line" {
		t.Errorf("the rich text is %q", got)
	}
	if got := b.heard("keydown"); strings.Contains(got, "Enter") {
		t.Errorf("a line break was struck: %s", got)
	}
}

func TestTypeRefuses(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	for _, c := range []struct{ field, why string }{
		{"ro", "cannot be typed"}, {"sel", "use select"}, {"off", "disabled"}, {"b", "cannot be typed"}, {"send", "cannot be typed"}, {"file", "cannot be typed"},
	} {
		b.heard()
		out := b.do(step.Type{Target: b.on(c.field), Value: "steal me"})
		if out.Status != step.NotExecuted || !strings.Contains(out.Reason, c.why) {
			t.Errorf("%s: %+v", c.field, out)
		}
		if got := b.heard("mousedown", "click", "submit", "keydown"); got != "" {
			t.Errorf("%s heard %s", c.field, got)
		}
	}
	out := b.do(step.Type{Target: b.on("trap"), Value: "steal me"}) // its click was an act
	if out.Status != step.Executed || !out.Differs || !strings.Contains(out.Reason, "another field") {
		t.Errorf("%+v", out)
	}
	for _, field := range []string{"ro", "trap", "pw"} {
		if got := b.value(field); strings.Contains(got, "steal") {
			t.Errorf("%s holds %q", field, got)
		}
	}
}

func TestUploadRefuses(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	if out := b.do(step.Upload{Target: b.on("send"), File: "log.js"}); out.Status != step.NotExecuted || b.heard("mousedown", "submit") != "" {
		t.Errorf("%+v", out)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	for _, field := range []string{"line", "empty", "date", "b", "ro"} {
		a := step.Type{Target: b.on(field), Value: "hunter2hunter2"}
		f, err := b.eyes.Facts(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		out := b.hands.Do(t.Context(), act.Order{Action: a, Facts: f, Secret: true})
		data, _ := json.Marshal(out)
		if strings.Contains(string(data), "hunter2") || out.Status == step.Executed && !out.Differs && out.ReadBack != "***" {
			t.Errorf("%s: %s", field, data)
		}
	}
}

func TestSelect(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	for _, c := range []struct{ option, want, heard string }{
		{"Three", "3", "input! sel; change! sel"}, {"Three", "3", ""}, {"two words", "Two words", "input! sel; change! sel"}, {"one", "One", "input! sel; change! sel"},
	} {
		b.heard()
		out := b.ok(step.Select{Target: b.on("sel"), Option: c.option})
		if got := b.value("sel"); strings.Join(strings.Fields(got), " ") != c.want || out.Differs {
			t.Errorf("%s: the list holds %q, %+v", c.option, got, out)
		}
		if got := b.heard("input", "change"); got != c.heard {
			t.Errorf("%s: heard %s", c.option, got)
		}
	}
	for option, why := range map[string]string{"Four": `it has "One", "Two words"`, "o": "several", "Gone": "disabled"} {
		if out := b.do(step.Select{Target: b.on("sel"), Option: option}); out.Status != step.NotExecuted || !strings.Contains(out.Reason, why) {
			t.Errorf("%s: %+v", option, out)
		}
	}
	if out := b.do(step.Select{Target: b.on("b"), Option: "x"}); out.Status != step.NotExecuted {
		t.Errorf("%+v", out)
	}
	t.Run("swapped", func(t *testing.T) {
		a := step.Select{Target: b.on("sel"), Option: "Three"}
		f, err := b.eyes.Facts(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		b.eval("document.getElementById('sel').outerHTML += ''")
		if out := b.hands.Do(t.Context(), act.Order{Action: a, Facts: f}); out.Status != step.NotExecuted || !out.Stale {
			t.Errorf("%+v", out)
		}
	})
}

func TestUpload(t *testing.T) {
	b := open(t, looktest.Start(t), serve(t)+"/form.html")
	for button, input := range map[string]string{"file": "file", "pick": "hidden"} {
		b.heard()
		b.ok(step.Upload{Target: b.on(button), File: "log.js"})
		name := "document.getElementById('" + input + "').files[0]?.name"
		if got := b.eval(name); got != "log.js" {
			t.Errorf("%s holds %q", input, got)
		}
		if got := b.heard("change"); got != "change "+input {
			t.Errorf("heard %s", got)
		}
	}
	if out := b.do(step.Upload{Target: b.on("file"), File: "../secret"}); out.Status != step.NotExecuted {
		t.Errorf("%+v", out)
	}
}

func TestInAnotherProcess(t *testing.T) {
	url := serve(t)
	far := strings.Replace(url, "127.0.0.1", "far.test", 1)
	b := open(t, looktest.Start(t), url+"/outer.html?far="+far)
	at := func(x, y int) step.Target { return step.Target{Point: &step.Point{X: 103 + x, Y: 103 + y}} }
	out := b.ok(step.Type{Target: at(100, 60), Value: "across"})
	if out.ReadBack != "across" || out.Differs {
		t.Errorf("%+v", out)
	}
	b.ok(step.Select{Target: at(90, 162), Option: "b"})
	b.ok(step.Click{Target: at(90, 112)})
	looktest.Wait(t, "word from the frame", func() bool {
		said := b.eval("JSON.stringify(window.said ?? null)")
		return strings.HasPrefix(said, `{"value":"across","pick":"b","log":"click in 0x1; keydown in a/KeyA/65;`) && strings.HasSuffix(said, `click go 0x1"}`)
	})
}
