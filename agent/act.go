package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chiron/agent/halt"
	"chiron/agent/words"
	"chiron/mind"
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
	answer, asked := t.answer, t.asked
	t.answer, t.asked = nil, nil // an approval is for this act now: whatever comes between, a stop too, voids it
	if err := t.record(ctx, step.Proposed{Proposal: p}); err != nil {
		return nil, err
	}
	action := p.Action.Action
	facts, err := t.screen.Facts(ctx, action)
	if err != nil {
		return nil, fmt.Errorf("gather facts: %w", err)
	}
	facts.Observation = t.obs.ID
	if why := t.elsewhere(p, facts); why != "" {
		return &step.Outcome{Status: step.NotExecuted, Stale: true, Reason: why}, t.record(ctx, step.Warned{Code: "stale", Text: why})
	}
	request := policy.Request{Task: t.task, Step: t.n, Principal: policy.Agent, Action: action, Facts: facts, Values: t.values, Usage: t.usage,
		Past: t.past, Answer: answer, Question: asked}
	admission, err := t.o.Gate.Admit(ctx, request)
	t.past = admission.Past
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	switch {
	case admission.Permit != nil:
		if err := t.fit(ctx, admission.Verdict); err != nil {
			return nil, err
		}
		return t.do(ctx, p, admission)
	case admission.Question != nil:
		return t.questionAct(ctx, p, *admission.Question)
	case stopped(admission.Verdict):
		return nil, halt.ErrStopped
	}
	return nil, t.denied(ctx, p, admission.Verdict)
}

// elsewhere says why the screen is no longer the one that a proposal was made for: another page, or another thing under
// the mark. What was chosen from a list is compared with what Chromium now says stands there.
func (t *run) elsewhere(p step.Proposal, f step.Facts) string {
	if p.Located == nil {
		return ""
	}
	if f.URL != t.obs.URL {
		return "the page is another one than was looked at"
	}
	c, ok := t.seen.Item(p.Located.Mark)
	if !ok || p.Located.Mark == 0 || c.Source != step.SourceLayout || f.Element == nil || c.Role != f.Element.Role {
		return ""
	}
	was, is := step.Fold(c.Name), step.Fold(f.Element.Name)
	if was == "" || is == "" || strings.Contains(was, is) || strings.Contains(is, was) {
		return ""
	}
	return fmt.Sprintf("where %q stood there is now %q", c.Name, f.Element.Name)
}

// fit stops a scripted task before an act that cannot be undone when a field took something else than was typed.
func (t *run) fit(ctx context.Context, v step.Verdict) error {
	if t.differs == "" || len(t.script) == 0 || v.Effect != step.EffectIrreversible {
		return nil
	}
	if err := t.record(ctx, step.Did{Verdict: v.ID, Outcome: step.Outcome{Status: step.NotExecuted, Reason: t.differs}}); err != nil {
		return err
	}
	return end(step.NeedsReview, "%s; the task stopped before %s", t.differs, words.Judged(v))
}

// do carries out a permitted act and takes in how it ended.
func (t *run) do(ctx context.Context, p step.Proposal, admission policy.Admission) (*step.Outcome, error) {
	v := admission.Verdict
	out, err := t.dispatch(ctx, admission)
	if err != nil {
		return nil, err
	}
	if out.Status == step.NotExecuted && (ctx.Err() != nil || t.halted()) { // where it was not ctx's end, the stop voided the permit
		return nil, cmp.Or(context.Cause(ctx), halt.ErrStopped)
	}
	said := words.Judged(v)
	t.denials = 0
	t.history = append(t.history, mind.Entry{Step: t.n, Act: said, Note: p.Note, Outcome: words.Outcome(out)})
	switch out.Status {
	case step.Executed:
		t.executed(p, said, out)
	case step.Unknown:
		if v.Effect == step.EffectNone || v.Effect == step.EffectReversible && p.By != byScript {
			return nil, nil // it may be done again: the actor looks before it decides, which a script cannot
		}
		if err := t.unknown(ctx, v, out); err != nil {
			return nil, err
		}
		t.executed(p, said+" (not certain)", out)
	}
	return &out, nil
}

// dispatch redeems a permit and records how the act ended. Whatever happens in between is unknown to a later reader.
func (t *run) dispatch(ctx context.Context, admission policy.Admission) (out step.Outcome, err error) {
	v := admission.Verdict
	if ctx.Err() != nil { // cancelled, stopping, or lost to another worker: nothing is dispatched any more
		out = step.Outcome{Status: step.NotExecuted, Reason: context.Cause(ctx).Error()}
		return out, t.record(ctx, step.Did{Verdict: v.ID, Outcome: out})
	}
	bounded, cancel := halt.Act(ctx, actTime)
	defer cancel()
	before := t.obs.Frame.Hash
	if err := t.notify(ctx, v); err != nil {
		return out, err
	}
	if out, err = t.screen.Do(bounded, admission.Permit); err != nil && out.Status == "" {
		out = step.Outcome{Status: step.Unknown, Reason: err.Error()}
	}
	if v.Principal != policy.Agent || slices.Contains(v.Obligations, step.RedactText) {
		out.ReadBack = words.Hush(out.ReadBack)
	}
	return out, t.record(ctx, step.Did{Verdict: v.ID, Outcome: out, Before: before})
}

