// Package desk is where questions wait for people: which are open, and whose word counts.
package desk

import (
	"context"
	"errors"
	"fmt"

	"chiron/journal"
	"chiron/step"
)

// ErrOwn is a requester's word on a task of their own where two people are needed.
var ErrOwn = errors.New("four eyes are asked for here: the key that handed a task in neither approves its acts nor takes its mouse; " +
	"let somebody do it with another key (the admin makes one with `chiron keys add`)")

// Allows reports an order of by, the id of a key, that only another person may give: an approval of an act, or taking the mouse.
// Always says that the operator asks for two people at every task; a task can ask for them by itself, and cannot do without where
// the operator asks. A refusal, an instruction and an answer to the agent's own question are open to everybody: what comes of them is judged anew.
func Allows(s step.State, c step.Command, always bool, by string) error {
	if !s.Task.NeedsAnother(always, by) {
		return nil
	}
	switch c := c.(type) {
	case step.Drive:
		if c.Take {
			return ErrOwn
		}
	case step.Reply:
		if c.Answer.Choice == step.Approve && s.Question != nil && s.Question.About != step.AboutAgent {
			return ErrOwn
		}
	}
	return nil
}

// OpenQuestion is a question that waits for a person.
type OpenQuestion struct {
	Task     string        `json:"task"`
	Goal     string        `json:"goal"`
	Step     int           `json:"step"`
	Question step.Question `json:"question"`
}

// Tasks finds tasks; *journal.Journal is one.
type Tasks interface {
	List(ctx context.Context, f journal.Filter) ([]step.State, string, error)
}

// Open returns all questions that wait. It is never nil.
func Open(ctx context.Context, tasks Tasks) ([]OpenQuestion, error) {
	out, cursor := []OpenQuestion{}, ""
	for {
		states, next, err := tasks.List(ctx, journal.Filter{Status: []step.Status{step.Waiting}, Cursor: cursor, Limit: 200})
		if err != nil {
			return nil, fmt.Errorf("list waiting tasks: %w", err)
		}
		for _, st := range states {
			if st.Question != nil {
				out = append(out, OpenQuestion{st.Task.ID, st.Task.Goal, st.Step, *st.Question})
			}
		}
		if next == "" {
			return out, nil
		}
		cursor = next
	}
}
