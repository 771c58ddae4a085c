package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"chiron/agent/halt"
	"chiron/agent/schema"
	"chiron/agent/words"
	"chiron/mind"
	"chiron/step"
)

// claim looks into a claim of success. Only what predicates or the verifier find in the evidence makes a task done.
func (t *run) claim(ctx context.Context, d step.Done) error {
	result := step.Result{Values: map[string]step.Value{}}
	for name, v := range t.readings {
		result.Values[name] = v
	}
	for name, c := range d.Result {
		v, err := t.cite(c)
		if err != nil {
			return t.falseClaim(ctx, []step.Check{{What: "the result " + name, Why: err.Error()}}, result)
		}
		result.Values[name] = v
	}
	if missing := schema.Conform(t.task.Result, result.Values, t.task.Locale); missing != nil {
		return t.falseClaim(ctx, []step.Check{{What: "the result fits its schema", Why: missing.Error()}}, result)
	}
	checks, err := t.verify(ctx, result.Values)
	if err != nil {
		return err
	}
	result.Checks = checks
	switch {
	case len(checks) == 0:
		result.Status, result.Reason = step.NeedsReview, "the task gave no done_when and there is no verifier; a person has to look"
	case slices.ContainsFunc(checks, func(c step.Check) bool { return !c.OK }):
		return t.falseClaim(ctx, checks, result)
	default:
		result.Status, result.Reason = step.StatusDone, words.Shown(len(checks))
	}
	return &verdictOf{result}
}

// falseClaim tells the actor what is not shown; the second time, a person has to look.
func (t *run) falseClaim(ctx context.Context, checks []step.Check, r step.Result) error {
	var missing []string
	for _, c := range checks {
		if !c.OK {
			missing = append(missing, strings.TrimSuffix(c.What+": "+c.Why, ": "))
		}
	}
	t.claims++
	t.notShown = checks
	why := strings.Join(missing, "; ")
	if len(t.script) > 0 && t.waits < maxWaits { // the page may still be on its way
		t.waits++
		t.claims = 0
		return t.pause(ctx, waitPause)
	}
	if t.claims >= maxClaims || len(t.script) > 0 {
		r.Status, r.Reason, r.Checks = step.NeedsReview, "success was claimed but is not shown: "+why, checks
		return &verdictOf{r}
	}
	t.feedback = "The goal is not reached yet: " + why
	t.remark(step.Done{}, "", "not shown: "+why)
	return t.record(ctx, step.Warned{Code: "false_claim", Text: why})
}

// verify checks every predicate, or asks the verifier when there is none.
func (t *run) verify(ctx context.Context, values map[string]step.Value) ([]step.Check, error) {
	if len(t.task.DoneWhen) == 0 {
		if len(t.script) > 0 {
			return nil, nil
		}
		check, usage, err := t.o.Mind.Verify(ctx, mind.Claim{Task: t.task, Goal: t.goal, Values: t.values, Acts: t.acts, Result: values,
			Observation: t.obs, Screen: t.seen})
		t.usage = t.usage.Add(usage)
		if halt.Ended(ctx) {
			return nil, halt.ErrStopped
		}
		if err != nil {
			return nil, end(step.NeedsReview, "success is claimed, and the verifier failed: %v", err)
		}
		if check.What == "" {
			return nil, nil
		}
		if check.OK && (check.Evidence == nil || check.Evidence.Text == "") {
			check.OK, check.Why = false, "the verifier pointed at nothing that shows it"
		}
		return []step.Check{check}, nil
	}
	var checks []step.Check
	for _, p := range t.task.DoneWhen {
		checks = append(checks, t.holds(p, values))
	}
	return checks, nil
}

// holds checks one predicate against the last look.
func (t *run) holds(p step.Predicate, values map[string]step.Value) step.Check {
	c := step.Check{What: p.String()}
	plain := func(s string) string {
		out, err := t.values.Expand(s, nil)
		if err != nil {
			c.Why = err.Error()
		}
		return out
	}
	switch {
	case p.URL != "":
		c.OK = step.Matches(plain(p.URL), t.obs.URL)
		c.Evidence = &step.Evidence{Observation: t.obs.ID, Picture: t.obs.Frame.Hash, Text: t.obs.URL}
	case p.Text != "":
		var mark int
		if mark, c.OK = mind.Shows(t.seen, plain(p.Text)); c.OK {
			c.Evidence = t.evidence(mark, "")
		}
	case p.Field != nil:
		c.OK, c.Evidence = t.fieldShows(p.Field.Name, plain(p.Field.Value))
	case p.File != "":
		for _, f := range t.files {
			if ok, err := path.Match(plain(p.File), f.Name); err == nil && ok {
				c.OK, c.Evidence = true, &step.Evidence{Text: f.Name + " sha256:" + f.SHA256}
			}
		}
	default:
		v, ok := values[p.Result]
		if c.OK = ok && v.Evidence != nil; c.OK {
			c.Evidence = v.Evidence
		}
	}
	if !c.OK && c.Why == "" {
		c.Why = "not found in the evidence"
	}
	c.OK = c.OK && c.Why == ""
	return c
}

// fieldShows looks for a field that holds a text. What a secret one holds nobody sees, only whether it is filled.
func (t *run) fieldShows(name, want string) (bool, *step.Evidence) {
	for _, c := range t.seen.Items {
		if c.Role.HasValue() && step.Fold(c.Name) == step.Fold(name) && step.Fold(c.Value) == step.Fold(want) && (!c.Secret || want == "") {
			return true, t.evidence(c.Mark, c.Value)
		}
	}
	return false, nil
}

// evidence points to a mark of the last look.
func (t *run) evidence(mark int, text string) *step.Evidence {
	c, ok := t.seen.Item(mark)
	if !ok {
		return nil
	}
	if text == "" {
		text = mind.Content(c)
	}
	return &step.Evidence{Observation: t.obs.ID, Picture: t.obs.Frame.Hash, Box: c.Box, Text: text, Source: c.Source}
}

// cite reads the value where a model says it stands. A literal is looked for on the screen, so that an invented one has no evidence.
func (t *run) cite(c step.Cited) (step.Value, error) {
	if c.Mark != 0 {
		item, ok := t.seen.Item(c.Mark)
		if !ok {
			return step.Value{}, fmt.Errorf("there is no mark %d", c.Mark)
		}
		text, err := json.Marshal(mind.Content(item))
		return step.Value{Value: text, Evidence: t.evidence(c.Mark, "")}, err
	}
	v := step.Value{Value: c.Value}
	var text string
	if json.Unmarshal(c.Value, &text) == nil {
		plain, err := t.values.Expand(text, nil)
		if err != nil {
			return v, err
		}
		if v.Value, err = json.Marshal(plain); err != nil {
			return v, err
		}
		if mark, ok := mind.Shows(t.seen, plain); ok {
			v.Evidence = t.evidence(mark, "")
		}
	}
	return v, nil
}
