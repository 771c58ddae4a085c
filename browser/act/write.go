package act

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look"
	"chiron/step"
)

// strokes is the longest text, in characters, that is typed key by key. Longer ones are inserted at once, but for the
// last character, so that listeners to keys hear of them too.
const strokes = 64

// field is what a field holds.
type field struct {
	Value string `json:"value"`
	Kind  string `json:"kind"` // line, lines or rich
	Type  string `json:"type"`
}

const readField = `function() {
  const rich = this.isContentEditable;
  return JSON.stringify({value: rich ? this.innerText : String(this.value ?? ''), type: this.type ?? '',
    kind: rich ? 'rich' : this.localName === 'textarea' ? 'lines' : 'line'});
}`

// setField sets what has no useful keyboard in a headless browser: date, time, colour and range fields.
const setField = `function(value) {
  this.focus();
  const before = this.value;
  this.value = value;
  if (this.value !== before) {
    this.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
    this.dispatchEvent(new Event('change', {bubbles: true}));
  }
  return this.value;
}`

func setByValue(kind string) bool {
	switch kind {
	case "date", "time", "datetime-local", "month", "week", "color", "range":
		return true
	}
	return false
}

func (r *run) write(ctx context.Context, a step.Type) error {
	p, err := need(a.Point)
	if err != nil {
		return err
	}
	e := r.order.Facts.Element
	switch {
	case e == nil:
		return refuse("there is no element at %v", p)
	case e.Disabled:
		return refuse("%s %q is disabled", e.Role, e.Name)
	case e.Tag == "select":
		return refuse("%q is a list of options; use select", e.Name)
	case !e.TakesText() || r.order.Facts.Submits:
		return refuse("%s %q cannot be typed into", e.Role, e.Name)
	case e.Tag == "input" && setByValue(e.Type):
		return r.set(ctx, p, a.Value)
	}
	if err := r.clickAt(ctx, p, proto.InputMouseButtonLeft, 1, 0); err != nil || r.eyes.Dialog() != nil {
		return err
	}
	focus, err := r.eyes.Focused(ctx)
	if err != nil {
		return err
	}
	defer focus.Release()
	if e.Role == step.RoleCanvas && (focus.Element == nil || !focus.Element.Editable) {
		return r.enter(ctx, strings.ReplaceAll(a.Value, "\n", " "))
	}
	switch {
	case focus.Element == nil || !focus.Element.Editable:
		return r.missed("the field did not take the focus; nothing was typed")
	case focus.Element.Node != e.Node && (e.Role != step.RoleCanvas || r.order.Secret):
		return r.missed("the focus went to another field; nothing was typed")
	}
	if r.order.Secret {
		if err := focus.Conceal(ctx); err != nil {
			return r.missed("the field could not be hidden from pictures; nothing was typed")
		}
		focus.Secret = true
	}
	return r.fill(ctx, a, focus)
}

// missed ends a typing that was given up after the click into the field: that click was an act, though nothing was entered
// anywhere.
func (r *run) missed(reason string) error {
	r.out.Reason, r.out.Differs = reason, true
	return nil
}

// set gives a value to a field that is not typed into.
func (r *run) set(ctx context.Context, p step.Point, value string) error {
	h, err := r.same(ctx, p)
	if err != nil {
		return err
	}
	defer h.Release()
	if r.order.Secret {
		if err := h.Conceal(ctx); err != nil {
			return refuse("the field cannot be hidden from pictures: %w", err)
		}
	}
	r.sent = true
	got, err := h.Call(ctx, setField, value)
	if err != nil {
		return reached(err)
	}
	r.readBack(got, value, h.Secret)
	return nil
}

// same returns the element at the point, if it is the one that the facts are about.
func (r *run) same(ctx context.Context, p step.Point) (*look.Handle, error) {
	h, err := r.eyes.At(ctx, p)
	if err != nil {
		r.out.Stale = true
		return nil, refuse("look at %v: %w", p, err)
	}
	e := r.order.Facts.Element
	if h.Element == nil || e == nil || h.Element.Node != e.Node {
		h.Release()
		r.out.Stale = true
		return nil, refuse("another element stands at %v now", p)
	}
	return h, nil
}

// fill types into the focused field and reads it back.
func (r *run) fill(ctx context.Context, a step.Type, focus *look.Handle) error {
	before, err := read(ctx, focus)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(a.Value, "\r\n", "\n")
	if before.Kind == "line" {
		text = strings.ReplaceAll(text, "\n", " ")
	}
	want := text
	if err := r.prepare(ctx, a.Append, before); err != nil {
		return err
	}
	if a.Append {
		want = strings.TrimSuffix(before.Value, "\n") + text
	}
	if text == "" && !a.Append && before.Value != "" {
		err = r.strikeNamed(ctx, "Delete")
	} else if before.Kind == "rich" {
		err = r.enterLines(ctx, text)
	} else {
		err = r.enter(ctx, text)
	}
	if err != nil || r.eyes.Dialog() != nil {
		return err
	}
	after, err := read(ctx, focus)
	if err != nil {
		r.out.Reason, r.out.Differs = "the field was gone after typing", true
		return nil
	}
	got := after.Value
	if after.Kind == "rich" {
		got, want = strings.TrimRight(got, "\n"), strings.TrimRight(want, "\n")
	}
	r.readBack(got, want, focus.Secret)
	return nil
}

