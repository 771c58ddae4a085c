package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"chiron/eval"
	"chiron/eval/actor"
	"chiron/step"
)

// stops is how often everything is stopped.
const stops = 20

// stop measures how long one call takes to park everything that runs, at most, as somebody sees it who watches the histories: tasks in the middle
// of a model call, of a long act and of quick ones.
func (o Options) stop(ctx context.Context, s *Sheet, lab *eval.Lab, p *Product, page string) error {
	brains := []actor.Brain{actor.Silent(), actor.Idler(30), actor.Clicker(step.MaxSteps, "Username", "Password"), actor.Clicker(step.MaxSteps, "Password", "Username")}
	ctx, over := context.WithCancel(ctx)
	parked, back := make(chan string, len(brains)), make(chan string, len(brains))
	var following sync.WaitGroup
	defer following.Wait()
	defer over()
	for i, brain := range brains {
		model := fmt.Sprint("stopped-", i)
		lab.Actors.Teach(model, brain)
		defer lab.Actors.Forget(model)
		st, _, err := p.Client.Create(ctx, still(page, model), "")
		if err != nil {
			return err
		}
		defer func() { _ = p.Client.Cancel(context.WithoutCancel(ctx), st.Task.ID, "measured") }()
		following.Go(func() {
			_ = p.Client.Events(ctx, st.Task.ID, 0, func(e step.Event) error { return turned(ctx, e, parked, back) }) // all says who is missing
		})
		if err := looked(ctx, p.Client, st.Task.ID, 2); err != nil {
			return err
		}
	}
	all := func(from <-chan string) error {
		for range brains {
			select {
			case <-from:
			case <-time.After(30 * time.Second):
				return errors.New("not every task was parked, or went on, within 30 s")
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	}
	defer func() { _ = p.Client.Release(context.WithoutCancel(ctx)) }() // after an error, too
	var took []time.Duration
	for range stops {
		if err := pause(ctx, 500*time.Millisecond); err != nil { // they are in the middle of something again
			return err
		}
		began := time.Now()
		if err := p.Client.Stop(ctx, "measured"); err != nil {
			return err
		}
		if err := all(parked); err != nil {
			return err
		}
		took = append(took, time.Since(began))
		if err := p.Client.Release(ctx); err != nil {
			return err
		}
		if err := all(back); err != nil {
			return err
		}
	}
	s.Notes = append(s.Notes, fmt.Sprintf("%d stops of %d tasks, half of them parked within %.0f ms", stops, len(brains), quantile(took, 0.5)))
	s.Set("stop.park_ms", quantile(took, 1))
	return nil
}

// turned tells of a task that a stop has parked, and of one that goes on after the release.
func turned(ctx context.Context, e step.Event, parked, back chan<- string) error {
	took, ok := e.Body.(step.Took)
	if !ok || took.By != "stop" {
		return nil
	}
	tell := parked
	if took.Command.Command == (step.Resume{}) {
		tell = back
	}
	select {
	case tell <- e.Task:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
