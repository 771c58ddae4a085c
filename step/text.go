package step

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TextVersion is the version of the text form. It is raised whenever the same screen would be written in another way:
// models are trained on it and prompts are cached by it.
const TextVersion = 1

// Caps of the text form, in runes. What is cut is counted in place as …+N.
const (
	maxName  = 120
	maxTitle = 80
	maxURL   = 160
)

// Text returns the text form of the screen, the same for every model and for training:
//
//	page: Sign in - Acme | http://127.0.0.1:8080/login
//	1 text "Welcome back"
//	2 input "Username" = {{user}}
//	3 checkbox "Remember me" off
//	4 select "Country" = "Peru" of "Chile", "Peru", +190
//	5 button "Sign in" disabled
//	scroll: 0 above, 1200 below
//	cut: 3
//
// Lines "dialog:" and "tab:" follow the first where there is something to say. Page text is foreign: it is escaped
// (see Neutral), quoted, and cut. Where a known value stands, its reference stands instead.
func (s Screen) Text(v Values) string {
	var b strings.Builder
	fmt.Fprintf(&b, "page: %s | %s\n", strings.ReplaceAll(clip(Neutral(s.Title), maxTitle), "|", "/"), clip(bare(Neutral(s.URL)), maxURL))
	if s.Dialog != nil {
		fmt.Fprintf(&b, "dialog: %s %s\n", word(s.Dialog.Type), quote(s.Dialog.Message, v))
	}
	if s.Tabs > 1 {
		fmt.Fprintf(&b, "tab: %d of %d\n", s.Tab, s.Tabs)
	}
	for _, c := range s.Items {
		c.write(&b, v)
	}
	if s.Above > 0 || s.Below > 0 {
		fmt.Fprintf(&b, "scroll: %d above, %d below\n", s.Above, s.Below)
	}
	if s.Cut > 0 {
		fmt.Fprintf(&b, "cut: %d\n", s.Cut)
	}
	return b.String()
}

func (c Candidate) write(b *strings.Builder, v Values) {
	fmt.Fprintf(b, "%d %s %s", c.Mark, word(string(c.Role)), quote(c.Name, v))
	switch {
	case c.Secret && c.Value != "":
		b.WriteString(" = ***")
	case c.Role.HasValue() || c.Value != "":
		b.WriteString(" = " + value(c.Value, v))
	}
	if c.Role.Checkable() {
		b.WriteString(map[bool]string{true: " on", false: " off"}[c.States.Checked])
	}
	if len(c.Options) > 0 {
		b.WriteString(" of ")
		for i, o := range c.Options {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(o, v))
		}
		if c.More > 0 {
			fmt.Fprintf(b, ", +%d", c.More)
		}
	}
	for _, st := range stateWords() {
		if *st.of(&c.States) {
			b.WriteString(" " + st.word)
		}
	}
	b.WriteByte('\n')
}

// Example is what of a screen mattered once, and the act that was right there. Marks go from 1.
type Example struct {
	Items  []Candidate
	Action Act
}

// Text is the example in one line, escaped as a screen is.
func (e Example) Text(v Values) string {
	var b strings.Builder
	for _, c := range e.Items {
		c.write(&b, v)
	}
	act, err := json.Marshal(e.Action)
	if err != nil {
		return ""
	}
	return "on " + strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", "; ") + " the answer was " + string(act)
}

type stateWord struct {
	word string
	of   func(*States) *bool
}

// stateWords are the states in the order they are written.
func stateWords() []stateWord {
	return []stateWord{
		{"selected", func(s *States) *bool { return &s.Selected }},
		{"expanded", func(s *States) *bool { return &s.Expanded }},
		{"disabled", func(s *States) *bool { return &s.Disabled }},
		{"focused", func(s *States) *bool { return &s.Focused }},
		{"required", func(s *States) *bool { return &s.Required }},
		{"invalid", func(s *States) *bool { return &s.Invalid }},
	}
}

// value writes a field's value: a bare reference when it is exactly a known value, quoted text otherwise.
func value(text string, v Values) string {
	if name := v.nameOf(text); name != "" {
		return "{{" + name + "}}"
	}
	return quote(text, v)
}

// quote escapes, cuts and quotes foreign text.
func quote(text string, v Values) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(Shown(text, v)) + `"`
}

// Shown is foreign text as a model reads it in the text form: harmless, cut, and with references for known values.
func Shown(text string, v Values) string { return clip(v.Refer(Neutral(text)), maxName) }

// Neutral makes foreign text harmless inside a prompt: one line, single spaces, no control, zero-width or direction
// characters, and none of the character runs that Ollama or the text form read as more than text ([img, <|, {{).
func Neutral(text string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToValidUTF8(text, "�") {
		switch {
		case invisible(r):
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = b.Len() > 0
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
	}
	out := b.String()
	for strings.Contains(out, "{{") {
		out = strings.ReplaceAll(out, "{{", "{ {")
	}
	out = strings.ReplaceAll(out, "<|", "< |")
	return imageTag.ReplaceAllStringFunc(out, func(tag string) string { return "(" + tag[1:] })
}

// imageTag is how Ollama's runners find pictures in any text of a prompt.
var imageTag = regexp.MustCompile(`\[(?i:img)`)

// invisible reports characters that a person does not see but a model reads.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r >= 0xE0000 && r <= 0xE0FFF || r == 0x115F || r == 0x1160 || r == 0x3164 ||
		r >= 0xFE00 && r <= 0xFE0F
}

// clip cuts text to n runes and says how many were cut. Text that was cut so before is left alone.
func clip(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)
	if cutMark.MatchString(string(runes[n:])) {
		return text
	}
	return fmt.Sprintf("%s…+%d", string(runes[:n]), len(runes)-n)
}

var cutMark = regexp.MustCompile(`^…\+[1-9][0-9]{0,8}$`)

// word keeps a closed word from being anything else.
func word(w string) string {
	ok := w != "" && strings.IndexFunc(w, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) < 0
	if !ok {
		return "text"
	}
	return w
}

// bare drops the spaces of a text.
func bare(text string) string { return strings.ReplaceAll(text, " ", "%20") }

// Fold is the form in which texts are compared where letter case and spacing do not count.
func Fold(text string) string { return strings.ToLower(Neutral(text)) }
