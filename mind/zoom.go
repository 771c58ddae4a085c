package mind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"chiron/mind/reply"
	"chiron/step"
	"chiron/vision"
)

// zoom looks for a thing by numbered dots alone, closer and closer: the last resort, for models that see. Areas are the parts of
// the page that were looked into. It wraps ErrAbsent where the model says that the thing is not there.
func (m *Mind) zoom(ctx context.Context, l Look, wanted string) (step.Found, step.Usage, error) {
	model, _ := m.profile(RoleLocator, l.Task)
	text, err := m.say("grid", map[string]any{"Wanted": own(wanted, 200, l.Values)})
	if err != nil {
		return step.Found{}, step.Usage{}, err
	}
	format, err := json.Marshal(object{{"dot", integer(0, vision.Dots), ""}})
	if err != nil {
		return step.Found{}, step.Usage{}, err
	}
	var used step.Usage
	at, areas, err := vision.Search(l.size(), func(v vision.View) (dot int, err error) {
		dotted, plain, err := vision.Grid(l.Observation.Frame, v)
		if err != nil {
			return 0, err
		}
		prompt := Prompt{Role: RoleLocator, Task: l.Task.ID, Tenant: l.Task.Owner, Model: model, Schema: format, MaxTokens: 40,
			Turns: []Turn{{Who: "user", Text: text, Images: [][]byte{dotted, plain}}}}
		more, err := m.ask(ctx, prompt, l.Values, func(a Answer) error {
			dot, err = dotIn(a.Text)
			return err
		})
		used = used.Add(more)
		return dot, err
	})
	if errors.Is(err, vision.ErrNotSeen) {
		err = fmt.Errorf("%q is %w", foreign(wanted, 200), ErrAbsent)
	}
	if err != nil {
		return step.Found{}, used, err
	}
	return step.Found{Point: at, Box: areas[len(areas)-1], Method: "grid", Picture: l.Observation.Frame.Hash}, used, nil
}

// dotIn reads the field dot of an answer: a dot of the grid or 0.
func dotIn(answer string) (int, error) {
	dot, err := reply.Number(answer, "dot")
	if err == nil && (dot < 0 || dot > vision.Dots) {
		err = fmt.Errorf("there is no dot %d; dots go from 1 to %d, 0 is none", dot, vision.Dots)
	}
	return dot, err
}

// sees reports whether the locator of a task is shown pictures, and there is one.
func (m *Mind) sees(l Look) bool {
	_, p := m.profile(RoleLocator, l.Task)
	return p.Sight != step.SightText && len(l.Observation.Frame.Data) > 0
}
