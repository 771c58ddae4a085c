package step

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is one fact of a task's history. Seq counts from 1 within the task, without gaps.
type Event struct {
	Task string
	Seq  uint64
	Step int // number of the step it belongs to; 0 before the first
	At   time.Time
	Body Body
}

// Body is what happened. The set is closed.
type Body interface {
	EventKind() string
	body()
}

// Created opens a task's history.
type Created struct {
	Task Task `json:"task"`
}

// Leased says that a worker took the task up. Attempt counts from 1; a second attempt follows a crash.
type Leased struct {
	Worker  string `json:"worker"`
	Attempt int    `json:"attempt"`
}

// Saw is a look at the screen.
type Saw struct {
	Observation Observation `json:"observation"`
}

// Read is the list of candidates made from the last look.
type Read struct {
	Screen Screen        `json:"screen"`
	Took   time.Duration `json:"took"`
}

// Recalled is what memory gave, or why it could not.
type Recalled struct {
	Site     string   `json:"site"`
	Items    []string `json:"items,omitempty"` // ids
	Tokens   int      `json:"tokens,omitempty"`
	Degraded string   `json:"degraded,omitempty"`
}

// Planned is a plan of the planner.
type Planned struct {
	Plan Plan `json:"plan"`
}

// Proposed is an act put forward.
type Proposed struct {
	Proposal Proposal `json:"proposal"`
}

// Judged is the gate's verdict. It is durable before the act is dispatched.
type Judged struct {
	Verdict Verdict `json:"verdict"`
}

// Asked is a question to a person; the task is parked until it is answered or expires.
type Asked struct {
	Question Question `json:"question"`
}

// Answered is a person's answer, or the expiry of a question as a refusal by "expiry".
type Answered struct {
	Answer Answer `json:"answer"`
}

// Did is how a permitted act ended.
type Did struct {
	Verdict string  `json:"verdict"` // id
	Outcome Outcome `json:"outcome"`
	Before  string  `json:"before,omitempty"` // picture hash, under the obligation before-after
}

// Checked compares what was expected with what is seen.
type Checked struct {
	Expect string  `json:"expect,omitempty"`
	Met    *bool   `json:"met,omitempty"` // nil: cannot be told
	Change float64 `json:"change"`        // share of the screen that changed
}

// Noted is a line on the scratchpad.
type Noted struct {
	Text string `json:"text"`
}

// Took is a command of a person that the worker obeyed.
type Took struct {
	Command Order  `json:"command"`
	By      string `json:"by,omitempty"`
}

// Warned is something that did not stop the task but must not be silent: lost context, degraded memory, a retry.
type Warned struct {
	Code string `json:"code"` // stable word: context_cut, memory_down, model_retry, loop, …
	Text string `json:"text"`
}

// Recovered says what was found after a crash.
type Recovered struct {
	Unknown *Verdict `json:"unknown,omitempty"` // an act that was permitted and whose outcome is not known
	Resume  string   `json:"resume"`            // restart, continue or ask
}

// Ended closes a task's history.
type Ended struct {
	Result Result  `json:"result"`
	Egress *Egress `json:"egress,omitempty"` // of the last session; nil where none was opened
}

// The kind tags of the bodies.

func (Created) EventKind() string   { return "created" }
func (Leased) EventKind() string    { return "leased" }
func (Saw) EventKind() string       { return "saw" }
func (Read) EventKind() string      { return "read" }
func (Recalled) EventKind() string  { return "recalled" }
func (Planned) EventKind() string   { return "planned" }
func (Proposed) EventKind() string  { return "proposed" }
func (Judged) EventKind() string    { return "judged" }
func (Asked) EventKind() string     { return "asked" }
func (Answered) EventKind() string  { return "answered" }
func (Did) EventKind() string       { return "did" }
func (Checked) EventKind() string   { return "checked" }
func (Noted) EventKind() string     { return "noted" }
func (Took) EventKind() string      { return "took" }
func (Warned) EventKind() string    { return "warned" }
func (Recovered) EventKind() string { return "recovered" }
func (Ended) EventKind() string     { return "ended" }

func (Created) body()   {}
func (Leased) body()    {}
func (Saw) body()       {}
func (Read) body()      {}
func (Recalled) body()  {}
func (Planned) body()   {}
func (Proposed) body()  {}
func (Judged) body()    {}
func (Asked) body()     {}
func (Answered) body()  {}
func (Did) body()       {}
func (Checked) body()   {}
func (Noted) body()     {}
func (Took) body()      {}
func (Warned) body()    {}
func (Recovered) body() {}
func (Ended) body()     {}

// EventKinds returns the kinds of bodies in the order of a task's life.
func EventKinds() []string {
	return []string{"created", "leased", "saw", "read", "recalled", "planned", "proposed", "judged", "asked", "answered", "did",
		"checked", "noted", "took", "warned", "recovered", "ended"}
}

type envelope struct {
	Task string          `json:"task"`
	Seq  uint64          `json:"seq"`
	Step int             `json:"step"`
	At   time.Time       `json:"at"`
	Body json.RawMessage `json:"body"`
}

// MarshalJSON implements json.Marshaler: {"task":…,"seq":…,"step":…,"at":…,"body":{"kind":…,…}}.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Body == nil {
		return nil, fmt.Errorf("event %d of task %s: %w: there is no body", e.Seq, e.Task, ErrKind)
	}
	body, err := tagged("kind", e.Body.EventKind(), e.Body)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{e.Task, e.Seq, e.Step, e.At, body})
}

// UnmarshalJSON implements json.Unmarshaler, strictly.
func (e *Event) UnmarshalJSON(data []byte) error {
	env, err := strict[envelope](data)
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	kind, rest, err := untag("kind", env.Body)
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	body, err := decodeBody(kind, rest)
	if err != nil {
		return fmt.Errorf("event %s: %w", kind, err)
	}
	*e = Event{Task: env.Task, Seq: env.Seq, Step: env.Step, At: env.At, Body: body}
	return nil
}

func decodeBody(kind string, data []byte) (Body, error) {
	switch kind {
	case "created":
		return strict[Created](data)
	case "leased":
		return strict[Leased](data)
	case "saw":
		return strict[Saw](data)
	case "read":
		return strict[Read](data)
	case "recalled":
		return strict[Recalled](data)
	case "planned":
		return strict[Planned](data)
	case "proposed":
		return strict[Proposed](data)
	case "judged":
		return strict[Judged](data)
	case "asked":
		return strict[Asked](data)
	case "answered":
		return strict[Answered](data)
	case "did":
		return strict[Did](data)
	case "checked":
		return strict[Checked](data)
	case "noted":
		return strict[Noted](data)
	case "took":
		return strict[Took](data)
	case "warned":
		return strict[Warned](data)
	case "recovered":
		return strict[Recovered](data)
	case "ended":
		return strict[Ended](data)
	}
	return nil, fmt.Errorf("%w %q", ErrKind, kind)
}
