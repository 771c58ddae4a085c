package agent

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
	Release(context.Context) error
}

// Supervisor runs claimed tasks, at most Workers at a time.
type Supervisor struct {
	// Claim blocks until there is work.
	Claim   func(context.Context) (Work, error)
	Carry   func(ctx context.Context, s step.State, worker string, attempt int) error
	Name    string
	Workers int
	Logger  *slog.Logger
}

// Run claims and carries out tasks until ctx ends; then it lets running acts come to their end, gives the open tasks back
// and returns.
func (s *Supervisor) Run(ctx context.Context) error {
	if s.Workers < 1 {
		return fmt.Errorf("agent: workers: %d is less than 1", s.Workers)
	}
	var wg sync.WaitGroup
	errs := make([]error, s.Workers)
	for i := range s.Workers {
		wg.Go(func() { errs[i] = s.loop(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Supervisor) loop(ctx context.Context) error {
	for ctx.Err() == nil {
		work, err := s.Claim(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("claim a task: %w", err)
		}
		s.carry(ctx, work)
	}
	return nil
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
		err = work.Release(closing)
	}
	if err != nil {
		log.Warn("close the claim", "error", err)
	}
}