func read(ctx context.Context, h *look.Handle) (field, error) {
	data, err := h.Call(ctx, readField)
	if err != nil {
		return field{}, err
	}
	var f field
	if err := json.Unmarshal([]byte(data), &f); err != nil {
		return field{}, errors.New("the field cannot be read") // the cause would quote its content
	}
	return f, nil
}

// longest is the most of a field that is read back, in bytes.
const longest = 4 << 10

func (r *run) readBack(got, want string, secret bool) {
	r.out.Differs = strings.ReplaceAll(got, "\u00a0", " ") != want
	if secret || r.order.Secret {
		r.out.ReadBack = "***"
		return
	}
	r.out.ReadBack = strings.ToValidUTF8(got[:min(len(got), longest)], "")
}

// prepare selects what the field holds, or goes to its end.
func (r *run) prepare(ctx context.Context, keep bool, f field) error {
	switch {
	case f.Value == "":
		return nil
	case keep:
		return r.strikeNamed(ctx, "Control+End")
	}
	return r.strikeNamed(ctx, "Control+A")
}

func (r *run) strikeNamed(ctx context.Context, keys string) error {
	modifiers, last, err := chord(keys)
	if err != nil {
		return err
	}
	return r.strike(ctx, modifiers, last)
}

// enter types a text into whatever has the focus. A line break is inserted, never struck as Enter, so that typing submits
// nothing.
func (r *run) enter(ctx context.Context, text string) error {
	runes := []rune(text)
	if len(runes) == 0 {
		return nil
	}
	if len(runes) > strokes {
		head := len(runes) - 1
		if err := r.insert(ctx, string(runes[:head])); err != nil {
			return err
		}
		runes = runes[head:]
	}
	for i := 0; i < len(runes); {
		s, how := keyFor(runes[i])
		if how == byKey {
			if err := r.tap(ctx, s, i == len(runes)-1); err != nil {
				return err
			}
			i++
			continue
		}
		end := i + 1
		for end < len(runes) {
			if _, next := keyFor(runes[end]); next != how {
				break
			}
			end++
		}
		put := r.insert
		if how == byMethod {
			put = r.compose
		}
		if err := put(ctx, string(runes[i:end])); err != nil {
			return err
		}
		i = end
	}
	return nil
}

// enterLines types into rich text, where an inserted line break would be white space: the editor is told to break the
// line, by a key event that pages do not take for Enter.
func (r *run) enterLines(ctx context.Context, text string) error {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			for _, kind := range []proto.InputDispatchKeyEventType{proto.InputDispatchKeyEventTypeRawKeyDown, proto.InputDispatchKeyEventTypeKeyUp} {
				key := proto.InputDispatchKeyEvent{Type: kind, Key: "Unidentified"}
				if kind == proto.InputDispatchKeyEventTypeRawKeyDown {
					key.Commands = []string{"insertLineBreak"}
				}
				if err := hide(r.send(ctx, key)); err != nil {
					return err
				}
			}
		}
		if err := r.enter(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) tap(ctx context.Context, s stroke, last bool) error {
	if err := r.post(ctx, s.down(0)); err != nil {
		return hide(err)
	}
	if last {
		return hide(r.send(ctx, s.up(0)))
	}
	return hide(r.post(ctx, s.up(0)))
}

func (r *run) insert(ctx context.Context, text string) error {
	return hide(r.send(ctx, proto.InputInsertText{Text: text}))
}

// compose enters a text as an input method does: the page hears a key that the method took, and a composition.
func (r *run) compose(ctx context.Context, text string) error {
	key := proto.InputDispatchKeyEvent{Type: proto.InputDispatchKeyEventTypeRawKeyDown, Key: "Process", WindowsVirtualKeyCode: 229}
	end := len(utf16.Encode([]rune(text)))
	for _, cmd := range []proto.Request{key, proto.InputImeSetComposition{Text: text, SelectionStart: end, SelectionEnd: end}, proto.InputInsertText{Text: text}} {
		if err := hide(r.send(ctx, cmd)); err != nil {
			return err
		}
	}
	key.Type = proto.InputDispatchKeyEventTypeKeyUp
	return hide(r.send(ctx, key))
}

// hide keeps what was typed out of an error: Chromium quotes parameters that it does not like.
func hide(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errLost):
		return fmt.Errorf("typing: %w", errLost)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("typing: %w", context.Canceled)
	}
	return errors.New("typing: the browser refused a key")
}
