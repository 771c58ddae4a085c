package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"chiron/policy"
	"chiron/step"

	"github.com/google/uuid"
)

// actTime bounds one dispatched act. It runs on through a shutdown, so that its outcome is known and recorded.
const actTime = 45 * time.Second

// maxDenials is how often in a row the actor may run into the policy.
const maxDenials = 3

func newID(prefix string) string { return prefix + "_" + uuid.NewString() }

// act proposes, asks the gate and, with a permit, acts. A nil outcome without an error means that nothing was done and
// the screen has to be looked at again before the next try: after a question was answered, or after a denial that the
// actor may learn from.
func (t *run) act(ctx context.Context, p step.Proposal) (*step.Outcome, error) {
	if err := t.record(ctx, step.Proposed{Proposal: p}); err != nil {
		return nil, err
	}
	action := p.Action.Action
	facts, err := t.screen.Facts(ctx, action)
	if err != nil {
		return nil, fmt.Errorf("gather facts: %w", err)
	}
	facts.Observation = t.obs.ID
	request := policy.Request{Task: t.task, Step: t.n, Principal: "agent", Action: action, Facts: facts, Values: t.values, Usage: t.usage,
		Past: t.past, Answer: t.answer, Question: t.asked}
	t.answer, t.asked = nil, nil
	admission, err := t.o.Gate.Admit(ctx, request)
	t.past = admission.Past
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	switch {
	case admission.Permit != nil:
		return t.do(ctx, p, admission)
	case admission.Question != nil:
		return t.questionAct(ctx, p, *admission.Question)
	}
	return nil, t.denied(ctx, p, admission.Verdict)
}

// do redeems the permit and records how the act ended. Whatever happens in between is unknown to a later reader.
func (t *run) do(ctx context.Context, p step.Proposal, admission policy.Admission) (*step.Outcome, error) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), actTime)
	defer cancel()
	before := t.obs.Frame.Hash
	out, err := t.screen.Do(bounded, admission.Permit)
	if err != nil && out.Status == "" {
		out = step.Outcome{Status: step.Unknown, Reason: err.Error()}
	}
	if rerr := t.record(ctx, step.Did{Verdict: admission.Verdict.ID, Outcome: out, Before: before}); rerr != nil {
		return nil, rerr
	}
	said := t.inWords(p)
	t.denials = 0
	switch out.Status {
	case step.Executed:
		t.usage.Acts++
		t.acts = append(t.acts, said)
		expect := p.Expect
		t.expect = &expect
	case step.Unknown:
		if admission.Verdict.Effect == step.EffectIrreversible {
			return nil, t.unknown(ctx, admission.Verdict, out)
		}
	}
	outcome := string(out.Status)
	if out.Reason != "" {
		outcome += ": " + out.Reason
	}
	if out.Differs {
		outcome += fmt.Sprintf("; the field now shows %q", out.ReadBack)
	}
	t.history = append(t.history, entry(t.n, said, p.Note, outcome))
	return &out, nil
}

// unknown puts an irreversible act of unknown outcome before a person; the task does not go on by itself.
func (t *run) unknown(ctx context.Context, v step.Verdict, out step.Outcome) error {
	q := step.Question{ID: newID("q"), About: step.AboutUnknown, Action: &v.Action, Digest: v.Digest, Facts: &v.Facts, Picture: t.obs.Frame.Hash,
		Text:    fmt.Sprintf("It is not known whether this act happened: %s (%s). May the task go on as the screen now stands?", Words(v.Action.Action), out.Reason),
		Expires: t.o.Clock().Add(t.limits.Answers)}
	answer, err := t.ask(ctx, q)
	if err != nil {
		return err
	}
	if answer.Choice != step.Approve {
		return end(step.NeedsReview, "it is not known whether an irreversible act happened: %s", Words(v.Action.Action))
	}
	return nil
}

// questionAct parks the task until a person has answered. With an approval the screen is looked at anew and the act goes
// to the gate again, which checks that it still is the act that was approved.
func (t *run) questionAct(ctx context.Context, p step.Proposal, q step.Question) (*step.Outcome, error) {
	if q.Picture == "" {
		q.Picture = t.obs.Frame.Hash
	}
	answer, err := t.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	switch answer.Choice {
	case step.Approve:
		t.answer, t.asked = &answer, &q
		if err := t.look(ctx); err != nil {
			return nil, err
		}
		return t.act(ctx, p)
	case step.Instruct:
		t.messages = append(t.messages, answer.Text)
		t.remark(p.Action.Action, p.Note, "a person said instead: "+answer.Text)
		return nil, nil
	}
	if len(t.script) > 0 {
		return nil, end(step.Denied, "%s was refused by %s", t.inWords(p), answer.By)
	}
	t.denials++
	t.feedback = fmt.Sprintf("A person refused: %s. Do not try it again.", Words(p.Action.Action))
	t.remark(p.Action.Action, p.Note, "refused by a person")
	if t.denials >= maxDenials {
		return nil, end(step.Denied, "%d acts in a row were refused", t.denials)
	}
	return nil, nil
}

// inWords says a proposal for people: by the name of what it aims at, where the screen shows one.
func (t *run) inWords(p step.Proposal) string {
	if p.Located != nil && p.Located.Mark != 0 {
		if c, ok := t.seen.Item(p.Located.Mark); ok && c.Name != "" {
			return Words(named(p.Action.Action, c.Name))
		}
	}
	return Words(p.Action.Action)
}

// denied ends a scripted task and lets an actor learn once.
func (t *run) denied(ctx context.Context, p step.Proposal, v step.Verdict) error {
	t.remark(p.Action.Action, p.Note, "denied: "+v.Reason)
	if len(t.script) > 0 || t.n == 1 {
		return end(step.Denied, "%s: %s (%s)", t.inWords(p), v.Reason, strings.Join(v.Rules, ", "))
	}
	t.denials++
	if t.denials >= maxDenials {
		return end(step.Denied, "%d acts in a row were denied, the last because %s", t.denials, v.Reason)
	}
	t.feedback = "The policy denies this: " + v.Reason + " Choose another way."
	return nil
}

// ask records a question, waits for its answer, and records that. Silence until the question expires is a refusal.
func (t *run) ask(ctx context.Context, q step.Question) (step.Answer, error) {
	if err := t.record(ctx, step.Asked{Question: q}); err != nil {
		return step.Answer{}, err
	}
	t.usage.Questions++
	parked := t.o.Clock()
	answer, err := t.await(ctx, q)
	if err != nil {
		return step.Answer{}, err
	}
	t.started = t.started.Add(t.o.Clock().Sub(parked)) // waiting for people does not use up the wall budget
	return answer, t.record(ctx, step.Answered{Answer: answer})
}

func (t *run) await(ctx context.Context, q step.Question) (step.Answer, error) {
	expired := t.o.After(q.Expires.Sub(t.o.Clock()))
	for {
		select {
		case <-ctx.Done():
			return step.Answer{}, context.Cause(ctx)
		case <-expired:
			return step.Answer{Question: q.ID, Choice: step.Refuse, By: "expiry", At: t.o.Clock()}, nil
		case l, open := <-t.letters:
			if !open {
				return step.Answer{}, errors.New("the mailbox closed")
			}
			reply, mine := l.Order.Command.(step.Reply)
			if !mine {
				if err := t.heed(ctx, l); err != nil {
					return step.Answer{}, err
				}
				continue
			}
			l.Ack()
			if reply.Answer.Question == q.ID {
				reply.Answer.By, reply.Answer.At = l.By, t.o.Clock()
				return reply.Answer, nil
			}
		}
	}
}
