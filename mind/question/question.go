// Package question says to a person what a model would do and is not sure of.
package question

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chiron/mind/sentence"
	"chiron/step"
)

// Of is the question about an act on a screen that the model does not believe in; doubt says why, such as "am only 30 % sure". Texts
// of the page and of the model are made harmless, cut and quoted, so that none of them speaks in the agent's own voice; references
// to known values stay references.
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
	case step.Drag:
		return fmt.Sprintf("drag %s to %s", thing(on, a.Target), thing(on, a.To))
	case step.Type:
		return fmt.Sprintf("type %s into %s", own(a.Value), thing(on, a.Target))
	case step.Select:
		return fmt.Sprintf("choose %s in %s", quoted(a.Option), thing(on, a.Target))
	case step.Upload:
		return fmt.Sprintf("hand the file %s to %s", quoted(a.File), thing(on, a.Target))
	case step.Press:
		return "press " + quoted(a.Key)
	case step.Scroll:
		return "scroll " + a.Direction
	case step.DialogAct:
		return answer(on, a)
	case step.Navigate:
		return "go to " + quoted(a.URL)
	case step.TabAct:
		if a.URL != "" {
			return fmt.Sprintf("%s a tab at %s", a.Op, quoted(a.URL))
		}
		return fmt.Sprintf("%s tab %d", a.Op, a.Number)
	case step.Ask:
		return "ask: " + own(a.Question)
	case step.Fail:
		return "give up, since " + own(a.Reason)
	}
	return fmt.Sprintf("choose %q", a.Kind())
}

// answer is what would be said to a dialog of the page, with the words of the dialog.
func answer(on step.Screen, a step.DialogAct) string {
	says, text := "no", ""
	if a.Accept {
		says = "yes"
	}
	if a.Text != "" {
		text = " with the text " + own(a.Text)
	}
	if on.Dialog == nil {
		return fmt.Sprintf("say %s to the dialog%s", says, text)
	}
	return fmt.Sprintf("say %s to %s%s", says, quoted(on.Dialog.Message), text)
}

// thing is what an act is done to: its role and its name.
func thing(on step.Screen, t step.Target) string {
	c, ok := on.Item(t.Mark)
	role := string(c.Role)
	if c.Role == step.RoleInput {
		role = "field"
	}
	switch {
	case !ok && t.Text != "":
		return quoted(t.Text)
	case !ok:
		return t.String()
	case c.Name == "":
		return fmt.Sprintf("the %s without a name", role)
	}
	return fmt.Sprintf("the %s %s", role, quoted(c.Name))
}

// found says what a claim would give as its result, so that a person sees whether it is right.
func found(on step.Screen, done step.Done) string {
	const most = 8 // fields
	var list []string
	for i, name := range slices.Sorted(maps.Keys(done.Result)) {
		if i == most {
			list = append(list, fmt.Sprintf("+%d", len(done.Result)-most))
			break
		}
		list = append(list, short(step.Neutral(name))+": "+cited(on, done.Result[name]))
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// cited is one field of a result: what stands at its mark, as the agent will read it, or the model's own word.
func cited(on step.Screen, field step.Cited) string {
	c, ok := on.Item(field.Mark)
	var literal string
	switch {
	case ok && sentence.Content(c) == "":
		return "nothing"
	case ok:
		return quoted(sentence.Content(c))
	case json.Unmarshal(field.Value, &literal) != nil:
		return quoted(string(field.Value))
	}
	return own(literal)
}

// own quotes a text of the model: its references are meant as such.
func own(text string) string {
	out := quoted(text)
	for _, name := range step.Names(text) {
		out = strings.ReplaceAll(out, "{ {"+name+"}}", "{{"+name+"}}")
	}
	return out
}

// quoted is any text in quotation marks that it cannot close.
func quoted(text string) string {
	return "“" + strings.NewReplacer("“", "'", "”", "'", "„", "'").Replace(short(step.Neutral(text))) + "”"
}

// short cuts a text and says by how many characters.
func short(text string) string {
	const most = 120
	if r := []rune(text); len(r) > most {
		return fmt.Sprintf("%s…+%d", string(r[:most]), len(r)-most)
	}
	return text
}
