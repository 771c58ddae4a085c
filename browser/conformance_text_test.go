package browser_test

import (
	"chiron/step"
)

// Chromium itself sends compositionend as an event that is not trusted, to pages of real people, too.
const inputs = "beforeinput input compositionstart compositionend change"

func typing() []row {
	line := `<input id=p1>`
	return []row{
		{name: "type", page: line, acts: acts(typed(1, "ab")), hear: "keydown keypress keyup beforeinput input",
			want:  "keydown p1 a; keypress p1 a; beforeinput p1 insertText a; input p1 insertText a; keyup p1 a; keydown p1 b; keypress p1 b; beforeinput p1 insertText b; input p1 insertText b; keyup p1 b",
			check: "p1.value", is: "ab"},
		{name: "capitals and marks", page: line, acts: acts(typed(1, "A-z_9?")), check: "p1.value", is: "A-z_9?"},
		{name: "replace", page: `<input id=p1 value=old>`, acts: acts(typed(1, "new")), check: "p1.value", is: "new"},
		{name: "empty a field", page: `<input id=p1 value=old>`, acts: acts(typed(1, "")), hear: "input", want: "input p1 deleteContentForward", check: "p1.value", is: ""},
		{name: "append", page: `<input id=p1 value=old>`, acts: acts(step.Type{Target: spot(1), Value: "er", Append: true}), check: "p1.value", is: "older"},
		{name: "change on leaving", page: `<input id=p1><input id=p2>`, acts: acts(typed(1, "x"), click(2)), hear: "change", want: "change p1"},
		{name: "long text", page: `<textarea id=p1></textarea>`, acts: acts(typed(1, long())), hear: "keydown", want: "keydown p1 x", check: "p1.value.length", is: "201"},
		{name: "lines", page: `<textarea id=p1></textarea>`, acts: acts(typed(1, "one\ntwo")), check: "JSON.stringify(p1.value)", is: `"one\ntwo"`},
		{name: "a line break submits nothing", page: `<form onsubmit="event.preventDefault(); document.title='sent'"><input id=p1></form>`, acts: acts(typed(1, "one\ntwo")), hear: "submit", check: "p1.value", is: "one two"},
		{name: "umlauts as keys", page: line, acts: acts(typed(1, "ö")), hear: "keydown " + inputs, want: "keydown p1 ö; beforeinput p1 insertText ö; input p1 insertText ö", check: "p1.value", is: "ö"},
		{name: "Cyrillic", page: line, acts: acts(typed(1, "Привет")), check: "p1.value", is: "Привет"},
		{name: "Arabic", page: `<input id=p1 dir=rtl>`, acts: acts(typed(1, "مرحبا")), check: "p1.value", is: "مرحبا"},
		{name: "Japanese by input method", page: line, acts: acts(typed(1, "東京")), hear: "keydown compositionstart compositionend",
			want: "keydown p1 Process; compositionstart p1; compositionend p1 東京 !", check: "p1.value", is: "東京"},
		{name: "Korean and Latin mixed", page: line, acts: acts(typed(1, "a한국b")), check: "p1.value", is: "a한국b"},
		{name: "emoji and combining marks", page: line, acts: acts(typed(1, "👩‍🚀 e\u0301")), check: "p1.value", is: "👩‍🚀 e\u0301"},
		{name: "rich text", page: `<div id=p1 contenteditable></div>`, acts: acts(typed(1, "one\ntwo")), check: "p1.innerText", is: "one\ntwo"},
		{name: "rich text replaced", page: `<div id=p1 contenteditable><b>old</b> text</div>`, acts: acts(typed(1, "new")), check: "p1.innerText", is: "new"},
		{name: "rich text in Japanese", page: `<div id=p1 contenteditable></div>`, acts: acts(typed(1, "日本")), hear: "compositionend", want: "compositionend p1 日本 !", check: "p1.innerText", is: "日本"},
		{name: "canvas takes keys", page: `<canvas id=p1 tabindex=0 width=200 height=40></canvas><script>onkeypress = e => document.title += e.key</script>`, acts: acts(typed(1, "hi")), hear: "keypress", want: "keypress p1 h; keypress p1 i"},
		{name: "field in a frame of another origin", page: `<iframe id=p1 src="{{other}}/field"></iframe>`, acts: acts(typed(1, "ab")), hear: "input", want: "input inside insertText a; input inside insertText b"},
		{name: "field in a shadow root", page: `<div id=p1></div><script>p1.attachShadow({mode: "open"}).innerHTML = "<input id=deep style='width:190px;height:30px'>"</script>`, acts: acts(typed(1, "ab")), check: "p1.shadowRoot.querySelector('input').value", is: "ab"},
		{name: "read back: a limit", page: `<input id=p1 maxlength=3>`, acts: acts(typed(1, "abcdef")), check: "p1.value", is: "abc", out: differs},
		{name: "read back: a page that rewrites", page: `<input id=p1 oninput="this.value = this.value.toUpperCase()">`, acts: acts(typed(1, "abc")), check: "p1.value", is: "ABC", out: differs},
		{name: "chord of the page", page: line + `<script>onkeydown = e => { if (e.ctrlKey && e.key == "z") document.title = "undone" }</script>`, acts: acts(click(1), step.Press{Key: "Control+Z"}), hear: "keydown", want: "keydown p1 Control+ctrl; keydown p1 z+ctrl", check: "document.title", is: "undone"},
		{name: "Control+A and Delete", page: `<input id=p1 value=old>`, acts: acts(click(1), step.Press{Key: "Control+A"}, step.Press{Key: "Delete"}), check: "p1.value", is: ""},
		{name: "Shift+Tab goes back", page: `<input id=p1><input id=p2>`, acts: acts(click(2), step.Press{Key: "Shift+Tab"}), check: "document.activeElement.id", is: "p1"},
		{name: "Enter submits", page: `<form onsubmit="event.preventDefault()"><input id=p1></form>`, acts: acts(click(1), step.Press{Key: "Enter"}), hear: "submit", want: "submit form"},
		{name: "Space presses a button", page: `<button id=p1>x</button>`, acts: acts(step.Press{Key: "Tab"}, step.Press{Key: "Space"}), hear: "click", want: "click p1"},
		{name: "arrows in a list", page: `<div id=p1 role=listbox tabindex=0></div><script>let n = 0; p1.onkeydown = e => { n += e.key == "ArrowDown" ? 1 : e.key == "ArrowUp" ? -1 : 0; p1.dataset.n = n }</script>`,
			acts: acts(click(1), step.Press{Key: "ArrowDown"}, step.Press{Key: "ArrowDown"}, step.Press{Key: "ArrowUp"}), check: "p1.dataset.n", is: "1"},
		{name: "Escape closes a dialog element", page: `<dialog id=d>x</dialog><script>d.showModal()</script>`, acts: acts(step.Press{Key: "Escape"}), hear: "close", want: "close d", check: "d.open", is: "false"},
	}
}

