package mind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"chiron/mind/reply"
	"chiron/step"
	"chiron/vision"
)

// Locate finds what a description means on the last look, cheap before expensive: first the one candidate that fits it by its
// text; where none or several do, the locator's choice of a mark, with 0 for "not there"; and where it takes none of them, and
// sees, dots and closer looks. A locator that points is asked where no candidate fits, and for nothing else. The usage counts also beside an error.
func (m *Mind) Locate(ctx context.Context, l Look, description string) (step.Found, step.Usage, error) {
	plain, err := l.Values.Expand(description, nil)
	if err != nil {
		return step.Found{}, step.Usage{}, err
	}
	found, unique := vision.Match(l.Screen, plain)
	if unique {
		method := "candidates"
		if found[0].Source == step.SourcePixels {
			method = "ocr"
		}
		return at(found[0], method, l), step.Usage{}, nil
	}
	absent := fmt.Errorf("%q is %w", plain, ErrAbsent)
	if len(found) > 1 {
		absent = fmt.Errorf("%q: %w (%d)", plain, ErrAmbiguous, len(found))
	}
	switch _, p := m.profile(RoleLocator, l.Task); {
	case p.Points && len(found) == 0:
		return m.point(ctx, l, plain, absent)
	case p.Points, !m.sees(l) && strings.HasSuffix(plain, " icon"): // which a list of words does not show
		return step.Found{}, step.Usage{}, absent
	}
	mark, used, err := 0, step.Usage{}, error(nil)
	if len(l.Screen.Items) > 0 || !m.sees(l) {
		mark, used, err = m.choose(ctx, l, description)
	}
	if errors.Is(err, ErrNoModel) {
		return step.Found{}, used, absent
	}
	if err != nil {
		return step.Found{}, used, err
	}
	if c, ok := l.Screen.Item(mark); ok {
		return at(c, "candidates", l), used, nil
	}
	if len(found) > 1 || !m.sees(l) {
		return step.Found{}, used, absent
	}
	zoomed, more, err := m.zoom(ctx, l, description)
	if errors.Is(err, ErrNoModel) {
		err = absent
	}
	return zoomed, used.Add(more), err
}

func at(c step.Candidate, method string, l Look) step.Found {
	return step.Found{Point: c.Box.Center(), Box: c.Box, Mark: c.Mark, Method: method, Picture: l.Observation.Frame.Hash}
}

// choose asks the locator for the mark that a description means; 0 says that it is not there.
func (m *Mind) choose(ctx context.Context, l Look, wanted string) (int, step.Usage, error) {
	model, p := m.profile(RoleLocator, l.Task)
	page, images, err := view(l.Screen, l.Observation, l.Values, Profile{Sight: listed(p.Sight)})
	if err != nil {
		return 0, step.Usage{}, err
	}
	text, err := m.say("locate", map[string]any{"Wanted": own(wanted, 200, l.Values), "Page": page})
	if err != nil {
		return 0, step.Usage{}, err
	}
	format, err := json.Marshal(object{{"mark", integer(0, len(l.Screen.Items)), ""}})
	if err != nil {
		return 0, step.Usage{}, err
	}
	mark := 0
	prompt := Prompt{Role: RoleLocator, Task: l.Task.ID, Tenant: l.Task.Owner, Model: model, Turns: []Turn{{Who: "user", Text: text, Images: images}}, Schema: format, MaxTokens: 40}
	used, err := m.ask(ctx, prompt, l.Values, func(a Answer) error {
		mark, err = markIn(a.Text, l.Screen)
		return err
	})
	return mark, used, err
}

// listed is the sight of a role that answers by marks: without their list it could not.
func listed(s step.Sight) step.Sight {
	if s == step.SightPixels {
		return step.SightMarks
	}
	return s
}

// markIn reads the field mark of an answer: a mark of the screen or 0.
func markIn(answer string, s step.Screen) (int, error) {
	mark, err := reply.Number(answer, "mark")
	if _, ok := s.Item(mark); err == nil && !ok && mark != 0 {
		err = fmt.Errorf("there is no mark %d; marks go from 1 to %d, 0 is none", mark, len(s.Items))
	}
	return mark, err
}
