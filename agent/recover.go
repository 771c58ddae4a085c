package agent

import (
	"context"

	"chiron/agent/words"
	"chiron/step"
)

// maxAttempts is how often a task is begun before a person looks at why it never comes to its end.
const maxAttempts = 5

// recover decides how a task goes on that another worker left. A new session knows nothing of the old page, so the
// task begins again at its start page; that is safe only while nothing irreversible was done or may have been done.
// Otherwise a person decides.
func (t *run) recover(ctx context.Context, s step.State) error {
	if s.Attempt == 0 {
		return nil
	}
	unknown := s.Pending
	if unknown != nil { // every act has an end in the history; without one, the next permit would make it forgotten
		out := step.Outcome{Status: step.Unknown, Reason: "the work was interrupted while the act was on its way"}
		if err := t.record(ctx, step.Did{Verdict: unknown.ID, Outcome: out}); err != nil {
			return err
		}
	}
	if unknown != nil && unknown.Effect != step.EffectIrreversible {
		unknown = nil
	}
	if s.Attempt >= maxAttempts {
		return end(step.NeedsReview, "the task was begun %d times and interrupted each time", s.Attempt)
	}
	if unknown == nil && s.Effects == 0 {
		return t.record(ctx, step.Recovered{Resume: "restart"})
	}
	if err := t.record(ctx, step.Recovered{Unknown: unknown, Resume: "ask"}); err != nil {
		return err
	}
	q := step.Question{ID: newID("q"), About: step.AboutUnknown, Picture: s.Picture, Expires: t.o.Clock().Add(t.limits.Answers), Text: words.BeginAgain(s.Effects, unknown)}
	if unknown != nil {
		q.Action, q.Digest, q.Facts = &unknown.Action, unknown.Digest, &unknown.Facts
	}
	answer, err := t.ask(ctx, q)
	if err != nil {
		return err
	}
	if answer.Choice != step.Approve {
		return end(step.NeedsReview, "the work was interrupted; %s; nothing was repeated", words.Interrupted(s.Effects, unknown))
	}
	return nil
}
