package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"chiron/step"
)

// ErrNotAsked says that a verdict did not come from the rules: everything was stopped, a person had refused, or the act
// could not be described.
var ErrNotAsked = errors.New("the rules were not asked")

// Record returns an Input in the form that verdicts keep.
func Record(in Input) (json.RawMessage, error) { return json.Marshal(in) }

// recorded reads what Record made, strictly.
func recorded(data json.RawMessage) (Input, error) {
	var in Input
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(&in)
	return in, err
}

// Again asks these rules what they say to an act that was judged before, by what was recorded of it then. Approved acts are
// asked about as such. The error wraps ErrNotAsked where no rule was asked.
func (b *Bundle) Again(task string, v step.Verdict) (Decision, error) {
	if len(v.Input) == 0 || v.Action.Action == nil {
		return Decision{}, fmt.Errorf("decision %s: %w", v.ID, ErrNotAsked)
	}
	in, err := recorded(v.Input)
	if err != nil {
		return Decision{}, fmt.Errorf("decision %s: read what was recorded: %w", v.ID, err)
	}
	return b.decide(v.Principal, v.Action.Kind(), task, &in, v.Answer != ""), nil
}

// Differs reports whether a decision is another one than a verdict, in its outcome or in what comes with it.
func (d Decision) Differs(v step.Verdict) bool {
	return d.Outcome != v.Decision || d.Outcome == step.Permit && !slices.Equal(d.Obligations, v.Obligations)
}
