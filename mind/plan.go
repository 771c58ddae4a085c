package mind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"chiron/mind/reply"
	"chiron/step"
)

const (
	maxSubgoals  = 6
	maxSubgoal   = 160 // characters
	plannersPast = 12  // newest steps that the planner is told of
)

// Plan asks the planner for the way to the goal from this look on. Why says what it is asked for. Without a planner model the plan is
// empty and the error ErrNoModel. The plan's Usage counts also beside an error.
func (m *Mind) Plan(ctx context.Context, l Look, why string) (step.Plan, error) {
	model, p := m.profile(RolePlanner, l.Task)
	plan := step.Plan{Why: why}
	page, images, err := view(l.Screen, l.Observation, l.Values, Profile{Sight: listed(p.Sight)})
	if err != nil {
		return plan, fmt.Errorf("plan: %w", err)
	}
	past, _ := history(l, Profile{History: plannersPast})
	var messages []string
	for _, text := range l.Messages {
		messages = append(messages, own(text, maxWords, l.Values))
	}
	text, err := m.say("plan", map[string]any{"Most": maxSubgoals, "Goal": own(l.Goal, step.MaxGoal, l.Values), "Known": valueList(l.Values),
		"Messages": messages, "Past": past, "Why": foreign(why, maxWords), "Page": page})
	if err != nil {
		return plan, fmt.Errorf("plan: %w", err)
	}
	format, err := json.Marshal(object{{"subgoals", keys{"type": "array", "items": words(maxSubgoal), "minItems": 1, "maxItems": maxSubgoals}, ""}})
	if err != nil {
		return plan, fmt.Errorf("plan: %w", err)
	}
	prompt := Prompt{Role: RolePlanner, Task: l.Task.ID, Tenant: l.Task.Owner, Model: model, Turns: []Turn{{Who: "user", Text: text, Images: images}}, Schema: format, MaxTokens: p.MaxTokens}
	plan.Usage, err = m.ask(ctx, prompt, l.Values, func(a Answer) error {
		plan.Subgoals, err = subgoalsIn(a.Text, l.Values)
		return err
	})
	if err != nil {
		return plan, fmt.Errorf("plan: %w", err)
	}
	return plan, nil
}

// subgoalsIn reads the planner's answer. It is made harmless as everything that a model says of a page.
func subgoalsIn(answer string, v step.Values) ([]string, error) {
	fields, err := reply.Object(answer)
	if err != nil {
		return nil, err
	}
	var all []string
	if json.Unmarshal(fields["subgoals"], &all) != nil || len(all) == 0 {
		return nil, errors.New(`"subgoals" must be a list of texts`)
	}
	if len(all) > maxSubgoals {
		return nil, fmt.Errorf("%d steps are too many; give %d at most", len(all), maxSubgoals)
	}
	for i, s := range all {
		if all[i] = own(s, maxSubgoal, v); all[i] == "" {
			return nil, errors.New("a step is empty")
		}
	}
	return all, nil
}
