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

// crashes kills the product in the middle of a task that files an expense report: half the time at a random event, half the time at the
// verdict on the submission, between which and its effect everything is at stake. It counts the tasks without an honest end (done
// with one report filed, or handed to a person with at most one) and the reports that the site got twice. That a double would be seen is
// shown by the control in the program's own tests. The seed is fixed; where exactly a kill falls is not.
func (o Options) crashes(ctx context.Context, s *Sheet, lab *eval.Lab, p *Product) error {
	world := lab.Site()
	random := rand.New(rand.NewPCG(20261125, 1))
	undisturbed, err := file(ctx, p, world, nil)
	if err == nil && !undisturbed.honest() {
		err = fmt.Errorf("the task ends as %s with %d reports", undisturbed.status, undisturbed.filed)
	}
	if err != nil {
		return fmt.Errorf("undisturbed: %w", err)
	}
	kills, lost, twice := 0, 0, 0
	defer func() {
		s.Set("crash.kills", float64(kills))
		s.Set("crash.lost", float64(lost))
		s.Set("crash.twice", float64(twice))
	}()
	for kills < o.Kills {
		at := 1 + random.Uint64N(undisturbed.events-1)
		kill := func(e step.Event) bool { return e.Seq >= at }
		if kills%2 == 1 {
			kill = submits
		}
		f, err := file(ctx, p, world, kill)
		if err != nil {
			return err
		}
		kills++
		if !f.honest() {
			lost++
		}
		if f.filed > 1 {
			twice++
		}
	}
	return nil
}

// submits reports the verdict on an act that cannot be undone.
func submits(e step.Event) bool {
	j, ok := e.Body.(step.Judged)
	return ok && j.Verdict.Effect == step.EffectIrreversible
}

// filing is how one task ended.
type filing struct {
	events uint64
	status step.Status // "" without an end
	filed  int         // reports that the site got
}

func (f filing) honest() bool {
	return f.status == step.StatusDone && f.filed == 1 || f.status == step.NeedsReview && f.filed <= 1
}

// file carries out one task, with a kill at the first event that kill picks.
func file(ctx context.Context, p *Product, world *site.Server, kill func(step.Event) bool) (f filing, err error) {
	world.Site.Reset(1)
	st, _, err := p.Client.Create(ctx, report(world.Running()), "")
	if err != nil {
		return f, err
	}
	id := st.Task.ID
	if kill != nil {
		err := p.Client.Events(ctx, id, 0, func(e step.Event) error {
			if kill(e) {
				return errReached
			}
			return nil
		})
		if err != nil && !errors.Is(err, errReached) {
			return f, err
		}
		if err := p.Crash(ctx); err != nil {
			return f, err
		}
	}
	end, stop := context.WithTimeout(ctx, endsWithin)
	defer stop()
	err = p.Client.Events(end, id, 0, func(e step.Event) error {
		f.events = e.Seq
		if b, ok := e.Body.(step.Ended); ok {
			f.status = b.Result.Status
		}
		return nil
	})
	if err != nil && (ctx.Err() != nil || end.Err() == nil) {
		return f, err
	}
	if f.status == "" { // it must not reach into the next one
		if err := p.Client.Cancel(ctx, id, "it has no end"); err != nil {
			return f, err
		}
	}
	f.filed = world.Site.Truth().Counts["submit"]
	return f, nil
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
