package step

import (
	"encoding/json"
	"time"
)

// Status is where a task stands.
type Status string

// The states of a task; the last seven are ends.
const (
	Queued      Status = "queued"
	Running     Status = "running"
	Waiting     Status = "waiting" // for a person
	Paused      Status = "paused"
	StatusDone  Status = "done"         // shown by predicates or a verifier
	NeedsReview Status = "needs_review" // claimed, not shown
	Denied      Status = "denied"       // the policy or a person refused what it takes
	Stuck       Status = "stuck"        // no progress
	OutOfBudget Status = "out_of_budget"
	Cancelled   Status = "cancelled"
	Failed      Status = "failed"
)

// Ended reports whether a status is an end.
func (s Status) Ended() bool {
	switch s {
	case StatusDone, NeedsReview, Denied, Stuck, OutOfBudget, Cancelled, Failed:
		return true
	}
	return false
}

// Statuses returns all states.
func Statuses() []Status {
	return []Status{Queued, Running, Waiting, Paused, StatusDone, NeedsReview, Denied, Stuck, OutOfBudget, Cancelled, Failed}
}

// Outcome is how one act ended. Only NotExecuted acts may be tried again by themselves.
type Outcome struct {
	Status   OutcomeStatus `json:"status"`
	Reason   string        `json:"reason,omitempty"`    // why it was not executed, or why it is unknown
	Stale    bool          `json:"stale,omitempty"`     // the screen was no longer what was judged
	ReadBack string        `json:"read_back,omitempty"` // what a typed field shows afterwards; *** for secrets
	Differs  bool          `json:"differs,omitempty"`   // ReadBack is not what was typed
	Took     time.Duration `json:"took"`
}

// OutcomeStatus is one of three.
type OutcomeStatus string

// The three ways an act can end.
const (
	Executed    OutcomeStatus = "executed"
	NotExecuted OutcomeStatus = "not_executed"
	Unknown     OutcomeStatus = "unknown"
)

// Result is the end of a task.
type Result struct {
	Status Status           `json:"status"`
	Reason string           `json:"reason"` // one plain sentence
	Values map[string]Value `json:"values,omitempty"`
	Checks []Check          `json:"checks,omitempty"`
	Files  []Download       `json:"files,omitempty"`
	Usage  Usage            `json:"usage"`
}

// Value is one field of a result with the evidence it rests on.
type Value struct {
	Value    json.RawMessage `json:"value"`
	Evidence *Evidence       `json:"evidence,omitempty"` // nil: the model's own word, shown nowhere
}

// Check is one predicate, or the verifier, and what it found.
type Check struct {
	What     string    `json:"what"`
	OK       bool      `json:"ok"`
	Why      string    `json:"why,omitempty"`
	Evidence *Evidence `json:"evidence,omitempty"`
}

// Evidence points to the picture, and the place in it, that shows something.
type Evidence struct {
	Observation string `json:"observation,omitempty"`
	Picture     string `json:"picture,omitempty"` // hash
	Box         Rect   `json:"box,omitzero"`
	Text        string `json:"text,omitempty"`   // what was read there
	Source      Source `json:"source,omitempty"` // how it was read
}

// Usage is what a task, or a part of it, cost.
type Usage struct {
	Steps        int           `json:"steps,omitempty"`
	Acts         int           `json:"acts,omitempty"` // executed
	ModelCalls   int           `json:"model_calls,omitempty"`
	PromptTokens int           `json:"prompt_tokens,omitempty"`
	AnswerTokens int           `json:"answer_tokens,omitempty"`
	Images       int           `json:"images,omitempty"`
	ModelTime    time.Duration `json:"model_time,omitempty"`
	Wall         time.Duration `json:"wall,omitempty"`
	Bytes        int64         `json:"bytes,omitempty"`
	Questions    int           `json:"questions,omitempty"`
	Cut          int           `json:"cut,omitempty"` // history entries left out of prompts
}

// Add returns the sum of two usages.
func (u Usage) Add(o Usage) Usage {
	return Usage{
		Steps: u.Steps + o.Steps, Acts: u.Acts + o.Acts, ModelCalls: u.ModelCalls + o.ModelCalls,
		PromptTokens: u.PromptTokens + o.PromptTokens, AnswerTokens: u.AnswerTokens + o.AnswerTokens,
		Images: u.Images + o.Images, ModelTime: u.ModelTime + o.ModelTime, Wall: u.Wall + o.Wall,
		Bytes: u.Bytes + o.Bytes, Questions: u.Questions + o.Questions, Cut: u.Cut + o.Cut,
	}
}

// Plan is what the planner set out.
type Plan struct {
	Subgoals []string `json:"subgoals,omitempty"`
	Hosts    Hosts    `json:"hosts,omitzero"` // proposed, to be confirmed by a person
	Why      string   `json:"why,omitempty"`  // at start, stuck, or asked
	Usage    Usage    `json:"usage,omitzero"`
}

// Proposal is one act as the actor (or a step sentence, a workflow, a person) put it forward.
type Proposal struct {
	Action  Act    `json:"action"`
	Note    string `json:"note,omitempty"`
	Expect  string `json:"expect,omitempty"`
	By      string `json:"by"`              // actor, step, workflow, or person
	Model   string `json:"model,omitempty"` // name@digest
	Located *Found `json:"located,omitempty"`
	Samples int    `json:"samples,omitempty"` // answers that a vote was held over; 0 without one
	Agree   int    `json:"agree,omitempty"`   // of them, those for this act
	Usage   Usage  `json:"usage,omitzero"`
}

// Found is where a target stands and how it was found.
type Found struct {
	Point   Point  `json:"point"`
	Box     Rect   `json:"box"`
	Mark    int    `json:"mark,omitempty"`
	Method  string `json:"method"`            // mark, point, ocr, candidates, eyes or grid
	Picture string `json:"picture,omitempty"` // hash of the evidence picture
}

// ByPerson is who proposes the act of a person who drives.
const ByPerson = "person"
