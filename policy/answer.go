package policy

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"chiron/policy/bundle"
	"chiron/step"
)

// A question's id is a random part and a seal over everything that an approval is bound to: task, act, fingerprint of the
// element and rules. An answer to another act, to a changed page or under other rules therefore carries another id.
func seal(nonce, task string, v *step.Verdict) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{nonce, task, v.Digest, v.Facts.Origin, v.Facts.Fingerprint(),
		v.Facts.Leads, v.Principal, v.Bundle}, "\x00")))
	return nonce + "-" + hex.EncodeToString(sum[:12])
}

// question asks a person about the act of a verdict.
func (g *Gate) question(r Request, v *step.Verdict, in bundle.Input, now time.Time) *step.Question {
	ttl := orDefault(r.Task.Limits.Answers, g.opt.QuestionTTL)
	facts := r.Facts
	q := &step.Question{ID: seal(rand.Text(), r.Task.ID, v), About: step.AboutAct, Text: askText(r, in) + " " + v.Reason,
		Action: &step.Act{Action: r.Action}, Digest: v.Digest, Facts: &facts, Rules: v.Rules, Expires: now.Add(ttl)}
	if in.Submits && r.Facts.Form != nil {
		q.Sends = &step.Sends{Method: r.Facts.Form.Method, Host: in.Form.Target.Host, Fields: map[string]string{}}
		for _, name := range r.Facts.Form.Fields {
			q.Sends.Fields[name] = masked(name)
		}
		q.Text += sendsText(*q.Sends, r.Facts.Form.Fields)
	}
	return q
}

// mostNamed is how many fields a question names.
const mostNamed = 12

// sendsText says what a submit would send. The names are the page's words, and quoted.
func sendsText(s step.Sends, fields []string) string {
	var names []string
	for _, name := range slices.Compact(slices.Sorted(slices.Values(fields))) {
		said := fmt.Sprintf("%.40q", name)
		if value := s.Fields[name]; value != "" {
			said += " (" + value + ")"
		}
		names = append(names, said)
	}
	if more := len(names) - mostNamed; more > 0 {
		names = append(names[:mostNamed], fmt.Sprintf("and %d more", more))
	}
	host := s.Host
	if host == "" {
		host = "the page's own code"
	}
	if len(names) == 0 {
		return fmt.Sprintf(" It sends %s to %s, without fields.", s.Method, host)
	}
	return fmt.Sprintf(" It sends %s to %s with the fields %s.", s.Method, host, strings.Join(names, ", "))
}

// masked returns what a question shows as the value of a field: *** where its name says that it is a secret. The other values
// are not among the facts, so their names stand alone.
func masked(field string) string {
	name := strings.ToLower(field)
	for _, part := range []string{"pass", "pwd", "secret", "token", "otp", "pin", "cvc", "cvv", "card", "iban"} {
		if strings.Contains(name, part) {
			return "***"
		}
	}
	return ""
}

// askText says in one sentence, made from facts alone, what would happen.
func askText(r Request, in bundle.Input) string {
	what := "do " + string(r.Action.Kind())
	switch a := r.Action.(type) {
	case step.Click, step.Hover, step.Drag, step.Upload, step.Select:
		what = string(r.Action.Kind()) + elementText(in)
	case step.Type:
		what = fmt.Sprintf("type %q into%s", a.Value, elementText(in))
	case step.Press:
		what = fmt.Sprintf("press %s", a.Key)
	case step.Navigate:
		what = fmt.Sprintf("open %q", a.URL)
	case step.TabAct:
		what = fmt.Sprintf("%s a tab", a.Op)
	case step.DialogAct:
		if r.Facts.Dialog != nil && a.Accept {
			what = fmt.Sprintf("accept the dialog %q", r.Facts.Dialog.Message)
		}
	}
	where := in.Page.Host
	if where == "" {
		where = "an empty page"
	}
	return fmt.Sprintf("May the %s %s on %s?", who(r.Principal), what, where)
}

func elementText(in bundle.Input) string {
	if in.Element == nil {
		return " something"
	}
	return fmt.Sprintf(" the %s %q", in.Element.Role, in.Element.Name)
}

func who(principal string) string {
	if principal == Agent {
		return "agent"
	}
	return "person " + principal
}

// word is what a person said about an act.
type word struct {
	approved bool
	refused  string // why the act is denied, "" when it is not
}

// weigh reads the answer that came with a request. An approval counts only for the very act, element and rules that it was
// given for, in time and not long ago; otherwise the rules ask again. A refusal counts for the act wherever it would happen.
func (g *Gate) weigh(r Request, v *step.Verdict, now time.Time) word {
	if r.Answer == nil || r.Answer.Question != r.Question.ID || r.Question.Digest != v.Digest {
		return word{}
	}
	switch {
	case r.Answer.Choice == step.Refuse && r.Answer.By == ByExpiry:
		return word{refused: "Nobody answered in time."}
	case r.Answer.Choice == step.Refuse:
		return word{refused: "A person refused this act" + said(r.Answer.Text)}
	case r.Answer.Choice == step.Instruct:
		return word{refused: "A person wants something else" + said(r.Answer.Text)}
	case r.Answer.Choice != step.Approve:
		return word{refused: fmt.Sprintf("The answer %q is not one.", r.Answer.Choice)}
	case r.Answer.At.After(r.Question.Expires):
		return word{refused: "The answer came too late."}
	case r.Task.NeedsAnother(g.opt.FourEyes, r.Answer.By): // the door refuses it before
		return word{refused: "Who handed the task in cannot approve its acts: two people are needed."}
	case now.Sub(r.Answer.At) > g.opt.AnswerTTL:
		return word{} // too long ago: the rules ask again
	}
	nonce, _, _ := strings.Cut(r.Question.ID, "-")
	return word{approved: seal(nonce, r.Task.ID, v) == r.Question.ID}
}

func said(text string) string {
	if strings.TrimSpace(text) == "" {
		return "."
	}
	return fmt.Sprintf(": %q.", text)
}

// use marks an approval as used; false means that it was already.
func (g *Gate) use(question string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.used, func(_ string, at time.Time) bool { return now.Sub(at) > 2*g.opt.AnswerTTL })
	if _, twice := g.used[question]; twice {
		return false
	}
	g.used[question] = now
	return true
}

// RuleFourEyes is the only rule of a verdict on an act of a person who may not drive their own task.
const RuleFourEyes = "four-eyes"

// ByExpiry is who answers a question that nobody answered.
const ByExpiry = "expiry"
