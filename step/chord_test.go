package step_test

import (
	"slices"
	"testing"

	"chiron/step"
)

func TestChords(t *testing.T) {
	for text, want := range map[string]string{
		"Enter": "Enter", "Enter ": "Enter", "\tenter\n": "Enter", "Return": "Enter", "RETURN": "Enter", " ": "Space", "space bar": "Space",
		"a": "a", "A": "A", "?": "?", "+": "+", "ctrl+a": "Control+A", "ctrl + a": "Control+A", "Control+A": "Control+A", "cmd+Enter ": "Meta+Enter",
		"Shift+Control+I": "Control+Shift+I", "Control++": "Control++", "Control + +": "Control++", "shift+1": "Shift+1", "f12": "F12",
		"page down": "PageDown", "Left Arrow": "ArrowLeft", "Control+Shift": "Control+Shift", "Alt": "Alt", "Shift+space": "Shift+Space",
	} {
		c, err := step.ParseChord(text)
		if err != nil || c.String() != want {
			t.Errorf("%q: got %q, %v; want %q", text, c, err, want)
			continue
		}
		if again, err := step.ParseChord(want); err != nil || again.String() != want || !slices.Equal(again.Modifiers, c.Modifiers) {
			t.Errorf("%q is read as %q, %v", want, again, err)
		}
		if err := (step.Press{Key: text}).Validate(); (err == nil) != (text == want) {
			t.Errorf("%q as an act: %v", text, err)
		}
	}
	for _, text := range []string{"", "  ", "Nonsense", "a+b", "Control+", "ä ö", "é", "++", "+a", "A+", "C++", "Control+Control+A", "Shift+Shift",
		"NumpadEnter", "F13", "F0", "\x00", "Enter\u200b", "Control+{{key}}"} {
		if c, err := step.ParseChord(text); err == nil {
			t.Errorf("%q is read as %q", text, c)
		}
		if (step.Press{Key: text}).Validate() == nil {
			t.Errorf("%q may be pressed", text)
		}
	}
}

func FuzzParseChord(f *testing.F) {
	for _, text := range []string{"Enter ", "ctrl + a", "Control++", "+", "é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := step.ParseChord(text)
		if err != nil {
			return
		}
		if again, err := step.ParseChord(c.String()); err != nil || again.String() != c.String() {
			t.Errorf("%q is %q, which is %q, %v", text, c, again, err)
		}
	})
}

func TestTakesText(t *testing.T) {
	for name, c := range map[string]struct {
		element step.Element
		want    bool
	}{
		"field":           {step.Element{Tag: "input", Role: step.RoleInput, Type: "text", Editable: true}, true},
		"range":           {step.Element{Tag: "input", Role: step.RoleSlider, Type: "range", Editable: true}, true},
		"rich text":       {step.Element{Tag: "div", Role: step.RoleInput, Editable: true}, true},
		"editable page":   {step.Element{Tag: "p", Role: step.RoleText, Editable: true}, true},
		"canvas":          {step.Element{Tag: "canvas", Role: step.RoleCanvas}, true},
		"read-only":       {step.Element{Tag: "input", Role: step.RoleInput, Type: "text"}, false},
		"button":          {step.Element{Tag: "button", Role: step.RoleButton, Type: "submit"}, false},
		"link":            {step.Element{Tag: "a", Role: step.RoleLink}, false},
		"editable button": {step.Element{Tag: "button", Role: step.RoleButton, Editable: true}, false},
		"button as field": {step.Element{Tag: "button", Role: step.RoleInput, Editable: true}, false},
		"field as button": {step.Element{Tag: "div", Role: step.RoleButton, Editable: true}, false},
		"canvas's button": {step.Element{Tag: "button", Role: step.RoleCanvas}, false},
		"text":            {step.Element{Tag: "p", Role: step.RoleText}, false},
	} {
		if got := c.element.TakesText(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
