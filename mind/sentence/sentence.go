// Package sentence understands the imperative sentences of tasks that need no model, and finds what they mean on a
// screen: by the names, roles and places of what stands there. What is unclear is an error, never a guess.
package sentence

import (
	"errors"
	"fmt"
	"strconv"

	"chiron/step"
)

// What looking for something can end in.
var (
	// ErrAbsent: nothing on the screen fits. It may appear after a wait or a scroll.
	ErrAbsent = errors.New("not on the screen")
	// ErrAmbiguous: several things fit equally well.
	ErrAmbiguous = errors.New("more than one thing fits")
)

// Verb is what a step sentence asks for.
type Verb string

// The verbs of step sentences. Expect, Read and WaitFor touch nothing; the others become acts.
const (
	VerbAct     Verb = "act"
	VerbExpect  Verb = "expect"
	VerbWaitFor Verb = "wait for"
	VerbRead    Verb = "read"
)

// Sentence is one imperative sentence of a task's steps, understood.
type Sentence struct {
	Verb   Verb
	Kind   step.Kind   // of the act
	On     Thing       // what it aims at, reads or compares; zero for acts without a target
	Text   string      // what to type, the option, the text to expect or wait for, the URL or file; may hold references
	Gone   bool        // the text is expected to be away
	Name   string      // result field a reading is kept under
	Action step.Action // the whole act where it needs neither target nor URL
	Count  int         // clicks
	Button string      // of a click; "" is left
	State  *bool       // check (true) or uncheck (false): already right means nothing to do
	Source string      // the sentence as it was written

	either bool // Text may turn out to be a URL to open or the name of On to click
}

// Thing is a description of something on the screen. Its texts may hold references.
type Thing struct {
	Label string // "" any
	Role  string // role word, "" any
	Row   string // text in the same row, "" anywhere
	Nth   int    // 1 first, 2 second, -1 last; 0: it must be the only one

	icon   bool   // it was called an icon
	phrase string // all of an unquoted description, where words of it were taken for a role or a number
}

func (t Thing) String() string {
	s := strconv.Quote(t.Label)
	switch {
	case t.Label == "":
		s = "a " + t.Role
	case t.Role != "":
		s = t.Role + " " + s
	}
	if t.Row != "" {
		s += " in the row of " + strconv.Quote(t.Row)
	}
	return s
}

// Parse understands one sentence, or says in one sentence what is wrong with it.
func Parse(sentence string) (Sentence, error) {
	w, err := readWording(sentence)
	if err != nil {
		return Sentence{}, fmt.Errorf("step %q: %w", sentence, err)
	}
	plain, row := w.cutRow()
	for _, f := range forms {
		groups := f.pattern.FindStringSubmatch(plain)
		if groups == nil {
			continue
		}
		s, err := f.make(match{w, groups, f.pattern.SubexpNames()})
		if err == nil && row != "" {
			err = s.inRow(row)
		}
		if err != nil {
			return Sentence{}, fmt.Errorf("step %q: %w", sentence, err)
		}
		s.Source = sentence
		return s, nil
	}
	return Sentence{}, fmt.Errorf(`step %q is not understood; sentences look like: Click "Save" · Type {{user}} into "Username" · `+
		`Select "Travel" in "Category" · Press Enter · Wait for "Saved" · Read "Total" as total · Expect "Done" · Accept the dialog`, sentence)
}

// ParseAll understands all sentences of a task.
func ParseAll(sentences []string) ([]Sentence, error) {
	out := make([]Sentence, len(sentences))
	for i, text := range sentences {
		s, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("steps[%d]: %w", i, err)
		}
		out[i] = s
	}
	return out, nil
}

// inRow narrows what a sentence means to a row.
func (s *Sentence) inRow(row string) error {
	looks := s.Verb == VerbExpect || s.Verb == VerbWaitFor
	if s.On == (Thing{}) && !looks {
		return fmt.Errorf("it names nothing that could be in the row of %q", row)
	}
	s.On.Row = row
	return nil
}
