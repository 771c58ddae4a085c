package mind

import (
	"context"
	"encoding/json"
	"errors"
	"math"

	"chiron/mind/reply"
	"chiron/step"
	"chiron/vision"
)

// longestWanted is the longest description, in characters, that a locator which points was trained on.
const longestWanted = 42

// point asks a locator that was trained to say where things are. It says 0, 0 of what is not there; that, doubt, and a description
// unlike those of its training are the error absent.
func (m *Mind) point(ctx context.Context, l Look, wanted string, absent error) (step.Found, step.Usage, error) {
	model, p := m.profile(RoleLocator, l.Task)
	picture, err := vision.Placed(l.Observation.Frame)
	if err != nil || len(wanted) > longestWanted || !ascii(wanted) {
		return step.Found{}, step.Usage{}, absent
	}
	size := step.Viewport()
	format, err := json.Marshal(object{{"x", integer(0, size.W-1), ""}, {"y", integer(0, size.H-1), ""}})
	if err != nil {
		return step.Found{}, step.Usage{}, err
	}
	prompt := Prompt{Role: RoleLocator, Task: l.Task.ID, Tenant: l.Task.Owner, Model: model, Schema: format, MaxTokens: 40,
		Turns: []Turn{{Who: "user", Text: m.filter(foreign(wanted, longestWanted)), Images: [][]byte{picture}}}}
	at, sure := step.Point{}, 0.0
	used, err := m.ask(ctx, prompt, l.Values, func(a Answer) error {
		var x, y error
		at.X, x = reply.Number(a.Text, "x")
		at.Y, y = reply.Number(a.Text, "y")
		sure = a.Sure
		return errors.Join(x, y)
	})
	switch {
	case errors.Is(err, ErrNoModel), err == nil && (at == step.Point{} || sure < p.Doubt):
		return step.Found{}, used, absent
	case err != nil:
		return step.Found{}, used, err
	}
	found := step.Found{Point: at, Box: step.Rect{X: at.X - vision.Patch/2, Y: at.Y - vision.Patch/2, W: vision.Patch, H: vision.Patch}, Method: "eyes", Picture: l.Observation.Frame.Hash}
	least := math.MaxInt
	for _, c := range l.Screen.Items { // what can be used and holds the point is meant, the smallest of several
		if area := c.Box.W * c.Box.H; c.Role.Acts() && at.In(c.Box) && area < least {
			found.Box, found.Mark, least = c.Box, c.Mark, area
		}
	}
	return found, used, nil
}

func ascii(text string) bool {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}
