package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"chiron/policy/bundle"
	"chiron/step"
)

// Stream is the one stream of events; *journal.Journal is one.
type Stream interface {
	// Newest returns the position of the last event.
	Newest(ctx context.Context) (uint64, error)
	// Chronicle calls fn with the events of all tasks after a position, in order, until ctx ends or fn fails.
	Chronicle(ctx context.Context, after uint64, fn func(position uint64, ev step.Event) error) error
}

// MostDecisions is how many decisions one comparison looks at, at most.
const MostDecisions = 10_000

// patience is how long reading the stream may take.
const patience = 30 * time.Second

// decided is one decision with its place.
type decided struct {
	task    string
	step    int
	at      time.Time
	verdict step.Verdict
}

var errRead = errors.New("that is all")

// past calls fn with the decisions among the last span events, the oldest first; it reports whether these are all there are.
func (s *Shelf) past(ctx context.Context, span uint64, fn func(decided)) (all bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	newest, err := s.o.Stream.Newest(ctx)
	if err != nil || newest == 0 {
		return true, err
	}
	from := uint64(0)
	if span < newest {
		from = newest - span
	}
	err = s.o.Stream.Chronicle(ctx, from, func(position uint64, ev step.Event) error {
		if b, ok := ev.Body.(step.Judged); ok && position <= newest {
			fn(decided{ev.Task, ev.Step, ev.At, b.Verdict})
		}
		if position >= newest {
			return errRead
		}
		return nil
	})
	if errors.Is(err, errRead) {
		err = nil
	}
	return from == 0, err
}

// last returns the newest n decisions, the oldest first.
func (s *Shelf) last(ctx context.Context, n int) ([]decided, error) {
	for span := uint64(4096); ; span *= 8 {
		var found []decided
		all, err := s.past(ctx, span, func(d decided) { found = append(found, d) })
		if err != nil {
			return nil, fmt.Errorf("read the decisions: %w", err)
		}
		if all || len(found) >= n {
			return found[max(0, len(found)-n):], nil
		}
	}
}

// RuleSaid is what one rule has to do with a decision.
type RuleSaid struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Effect string `json:"effect"` // permit, forbid, ask or oblige
}

// Explained is a decision, as it was and as the rules in force would take it now.
type Explained struct {
	Task    string          `json:"task"`
	Step    int             `json:"step"`
	At      time.Time       `json:"at"`
	Verdict step.Verdict    `json:"verdict"`
	Rules   []RuleSaid      `json:"rules,omitempty"` // that determined it
	Now     *Would          `json:"now,omitempty"`   // by the rules in force; nil where the rules were not asked
	Input   json.RawMessage `json:"input,omitempty"`
}

// Would is what rules say to an act.
type Would struct {
	Bundle      string            `json:"bundle"`
	Decision    step.Decision     `json:"decision"`
	Reason      string            `json:"reason"`
	Rules       []string          `json:"rules,omitempty"`
	Obligations []step.Obligation `json:"obligations,omitempty"`
	Errors      []string          `json:"errors,omitempty"`
}

func would(b *bundle.Bundle, d bundle.Decision) *Would {
	return &Would{Bundle: b.Hash(), Decision: d.Outcome, Reason: d.Reason, Rules: d.Rules, Obligations: d.Obligations, Errors: d.Errors}
}

// Explain finds a decision by its id.
func (s *Shelf) Explain(ctx context.Context, id string) (Explained, error) {
	for span := uint64(4096); ; span *= 8 {
		var found *decided
		all, err := s.past(ctx, span, func(d decided) {
			if d.verdict.ID == id {
				found = &d
			}
		})
		switch {
		case err != nil:
			return Explained{}, fmt.Errorf("read the decisions: %w", err)
		case found != nil:
			return s.explain(ctx, *found)
		case all:
			return Explained{}, fmt.Errorf("%w: %s", ErrNoVerdict, id)
		}
	}
}

func (s *Shelf) explain(ctx context.Context, d decided) (Explained, error) {
	e := Explained{Task: d.task, Step: d.step, At: d.at, Verdict: d.verdict, Input: d.verdict.Input}
	e.Verdict.Input = nil
	then, err := s.load(ctx, d.verdict.Bundle)
	if err == nil {
		e.Rules = saidBy(then, d.verdict)
	}
	_, hash := s.o.Gate.Rules()
	now, err := s.load(ctx, hash)
	if err != nil {
		return e, err
	}
	again, err := now.Again(d.task, d.verdict)
	if err == nil {
		e.Now = would(now, again)
	} else if !errors.Is(err, bundle.ErrNotAsked) {
		return e, err
	}
	return e, nil
}

func (s *Shelf) load(ctx context.Context, hash string) (*bundle.Bundle, error) {
	v, err := s.version(ctx, hash)
	if err != nil {
		return nil, err
	}
	return CheckBundle(v.Files)
}

func saidBy(b *bundle.Bundle, v step.Verdict) []RuleSaid {
	var out []RuleSaid
	for _, r := range b.Rules() {
		if slices.Contains(v.Rules, r.ID) {
			out = append(out, RuleSaid{r.ID, r.Reason, EffectOf(r)})
		}
	}
	return out
}

// EffectOf says in one word what a rule does: permit, forbid, ask or oblige.
func EffectOf(r bundle.Rule) string {
	switch {
	case r.Obligations != nil:
		return "oblige"
	case r.Ask != "":
		return "ask"
	case r.Forbids:
		return "forbid"
	}
	return "permit"
}

// Change is one decision that a bundle would take otherwise.
type Change struct {
	Decision string        `json:"decision"`
	Task     string        `json:"task"`
	Step     int           `json:"step"`
	At       time.Time     `json:"at"`
	Act      step.Kind     `json:"act"`
	Origin   string        `json:"origin,omitempty"`
	Element  string        `json:"element,omitempty"`
	Was      step.Decision `json:"was"`
	By       []string      `json:"by,omitempty"` // rules then
	Would    Would         `json:"would"`
}

// Difference is what a bundle would change of the last decisions.
type Difference struct {
	Bundle  string   `json:"bundle"`
	Asked   int      `json:"asked"`   // decisions that were taken again
	Skipped int      `json:"skipped"` // that did not come from rules, or from another version of the product
	Changes []Change `json:"changes"`
}

// WhatIf asks a bundle about the last n acts that were judged, and lists what it would say otherwise.
func (s *Shelf) WhatIf(ctx context.Context, files map[string]string, n int) (Difference, error) {
	b, err := CheckBundle(files)
	if err != nil {
		return Difference{}, err
	}
	list, err := s.last(ctx, min(max(n, 1), MostDecisions))
	if err != nil {
		return Difference{}, err
	}
	out := Difference{Bundle: b.Hash(), Changes: []Change{}}
	for _, d := range list {
		again, err := b.Again(d.task, d.verdict)
		if err != nil {
			out.Skipped++
			continue
		}
		out.Asked++
		if again.Differs(d.verdict) {
			out.Changes = append(out.Changes, changeOf(b, d, again))
		}
	}
	return out, nil
}

func changeOf(b *bundle.Bundle, d decided, again bundle.Decision) Change {
	c := Change{Decision: d.verdict.ID, Task: d.task, Step: d.step, At: d.at, Act: d.verdict.Action.Kind(), Origin: d.verdict.Facts.Origin,
		Was: d.verdict.Decision, By: d.verdict.Rules, Would: *would(b, again)}
	if e := d.verdict.Facts.Element; e != nil {
		c.Element = e.Name
	}
	return c
}
