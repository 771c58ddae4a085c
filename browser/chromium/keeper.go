package chromium

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	startTimeout = 30 * time.Second
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 30 * time.Second
	calmAfter    = time.Minute // a Chromium that lived this long, or carried calmSessions, starts the backoff anew
	calmSessions = 3
)

// Limits bound what one Chromium is used for. One that has reached a limit gets no new sessions, another is started for
// these, and it ends when its last session has closed. Zero is no limit.
type Limits struct {
	Age      time.Duration
	Sessions int
	Memory   int64         // bytes of all its processes
	Check    time.Duration // how often age and memory are looked at; 0 = 30 s
}

// KeeperOptions say what a Keeper keeps. Start.Isolate follows from Namespace.
type KeeperOptions struct {
	Start     Options
	Namespace string // one of the choices
	Limits    Limits

	// Beside runs beside each process until its context ends, with the process's retirement or end; nil = nothing does.
	Beside func(context.Context, *Process)
	// Close ends what uses the processes before they are stopped, when Run's context has ended; nil = nothing does.
	Close func() error
	// Closed is what Process returns once Run has ended without an error.
	Closed error
}

// Keeper keeps one Chromium running. Its methods are safe for concurrent use.
type Keeper struct {
	opts  KeeperOptions
	log   *slog.Logger
	ready chan struct{}

	mu        sync.Mutex
	isolation Isolation
	current   *Process // nil while there is none
	changed   chan struct{}
	ended     error // set when Run returns
}

// NewKeeper returns a keeper that has started nothing.
func NewKeeper(o KeeperOptions) *Keeper {
	if o.Limits.Check <= 0 {
		o.Limits.Check = 30 * time.Second
	}
	log := o.Start.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{opts: o, log: log, ready: make(chan struct{}), changed: make(chan struct{})}
}

// Run keeps a Chromium running until ctx ends, launching again with growing pauses when it crashes. It returns an error
// when the first launch fails, and nil after ctx has ended, with nothing left behind.
func (k *Keeper) Run(ctx context.Context) error {
	err := k.run(ctx)
	k.mu.Lock()
	k.ended = k.opts.Closed
	if err != nil {
		k.ended = err
	}
	close(k.changed)
	k.changed = make(chan struct{})
	k.mu.Unlock()
	return err
}

func (k *Keeper) run(ctx context.Context) (err error) {
	if n, err := Sweep(k.opts.Start.Dir); err != nil {
		return err
	} else if n > 0 {
		k.log.Info("removed profile directories of an earlier run", "count", n)
	}
	if err := k.probe(ctx); err != nil {
		return err
	}
	var (
		leaving sync.WaitGroup
		closed  = make(chan struct{}) // what used the processes has ended
		mu      sync.Mutex
	)
	defer func() {
		if k.opts.Close != nil && ctx.Err() != nil {
			mu.Lock()
			err = errors.Join(err, k.opts.Close())
			mu.Unlock()
		}
		close(closed)
		leaving.Wait()
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("close: %w", err)
		}
	}()
	leave := func(p *Process) {
		leaving.Go(func() {
			select {
			case <-p.Idle():
			case <-p.Gone():
			case <-closed:
			}
			if e := p.Stop(); e != nil {
				mu.Lock()
				err = errors.Join(err, e)
				mu.Unlock()
			}
		})
	}
	return k.loop(ctx, leave)
}

// loop starts one process after the other, and hands each that is used no more to leave.
func (k *Keeper) loop(ctx context.Context, leave func(*Process)) error {
	pause := firstBackoff
	for first := true; ; first = false {
		start, cancel := context.WithTimeout(ctx, startTimeout)
		o := k.opts.Start
		o.Isolate = k.Isolation().Namespace
		p, err := Start(start, o)
		cancel()
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil:
			k.log.Error("Chromium could not be launched again", "err", err, "pause", pause)
		default:
			begun := time.Now()
			why := k.use(ctx, p)
			leave(p)
			switch {
			case ctx.Err() != nil:
				return nil
			case why != "":
				k.log.Info("Chromium is replaced by a fresh one", "reason", why)
				pause = firstBackoff
				continue
			case time.Since(begun) > calmAfter || p.Sessions() >= calmSessions:
				pause = firstBackoff
			}
			k.log.Warn("Chromium has ended; launching again", "pause", pause, "output", p.Output())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, lastBackoff)
	}
}

// probe finds out whether namespaces can be had.
func (k *Keeper) probe(ctx context.Context) error {
	found, err := Probe(ctx, k.opts.Start.Self, k.opts.Namespace)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.isolation = found; !found.Namespace {
		k.log.Warn("Chromium runs without a network namespace: proxy flags and held requests alone hold it", "reason", found.Reason)
	}
	return nil
}

// use offers p until it ends, ctx does, or it reaches a limit, which it names.
func (k *Keeper) use(ctx context.Context, p *Process) (limit string) {
	k.set(p)
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	if k.opts.Beside != nil {
		beside.Go(func() { k.opts.Beside(ctx, p) })
	}
	limit = k.watch(ctx, p)
	k.set(nil)
	p.retire()
	cancel()
	beside.Wait()
	return limit
}

func (k *Keeper) watch(ctx context.Context, p *Process) (limit string) {
	l := k.opts.Limits
	tick := time.NewTicker(l.Check)
	defer tick.Stop()
	begun := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-p.Gone():
			return ""
		case <-p.used:
			if l.Sessions > 0 && p.Sessions() >= l.Sessions {
				return fmt.Sprintf("it has carried %d sessions", l.Sessions)
			}
		case <-tick.C:
			if l.Age > 0 && time.Since(begun) >= l.Age {
				return "it has run for " + l.Age.String()
			}
			if l.Memory > 0 {
				if n := p.Memory(); n >= l.Memory {
					return fmt.Sprintf("it uses %d MiB", n>>20)
				}
			}
		}
	}
}

func (k *Keeper) set(p *Process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.current = p
	close(k.changed)
	k.changed = make(chan struct{})
	if p != nil {
		select {
		case <-k.ready:
		default:
			close(k.ready)
		}
	}
}

// Ready is closed when the first Chromium answers.
func (k *Keeper) Ready() <-chan struct{} { return k.ready }

// Isolation says what walls Chromium in. It is known once Ready is closed.
func (k *Keeper) Isolation() Isolation {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.isolation
}

// Current is the running Chromium, nil while there is none.
func (k *Keeper) Current() *Process {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current
}

// Process waits for a running Chromium.
func (k *Keeper) Process(ctx context.Context) (*Process, error) {
	for {
		k.mu.Lock()
		p, changed, ended := k.current, k.changed, k.ended
		k.mu.Unlock()
		switch {
		case ended != nil:
			return nil, ended
		case p != nil && !p.Dead():
			return p, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
