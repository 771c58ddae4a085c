// Package question says to a person what a model would do and is not sure of.
package question

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"chiron/step"
)

// Of is the question about an act on a screen that the model does not believe in; doubt says why, such as "am only 30 % sure". Texts
// of the page and of the model are shortened and made harmless; references to known values stay references.
func Of(a step.Action, on step.Screen, doubt string) string {
	if done, ok := a.(step.Done); ok {
		return fmt.Sprintf("I think that the goal is reached%s, but %s. Please look, and say yes or what is missing.", found(on, done), doubt)
	}
	return fmt.Sprintf("I am not sure how to go on: I would %s, but %s. Please do the next step yourself, or give the task to a larger model.", would(on, a), doubt)
}

// would says an act to a person who sees no marks: by the words of what it is done to.
func would(on step.Screen, a step.Action) string {
	switch a := a.(type) {
	case step.Click:
		return "click " + thing(on, a.Target)
	case step.Hover:
		return "point at " + thing(on, a.Target)
	case step.Type:
		return fmt.Sprintf("type “%s” into %s", short(a.Value), thing(on, a.Target))
	case step.Select:
		return fmt.Sprintf("choose “%s” in %s", short(step.Neutral(a.Option)), thing(on, a.Target))
	case step.Upload:
		return fmt.Sprintf("hand the file “%s” to %s", a.File, thing(on, a.Target))
	case step.Press:
		return "press " + a.Key
	case step.Scroll:
		return "scroll " + a.Direction
	case step.DialogAct:
		if a.Accept {
			return "say yes to the question of the page"
		}
		return "say no to the question of the page"
	case step.Fail:
		return fmt.Sprintf("give up (“%s”)", strings.TrimSuffix(short(a.Reason), "."))
	}
	return fmt.Sprintf("choose “%s”", a.Kind())
}

// thing is what an act is done to: its role and its name, as the model was shown them.
func thing(on step.Screen, t step.Target) string {
	c, ok := on.Item(t.Mark)
	switch {
	case !ok:
		return t.String()
	case c.Name == "":
		return fmt.Sprintf("the %s without a name", c.Role)
	}
	role := string(c.Role)
	if c.Role == step.RoleInput {
		role = "field"
	}
	return fmt.Sprintf("the %s “%s”", role, short(step.Neutral(c.Name)))
}

// found says what a claim holds for its result, so that a person sees whether it is right.
func found(on step.Screen, done step.Done) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(done.Result)) {
		cited := done.Result[name]
		value := string(cited.Value)
		if c, ok := on.Item(cited.Mark); ok {
			if value = c.Name; c.Value != "" && !c.Secret {
				value = c.Value
			}
		}
		list = append(list, fmt.Sprintf("%s: “%s”", name, short(step.Neutral(value))))
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// short makes a text fit for a question.
func short(text string) string {
	const most = 120
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
