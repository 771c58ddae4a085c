package step

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Command is what a person or program tells whichever worker holds a task. The set is closed.
type Command interface {
	CommandKind() string
	command()
}

// Cancel ends the task.
type Cancel struct {
	Reason string `json:"reason,omitempty"`
}

// Pause parks the task after the act in hand.
type Pause struct{}

// Resume takes a paused task up again.
type Resume struct{}

// Message tells the agent something; it stands in its next prompt as the requester's word.
type Message struct {
	Text string `json:"text"`
}

// Reply answers an open question.
type Reply struct {
	Answer Answer `json:"answer"`
}

// Drive takes the mouse from the agent, or gives it back. Who takes it holds it under the lease.
type Drive struct {
	Lease string `json:"lease"`
	Take  bool   `json:"take"`
}

// Driving is one act of the person who holds the mouse. It never goes through the command queue, and the text in it is not
// recorded with it; what a page then shows of it is, but for covered fields.
type Driving struct {
	Lease  string `json:"lease"`
	By     string `json:"-"` // who sent it
	Action Act    `json:"action"`
}

// Driven is what became of a Driving: the verdict, and with a permit the outcome.
type Driven struct {
	Verdict Verdict  `json:"verdict"`
	Outcome *Outcome `json:"outcome,omitempty"`
}

// Watch says that somebody looks on (Viewers > 0) or that nobody does any more.
type Watch struct {
	Viewers int `json:"viewers"`
}

func (Cancel) CommandKind() string  { return "cancel" }
func (Pause) CommandKind() string   { return "pause" }
func (Resume) CommandKind() string  { return "resume" }
func (Message) CommandKind() string { return "message" }
func (Reply) CommandKind() string   { return "answer" }
func (Drive) CommandKind() string   { return "drive" }
func (Watch) CommandKind() string   { return "watch" }

func (Cancel) command()  {}
func (Pause) command()   {}
func (Resume) command()  {}
func (Message) command() {}
func (Reply) command()   {}
func (Drive) command()   {}
func (Watch) command()   {}

// Order carries a Command through JSON as one flat object with the tag "command".
type Order struct{ Command }

// MarshalJSON implements json.Marshaler.
func (o Order) MarshalJSON() ([]byte, error) {
	if o.Command == nil {
		return nil, fmt.Errorf("command: %w: there is none", ErrKind)
	}
	return tagged("command", o.CommandKind(), o.Command)
}

// UnmarshalJSON implements json.Unmarshaler, strictly.
func (o *Order) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return errors.New("command: null is none")
	}
	kind, rest, err := untag("command", data)
	if err != nil {
		return fmt.Errorf("command: %w", err)
	}
	c, err := decodeCommand(kind, rest)
	if err != nil {
		return fmt.Errorf("command %s: %w", kind, err)
	}
	o.Command = c
	return nil
}

func decodeCommand(kind string, data json.RawMessage) (Command, error) {
	switch kind {
	case "cancel":
		return strict[Cancel](data)
	case "pause":
		return strict[Pause](data)
	case "resume":
		return strict[Resume](data)
	case "message":
		return strict[Message](data)
	case "answer":
		return strict[Reply](data)
	case "drive":
		return strict[Drive](data)
	case "watch":
		return strict[Watch](data)
	}
	return nil, fmt.Errorf("%w %q", ErrKind, kind)
}
