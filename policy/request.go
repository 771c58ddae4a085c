package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"chiron/step"
)

// Request is an act that somebody wants to perform. It has no place for a note, an expectation or any other words about the act:
// what it is follows from Facts.
type Request struct {
	Task      step.Task
	Step      int
	Principal string      // Agent, or the name of the person who drives
	Action    step.Action // grounded: its target is a point; its texts still hold references
	Facts     step.Facts
	Values    step.Values
	Usage     step.Usage
	Past      Past // what the session has gathered: the Past of its last Admission, the zero one at its beginning

	// Question and its Answer, when the act was asked about before.
	Question *step.Question
	Answer   *step.Answer
}

// own checks a request and returns a copy that shares nothing the caller could change after the verdict.
func (r Request) own() (Request, error) {
	if err := r.valid(); err != nil {
		return Request{}, err
	}
	var err error
	if r.Action, err = ownAction(r.Action); err != nil {
		return Request{}, fmt.Errorf("copy the act: %w", err)
	}
	f := &r.Facts
	f.Point, f.Element, f.To, f.Dialog, f.Form = copied(f.Point), copied(f.Element), copied(f.To), copied(f.Dialog), copied(f.Form)
	if f.Form != nil {
		f.Form.Fields = slices.Clone(f.Form.Fields)
	}
	r.Past.Opened, r.Past.Approved = slices.Clone(r.Past.Opened), slices.Clone(r.Past.Approved)
	r.Values, r.Task.Secrets = slices.Clone(r.Values), slices.Clone(r.Task.Secrets)
	return r, nil
}

// ownAction copies an act. The common ones are copied field by field; every other one, a pointer to one among them, by way of JSON.
func ownAction(a step.Action) (step.Action, error) {
	switch a := a.(type) {
	case step.Click:
		a.Point, a.Modifiers = copied(a.Point), slices.Clone(a.Modifiers)
		return a, nil
	case step.Hover:
		a.Point = copied(a.Point)
		return a, nil
	case step.Type:
		a.Point = copied(a.Point)
		return a, nil
	case step.Scroll:
		a.Point = copied(a.Point)
		return a, nil
	case step.Select:
		a.Point = copied(a.Point)
		return a, nil
	case step.Press, step.Navigate, step.Back, step.Forward, step.Reload, step.Wait, step.DialogAct, step.TabAct:
		return a, nil
	}
	data, err := json.Marshal(step.Act{Action: a})
	if err != nil {
		return nil, err
	}
	return step.ParseAction(data)
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// valid reports a request that is not one: a fault of the caller, not a matter for the rules.
func (r Request) valid() error {
	switch {
	case r.Task.ID == "":
		return errors.New("the task has no id")
	case r.Principal == "":
		return errors.New("the act has no principal")
	case r.Action == nil:
		return errors.New("there is no act")
	case (r.Question == nil) != (r.Answer == nil):
		return errors.New("a question and its answer come together")
	}
	if err := r.Action.Validate(); err != nil {
		return err
	}
	for _, t := range targets(r.Action) {
		if t.Mark != 0 || t.Text != "" {
			return fmt.Errorf("the act is not grounded: its target is %s, not a point", t)
		}
	}
	return nil
}

func targets(a step.Action) []step.Target {
	switch a := a.(type) {
	case step.Click:
		return []step.Target{a.Target}
	case step.Hover:
		return []step.Target{a.Target}
	case step.Drag:
		return []step.Target{a.Target, a.To}
	case step.Type:
		return []step.Target{a.Target}
	case step.Scroll:
		return []step.Target{a.Target}
	case step.Select:
		return []step.Target{a.Target}
	case step.Upload:
		return []step.Target{a.Target}
	}
	return nil
}
