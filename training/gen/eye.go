package gen

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"chiron/step"
	"chiron/training/world"
)

// Eye shows what an application shows in another way, and reads it there.
type Eye interface {
	// Views are its readings of what a shows now; screen is the generator's own. An error ends the episode. What is returned is the
	// caller's. It is called from one goroutine.
	Views(ctx context.Context, a *world.App, screen step.Screen) ([]View, error)
}

// View is one reading. Marks has, for each thing that the application shows, in its order, where it was read, 0 for nowhere.
type View struct {
	Screen step.Screen
	Marks  []int
}

// Through has the episode's samples seen by an eye. Steps whose answer refers to what the eye does not find are left out.
func (e *Episode) Through(eye Eye) { e.eye = eye }

// view is a reading with the answer to it.
type view struct {
	screen step.Screen
	act    step.Action
	things []*world.Thing // by mark, nil where nothing known stands
}

// views are the readings of the present screen in which an act can be done.
func (e *Episode) views(ctx context.Context, act step.Action) ([]view, error) {
	if e.eye == nil {
		return []view{{e.screen, act, e.s.App.Seen()}}, nil
	}
	list, err := e.eye.Views(ctx, e.s.App, e.screen)
	if err != nil {
		return nil, err
	}
	var out []view
	seen := e.s.App.Seen()
	for _, v := range list {
		moved, ok := move(act, v.Marks)
		if s, is := moved.(step.Select); is && ok && len(v.Screen.Items[s.Mark-1].Options) == 0 {
			ok = e.names(s.Option) // nobody can choose what is neither seen nor said
		}
		if !ok || target(act) == 0 && !mostly(v.Marks) {
			continue
		}
		things := make([]*world.Thing, len(v.Screen.Items))
		for i, m := range v.Marks {
			if m > 0 {
				things[m-1] = seen[i]
			}
		}
		out = append(out, view{v.Screen, moved, things})
	}
	return out, nil
}

// names reports whether the goal or what is known says an option.
func (e *Episode) names(option string) bool {
	text := e.goal
	for _, v := range e.s.App.Values {
		text += "\n" + v.Value
	}
	return regexp.MustCompile(`(?i)(^|\W)`+regexp.QuoteMeta(option)+`(\W|$)`).MatchString(text) || strings.HasPrefix(option, "{{")
}

// mostly reports whether nine of ten things were read.
func mostly(marks []int) bool {
	n := 0
	for _, m := range marks {
		if m > 0 {
			n++
		}
	}
	return n*10 >= 9*len(marks)
}

// move is an act on the same things under other marks.
func move(act step.Action, marks []int) (step.Action, bool) {
	to := func(m *int) bool {
		if *m < 1 || *m > len(marks) {
			return false
		}
		*m = marks[*m-1]
		return *m > 0
	}
	ok := true
	switch a := act.(type) {
	case step.Click:
		ok = to(&a.Mark)
		return a, ok
	case step.Type:
		ok = to(&a.Mark)
		return a, ok
	case step.Select:
		ok = to(&a.Mark)
		return a, ok
	case step.Upload:
		ok = to(&a.Mark)
		return a, ok
	case step.Done:
		result := map[string]step.Cited{}
		for name, c := range a.Result {
			ok = to(&c.Mark) && ok
			result[name] = c
		}
		if len(result) > 0 {
			a.Result = result
		}
		return a, ok
	}
	return act, true
}

// sample is the step that an actor should take who sees this.
func (e *Episode) sample(ctx context.Context, r *Renderer, v view) (Sample, error) {
	answer, err := AnswerOf(v.act)
	if err != nil {
		return Sample{}, err
	}
	look := e.Look()
	look.Screen = v.screen
	turns, err := r.Render(ctx, look, answer)
	if err != nil {
		return Sample{}, fmt.Errorf("%s: %w", answer, err)
	}
	s := Sample{Prompt: Text(turns), Answer: answer, Target: target(v.act), Kind: e.Kind, Episode: e.ID, Split: e.Split, Reached: e.clauses()}
	if e.eye != nil {
		s.Source = v.screen.Source
	}
	return s, nil
}
