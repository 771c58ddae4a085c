package step

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Chord is a key, pressed while others are held. Its names are canonical: Key is one of Keys, or the one character that
// the key types; Modifiers are some of Modifiers, in that order, each once.
type Chord struct {
	Modifiers []string
	Key       string
}

// Keys returns the names of the keys that have one. The keys of Modifiers may be pressed by themselves, too.
func Keys() []string {
	return []string{"Enter", "Tab", "Escape", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown",
		"ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown", "Space", "ContextMenu",
		"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12"}
}

// ParseChord reads a key or keys joined by +, also in the names and the case that people use: "ctrl + a", "return", "?",
// "Control++". It is the only reader of keys: whoever judges a chord and whoever strikes it read it as the same one.
func ParseChord(text string) (Chord, error) {
	if text == " " {
		return Chord{Key: "Space"}, nil
	}
	text = strings.TrimSpace(text)
	held, last := "", text
	switch i := strings.LastIndex(text, "+"); {
	case text == "+":
	case strings.HasSuffix(text, "+") && strings.HasSuffix(strings.TrimRight(text[:i], " "), "+"): // the plus key itself
		held, last = strings.TrimSuffix(strings.TrimRight(text[:i], " "), "+"), "+"
	case i >= 0:
		held, last = text[:i], text[i+1:]
	}
	var c Chord
	if c.Key = keyNamed(last); c.Key == "" {
		return Chord{}, fmt.Errorf("%q is not a key; keys are like Enter, Tab, a, F5, Control+A", last)
	}
	if held == "" && last != text {
		return Chord{}, fmt.Errorf("%q names no key before the +", text)
	}
	for part := range strings.SplitSeq(held, "+") {
		name := keyNamed(part)
		switch {
		case held == "":
			continue
		case !slices.Contains(Modifiers(), name):
			return Chord{}, fmt.Errorf("%q cannot be held; only %s can", part, strings.Join(Modifiers(), ", "))
		case c.Holds(name) || name == c.Key:
			return Chord{}, fmt.Errorf("%s is held twice", name)
		}
		c.Modifiers = append(c.Modifiers, name)
	}
	slices.Sort(c.Modifiers)
	if len(c.Modifiers) > 0 && len(c.Key) == 1 {
		c.Key = strings.ToUpper(c.Key)
	}
	return c, nil
}

// Holds reports whether a modifier is held.
func (c Chord) Holds(modifier string) bool { return slices.Contains(c.Modifiers, modifier) }

// String returns the canonical spelling, which ParseChord reads as the same chord.
func (c Chord) String() string { return strings.Join(append(slices.Clone(c.Modifiers), c.Key), "+") }

// Validate implements Action.
func (a Press) Validate() error {
	c, err := ParseChord(a.Key)
	switch {
	case err != nil:
		return fmt.Errorf("key: %w", err)
	case c.String() != a.Key:
		return fmt.Errorf("key: %q is written %s", a.Key, c)
	}
	return nil
}

// keyNamed returns the canonical name of one key, "" where there is none.
func keyNamed(word string) string {
	word = strings.TrimSpace(word)
	if len(word) == 1 && word[0] > ' ' && word[0] < utf8.RuneSelf-1 {
		return word
	}
	word = strings.ToLower(strings.Join(strings.Fields(word), ""))
	switch word {
	case "return":
		return "Enter"
	case "esc":
		return "Escape"
	case "del":
		return "Delete"
	case "pgup":
		return "PageUp"
	case "pgdn":
		return "PageDown"
	case "leftarrow", "uparrow", "rightarrow", "downarrow":
		word = "arrow" + strings.TrimSuffix(word, "arrow")
	case "spacebar":
		return "Space"
	case "ctrl":
		return "Control"
	case "cmd", "command":
		return "Meta"
	}
	for _, name := range append(Keys(), Modifiers()...) {
		if strings.ToLower(name) == word {
			return name
		}
	}
	return ""
}
