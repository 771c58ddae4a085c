package mind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"chiron/mind/reply"
	"chiron/step"
)

// maxSentence is the longest text, in runes, that the verifier is asked for.
const maxSentence = 400

// Verify looks into a claim in two steps: first what success would look like, from the goal alone, then whether the
// evidence shows it. It sees facts and the page, never the actor's reasons. Without a verifier model it returns a zero
// Check. The usage counts also beside an error.
func (m *Mind) Verify(ctx context.Context, c Claim) (step.Check, step.Usage, error) {
	wish := ""
	goal := own(c.Goal, step.MaxGoal, c.Values)
	used, err := m.judge(ctx, c, "expect", map[string]any{"Goal": goal, "Known": valueList(c.Values)}, object{{"expect", text(maxSentence), ""}}, false, func(answer string) error {
		fields, err := reply.Object(answer)
		if err != nil {
			return err
		}
		if json.Unmarshal(fields["expect"], &wish) != nil {
			return errors.New(`"expect" is not a text`)
		}
		return nil
	})
	if errors.Is(err, ErrNoModel) {
		return step.Check{}, used, nil
	}
	if err != nil {
		return step.Check{}, used, fmt.Errorf("verify: %w", err)
	}
	var acts []string
	for _, act := range c.Acts {
		acts = append(acts, own(act, maxAct, c.Values))
	}
	check := step.Check{What: "the verifier finds the goal reached"}
	facts := map[string]any{"Goal": goal, "Known": valueList(c.Values), "Expect": foreign(wish, maxSentence), "Acts": acts, "Result": results(c.Result)}
	more, err := m.judge(ctx, c, "verify", facts, object{{"shown", keys{"type": "boolean"}, ""},
		{"mark", integer(0, len(c.Screen.Items)), ""}, {"why", text(maxSentence), ""}}, true, func(answer string) error {
		return verdict(answer, c, &check)
	})
	used = used.Add(more)
	if err != nil {
		return step.Check{}, used, fmt.Errorf("verify: %w", err)
	}
	return check, used, nil
}

// judge asks the verifier for one object. The page is added to the facts where it is to be seen.
func (m *Mind) judge(ctx context.Context, c Claim, prompt string, facts map[string]any, format object, page bool, read func(string) error) (step.Usage, error) {
	model, p := m.profile(RoleVerifier, c.Task)
	var images [][]byte
	var err error
	if page {
		if facts["Page"], images, err = view(c.Screen, c.Observation, c.Values, Profile{Sight: listed(p.Sight)}); err != nil {
			return step.Usage{}, err
		}
	}
	text, err := m.say(prompt, facts)
	if err != nil {
		return step.Usage{}, err
	}
	schema, err := json.Marshal(format)
	if err != nil {
		return step.Usage{}, err
	}
	return m.ask(ctx, Prompt{Role: RoleVerifier, Task: c.Task.ID, Tenant: c.Task.Owner, Model: model, Turns: []Turn{{Who: "user", Text: text, Images: images}},
		Schema: schema, MaxTokens: p.MaxTokens}, c.Values, func(a Answer) error { return read(a.Text) })
}

// verdict reads the verifier's second answer.
func verdict(answer string, c Claim, check *step.Check) error {
	mark, err := markIn(answer, c.Screen)
	if err != nil {
		return err
	}
	var v struct {
		Shown *bool
		Why   string
	}
	fields, err := reply.Object(answer)
	if err != nil {
		return err
	}
	if json.Unmarshal(fields["shown"], &v.Shown) != nil || v.Shown == nil {
		return errors.New(`"shown" must be true or false`)
	}
	if raw := fields["why"]; raw != nil && json.Unmarshal(raw, &v.Why) != nil {
		return errors.New(`"why" is not a text`)
	}
	check.OK, check.Why = *v.Shown, foreign(v.Why, maxSentence)
	check.Evidence = &step.Evidence{Observation: c.Observation.ID, Picture: c.Observation.Frame.Hash}
	if item, ok := c.Screen.Item(mark); ok {
		check.Evidence.Box, check.Evidence.Text, check.Evidence.Source = item.Box, Content(item), item.Source
	}
	return nil
}
