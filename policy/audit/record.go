package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"chiron/step"
)

// Record is one line of the log. Kind says which of its fields are given.
type Record struct {
	Position uint64    `json:"position"` // in the journal's stream
	Task     string    `json:"task"`
	Seq      uint64    `json:"seq"`
	Step     int       `json:"step"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`  // judged, answered or did
	Event    string    `json:"event"` // hex SHA-256 of the event's JSON

	// Of a verdict. Verdict and Before are also given for an outcome.
	Verdict     string            `json:"verdict,omitempty"`
	Decision    step.Decision     `json:"decision,omitempty"`
	Rules       []string          `json:"rules,omitempty"`
	Obligations []step.Obligation `json:"obligations,omitempty"`
	Act         step.Kind         `json:"act,omitempty"`
	Digest      string            `json:"digest,omitempty"`
	Origin      string            `json:"origin,omitempty"`
	Element     string            `json:"element,omitempty"` // fingerprint
	Intent      string            `json:"intent,omitempty"`
	Effect      step.Effect       `json:"effect,omitempty"`
	Principal   string            `json:"principal,omitempty"`
	Bundle      string            `json:"bundle,omitempty"`
	Question    string            `json:"question,omitempty"` // of a verdict that rests on an answer, and of the answer

	Choice step.Choice        `json:"choice,omitempty"` // of an answer
	By     string             `json:"by,omitempty"`
	Status step.OutcomeStatus `json:"status,omitempty"` // of an outcome
	Before string             `json:"before,omitempty"` // hash of the picture before the act
}

// recordOf makes the record of an event; false means that the log does not keep this kind.
func recordOf(position uint64, ev step.Event) (Record, bool, error) {
	r := Record{Position: position, Task: ev.Task, Seq: ev.Seq, Step: ev.Step, At: ev.At.UTC(), Kind: ev.Body.EventKind()}
	switch b := ev.Body.(type) {
	case step.Judged:
		v := b.Verdict
		r.Verdict, r.Decision, r.Rules, r.Obligations, r.Digest = v.ID, v.Decision, v.Rules, v.Obligations, v.Digest
		r.Origin, r.Element, r.Intent, r.Effect = v.Facts.Origin, v.Facts.Fingerprint(), v.Intent, v.Effect
		r.Principal, r.Bundle, r.Question = v.Principal, v.Bundle, v.Answer
		if v.Action.Action != nil {
			r.Act = v.Action.Kind()
		}
	case step.Answered:
		r.Question, r.Choice, r.By = b.Answer.Question, b.Answer.Choice, b.Answer.By
	case step.Did:
		r.Verdict, r.Status, r.Before = b.Verdict, b.Outcome.Status, b.Before
	default:
		return Record{}, false, nil
	}
	data, err := json.Marshal(ev)
	if err != nil {
		return Record{}, false, fmt.Errorf("hash event %d of task %s: %w", ev.Seq, ev.Task, err)
	}
	sum := sha256.Sum256(data)
	r.Event = hex.EncodeToString(sum[:])
	return r, true, nil
}

// parse reads one line, strictly: a line that Record would not be written as is none.
func parse(line []byte) (Record, error) {
	var r Record
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return r, err
	}
	again, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	if !bytes.Equal(again, line) {
		return r, errors.New("it is not written as records are")
	}
	return r, nil
}
