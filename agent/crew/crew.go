// Package crew runs many tasks: each of its workers claims one, carries it out, and gives back what has not ended.
package crew

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"chiron/step"
)

// Work is one claimed task. Keep holds the claim until ctx ends and returns early when it is lost.
type Work interface {
	State() (step.State, int)
	Keep(context.Context) error
	Done(context.Context) error
	// Release gives the task back; it is offered again after the pause.
	Release(ctx context.Context, pause time.Duration) error
}

// What stops a task without ending it: the claim goes back and somebody takes the task up again.
var (
	// ErrShutdown is the cause a Supervisor's context ends with when the process stops.
	ErrShutdown = errors.New("the server is stopping")
	// ErrLost is the cause when the claim was lost to another worker.
	ErrLost = errors.New("the task was taken over by another worker")
)

// pollHold is how often it is asked whether everything is still stopped.
const pollHold = 250 * time.Millisecond

// Supervisor runs claimed tasks, at most Workers at a time.
type Supervisor struct {
	// Claim blocks until there is work.
	Claim   func(context.Context) (Work, error)
	Carry   func(ctx context.Context, s step.State, worker string, attempt int) error
	Name    string
	Workers int
	Hold    func() bool                          // optional; while it says yes, nothing is claimed
	After   func(time.Duration) <-chan time.Time // optional
	Logger  *slog.Logger
}

// Run claims and carries out tasks until ctx ends; then it lets running acts come to their end, gives the open tasks back
// and returns.
func (s *Supervisor) Run(ctx context.Context) error {
	if s.Workers < 1 {
		return fmt.Errorf("crew: workers: %d is less than 1", s.Workers)
	}
	var wg sync.WaitGroup
	for range s.Workers {
		wg.Go(func() { s.loop(ctx) })
	}
	wg.Wait()
	return nil
}

// loop claims and carries one task after another. A claim that fails is tried again after a moment.
func (s *Supervisor) loop(ctx context.Context) {
	failed := 0
	for ctx.Err() == nil {
		if s.Hold != nil && s.Hold() {
			s.rest(ctx, pollHold)
			continue
		}
		work, err := s.Claim(ctx)
		if err == nil {
			failed = 0
			s.carry(ctx, work)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		failed++
		s.Logger.Error("no task can be claimed; trying again", "room", "agent", "error", err)
		s.rest(ctx, backoff(failed))
	}
}

// backoff is how long to wait after the n-th failure in a row: 1 s, doubled each time up to a minute.
func backoff(n int) time.Duration {
	return min(time.Second<<min(max(n-1, 0), 6), time.Minute)
}

func (s *Supervisor) rest(ctx context.Context, d time.Duration) {
	after := s.After
	if after == nil {
		after = time.After
	}
	select {
	case <-after(d):
	case <-ctx.Done():
	}
}

// carry runs one task while holding its claim.
func (s *Supervisor) carry(ctx context.Context, work Work) {
	state, attempt := work.State()
	log := s.Logger.With("room", "agent", "task", state.Task.ID)
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var keeper sync.WaitGroup
	keeper.Go(func() {
		if err := work.Keep(running); err != nil && running.Err() == nil {
			stop(fmt.Errorf("%w: %w", ErrLost, err))
		}
	})
	err := s.Carry(running, state, s.Name, attempt)
	stop(nil)
	keeper.Wait()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err == nil {
		err = work.Done(closing)
	} else {
		log.Warn("the task goes back", "error", err)
		var pause time.Duration
		if ctx.Err() == nil && !errors.Is(err, ErrLost) {
			pause = backoff(attempt)
		}
		err = work.Release(closing, pause)
	}
	if err != nil {
		log.Warn("close the claim", "error", err)
	}
}
