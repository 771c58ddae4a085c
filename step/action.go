package step

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind names an action on the wire, in prompts and in policies.
type Kind string

// The kinds of action.
const (
	KindClick    Kind = "click"
	KindHover    Kind = "hover"
	KindDrag     Kind = "drag"
	KindType     Kind = "type"
	KindPress    Kind = "press"
	KindScroll   Kind = "scroll"
	KindSelect   Kind = "select"
	KindUpload   Kind = "upload"
	KindNavigate Kind = "navigate"
	KindBack     Kind = "back"
	KindForward  Kind = "forward"
	KindReload   Kind = "reload"
	KindTab      Kind = "tab"
	KindDialog   Kind = "dialog"
	KindWait     Kind = "wait"
	KindNote     Kind = "note"
	KindCall     Kind = "call"
	KindDelegate Kind = "delegate"
	KindAsk      Kind = "ask"
	KindDone     Kind = "done"
	KindFail     Kind = "fail"
)

// Kinds returns all kinds in the order they are explained to people and models.
func Kinds() []Kind {
	return []Kind{KindClick, KindHover, KindDrag, KindType, KindPress, KindScroll, KindSelect, KindUpload, KindNavigate,
		KindBack, KindForward, KindReload, KindTab, KindDialog, KindWait, KindNote, KindCall, KindDelegate, KindAsk,
		KindDone, KindFail}
}

// Action is one typed act. The set is closed: only types of this package implement it. Texts may hold references to
// named values as {{name}} (see Values); they are expanded by the executor, never before.
type Action interface {
	Kind() Kind
	// Validate reports a missing or contradictory field by name. It knows nothing of any screen.
	Validate() error
	action()
}

// Target says what an act aims at: exactly one of Mark, Point and Text is given.
type Target struct {
	Mark  int    `json:"mark,omitempty"`   // number of a candidate on the current screen
	Point *Point `json:"point,omitempty"`  // page pixels
	Text  string `json:"target,omitempty"` // description for the locator
}

// Zero reports whether no target is given.
func (t Target) Zero() bool { return t.Mark == 0 && t.Point == nil && t.Text == "" }

func (t Target) String() string {
	switch {
	case t.Mark != 0:
		return fmt.Sprintf("mark %d", t.Mark)
	case t.Point != nil:
		return t.Point.String()
	}
	return fmt.Sprintf("%q", t.Text)
}

func (t Target) validate(required bool) error {
	n := 0
	for _, given := range []bool{t.Mark != 0, t.Point != nil, strings.TrimSpace(t.Text) != ""} {
		if given {
			n++
		}
	}
	switch {
	case n > 1:
		return errors.New("target: give one of mark, point and target, not several")
	case n == 0 && required:
		return errors.New("target: one of mark, point and target is needed")
	case t.Mark < 0:
		return fmt.Errorf("mark: %d is not a mark; marks start at 1", t.Mark)
	case t.Point != nil && (t.Point.X < 0 || t.Point.Y < 0):
		return fmt.Errorf("point: %v is off the screen", *t.Point)
	}
	return nil
}

// Click presses and releases a mouse button. Zero Button is left, zero Count is 1.
type Click struct {
	Target
	Button    string   `json:"button,omitempty"` // left, right or middle
	Count     int      `json:"count,omitempty"`  // 1 to 3
	Modifiers []string `json:"modifiers,omitempty"`
}

// Hover moves the pointer over the target.
type Hover struct{ Target }

// Drag presses at Target, moves to To and releases.
type Drag struct {
	Target
	To Target `json:"to"`
}

// Type enters text into a field, which is clicked first and read back after. Text may be a reference to a secret.
type Type struct {
	Target
	Value  string `json:"text"`
	Append bool   `json:"append,omitempty"` // keep what the field holds; otherwise it is replaced
}

// Press presses a key or chord such as Enter, Tab, Control+A, in the canonical spelling of Chord.
type Press struct {
	Key string `json:"key"`
}

