// Package mind holds the brains: it turns a look at the screen into one proposed act, finds what a description
// means, checks whether a claim is shown by the evidence, and reads the imperative sentences of tasks that need no
// model. It acts on nothing; what it says is a proposal that the policy and the browser judge by facts.
package mind

import (
	"context"
	"errors"

	"chiron/mind/sentence"
	"chiron/step"
)

// Look is everything the actor is shown for one step. The stable parts come first in the prompt, the screen last.
type Look struct {
	Task        step.Task
	Goal        string // the goal with values replaced by their references
	Values      step.Values
	Recall      Advice // from memory; it changes only when the task enters another site
	Plan        step.Plan
	History     []Entry
	Messages    []string // words of the requester during the task, in order
	Stuck       bool     // the actor gets nowhere: a bigger one is asked, where there is one
	Failed      bool     // the last act came to nothing
	Left        int      // tokens that the task may still spend; 0 is no limit
	Feedback    string   // why the last proposal came to nothing: a denial, a false claim, a stale screen
	Observation step.Observation
	Screen      step.Screen

	// Risky says of an act on this screen, by facts, whether it deserves to be thought over. nil: no act does.
	Risky func(context.Context, step.Action) bool
}

// Advice is what past tasks on a site have taught.
type Advice struct {
	Texts    []string
	Examples []step.Example // acts that were right on the site at hand; shown where the model's profile wants them
}

// Entry is one step of the past, in words.
type Entry struct {
	Step    int
	Act     string // the act in plain words, references unexpanded
	Note    string
	Outcome string // what came of it, in a few words
}

// Claim is what the verifier is asked to check: facts and pictures, never the actor's reasons.
type Claim struct {
	Task        step.Task
	Goal        string
	Values      step.Values
	Acts        []string // executed acts in plain words
	Result      map[string]step.Value
	Observation step.Observation
	Screen      step.Screen
}

// What looking for something can end in.
var (
	// ErrAbsent: nothing on the screen fits. It may appear after a wait or a scroll.
	ErrAbsent = sentence.ErrAbsent
	// ErrAmbiguous: several things fit equally well.
	ErrAmbiguous = sentence.ErrAmbiguous
	// ErrUnusable: the model gave no valid answer, not even when asked again with the fault.
	ErrUnusable = errors.New("the model gave no usable answer")
	// ErrSpent: the task's tokens do not reach to ask as often as an act deserves. The act is not to be done.
	ErrSpent = errors.New("the tokens do not reach to ask again")
)

// Sentence is one imperative sentence of a task's steps, understood; Thing is what it names on the screen, and Move is what
// it comes to on one screen.
type (
	Sentence = sentence.Sentence
	Thing    = sentence.Thing
	Move     = sentence.Move
	Verb     = sentence.Verb
)

// The verbs of step sentences. Expect, Read and WaitFor touch nothing; the others become acts.
const (
	VerbAct     = sentence.VerbAct
	VerbExpect  = sentence.VerbExpect
	VerbWaitFor = sentence.VerbWaitFor
	VerbRead    = sentence.VerbRead
)

// ParseStep understands one sentence, or says in one sentence what is wrong with it.
func ParseStep(text string) (Sentence, error) { return sentence.Parse(text) }

// ParseSteps understands all sentences of a task.
func ParseSteps(sentences []string) ([]Sentence, error) { return sentence.ParseAll(sentences) }

// Content returns what a candidate shows: its value where it has one, else its name.
func Content(c step.Candidate) string { return sentence.Content(c) }

// Shows finds the first candidate that shows a text as whole words; letter case and spacing do not count, and what a field
// holds is not shown. A text in an open dialog is shown, too; its mark is 0. An empty text never is.
func Shows(s step.Screen, text string) (mark int, ok bool) { return sentence.Shows(s, text) }
