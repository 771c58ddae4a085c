package mind

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"chiron/step"
)

// shown is how much of a text of the page or of a model a person is asked about.
const shown = 120

// settled is what becomes of an act that the models themselves do not believe in: a question to a person, and after that a failure.
func settled(l Look, p step.Proposal, doubt string) step.Proposal {
	switch {
	case doubt == "":
	case len(l.Messages) > 0:
		p.Action = step.Act{Action: step.Fail{Reason: "The model is not sure what to do next."}}
	case p.Action.Kind() == step.KindDone:
		p.Action = step.Act{Action: step.Ask{Question: fmt.Sprintf("I think that the goal is reached%s, but %s. Please look, and say yes or what is missing.", found(l, p.Action.Action), doubt)}}
	default:
		p.Action = step.Act{Action: step.Ask{Question: fmt.Sprintf("I am not sure how to go on: I would %s, but %s. Please do the next step yourself, or give the task to a larger model.", would(l, p.Action.Action), doubt)}}
	}
	return p
}

// would says an act to a person who sees no marks: by the words of what it is done to.
func would(l Look, a step.Action) string {
	switch a := a.(type) {
	case step.Click:
		return "click " + thing(l, a.Target)
	case step.Hover:
		return "point at " + thing(l, a.Target)
	case step.Type:
		return fmt.Sprintf("type “%s” into %s", own(a.Value, shown, l.Values), thing(l, a.Target))
	case step.Select:
		return fmt.Sprintf("choose “%s” in %s", foreign(a.Option, shown), thing(l, a.Target))
	case step.Upload:
		return fmt.Sprintf("hand the file “%s” to %s", a.File, thing(l, a.Target))
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
		return fmt.Sprintf("give up (“%s”)", strings.TrimSuffix(foreign(a.Reason, 2*shown), "."))
	}
	return fmt.Sprintf("choose “%s”", a.Kind())
}

// thing is what an act is done to: its role and its name, as the model was shown them.
func thing(l Look, t step.Target) string {
	c, ok := l.Screen.Item(t.Mark)
	switch {
	case !ok:
		return t.String()
	case c.Name == "":
		return "the " + string(c.Role) + " without a name"
	}
	return fmt.Sprintf("the %s “%s”", c.Role, foreign(c.Name, shown))
}

// found says what a claim holds for its result, so that a person sees whether it is right.
func found(l Look, a step.Action) string {
	done, _ := a.(step.Done)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(done.Result)) {
		cited := done.Result[name]
		value := string(cited.Value)
		if c, ok := l.Screen.Item(cited.Mark); ok {
			if value = c.Name; c.Value != "" && !c.Secret {
				value = c.Value
			}
		}
		list = append(list, fmt.Sprintf("%s: “%s”", name, foreign(value, shown)))
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}
