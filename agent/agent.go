// Package agent is the will: it carries a task from its first look to its end, one permitted act after another, and
// writes everything that happens into the task's history. Runner is one task; package crew runs many.
//
// The order of one step is fixed and only goes forward: look, read, propose, ground, gather facts, ask the gate, act,
// and at the next look compare. Only model calls are ever repeated by themselves.
package agent

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"chiron/agent/wheel"
	"chiron/mind"
	"chiron/policy"
	"chiron/step"
)

// Screen is one browser session. Do redeems the permit exactly once.
type Screen interface {
	Observe(context.Context) (step.Observation, error)
	Facts(context.Context, step.Action) (step.Facts, error)
	Do(context.Context, *policy.Permit) (step.Outcome, error)
	Close() error
}

// Eyes make candidates from an observation.
type Eyes interface {
	Read(context.Context, step.Observation, step.Source) (step.Screen, error)
}

// Mind plans, proposes, locates and verifies. Its words are not facts.
type Mind interface {
	Propose(context.Context, mind.Look) (step.Proposal, error)
	Locate(context.Context, mind.Look, string) (step.Found, step.Usage, error)
	Verify(context.Context, mind.Claim) (step.Check, step.Usage, error)
	Plan(ctx context.Context, look mind.Look, why string) (step.Plan, error)
}

// Gate is the policy.
type Gate interface {
	Admit(context.Context, policy.Request) (policy.Admission, error)
}

// Recorder is the task's history. Append returns after the event is durable; an error from it ends the work, because
// what cannot be recorded must not happen.
type Recorder interface {
	Append(ctx context.Context, task string, stepNo int, body step.Body) (step.Event, error)
	PutPicture(ctx context.Context, data []byte, mime string) (string, error)
}

// Mailbox delivers what people tell the task. The channel closes when ctx ends.
type Mailbox interface {
	Orders(ctx context.Context, task string) (<-chan Letter, error)
}

// Letter is one order and who sent it. Ack must be called once it was obeyed or refused.
type Letter struct {
	Order step.Order
	By    string
	Ack   func()
}

// Memory gives advice; its failure degrades and never stops.
type Memory interface {
	Recall(ctx context.Context, task step.Task, site string) (advice mind.Advice, ids []string, degraded string)
}

// Options are what a Runner needs. All fields without "optional" are required.
type Options struct {
	Open     func(context.Context, step.Task) (Screen, error)
	Eyes     Eyes
	Mind     Mind
	Gate     Gate
	Recorder Recorder
	Mailbox  Mailbox
	Memory   Memory                                                // optional
	Live     func(ctx context.Context, task string, screen Screen) // optional; runs beside the session until ctx ends
	Stopped  func() bool                                           // optional; while it says yes, tasks pause
	Limits   step.Limits                                           // optional; defaults for tasks that give none
	Clock    func() time.Time                                      // optional
	After    func(time.Duration) <-chan time.Time                  // optional
	Logger   *slog.Logger                                          // optional
}

// DefaultLimits are the budgets of a task that names none.
func DefaultLimits() step.Limits {
	return step.Limits{Steps: 60, Wall: 20 * time.Minute, Model: 15 * time.Minute, Tokens: 400_000, Bytes: 200 << 20, NoWork: 6, Answers: 10 * time.Minute}
}

// Runner carries out single tasks. It is safe for concurrent use by several tasks.
type Runner struct {
	o   Options
	log *slog.Logger
	*wheel.Wheels
}

// New checks the options.
func New(o Options) (*Runner, error) {
	for name, missing := range map[string]bool{"Open": o.Open == nil, "Eyes": o.Eyes == nil, "Mind": o.Mind == nil, "Gate": o.Gate == nil,
		"Recorder": o.Recorder == nil, "Mailbox": o.Mailbox == nil} {
		if missing {
			return nil, fmt.Errorf("agent: option %s is missing", name)
		}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits = o.Limits.Or(DefaultLimits())
	return &Runner{o: o, log: o.Logger.With("room", "agent"), Wheels: wheel.New(o.After)}, nil
}

// verdictOf is how a run ends: a result that closes the task.
type verdictOf struct{ result step.Result }

func (v *verdictOf) Error() string { return string(v.result.Status) + ": " + v.result.Reason }

// end makes the error that unwinds a run into an Ended event.
func end(status step.Status, format string, args ...any) error {
	return &verdictOf{step.Result{Status: status, Reason: fmt.Sprintf(format, args...)}}
}
