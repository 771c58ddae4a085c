package act

import (
	"context"
	"fmt"
	"strings"
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

// namedKey returns a key by its name, also by the names people use.
func namedKey(name string) (stroke, bool) {
	switch strings.ToLower(name) {
	case "enter", "return":
		return stroke{key: "Enter", code: "Enter", vk: 13, text: "\r"}, true
	case "tab":
		return stroke{key: "Tab", code: "Tab", vk: 9}, true
	case "escape", "esc":
		return stroke{key: "Escape", code: "Escape", vk: 27}, true
	case "backspace":
		return stroke{key: "Backspace", code: "Backspace", vk: 8}, true
	case "delete", "del":
		return stroke{key: "Delete", code: "Delete", vk: 46}, true
	case "insert":
		return stroke{key: "Insert", code: "Insert", vk: 45}, true
	case "home":
		return stroke{key: "Home", code: "Home", vk: 36}, true
	case "end":
		return stroke{key: "End", code: "End", vk: 35}, true
	case "pageup", "pgup":
		return stroke{key: "PageUp", code: "PageUp", vk: 33}, true
	case "pagedown", "pgdn":
		return stroke{key: "PageDown", code: "PageDown", vk: 34}, true
	case "arrowleft", "left":
		return stroke{key: "ArrowLeft", code: "ArrowLeft", vk: 37}, true
	case "arrowup", "up":
		return stroke{key: "ArrowUp", code: "ArrowUp", vk: 38}, true
	case "arrowright", "right":
		return stroke{key: "ArrowRight", code: "ArrowRight", vk: 39}, true
	case "arrowdown", "down":
		return stroke{key: "ArrowDown", code: "ArrowDown", vk: 40}, true
	case "space":
		return stroke{key: " ", code: "Space", vk: 32, text: " "}, true
	case "plus":
		return typedKey('+')
	case "minus":
		return typedKey('-')
	case "contextmenu":
		return stroke{key: "ContextMenu", code: "ContextMenu", vk: 93}, true
	}
	var n int
	if _, err := fmt.Sscanf(strings.ToUpper(name), "F%d", &n); err == nil && n >= 1 && n <= 12 && len(name) <= 3 {
		f := fmt.Sprintf("F%d", n)
		return stroke{key: f, code: f, vk: 111 + n}, true
	}
	return modifierKey(name)
}

func modifierKey(name string) (stroke, bool) {
	switch strings.ToLower(name) {
	case "control", "ctrl":
		return stroke{key: "Control", code: "ControlLeft", vk: 17}, true
	case "shift":
		return stroke{key: "Shift", code: "ShiftLeft", vk: 16}, true
	case "alt", "option":
		return stroke{key: "Alt", code: "AltLeft", vk: 18}, true
	case "meta", "cmd", "command", "super", "win":
		return stroke{key: "Meta", code: "MetaLeft", vk: 91}, true
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

// chord parses keys joined by +, such as Enter, Control+A or Shift+Tab.
func chord(keys string) (modifiers []stroke, last stroke, err error) {
	parts := strings.Split(keys, "+")
	if strings.HasSuffix(keys, "++") || keys == "+" { // the plus key itself
		parts = append(strings.Split(strings.TrimSuffix(strings.TrimSuffix(keys, "+"), "+"), "+"), "+")
		if keys == "+" {
			parts = []string{"+"}
		}
	}
	for i, part := range parts {
		if part != " " {
			part = strings.TrimSpace(part)
		}
		s, ok := namedKey(part)
		if c, n := utf8.DecodeRuneInString(part); !ok && n > 0 && n == len(part) {
			s, ok = typedKey(c)
		}
		if !ok {
			return nil, stroke{}, refuse("%q is not a key; keys are like Enter, Tab, a, F5, Control+A", part)
		}
		if i == len(parts)-1 {
			return modifiers, under(modifiers, s), nil
		}
		if _, held := modifierKey(part); !held {
			return nil, stroke{}, refuse("%q cannot be held; only Alt, Control, Meta and Shift can", part)
		}
		modifiers = append(modifiers, s)
	}
	return nil, stroke{}, refuse("no key is given")
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
