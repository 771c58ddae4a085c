package mind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"chiron/step"
	"chiron/vision"
)

// Locate finds what a description means on the last look: first the one candidate that fits it by its text, then, where
// none or several do, the locator's choice of a mark, with 0 for "not there".
func (m *Mind) Locate(ctx context.Context, l Look, description string) (step.Found, error) {
	plain, err := l.Values.Expand(description, nil)
	if err != nil {
		return step.Found{}, err
	}
	found, unique := vision.Match(l.Screen, plain)
	if unique {
		return at(found[0], "candidates", l), nil
	}
	absent := fmt.Errorf("%q is %w", plain, ErrAbsent)
	if len(found) > 1 {
		absent = fmt.Errorf("%q: %w (%d)", plain, ErrAmbiguous, len(found))
	}
	mark, err := m.choose(ctx, l, description)
	if errors.Is(err, ErrNoModel) {
		return step.Found{}, absent
	}
	if err != nil {
		return step.Found{}, err
	}
	c, ok := l.Screen.Item(mark)
	if !ok {
		return step.Found{}, absent
	}
	return at(c, "candidates", l), nil
}

func at(c step.Candidate, method string, l Look) step.Found {
	return step.Found{Point: c.Box.Center(), Box: c.Box, Mark: c.Mark, Method: method, Picture: l.Observation.Frame.Hash}
}

func (m *Mind) choose(ctx context.Context, l Look, wanted string) (int, error) {
	text, err := m.say("locate", map[string]any{"Wanted": clean(wanted, 200), "Screen": l.Screen.Text(l.Values)})
	if err != nil {
		return 0, err
	}
	format, err := object([]field{{name: "mark", schema: map[string]any{"type": "integer", "minimum": 0, "maximum": len(l.Screen.Items)}}})
	if err != nil {
		return 0, err
	}
	var out struct{ Mark int }
	_, err = m.structured(ctx, Prompt{Role: RoleLocator, Task: l.Task.ID, Model: l.Task.Models[string(RoleLocator)],
		Turns: []Turn{{Who: "user", Text: text}}, Schema: format, MaxTokens: 40}, &out)
	return out.Mark, err
}

// structured calls a model for one JSON object.
func (m *Mind) structured(ctx context.Context, p Prompt, out any) (step.Usage, error) {
	answer, err := m.o.Chat(ctx, p)
	if err != nil {
		return answer.Usage, err
	}
	if err := json.Unmarshal([]byte(repair(answer.Text)), out); err != nil {
		return answer.Usage, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	return answer.Usage, nil
}

// Verify looks into a claim in two steps: first what success would look like, from the goal alone, then whether the
// evidence shows it. Without a verifier model it returns a zero Check.
func (m *Mind) Verify(ctx context.Context, c Claim) (step.Check, step.Usage, error) {
	model := c.Task.Models[string(RoleVerifier)]
	call := func(prompt string, fields []field, out any) (step.Usage, error) {
		format, err := object(fields)
		if err != nil {
			return step.Usage{}, err
		}
		return m.structured(ctx, Prompt{Role: RoleVerifier, Task: c.Task.ID, Model: model, Turns: []Turn{{Who: "user", Text: prompt}},
			Schema: format, MaxTokens: 300}, out)
	}
	sentence := map[string]any{"type": "string", "maxLength": 400}
	first, err := m.say("expect", map[string]any{"Goal": c.Goal})
	if err != nil {
		return step.Check{}, step.Usage{}, err
	}
	var wish struct{ Expect string }
	used, err := call(first, []field{{name: "expect", schema: sentence}}, &wish)
	if errors.Is(err, ErrNoModel) {
		return step.Check{}, used, nil
	}
	if err != nil {
		return step.Check{}, used, err
	}
	var results []string
	for _, name := range slices.Sorted(maps.Keys(c.Result)) {
		results = append(results, fmt.Sprintf("%s = %s", name, clean(string(c.Result[name].Value), 120)))
	}
	second, err := m.say("verify", map[string]any{"Goal": c.Goal, "Expect": clean(wish.Expect, 400), "Acts": c.Acts, "Result": results,
		"Screen": c.Screen.Text(c.Values)})
	if err != nil {
		return step.Check{}, used, err
	}
	var verdict struct {
		Shown bool
		Mark  int
		Why   string
	}
	more, err := call(second, []field{{name: "shown", schema: map[string]any{"type": "boolean"}},
		{name: "mark", schema: map[string]any{"type": "integer", "minimum": 0, "maximum": len(c.Screen.Items)}}, {name: "why", schema: sentence}}, &verdict)
	used = used.Add(more)
	if err != nil {
		return step.Check{}, used, err
	}
	check := step.Check{What: "the verifier finds the goal reached", OK: verdict.Shown, Why: clean(verdict.Why, 400)}
	if item, ok := c.Screen.Item(verdict.Mark); ok {
		check.Evidence = &step.Evidence{Observation: c.Observation.ID, Picture: c.Observation.Frame.Hash, Box: item.Box, Text: Content(item), Source: item.Source}
	}
	return check, used, nil
}