func long() string {
	text := make([]byte, 201)
	for i := range text {
		text[i] = 'x'
	}
	return string(text)
}

func choosing() []row {
	list := `<select id=p1><option>One<option>Two<optgroup label=More><option disabled>Three<option>Four</optgroup></select>`
	return []row{
		{name: "native list", page: list, acts: acts(step.Select{Target: spot(1), Option: "Two"}), hear: "input change", want: "input p1 !; change p1 !", check: "p1.value", is: "Two"},
		{name: "native list, the same again", page: list, acts: acts(step.Select{Target: spot(1), Option: "One"}), hear: "input change", check: "p1.value", is: "One"},
		{name: "native list, in a group", page: list, acts: acts(step.Select{Target: spot(1), Option: "four"}), hear: "change", want: "change p1 !", check: "p1.value", is: "Four"},
		{name: "native list, disabled option", page: list, acts: acts(step.Select{Target: spot(1), Option: "Three"}), hear: "change", check: "p1.value", is: "One", out: notDone},
		{name: "native list, no such option", page: list, acts: acts(step.Select{Target: spot(1), Option: "Nine"}), check: "p1.value", is: "One", out: notDone},
		{name: "date", page: `<input type=date id=p1>`, acts: acts(typed(1, "2026-11-25")), hear: "change", want: "change p1 !", check: "p1.value", is: "2026-11-25"},
		{name: "time", page: `<input type=time id=p1>`, acts: acts(typed(1, "13:45")), check: "p1.value", is: "13:45"},
		{name: "month", page: `<input type=month id=p1>`, acts: acts(typed(1, "2026-11")), check: "p1.value", is: "2026-11"},
		{name: "date and time", page: `<input type=datetime-local id=p1>`, acts: acts(typed(1, "2026-11-25T13:45")), check: "p1.value", is: "2026-11-25T13:45"},
		{name: "a date that is none", page: `<input type=date id=p1>`, acts: acts(typed(1, "tomorrow")), check: "p1.value", is: "", out: differs},
		{name: "colour", page: `<input type=color id=p1>`, acts: acts(typed(1, "#ff8800")), hear: "input change", want: "input p1 !; change p1 !", check: "p1.value", is: "#ff8800"},
		{name: "range", page: `<input type=range id=p1 min=0 max=10>`, acts: acts(typed(1, "7")), hear: "input change", want: "input p1 !; change p1 !", check: "p1.value", is: "7"},
		{name: "number", page: `<input type=number id=p1>`, acts: acts(typed(1, "42")), hear: "input", want: "input p1 insertText 4; input p1 insertText 2", check: "p1.valueAsNumber", is: "42"},
		{name: "file field", page: `<input type=file id=p1>`, acts: acts(step.Upload{Target: spot(1), File: "notes.txt"}), hear: "change", want: "change p1", check: "p1.files[0].name + ' ' + p1.files[0].size", is: "notes.txt 5"},
		{name: "file chooser behind a button", page: `<input type=file id=att hidden><button id=p1 onclick="att.click()">Attach</button>`, acts: acts(step.Upload{Target: spot(1), File: "notes.txt"}),
			hear: "change", want: "change att", check: "att.files[0].name", is: "notes.txt"},
		{name: "file that was not given", page: `<input type=file id=p1>`, acts: nil, check: "p1.files.length", is: "0", out: func(step.Outcome) bool { return true }},
	}
}
