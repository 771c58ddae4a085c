// Package gen makes training episodes: a goal, an application that it can be reached in, and an expert that knows the way
// from every state. Prompts are the product's own, word for word; answers are what the product's schema asks for.
package gen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chiron/mind"
	"chiron/step"
	"chiron/training/goals"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Split says what an episode shares with training.
type Split string

// The splits.
const (
	Train    Split = "train"
	HeldWord Split = "words"    // made-up words and combinations that training never sees
	HeldSay  Split = "wordings" // and wordings of goals that training never sees
	HeldKind Split = "kinds"    // and kinds of goals that training never sees
)

// Splits are all of them.
func Splits() []Split { return []Split{Train, HeldWord, HeldSay, HeldKind} }

// Episode is one goal in one application, played step by step. It is used by one goroutine.
type Episode struct {
	ID    string
	Kind  string // of the goal; chains are "chain", impossible goals end in "-no"
	Split Split

	s       *scene.Scene
	goal    string
	reached int // intents
	history []mind.Entry
	back    string // feedback on the last act
	screen  step.Screen
	text    string
	n       int
	astray  bool // the dialog that is open was opened by a stray act
	over    bool
	success bool
	eye     Eye
}

// Small is how many seeds of training there are for one whose application is small, with short pages.
const Small = 3

// New makes the episode of a seed.
func New(split Split, seed uint64) (*Episode, error) {
	src := words.New(seed, split != Train)
	src.Few = split == Train && seed%Small == 0
	s := goals.New(src, split == HeldSay || split == HeldKind, split == HeldKind)
	e := &Episode{ID: fmt.Sprintf("%s-%d", split, seed), Kind: s.Kind, Split: split, s: s}
	if err := s.Task.Validate(); err != nil {
		return nil, fmt.Errorf("episode %s: %w", e.ID, err)
	}
	s.App.Values, e.goal = step.NewValues(s.Task)
	e.past(step.Navigate{URL: s.Task.Start}, "", "open the start page", step.Outcome{Status: step.Executed}, false)
	e.look()
	return e, nil
}

// look looks at the application and counts the clauses that are reached.
func (e *Episode) look() {
	seen := e.s.App.Pixels
	e.s.App.Pixels = false // whether something has changed is a question of the picture, not of what is read in it
	look := e.s.App.Look()
	e.text = look.Text(e.s.App.Values)
	e.s.App.Pixels = seen
	e.screen = e.s.App.Look()
	for e.reached < len(e.s.Intents) && e.s.Intents[e.reached](e.s.App) == nil {
		e.reached++
	}
}

// Expert is the right act now.
func (e *Episode) Expert() (step.Action, error) {
	a := e.s.App
	if a.Dialog() && e.astray {
		return step.DialogAct{}, nil
	}
	if e.reached < len(e.s.Intents) {
		act := e.s.Intents[e.reached](a)
		if a.Dialog() {
			if _, ok := act.(step.DialogAct); !ok {
				return step.DialogAct{}, nil
			}
		}
		if act == nil {
			return nil, errors.New("an intent changed its mind")
		}
		return act, nil
	}
	if a.Dialog() {
		return step.DialogAct{Accept: true}, nil
	}
	done := step.Done{}
	for name, t := range e.s.Results {
		m := a.Mark(t)
		if m == 0 {
			if act := a.Use(t); act != nil {
				return act, nil
			}
			return step.Back{}, nil
		}
		if done.Result == nil {
			done.Result = map[string]step.Cited{}
		}
		done.Result[name] = step.Cited{Mark: m}
	}
	return done, nil
}

// Look is what the product's mind is shown now.
func (e *Episode) Look() mind.Look {
	return mind.Look{Task: e.s.Task, Goal: e.goal, Values: e.s.App.Values, History: e.history, Feedback: e.back, Screen: e.screen}
}

