package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// parts are the running things of the appliance in the order they were started. They are stopped in the reverse order,
// each after those that lean on it, and all errors are collected.
type parts struct {
	log    *slog.Logger
	mu     sync.Mutex
	list   []*part
	failed chan error // the first part that ended by itself
}

type part struct {
	name string
	stop context.CancelCauseFunc
	done chan struct{}
	err  error
}

func newParts(log *slog.Logger) *parts { return &parts{log: log, failed: make(chan error, 1)} }

// start runs a part in a goroutine that stopAll waits for.
func (p *parts) start(name string, run func(context.Context) error) {
	ctx, stop := context.WithCancelCause(context.Background())
	one := &part{name: name, stop: stop, done: make(chan struct{})}
	p.mu.Lock()
	p.list = append(p.list, one)
	p.mu.Unlock()
	go func() {
		defer close(one.done)
		one.err = run(ctx)
		if ctx.Err() == nil {
			err := one.err
			if err == nil {
				err = fmt.Errorf("%s ended by itself", name)
			}
			select {
			case p.failed <- err:
				one.err = nil // told once
			default:
			}
		}
	}()
}

// stopAll stops everything in reverse order with a cause and returns what went wrong on the way down.
func (p *parts) stopAll(cause error) error {
	p.mu.Lock()
	list := p.list
	p.list = nil
	p.mu.Unlock()
	var errs []error
	for i := len(list) - 1; i >= 0; i-- {
		one := list[i]
		one.stop(cause)
		<-one.done
		if one.err != nil && !errors.Is(one.err, context.Canceled) && !errors.Is(one.err, cause) {
			errs = append(errs, fmt.Errorf("stop %s: %w", one.name, one.err))
		}
		p.log.Debug("stopped", "part", one.name)
	}
	return errors.Join(errs...)
}
