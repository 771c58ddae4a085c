package step

import (
	"encoding/json"
	"time"
)

// Decision is one of three outcomes of the policy.
type Decision string

// The decisions.
const (
	Permit Decision = "permit"
	Deny   Decision = "deny"
	AskOne Decision = "ask" // a person has to be asked
)

// Obligation is a duty that comes with a permit. An obligation that cannot be carried out turns the permit into a denial.
type Obligation string

// The obligations that the product knows; a bundle that names another is refused at load.
const (
	MaskFields  Obligation = "mask-fields"  // paint over password, card and named fields before a frame leaves
	NoMemory    Obligation = "no-memory"    // nothing of this task becomes memory
	BeforeAfter Obligation = "before-after" // keep the picture before and after the act
	Notify      Obligation = "notify"       // tell the watchers
	RedactText  Obligation = "redact-text"  // typed text is not logged
)

// Obligations returns the closed list.
func Obligations() []Obligation {
	return []Obligation{MaskFields, NoMemory, BeforeAfter, Notify, RedactText}
}

// Effect is how far an act reaches beyond the page, computed from facts.
type Effect string

// The effects, from weakest to strongest.
const (
	EffectNone         Effect = "none"         // looking: scroll, hover, wait, note
	EffectReversible   Effect = "reversible"   // may be done again or undone: typing, navigation, signing in
	EffectIrreversible Effect = "irreversible" // must never happen twice by itself: submit, delete, pay, send
)

// Verdict is what the gate decided about one act, as it is recorded.
type Verdict struct {
	ID          string        `json:"id"`
	Decision    Decision      `json:"decision"`
	Reason      string        `json:"reason"`          // one plain sentence
	Rules       []string      `json:"rules,omitempty"` // ids of the determining rules
	Obligations []Obligation  `json:"obligations,omitempty"`
	Action      Act           `json:"action"`
	Digest      string        `json:"digest"` // ActionDigest of Action
	Facts       Facts         `json:"facts"`
	Intent      string        `json:"intent,omitempty"` // class computed from facts: submit, login, delete, …
	Effect      Effect        `json:"effect"`
	Principal   string        `json:"principal"` // agent, or the person who drives
	Bundle      string        `json:"bundle"`    // hash of the policy bundle
	Errors      []string      `json:"errors,omitempty"`
	Answer      string        `json:"answer,omitempty"` // id of the answered question it rests on
	Expires     time.Time     `json:"expires,omitzero"`
	Took        time.Duration `json:"took"`

	// Input is what the rules were asked, in the policy's own form, so that they can be asked again; empty where they were
	// not.
	Input json.RawMessage `json:"input,omitempty"`
}

// Question is put to a person: about an act the policy will not admit alone, an act whose outcome is unknown after a
// crash, or something the agent wants to know.
type Question struct {
	ID      string    `json:"id"`
	About   About     `json:"about"`
	Text    string    `json:"text"` // one plain sentence made from facts, or the agent's own question, quoted
	Action  *Act      `json:"action,omitempty"`
	Digest  string    `json:"digest,omitempty"`
	Facts   *Facts    `json:"facts,omitempty"`
	Rules   []string  `json:"rules,omitempty"`
	Picture string    `json:"picture,omitempty"` // hash of the evidence picture with the target marked
	Sends   *Sends    `json:"sends,omitempty"`
	Expires time.Time `json:"expires"` // silence until then is a denial
}

// About says what kind of question it is.
type About string

// What questions are about.
const (
	AboutAct     About = "act"     // may this act happen?
	AboutUnknown About = "unknown" // did this act happen before the crash? approve = it may be done again
	AboutAgent   About = "agent"   // the agent asks
)

// Sends is what a submit will send, values masked.
type Sends struct {
	Method string            `json:"method"`
	Host   string            `json:"host"`
	Fields map[string]string `json:"fields,omitempty"` // name → value, secrets as ***
}

// Answer is a person's word on a question.
type Answer struct {
	Question string    `json:"question"`
	Choice   Choice    `json:"choice"`
	Text     string    `json:"text,omitempty"` // reply, or the other instruction
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// Choice is one of the answers.
type Choice string

// The choices.
const (
	Approve  Choice = "approve"
	Refuse   Choice = "deny"
	Instruct Choice = "instruct" // do not do it; do what Text says
)