// Fields are the names of the result's fields in the order of the alphabet.
func (e *Episode) Fields() []string {
	var names []string
	for name := range e.s.Results {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Over reports whether the episode has ended, and whether it ended as it should: the goal reached and nothing spoiled, or
// given up where it cannot be reached.
func (e *Episode) Over() (over, success bool) { return e.over, e.success }

// Impossible reports whether the goal cannot be reached.
func (e *Episode) Impossible() bool { return e.s.Refusal != "" }

// Do carries out an act.
func (e *Episode) Do(act step.Action) {
	switch act := act.(type) {
	case step.Done:
		e.over, e.success = true, e.reached == len(e.s.Intents) && !e.s.Spoiled && e.cites(act)
		return
	case step.Fail:
		e.over, e.success = true, e.Impossible() && !e.s.Spoiled
		return
	}
	name, before := "", e.text
	if t := e.s.App.Thing(markOf(act)); t != nil {
		name = t.Name // Chromium's word, not what was read from pixels
	}
	out := e.s.App.Do(act)
	e.back = ""
	e.look()
	e.astray = e.astray && e.s.App.Dialog()
	if out.Status == step.NotExecuted {
		e.back = "The act was not carried out: " + out.Reason
	}
	_, waited := act.(step.Wait)
	e.past(act, name, "", out, out.Status == step.Executed && e.text == before && !waited)
}

// cites reports whether a result cites things that show the right values.
func (e *Episode) cites(d step.Done) bool {
	if len(d.Result) != len(e.s.Results) {
		return false
	}
	for name, t := range e.s.Results {
		got := e.s.App.Thing(d.Result[name].Mark)
		if got == nil || got != t && (got.Name != t.Name || got.Value != t.Value) {
			return false
		}
	}
	return true
}

// past adds to what the actor is told of the past.
func (e *Episode) past(act step.Action, name, note string, out step.Outcome, same bool) {
	e.n++
	outcome := strings.ReplaceAll(string(out.Status), "_", " ")
	if out.Reason != "" {
		outcome += ": " + out.Reason
	}
	if same {
		outcome += ", nothing changed on the screen"
	}
	e.history = append(e.history, mind.Entry{Step: e.n, Act: said(act, name), Note: note, Outcome: outcome})
}

// said is an act in the words of the product's history.
func said(act step.Action, name string) string {
	switch a := act.(type) {
	case step.Click:
		return fmt.Sprintf("click %q", name)
	case step.Type:
		return fmt.Sprintf("type %q into %q", a.Value, name)
	case step.Select:
		return fmt.Sprintf("select %q in %q", a.Option, name)
	case step.Upload:
		return fmt.Sprintf("upload %q to %q", a.File, name)
	case step.Press:
		return "press " + a.Key
	case step.Scroll:
		return "scroll " + a.Direction
	case step.Navigate:
		return "go to " + a.URL
	case step.DialogAct:
		if a.Accept {
			return "accept the dialog"
		}
		return "dismiss the dialog"
	case step.Wait:
		return fmt.Sprintf("wait %v s", a.Seconds)
	}
	return string(act.Kind())
}

func markOf(act step.Action) int {
	switch a := act.(type) {
	case step.Click:
		return a.Mark
	case step.Type:
		return a.Mark
	case step.Select:
		return a.Mark
	case step.Upload:
		return a.Mark
	}
	return 0
}

// Stray carries out a wrong act that does no lasting harm, as an actor might: it opens a wrong page, types a value into a
// wrong field, scrolls. It reports whether there was one.
func (e *Episode) Stray() bool {
	a := e.s.App
	if a.Dialog() || e.reached == len(e.s.Intents) {
		return false
	}
	var wrong []step.Action
	for i := range e.screen.Items {
		switch t := a.Thing(i + 1); {
		case t.Safe || t.To != nil && t.Click == nil:
			wrong = append(wrong, step.Click{Target: step.Target{Mark: i + 1}})
		case t.Role == step.RoleInput && len(a.Values) > 0 && t.Change == nil:
			v := words.Of(e.s.Source, a.Values...)
			wrong = append(wrong, step.Type{Target: step.Target{Mark: i + 1}, Value: "{{" + v.Name + "}}"})
		}
	}
	if a.Below() {
		wrong = append(wrong, step.Scroll{Direction: "down"})
	}
	if e.s.Chance(0.1) {
		e.claim()
		return true
	}
	if len(wrong) == 0 {
		return false
	}
	e.Do(words.Of(e.s.Source, wrong...))
	e.astray = a.Dialog()
	return true
}

// claim is a claim of success that the product found nothing to show for.
func (e *Episode) claim() {
	what := fmt.Sprintf("%q", words.Of(e.s.Source, "Saved", "Thank you", "Done", e.s.Name()))
	missing := words.Of(e.s.Source, what+" is on the screen", "the URL matches \"*/"+e.s.Word()+"*\"", "the field "+what+" shows "+what) + ": not found in the evidence"
	e.n++
	e.back = "The goal is not reached yet: " + missing
	e.history = append(e.history, mind.Entry{Step: e.n, Act: "claim that the goal is reached", Outcome: "not shown: " + missing})
}

// Sample is one step for training or for scoring.
type Sample struct {
	Prompt string `json:"prompt"` // all that the model reads, with the marks of Template
	Answer string `json:"answer"`
	Target int    `json:"target"` // the line that is meant: a mark, 0 for none
	// Reached is how many clauses of the goal are reached, -1 for all of them.
	Reached int `json:"reached"`
	// Fills are the fields on the screen that the episode fills in, by mark, with what it writes there.
	Fills   map[int]string `json:"fills,omitempty"`
	Kind    string         `json:"kind"`
	Episode string         `json:"episode"`
	Split   Split          `json:"split"`
	Source  step.Source    `json:"source,omitempty"` // what a page shown by an Eye was read from
}

// maxSteps ends an episode whose expert does not come to an end.
const maxSteps = 40

// Samples plays an episode to its end with the expert and writes every step down. In training about one episode in three
// takes a wrong turn or two; the wrong act itself is never a sample.
func (e *Episode) Samples(ctx context.Context, r *Renderer) ([]Sample, error) {
	var out []Sample
	var seen [][]*world.Thing // at each sample
	written := map[*world.Thing]string{}
	strays := 0
	if e.Split == Train && e.s.Chance(0.3) {
		strays = 1 + e.s.IntN(2)
	}
	for range maxSteps {
		if strays > 0 && e.s.Chance(0.3) {
			strays--
			if e.Stray() {
				continue
			}
		}
		act, err := e.Expert()
		if err != nil {
			return nil, fmt.Errorf("episode %s: %w", e.ID, err)
		}
		views, err := e.views(ctx, act)
		if err != nil {
			return nil, fmt.Errorf("episode %s: %w", e.ID, err)
		}
		for _, v := range views {
			s, err := e.sample(ctx, r, v)
			if err != nil && e.eye != nil { // what is read of a real page may leave out what the answer needs
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("episode %s: %w", e.ID, err)
			}
			out = append(out, s)
			seen = append(seen, v.things)
		}
		switch act := act.(type) {
		case step.Type:
			written[e.s.App.Thing(act.Mark)] = act.Value
		case step.Select:
			written[e.s.App.Thing(act.Mark)] = act.Option
		case step.Upload:
			written[e.s.App.Thing(act.Mark)] = act.File
		}
		e.Do(act)
		if e.over {
			if !e.success {
				return nil, fmt.Errorf("episode %s: the expert fails at %q", e.ID, e.goal)
			}
			for i, things := range seen {
				out[i].Fills = fills(things, written)
			}
			return out, nil
		}
	}
	return nil, fmt.Errorf("episode %s: no end after %d steps: %q", e.ID, maxSteps, e.goal)
}

// clauses is how many clauses are reached, -1 for all.
func (e *Episode) clauses() int {
	if e.reached == len(e.s.Intents) {
		return -1
	}
	return e.reached
}

// fills are the things of a screen that something was written into, by mark.
func fills(things []*world.Thing, written map[*world.Thing]string) map[int]string {
	out := map[int]string{}
	for i, t := range things {
		if value, ok := written[t]; ok && t != nil {
			out[i+1] = value
		}
	}
	return out
}

// target is the mark that an act is about.
func target(act step.Action) int {
	if d, ok := act.(step.Done); ok && len(d.Result) == 1 {
		for _, c := range d.Result {
			return c.Mark
		}
	}
	return markOf(act)
}

// Parse reads an answer strictly, as the product does.
func Parse(answer string) (step.Action, error) { return step.ParseAction([]byte(answer)) }
