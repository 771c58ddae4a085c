package act

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-rod/rod/lib/proto"

	"chiron/step"
)

// stroke is one key of a US keyboard as Chromium describes it to pages.
type stroke struct {
	key   string // KeyboardEvent.key
	code  string // KeyboardEvent.code
	vk    int    // KeyboardEvent.keyCode
	text  string // what it types
	shift bool   // typed with Shift
}

// namedKey returns the key of a canonical name.
func namedKey(name string) (stroke, bool) {
	switch name {
	case "Enter":
		return stroke{key: name, code: name, vk: 13, text: "\r"}, true
	case "Space":
		return stroke{key: " ", code: name, vk: 32, text: " "}, true
	}
	vk := map[string]int{"Tab": 9, "Escape": 27, "Backspace": 8, "Delete": 46, "Insert": 45, "Home": 36, "End": 35, "PageUp": 33,
		"PageDown": 34, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "ContextMenu": 93}[name]
	var n int
	if _, err := fmt.Sscanf(name, "F%d", &n); err == nil {
		vk = 111 + n
	}
	if vk != 0 {
		return stroke{key: name, code: name, vk: vk}, true
	}
	return modifierKey(name)
}

func modifierKey(name string) (stroke, bool) {
	switch name {
	case "Control":
		return stroke{key: name, code: "ControlLeft", vk: 17}, true
	case "Shift":
		return stroke{key: name, code: "ShiftLeft", vk: 16}, true
	case "Alt":
		return stroke{key: name, code: "AltLeft", vk: 18}, true
	case "Meta":
		return stroke{key: name, code: "MetaLeft", vk: 91}, true
	}
	return stroke{}, false
}

// The punctuation of a US keyboard: plain and shifted characters, codes and key codes, in the same order.
const (
	plainMarks   = "`-=[]\\;',./"
	shiftedMarks = "~_+{}|:\"<>?"
	digitMarks   = ")!@#$%^&*("
)

func markCode(i int) (code string, vk int) {
	codes := [...]string{"Backquote", "Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Comma", "Period", "Slash"}
	vks := [...]int{192, 189, 187, 219, 221, 220, 186, 222, 188, 190, 191}
	return codes[i], vks[i]
}

// typedKey returns the key that types a character on a US keyboard.
func typedKey(c rune) (stroke, bool) {
	s := stroke{key: string(c), text: string(c)}
	switch {
	case c >= 'a' && c <= 'z':
		s.code, s.vk = "Key"+strings.ToUpper(s.key), int(c-'a'+'A')
	case c >= 'A' && c <= 'Z':
		s.code, s.vk, s.shift = "Key"+s.key, int(c), true
	case c >= '0' && c <= '9':
		s.code, s.vk = "Digit"+s.key, int(c)
	case c == ' ':
		s.code, s.vk = "Space", 32
	case c < utf8.RuneSelf && strings.ContainsRune(plainMarks, c):
		s.code, s.vk = markCode(strings.IndexRune(plainMarks, c))
	case c < utf8.RuneSelf && strings.ContainsRune(shiftedMarks, c):
		s.code, s.vk = markCode(strings.IndexRune(shiftedMarks, c))
		s.shift = true
	case c < utf8.RuneSelf && strings.ContainsRune(digitMarks, c):
		digit := strings.IndexRune(digitMarks, c)
		s.code, s.vk, s.shift = fmt.Sprintf("Digit%d", digit), '0'+digit, true
	default:
		return stroke{}, false
	}
	return s, true
}

// How a character gets into a field.
const (
	byKey    = iota // struck
	byMethod        // by an input method
	byHand          // inserted, as from a palette
)

// keyFor says how a character is typed: on a US keyboard, on that of its own letters, by an input method where its script has
// no keyboard of its own, or not at all.
func keyFor(c rune) (stroke, int) {
	if s, ok := typedKey(c); ok {
		return s, byKey
	}
	switch {
	case unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return stroke{}, byMethod
	case unicode.IsLetter(c):
		return stroke{key: string(c), text: string(c)}, byKey
	}
	return stroke{}, byHand
}

