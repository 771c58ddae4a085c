// Package words says acts in plain words, for histories, people and models.
package words

import (
	"fmt"
	"strings"

	"chiron/step"
)

// Of says an action in plain words, references unexpanded.
func Of(a step.Action) string {
	switch a := a.(type) {
	case step.Click:
		verb := "click"
		if a.Button == "right" || a.Button == "middle" {
			verb = a.Button + "-click"
		}
		if a.Count == 2 {
			verb = "double-click"
		}
		return fmt.Sprintf("%s %v", verb, a.Target)
	case step.Hover:
		return fmt.Sprintf("hover over %v", a.Target)
	case step.Drag:
		return fmt.Sprintf("drag %v to %v", a.Target, a.To)
	case step.Type:
		return fmt.Sprintf("type %q into %v", a.Value, a.Target)
	case step.Press:
		return "press " + a.Key
	case step.Scroll:
		return "scroll " + a.Direction
	case step.Select:
		return fmt.Sprintf("select %q in %v", a.Option, a.Target)
	case step.Upload:
		return fmt.Sprintf("upload %q to %v", a.File, a.Target)
	case step.Navigate:
		return "go to " + a.URL
	}
	return wordsOffScreen(a)
}

func wordsOffScreen(a step.Action) string {
	switch a := a.(type) {
	case step.TabAct:
		return strings.TrimSpace(fmt.Sprintf("%s tab %d %s", a.Op, a.Number, a.URL))
	case step.DialogAct:
		if a.Accept {
			return "accept the dialog"
		}
		return "dismiss the dialog"
	case step.Wait:
		return fmt.Sprintf("wait %v s", a.Seconds)
	case step.Note:
		return fmt.Sprintf("note %q", a.Text)
	case step.Ask:
		return fmt.Sprintf("ask %q", a.Question)
	case step.Done:
		return "claim that the goal is reached"
	case step.Fail:
		return fmt.Sprintf("give up: %q", a.Reason)
	}
	return string(a.Kind())
}

// Outcome says what came of an act.
func Outcome(out step.Outcome) string {
	words := strings.ReplaceAll(string(out.Status), "_", " ")
	if out.Reason != "" {
		words += ": " + out.Reason
	}
	if out.Differs {
		words += fmt.Sprintf("; the field now shows %q", out.ReadBack)
	}
	return words
}

// Hush hides a text that a rule does not want to be written down.
func Hush(text string) string {
	if text == "" {
		return ""
	}
	return "***"
}

// Because is a reason behind a colon, or nothing.
func Because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// Judged names an act by what was under it, as Chromium said.
func Judged(v step.Verdict) string {
	if e := v.Facts.Element; e != nil && e.Name != "" {
		return Of(Named(v.Action.Action, e.Name))
	}
	return Of(v.Action.Action)
}

// Named returns the action aimed at a name instead of a point, for people to read.
func Named(a step.Action, name string) step.Action {
	at := step.Target{Text: name}
	switch a := a.(type) {
	case step.Click:
		a.Target = at
		return a
	case step.Hover:
		a.Target = at
		return a
	case step.Type:
		a.Target = at
		return a
	case step.Select:
		a.Target = at
		return a
	case step.Upload:
		a.Target = at
		return a
	case step.Drag:
		a.Target = at
		return a
	}
	return a
}

// BeginAgain asks whether a task may begin again after an interruption: effects are the irreversible acts that were done, unknown the one
// that may have been, nil where there is none.
func BeginAgain(effects int, unknown *step.Verdict) string {
	if unknown == nil {
		return fmt.Sprintf("The work was interrupted after %d irreversible acts. Beginning again would do them once more. May the task begin again?", effects)
	}
	return fmt.Sprintf("The work was interrupted while this act was on its way, and it is not known whether it happened: %s on %s. "+
		"Beginning again may do it twice. May the task begin again?", Judged(*unknown), unknown.Facts.URL)
}

// Interrupted says what is known of a task that does not begin again.
func Interrupted(effects int, unknown *step.Verdict) string {
	if unknown != nil {
		return "it is not known whether this act happened: " + Judged(*unknown)
	}
	return fmt.Sprintf("%d irreversible acts had been done", effects)
}

// Shown says that all n signs of success were found.
func Shown(n int) string {
	if n == 1 {
		return "what the task asked to see is shown"
	}
	return fmt.Sprintf("all %d signs of success are shown", n)
}
