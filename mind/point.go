package mind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

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
	if len(wanted) > longestWanted || strings.ContainsFunc(wanted, func(r rune) bool { return r < ' ' || r > '~' }) {
		return step.Found{}, step.Usage{}, fmt.Errorf("%w; the model that looks for it takes at most %d plain English characters", absent, longestWanted)
	}
	picture, err := vision.Placed(l.Observation.Frame)
	if err != nil {
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
		if err := errors.Join(x, y); err != nil {
			return err
		}
		if at != (step.Point{}) && (at.X < 1 || at.Y < 1 || at.X >= size.W || at.Y >= size.H) {
			return fmt.Errorf("the point (%d,%d) is outside the picture", at.X, at.Y)
		}
		return nil
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
			found.Point, found.Box, found.Mark, least = c.Box.Intersect(step.Rect{W: size.W, H: size.H}).Center(), c.Box, c.Mark, area
		}
	}
	return found, used, nil
}
