package bundle

import (
	"fmt"
	"slices"

	"github.com/cedar-policy/cedar-go"

	"chiron/step"
)

// Decision is the answer of the rules.
type Decision struct {
	Outcome     step.Decision
	Reason      string   // one plain sentence
	Rules       []string // ids of the determining rules, ordered
	Obligations []step.Obligation
	Errors      []string // what went wrong while evaluating; any of it denies
}

// Decide asks the rules. Approved says that a person has approved exactly this act: the rules that ask then stand aside, all
// others still count.
func (b *Bundle) Decide(s Subject, in Input, approved bool) Decision {
	return b.decide(s.Principal, s.Action.Kind(), s.Task.ID, &in, approved)
}

func (b *Bundle) decide(principal string, kind step.Kind, task string, in *Input, approved bool) Decision {
	req := cedar.Request{
		Principal: cedar.NewEntityUID("Person", cedar.String(principal)),
		Action:    cedar.NewEntityUID("Action", cedar.String(kind)),
		Resource:  cedar.NewEntityUID("Task", cedar.String(task)),
		Context:   b.record.context(in),
	}
	if principal == Agent {
		req.Principal.Type = "Agent"
	}
	if err := b.check.strict.Request(req); err != nil {
		return Decision{Outcome: step.Deny, Reason: "The facts do not fit the schema of the rules.", Errors: []string{err.Error()}}
	}
	allowed, diag := cedar.Authorize(b.full, b.entities, req)
	d := b.decision(allowed, diag, in)
	if d.Outcome == step.Deny && len(d.Errors) == 0 && b.giveWay(d.Rules) {
		d = b.ask(req, in, d, approved)
	}
	if d.Outcome == step.Deny {
		return d
	}
	return b.oblige(req, d)
}

// ask decides an act that only asking rules stand against.
func (b *Bundle) ask(req cedar.Request, in *Input, first Decision, approved bool) Decision {
	allowed, diag := cedar.Authorize(b.strict, b.entities, req)
	d := b.decision(allowed, diag, in)
	if d.Outcome == step.Deny {
		return d
	}
	asking := slices.DeleteFunc(slices.Clone(first.Rules), func(id string) bool {
		return b.rules[id].Ask == "supervised" && in.Autonomy == Autonomy(step.AutonomyAuto)
	})
	if len(asking) == 0 {
		return d
	}
	if approved {
		d.Rules, d.Reason = slices.Concat(d.Rules, asking), "A person approved this act."
		return d
	}
	return Decision{Outcome: step.AskOne, Reason: b.rules[asking[0]].Reason, Rules: asking}
}

// giveWay reports whether all of at least one rule are rules that ask.
func (b *Bundle) giveWay(ids []string) bool {
	return len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return b.rules[id].Ask == "" })
}

func (b *Bundle) decision(allowed cedar.Decision, diag cedar.Diagnostic, in *Input) Decision {
	d := Decision{Outcome: step.Permit}
	for _, r := range diag.Reasons {
		d.Rules = append(d.Rules, string(r.PolicyID))
	}
	slices.Sort(d.Rules)
	for _, e := range diag.Errors {
		d.Errors = append(d.Errors, fmt.Sprintf("rule %s: %s", e.PolicyID, e.Message))
	}
	if !bool(allowed) || len(d.Errors) > 0 {
		d.Outcome = step.Deny
	}
	switch {
	case len(d.Errors) > 0:
		d.Reason = "A rule could not be evaluated."
	case len(d.Rules) > 0:
		d.Reason = b.rules[b.foremost(d.Rules)].Reason
	default:
		d.Reason = "No rule permits this act" + because(in) + "."
	}
	return d
}

// foremost returns the rule that explains a decision best: the first that does not merely ask.
func (b *Bundle) foremost(ids []string) string {
	if i := slices.IndexFunc(ids, func(id string) bool { return b.rules[id].Ask == "" }); i >= 0 {
		return ids[i]
	}
	return ids[0]
}

// because names the most likely cause of a denial by default.
func because(in *Input) string {
	switch {
	case in.Leads != nil && in.Leads.Host != "" && !in.Leads.Read:
		return fmt.Sprintf(": %s:%d is not among the hosts of this task", in.Leads.Host, in.Leads.Port)
	case in.Page.Host != "" && !in.Page.Write:
		return fmt.Sprintf(": the task may not act on %s:%d", in.Page.Host, in.Page.Port)
	case !in.Frame.Write && in.Frame != in.Page:
		return fmt.Sprintf(": the task may not act on the frame of %s:%d", in.Frame.Host, in.Frame.Port)
	case in.Page.Host == "":
		return " on a page without a host"
	}
	return ""
}

// oblige adds the obligations that apply.
func (b *Bundle) oblige(req cedar.Request, d Decision) Decision {
	_, diag := cedar.Authorize(b.duties, b.entities, req)
	for _, e := range diag.Errors {
		d.Errors = append(d.Errors, fmt.Sprintf("obligation %s: %s", e.PolicyID, e.Message))
	}
	if len(d.Errors) > 0 {
		return Decision{Outcome: step.Deny, Reason: "An obligation could not be evaluated.", Errors: d.Errors}
	}
	for _, r := range diag.Reasons {
		for _, o := range b.rules[string(r.PolicyID)].Obligations {
			if !slices.Contains(d.Obligations, o) {
				d.Obligations = append(d.Obligations, o)
			}
		}
	}
	slices.Sort(d.Obligations)
	return d
}
