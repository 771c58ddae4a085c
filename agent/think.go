package agent

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"chiron/agent/words"
	"chiron/mind"
	"chiron/step"
)

// maxUnusable is how many useless answers in a row end a task; each was already repaired and asked again once.
const maxUnusable = 3

// maxClaims is how many claims of success may prove false.
const maxClaims = 2

// think lets the actor propose one act and carries it out.
func (t *run) think(ctx context.Context) error {
	if err := t.remember(ctx); err != nil {
		return err
	}
	if err := t.planning(ctx); err != nil {
		return err
	}
	p, err := t.o.Mind.Propose(ctx, t.lookOf())
	t.usage = t.usage.Add(p.Usage)
	if errors.Is(err, mind.ErrUnusable) {
		t.unusable++
		if t.unusable >= maxUnusable {
			return end(step.Failed, "the model gave no usable answer %d times in a row: %v", t.unusable, err)
		}
		t.feedback = "Your last answer could not be used: " + err.Error()
		return t.record(ctx, step.Warned{Code: "model_unusable", Text: err.Error()})
	}
	if errors.Is(err, mind.ErrSpent) {
		return end(step.OutOfBudget, "the budget of %d tokens does not reach to be sure of the next act", t.limits.Tokens)
	}
	if err != nil {
		return fmt.Errorf("ask the model: %w", err)
	}
	t.unusable, t.feedback = 0, ""
	if p.By == "" {
		p.By = "actor"
	}
	switch a := p.Action.Action.(type) {
	case step.Done:
		if err := t.record(ctx, step.Proposed{Proposal: p}); err != nil {
			return err
		}
		return t.claim(ctx, a)
	case step.Fail:
		if err := t.record(ctx, step.Proposed{Proposal: p}); err != nil {
			return err
		}
		return end(step.Failed, "%s", a.Reason)
	case step.Note:
		return t.note(ctx, p, a)
	case step.Ask:
		return t.inquire(ctx, p, a)
	case step.Call, step.Delegate:
		t.feedback = fmt.Sprintf("%s is not available here.", p.Action.Kind())
		return t.record(ctx, step.Proposed{Proposal: p})
	}
	return t.carryOut(ctx, p)
}

// carryOut grounds a proposal and acts on it; what cannot be grounded goes back to the actor.
func (t *run) carryOut(ctx context.Context, p step.Proposal) error {
	grounded, err := t.ground(ctx, p)
	if errors.Is(err, mind.ErrAbsent) || errors.Is(err, mind.ErrAmbiguous) || errors.Is(err, errTarget) {
		t.feedback, t.idle = "That was not possible: "+err.Error(), t.idle+1
		t.remark(p.Action.Action, p.Note, "not possible: "+err.Error())
		return t.record(ctx, step.Proposed{Proposal: p})
	}
	if err != nil {
		return fmt.Errorf("locate: %w", err)
	}
	out, err := t.act(ctx, grounded)
	if err != nil || out == nil {
		return err
	}
	if out.Status == step.NotExecuted {
		t.feedback = "The act was not carried out: " + out.Reason
	}
	return nil
}

func (t *run) lookOf() mind.Look {
	return mind.Look{Task: t.task, Goal: t.goal, Values: t.values, Recall: t.recall, History: t.history, Messages: t.messages,
		Plan: t.way, Stuck: t.stuck(), Failed: t.feedback != "" || t.idle > t.noted, Risky: t.risky, Feedback: t.feedback, Observation: t.obs, Screen: t.seen,
		Left: max(1, t.limits.Tokens-t.usage.PromptTokens-t.usage.AnswerTokens)}
}

func (t *run) note(ctx context.Context, p step.Proposal, a step.Note) error {
	if err := t.record(ctx, step.Proposed{Proposal: p}); err != nil {
		return err
	}
	t.idle, t.noted = t.idle+1, t.noted+1
	t.remark(a, "", a.Text)
	return t.record(ctx, step.Noted(a))
}

// remark writes a step into what the actor is told of the past.
func (t *run) remark(a step.Action, note, outcome string) {
	t.history = append(t.history, mind.Entry{Step: t.n, Act: words.Of(a), Note: note, Outcome: outcome})
}

// remember asks memory when a site is entered for the first time. Acts of the past are shown on their own site only, so that a prompt
// begins the same for as long as the task stays there.
func (t *run) remember(ctx context.Context) error {
	if t.o.Memory == nil {
		return nil
	}
	u, err := url.Parse(t.obs.URL)
	if err != nil || u.Host == "" {
		return nil
	}
	var known bool
	if t.recall.Examples, known = t.recalled[u.Host]; known {
		return nil
	}
	advice, ids, degraded := t.o.Memory.Recall(ctx, t.task, u.Host)
	if ctx.Err() != nil { // what was cut off is asked for again
		return context.Cause(ctx)
	}
	t.recalled[u.Host], t.recall.Examples, t.recall.Texts = advice.Examples, advice.Examples, append(t.recall.Texts, advice.Texts...)
	return t.record(ctx, step.Recalled{Site: u.Host, Items: ids, Degraded: degraded})
}

// inquire puts the agent's own question to a person and goes on with the answer.
func (t *run) inquire(ctx context.Context, p step.Proposal, a step.Ask) error {
	if err := t.record(ctx, step.Proposed{Proposal: p}); err != nil {
		return err
	}
	q := step.Question{ID: newID("q"), About: step.AboutAgent, Text: a.Question, Picture: t.obs.Frame.Hash, Expires: t.o.Clock().Add(t.limits.Answers)}
	answer, err := t.ask(ctx, q)
	if err != nil {
		return err
	}
	if answer.Choice == step.Refuse && answer.Text == "" {
		return end(step.NeedsReview, "the agent asked %q and nobody answered", a.Question)
	}
	t.messages = append(t.messages, answer.Text)
	t.remark(a, "", "answered: "+answer.Text)
	return nil
}
