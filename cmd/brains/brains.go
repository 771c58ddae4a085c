// Package brains joins the minds to the models: which model a role has, how it is spoken to, and whether it has earned the
// mouse.
package brains

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"chiron/cmd/places"
	"chiron/cmd/settings"
	"chiron/inference"
	"chiron/inference/bundled"
	"chiron/inference/fleet"
	"chiron/mind"
	"chiron/mind/admission"
	"chiron/step"
)

// ErrUncertified is returned for a model that would drive without having passed the admission test.
var ErrUncertified = errors.New("the model is not certified")

// Table keeps certificates; a *journal.Table is one.
type Table interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, value []byte) error
}

// Options are what Brains need.
type Options struct {
	Models       *fleet.Fleet
	Config       settings.InferenceConfig
	Bundled      func() bundled.Set // the models that the build carries; nil without them
	Certificates Table
	Questions    int // of an examination in each way of seeing; 0 is the admission test's own number
	Logger       *slog.Logger
}

// Brains are the models of the roles. They are safe for concurrent use.
type Brains struct {
	Options

	mu    sync.Mutex
	known map[string]standing // by model, and by endpoint and model
	jobs  map[string]Job      // by model

	watched map[string]bool // tasks that somebody looks at
	work    sync.WaitGroup
}

// standing is what was last known of a model.
type standing struct {
	at   time.Time
	cert *admission.Certificate // nil without one
}

// fresh is how long a standing counts before the digest is looked up again.
const fresh = 30 * time.Second

// sampled is the temperature of answers that are drawn to be compared: high enough that a model in doubt gives different ones, and
// low enough that one without gives the same. Ollama's own default is 0.8.
const sampled = 0.7

// New returns the brains. Nothing is asked before it is needed.
func New(o Options) *Brains {
	return &Brains{Options: o, known: map[string]standing{}, jobs: map[string]Job{}, watched: map[string]bool{}}
}

// Model is what Ollama calls the model for a role: the one that the task names, else the configured one, else, to act and to find,
// a bundled one.
func (b *Brains) Model(role mind.Role, named string) string {
	name := named
	if name == "" {
		name = map[mind.Role]string{mind.RoleActor: b.Config.Actor, mind.RoleLocator: b.Config.Actor, mind.RoleVerifier: b.Config.Verifier,
			mind.RolePlanner: b.Config.Planner, mind.RoleExpert: b.Config.Planner}[role]
	}
	if own := b.own(role); own != nil && (name == "" || name == bundled.Alias) {
		return own.Name
	}
	return name
}

// own is the bundled model for a role; nil without one.
func (b *Brains) own(role mind.Role) *bundled.Model {
	return map[mind.Role]*bundled.Model{mind.RoleActor: b.bundled().Little, mind.RoleLocator: b.bundled().Eyes}[role]
}

func (b *Brains) bundled() bundled.Set {
	if b.Bundled == nil {
		return bundled.Set{}
	}
	return b.Bundled()
}

// Profile is how a model is spoken to: as its certificate found best; without one by text. The bundled one was trained on
// prompts without rules, and without examples.
func (b *Brains) Profile(role mind.Role, named string) mind.Profile {
	model := b.Model(role, named)
	switch own := b.own(role); {
	case own == nil || own.Name != model:
	case role == mind.RoleActor:
		return mind.Profile{Sight: step.SightText, Terse: true, NoRules: true, MaxTokens: bundled.MaxTokens, History: bundled.History, Doubt: bundled.Doubt, Claim: bundled.Claim, Consent: bundled.Consent}
	case role == mind.RoleLocator:
		return mind.Profile{Sight: step.SightPixels, Points: true, Doubt: bundled.Glimpse}
	}
	p := mind.Profile{Sight: step.SightText, Examples: b.Config.Examples}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.known[model].cert; c != nil && c.OK {
		p.Sight, p.Space, p.Seen = c.Sight, c.Space, c.Seen
	}
	return p
}

// Chat calls the model of a role. A model that would drive uncertified is refused with ErrUncertified before it is asked.
func (b *Brains) Chat(ctx context.Context, p mind.Prompt) (mind.Answer, error) {
	model := b.Model(p.Role, p.Model)
	if model == "" {
		return mind.Answer{}, fmt.Errorf("%w for the %s; set inference.%s, name one in the task's models, or give the task steps", mind.ErrNoModel, p.Role, p.Role)
	}
	if err := b.earned(ctx, p.Role, model); err != nil {
		if p.Role == mind.RoleExpert && errors.Is(err, ErrUncertified) {
			return mind.Answer{}, fmt.Errorf("%w that may act in the actor's place: %w", mind.ErrNoModel, err)
		}
		return mind.Answer{}, b.explain(model, p.Task, err)
	}
	return b.chat(ctx, p, model, b.callOf(p), b.admit(p.Role, model))
}

func (b *Brains) chat(ctx context.Context, p mind.Prompt, model string, call inference.Call, admit admits) (mind.Answer, error) {
	r := inference.Request{Model: model, Call: call, Format: p.Schema, MaxTokens: p.MaxTokens, Sure: b.bundled().Has(model)}
	if p.Sample > 0 {
		r.Temperature, r.Seed = sampled, p.Sample
	}
	for _, t := range p.Turns {
		r.Messages = append(r.Messages, inference.Message{Role: t.Who, Text: t.Text, Images: t.Images})
	}
	reply, err := b.patient(ctx, r, admit)
	answer := mind.Answer{Text: reply.Text, Model: model, Sure: reply.Sure, Usage: reply.Usage}
	if errors.Is(err, inference.ErrTruncated) || errors.Is(err, inference.ErrEmpty) {
		return answer, nil // not usable: mind asks once more and then gives up
	}
	if errors.Is(err, inference.ErrContext) {
		return answer, fmt.Errorf("%w: %w", mind.ErrTooLong, err)
	}
	return answer, b.explain(model, p.Task, err)
}

// callOf is on whose behalf a prompt of a task is asked. A person waits for a task that they watch; who begins to watch later does not
// move a call that is in the line already.
func (b *Brains) callOf(p mind.Prompt) inference.Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return inference.Call{Task: p.Task, Tenant: p.Tenant, Urgent: b.watched[p.Task]}
}

// Watched notes whether somebody looks at a task.
func (b *Brains) Watched(task string, now bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now {
		b.watched[task] = true
	} else {
		delete(b.watched, task)
	}
}

// patient waits where every queue is full: a task that was taken does not fail for want of room.
func (b *Brains) patient(ctx context.Context, r inference.Request, admit admits) (inference.Reply, error) {
	for {
		reply, err := b.Models.ChatWhere(ctx, r, admit)
		var full *inference.FullError
		if !errors.As(err, &full) {
			return reply, err
		}
		b.Logger.Info("a call waits for room", "task", r.Task, "model", r.Model, "after", full.After)
		wait := time.NewTimer(full.After)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return reply, context.Cause(ctx)
		}
	}
}

// explain says what to do about a model call that failed for a reason outside the model.
func (b *Brains) explain(model, task string, err error) error {
	switch {
	case errors.Is(err, inference.ErrNoModel):
		return fmt.Errorf("the model %s is not in Ollama; get it with `chiron models pull %s` (or `OLLAMA_HOST=%s ollama pull %s`), or name another", model, model, strings.Join(places.Of(b.Models.One().Base()), ""), model)
	case errors.Is(err, inference.ErrUnreachable):
		b.Logger.Warn("Ollama cannot be reached", "task", task, "model", model, "address", b.Models.One().Base(), "error", err)
	}
	return err
}