// Scroll turns the wheel over the target (zero: middle of the viewport) by Pages of it (zero: 0.8).
type Scroll struct {
	Target
	Direction string  `json:"direction"` // up, down, left or right
	Pages     float64 `json:"pages,omitempty"`
}

// Select chooses an option of a native select by its visible text.
type Select struct {
	Target
	Option string `json:"option"`
}

// Upload gives a file of the task, by name, to a file field.
type Upload struct {
	Target
	File string `json:"file"`
}

// Navigate opens a URL in the active tab.
type Navigate struct {
	URL string `json:"url"`
}

// Back goes one entry back in the tab's history.
type Back struct{}

// Forward goes one entry forward in the tab's history.
type Forward struct{}

// Reload loads the active tab again.
type Reload struct{}

// TabAct opens, switches to or closes a tab. Number counts from 1; for open, URL may be given.
type TabAct struct {
	Op     string `json:"op"` // open, switch or close
	Number int    `json:"number,omitempty"`
	URL    string `json:"url,omitempty"`
}

// DialogAct answers an open JavaScript dialog.
type DialogAct struct {
	Accept bool   `json:"accept"`
	Text   string `json:"text,omitempty"` // answer to a prompt
}

// Wait lets time pass, at most 30 seconds.
type Wait struct {
	Seconds float64 `json:"seconds"`
}

// Note writes a line on the task's scratchpad.
type Note struct {
	Text string `json:"text"`
}

// Call uses another tool.
type Call struct {
	Tool string          `json:"tool"`
	Args json.RawMessage `json:"args,omitempty"`
}

// Delegate starts a subtask.
type Delegate struct {
	Goal string `json:"goal"`
}

// Ask puts a question to a person.
type Ask struct {
	Question string `json:"question"`
}

// Done claims that the goal is reached. Each field of the result is a literal or cites the mark where its value stands.
type Done struct {
	Result map[string]Cited `json:"result,omitempty"`
}

// Fail says that the goal cannot be reached, and why.
type Fail struct {
	Reason string `json:"reason"`
}