// chord returns the strokes of a chord, as step.ParseChord reads it.
func chord(keys string) (modifiers []stroke, last stroke, err error) {
	c, err := step.ParseChord(keys)
	if err != nil {
		return nil, stroke{}, refuse("%w", err)
	}
	for _, name := range c.Modifiers {
		s, ok := modifierKey(name)
		if !ok {
			return nil, stroke{}, refuse("%q cannot be held", name)
		}
		modifiers = append(modifiers, s)
	}
	s, ok := namedKey(c.Key)
	if !ok {
		s, ok = typedKey(rune(c.Key[0]))
	}
	if !ok {
		return nil, stroke{}, refuse("%q cannot be pressed", c.Key)
	}
	return modifiers, under(modifiers, s), nil
}

// under returns what a key is while modifiers are held: Control+A is written with a capital but struck without Shift,
// and Shift+a types an A.
func under(modifiers []stroke, s stroke) stroke {
	held := 0
	for _, m := range modifiers {
		held |= bits([]string{m.key})
	}
	switch {
	case held == 0 || len(s.text) != 1 || s.text == "\r":
		return s
	case held&8 != 0:
		if upper, ok := shifted(s); ok {
			return upper
		}
	case strings.HasPrefix(s.code, "Key"):
		if lower, ok := typedKey(rune(s.code[3] - 'A' + 'a')); ok {
			return lower
		}
	}
	return s
}

// down makes the event of a key going down under modifiers, up that of its release.
func (s stroke) down(modifiers int) proto.InputDispatchKeyEvent {
	e := s.event(proto.InputDispatchKeyEventTypeRawKeyDown, modifiers)
	if s.text != "" && modifiers&^8 == 0 {
		e.Type, e.Text, e.UnmodifiedText = proto.InputDispatchKeyEventTypeKeyDown, s.text, s.text
	}
	return e
}

func (s stroke) up(modifiers int) proto.InputDispatchKeyEvent {
	return s.event(proto.InputDispatchKeyEventTypeKeyUp, modifiers)
}

// event leaves the native key code out: without it Chromium keeps keys that the page does not handle from its own
// shortcuts, which would reload, print or open tabs past the policy.
func (s stroke) event(kind proto.InputDispatchKeyEventType, modifiers int) proto.InputDispatchKeyEvent {
	if s.shift {
		modifiers |= 8
	}
	return proto.InputDispatchKeyEvent{Type: kind, Key: s.key, Code: s.code, WindowsVirtualKeyCode: s.vk, Modifiers: modifiers}
}

func (r *run) press(ctx context.Context, a step.Press) error {
	modifiers, last, err := chord(a.Key)
	if err != nil {
		return err
	}
	return r.strike(ctx, modifiers, last)
}

// strike presses a chord and releases it in reverse order.
func (r *run) strike(ctx context.Context, modifiers []stroke, last stroke) error {
	held := 0
	for _, m := range modifiers {
		held |= bits([]string{m.key})
		if err := r.post(ctx, m.down(held)); err != nil {
			return err
		}
	}
	if err := r.post(ctx, last.down(held)); err != nil {
		return err
	}
	if len(modifiers) == 0 {
		return r.send(ctx, last.up(held))
	}
	if err := r.post(ctx, last.up(held)); err != nil {
		return err
	}
	for i := len(modifiers) - 1; i >= 0; i-- {
		held &^= bits([]string{modifiers[i].key})
		if i == 0 {
			return r.send(ctx, modifiers[i].up(held))
		}
		if err := r.post(ctx, modifiers[i].up(held)); err != nil {
			return err
		}
	}
	return nil
}

// shifted returns what a key types while Shift is held.
func shifted(s stroke) (stroke, bool) {
	c := s.text[0]
	switch {
	case c >= 'a' && c <= 'z':
		return typedKey(rune(c - 'a' + 'A'))
	case c >= '0' && c <= '9':
		return typedKey(rune(digitMarks[c-'0']))
	}
	if i := strings.IndexByte(plainMarks, c); i >= 0 {
		return typedKey(rune(shiftedMarks[i]))
	}
	return stroke{}, false
}