// notify tells whoever watches of an act that a rule wants people to hear of.
func (t *run) notify(ctx context.Context, v step.Verdict) error {
	if !slices.Contains(v.Obligations, step.Notify) {
		return nil
	}
	t.log.Warn("an act that people are to be told of", "task", t.task.ID, "step", t.n, "act", words.Judged(v), "rules", v.Rules)
	return t.record(ctx, step.Warned{Code: "notify", Text: fmt.Sprintf("%s (%s)", words.Judged(v), strings.Join(v.Rules, ", "))})
}

// executed counts an act and expects something of it.
func (t *run) executed(p step.Proposal, said string, out step.Outcome) {
	t.usage.Acts++
	t.acts = append(t.acts, said)
	if _, waited := p.Action.Action.(step.Wait); !waited {
		expect := p.Expect
		t.expect = &expect
	}
	if _, typed := p.Action.Action.(step.Type); typed {
		t.differs = ""
		if out.Differs {
			t.differs = fmt.Sprintf("a field shows %q after %s", out.ReadBack, said)
		}
	}
}

// unknown puts an act of unknown outcome that must not be repeated before a person. An approval lets the task go on behind the act; it
// is never done again.
func (t *run) unknown(ctx context.Context, v step.Verdict, out step.Outcome) error {
	q := step.Question{ID: newID("q"), About: step.AboutUnknown, Action: &v.Action, Digest: v.Digest, Facts: &v.Facts, Picture: t.obs.Frame.Hash,
		Text:    fmt.Sprintf("It is not known whether this act happened: %s (%s). It will not be done again. May the task go on as the screen now stands?", words.Judged(v), out.Reason),
		Expires: t.o.Clock().Add(t.limits.Answers)}
	answer, err := t.ask(ctx, q)
	if err != nil {
		return err
	}
	if answer.Choice != step.Approve {
		return end(step.NeedsReview, "it is not known whether an irreversible act happened: %s", words.Judged(v))
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
		return t.approved(ctx, p, answer, q)
	case step.Instruct:
		t.messages = append(t.messages, answer.Text)
		t.remark(p.Action.Action, p.Note, "a person said instead: "+answer.Text)
		return nil, nil
	}
	if len(t.script) > 0 {
		return nil, end(step.Denied, "%s was refused by %s", t.inWords(p), answer.By)
	}
	t.denials++
	t.feedback = fmt.Sprintf("A person refused: %s. Do not try it again.", words.Of(p.Action.Action))
	t.remark(p.Action.Action, p.Note, "refused by a person")
	if t.denials >= maxDenials {
		return nil, end(step.Denied, "%d acts in a row were refused", t.denials)
	}
	return nil, nil
}

// approved takes an approved act to the gate on a new look. If something else stands there now, the approval is void and
// the step begins anew.
func (t *run) approved(ctx context.Context, p step.Proposal, answer step.Answer, q step.Question) (*step.Outcome, error) {
	t.n++
	if err := t.spend(ctx); err != nil {
		return nil, err
	}
	if err := t.look(ctx); err != nil {
		return nil, err
	}
	facts, err := t.screen.Facts(ctx, p.Action.Action)
	if err != nil {
		return nil, fmt.Errorf("gather facts: %w", err)
	}
	if q.Facts != nil && facts.Fingerprint() != q.Facts.Fingerprint() {
		return nil, t.record(ctx, step.Warned{Code: "stale", Text: "the screen changed while the question was open; the approval no longer counts"})
	}
	p.Located = nil // the approval names the element; marks belong to the old look
	t.answer, t.asked = &answer, &q
	return t.act(ctx, p)
}

// inWords says a proposal for people: by the name of what it aims at, where the screen shows one.
func (t *run) inWords(p step.Proposal) string {
	if p.Located != nil && p.Located.Mark != 0 {
		if c, ok := t.seen.Item(p.Located.Mark); ok && c.Name != "" {
			return words.Of(words.Named(p.Action.Action, c.Name))
		}
	}
	return words.Of(p.Action.Action)
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
	over := t.waiting()
	answer, err := t.await(q)
	if over(); err != nil {
		return step.Answer{}, err
	}
	return answer, t.record(ctx, step.Answered{Answer: answer})
}

func (t *run) await(q step.Question) (step.Answer, error) {
	ctx := t.life // a stop does not close a question
	t.asking.Store(true)
	defer t.asking.Store(false)
	expired := t.o.After(q.Expires.Sub(t.o.Clock()))
	for {
		for len(t.kept) > 0 {
			l := t.kept[0]
			t.kept = t.kept[1:]
			if answer, ok := t.replied(l, q); ok {
				return answer, nil
			}
		}
		select {
		case <-ctx.Done():
			return step.Answer{}, context.Cause(ctx)
		case <-expired:
			return step.Answer{Question: q.ID, Choice: step.Refuse, By: "expiry", At: t.o.Clock()}, nil
		case l, open := <-t.letters:
			if !open {
				return step.Answer{}, errors.New("the mailbox closed")
			}
			if _, reply := l.Order.Command.(step.Reply); reply {
				t.kept = append(t.kept, l)
			} else if err := t.heed(ctx, l); err != nil {
				return step.Answer{}, err
			}
		}
	}
}

// replied takes an answer; one to another question is late and dropped.
func (t *run) replied(l Letter, q step.Question) (step.Answer, bool) {
	l.Ack()
	reply, ok := l.Order.Command.(step.Reply)
	if !ok || reply.Answer.Question != q.ID {
		return step.Answer{}, false
	}
	reply.Answer.By, reply.Answer.At = l.By, t.o.Clock()
	return reply.Answer, true
}