// Cited is a result field as a model gives it: {"mark":12} where the value stands on the screen, or {"value":…}.
type Cited struct {
	Mark  int             `json:"mark,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

func (Click) Kind() Kind     { return KindClick }
func (Hover) Kind() Kind     { return KindHover }
func (Drag) Kind() Kind      { return KindDrag }
func (Type) Kind() Kind      { return KindType }
func (Press) Kind() Kind     { return KindPress }
func (Scroll) Kind() Kind    { return KindScroll }
func (Select) Kind() Kind    { return KindSelect }
func (Upload) Kind() Kind    { return KindUpload }
func (Navigate) Kind() Kind  { return KindNavigate }
func (Back) Kind() Kind      { return KindBack }
func (Forward) Kind() Kind   { return KindForward }
func (Reload) Kind() Kind    { return KindReload }
func (TabAct) Kind() Kind    { return KindTab }
func (DialogAct) Kind() Kind { return KindDialog }
func (Wait) Kind() Kind      { return KindWait }
func (Note) Kind() Kind      { return KindNote }
func (Call) Kind() Kind      { return KindCall }
func (Delegate) Kind() Kind  { return KindDelegate }
func (Ask) Kind() Kind       { return KindAsk }
func (Done) Kind() Kind      { return KindDone }
func (Fail) Kind() Kind      { return KindFail }

func (Click) action()     {}
func (Hover) action()     {}
func (Drag) action()      {}
func (Type) action()      {}
func (Press) action()     {}
func (Scroll) action()    {}
func (Select) action()    {}
func (Upload) action()    {}
func (Navigate) action()  {}
func (Back) action()      {}
func (Forward) action()   {}
func (Reload) action()    {}
func (TabAct) action()    {}
func (DialogAct) action() {}
func (Wait) action()      {}
func (Note) action()      {}
func (Call) action()      {}
func (Delegate) action()  {}
func (Ask) action()       {}
func (Done) action()      {}
func (Fail) action()      {}

// Modifiers returns the keys that may be held during a click or in a chord.
func Modifiers() []string { return []string{"Alt", "Control", "Meta", "Shift"} }

// Validate implements Action.
func (a Click) Validate() error {
	if err := a.validate(true); err != nil {
		return err
	}
	if a.Button != "" && !slices.Contains([]string{"left", "right", "middle"}, a.Button) {
		return fmt.Errorf("button: %q is not left, right or middle", a.Button)
	}
	if a.Count < 0 || a.Count > 3 {
		return fmt.Errorf("count: %d is not 1 to 3", a.Count)
	}
	for _, m := range a.Modifiers {
		if !slices.Contains(Modifiers(), m) {
			return fmt.Errorf("modifiers: %q is not one of %s", m, strings.Join(Modifiers(), ", "))
		}
	}
	return nil
}

// Validate implements Action.
func (a Hover) Validate() error { return a.validate(true) }

// Validate implements Action.
func (a Drag) Validate() error {
	if err := a.validate(true); err != nil {
		return err
	}
	if err := a.To.validate(true); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	return nil
}

// Validate implements Action.
func (a Type) Validate() error {
	if len(a.Value) > MaxText {
		return fmt.Errorf("text: longer than %d bytes", MaxText)
	}
	return a.validate(true)
}

// MaxText is the longest text, in bytes, that one act may carry.
const MaxText = 16 << 10

// MaxWait is the longest time one Wait may take.
const MaxWait = 30 * time.Second

// Validate implements Action.
func (a Scroll) Validate() error {
	if !slices.Contains([]string{"up", "down", "left", "right"}, a.Direction) {
		return fmt.Errorf("direction: %q is not up, down, left or right", a.Direction)
	}
	if a.Pages < 0 || a.Pages > 20 {
		return fmt.Errorf("pages: %v is not between 0 and 20", a.Pages)
	}
	return a.validate(false)
}

// Validate implements Action.
func (a Select) Validate() error {
	if err := needed("option", a.Option); err != nil {
		return err
	}
	return a.validate(true)
}

// Validate implements Action.
func (a Upload) Validate() error {
	if err := needed("file", a.File); err != nil {
		return err
	}
	return a.validate(true)
}

// Validate implements Action.
func (a Navigate) Validate() error { return needed("url", a.URL) }

// Validate implements Action.
func (Back) Validate() error { return nil }

// Validate implements Action.
func (Forward) Validate() error { return nil }

// Validate implements Action.
func (Reload) Validate() error { return nil }

// Validate implements Action.
func (a TabAct) Validate() error {
	switch {
	case !slices.Contains([]string{"open", "switch", "close"}, a.Op):
		return fmt.Errorf("op: %q is not open, switch or close", a.Op)
	case a.Op != "open" && a.Number < 1:
		return errors.New("number: tabs count from 1")
	}
	return nil
}

// Validate implements Action.
func (DialogAct) Validate() error { return nil }

// Validate implements Action.
func (a Wait) Validate() error {
	if a.Seconds < 0 || a.Seconds > MaxWait.Seconds() {
		return fmt.Errorf("seconds: %v is not between 0 and %v", a.Seconds, MaxWait.Seconds())
	}
	return nil
}

// Validate implements Action.
func (a Note) Validate() error { return needed("text", a.Text) }

// Validate implements Action.
func (a Call) Validate() error { return needed("tool", a.Tool) }

// Validate implements Action.
func (a Delegate) Validate() error { return needed("goal", a.Goal) }

// Validate implements Action.
func (a Ask) Validate() error { return needed("question", a.Question) }

// Validate implements Action.
func (a Done) Validate() error {
	for name, c := range a.Result {
		if (c.Mark == 0) == (len(c.Value) == 0) {
			return fmt.Errorf("result: %s: give one of mark and value", name)
		}
	}
	return nil
}

// Validate implements Action.
func (a Fail) Validate() error { return needed("reason", a.Reason) }

func needed(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return fmt.Errorf("%s: must not be empty", field)
	}
	return nil
}
