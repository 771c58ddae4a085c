package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"chiron/eval"
	"chiron/eval/site"
	"chiron/step"
)

// endsWithin is how long a task may take to its end, a crash and a question that nobody answers included.
const endsWithin = 2 * time.Minute

var errReached = errors.New("far enough")

// crashes kills the product at random points of a task that files an expense report, and counts the tasks that never came to an
// end and the reports that the site got twice. The seed is fixed; where exactly a kill falls is not.
func (o Options) crashes(ctx context.Context, s *Sheet, lab *eval.Lab, p *Product) error {
	world := lab.Site()
	random := rand.New(rand.NewPCG(20261125, 1))
	whole, _, err := o.file(ctx, p, world, 0)
	if err == nil && whole < 2 {
		err = errors.New("the task has no end")
	}
	if err != nil {
		return fmt.Errorf("undisturbed: %w", err)
	}
	lost, twice := 0, 0
	for range o.Kills {
		ended, filed, err := o.file(ctx, p, world, 1+random.Uint64N(whole-1))
		if err != nil {
			return err
		}
		if ended == 0 {
			lost++
		}
		if filed > 1 {
			twice++
		}
	}
	s.Set("crash.kills", float64(o.Kills))
	s.Set("crash.lost", float64(lost))
	s.Set("crash.twice", float64(twice))
	return nil
}

// file carries out one task, with a kill after the event of that number unless it is 0, and returns the number of its last event (0: it
// has no end) and how often the report was filed.
func (o Options) file(ctx context.Context, p *Product, world *site.Server, kill uint64) (last uint64, filed int, err error) {
	world.Site.Reset(1)
	st, _, err := p.Client.Create(ctx, report(world.Running()), "")
	if err != nil {
		return 0, 0, err
	}
	if kill > 0 {
		err := p.Client.Events(ctx, st.Task.ID, 0, func(e step.Event) error {
			if e.Seq >= kill {
				return errReached
			}
			return nil
		})
		if err != nil && !errors.Is(err, errReached) {
			return 0, 0, err
		}
		if err := p.Crash(ctx); err != nil {
			return 0, 0, err
		}
	}
	end, stop := context.WithTimeout(ctx, endsWithin)
	defer stop()
	err = p.Client.Events(end, st.Task.ID, 0, func(e step.Event) error {
		if _, ok := e.Body.(step.Ended); ok {
			last = e.Seq
		}
		return nil
	})
	if err != nil && (ctx.Err() != nil || end.Err() == nil) {
		return 0, 0, err
	}
	return last, world.Site.Truth().Counts["submit"], nil
}

// report is a task whose last act cannot be undone.
func report(at site.Running) step.Task {
	return step.Task{Goal: "File an expense report", Start: at.URL + "/login", Autonomy: step.AutonomyAuto,
		Inputs: map[string]string{"user": "dana"}, Secrets: []string{"password"},
		Steps: []string{`Type {{user}} into the field "Username"`, `Type {{password}} into the field "Password"`,
			`Click the button "Sign in"`, `Wait for "Good morning"`, `Click "New expense"`, `Type "42.50" into "Amount"`,
			`Select "Meals" in "Category"`, `Type "2026-11-20" into "Date"`, `Type "Lunch" into "Description"`,
			`Click the button "Continue"`, `Wait for "Nothing has been sent yet"`, `Click the button "Submit report"`},
		DoneWhen: []step.Predicate{{Text: "was submitted"}}}
}
