// Package fleet uses one or several Ollamas as one.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"chiron/inference"
	"chiron/step"
)

// Fleet is one or several Ollamas used as one. A task stays with the endpoint that answered it last, where its prompt's beginning
// is still known, and moves only when that endpoint fails. It is safe for concurrent use.
type Fleet struct {
	log  *slog.Logger
	ends []*endpoint

	mu    sync.Mutex
	homes map[string]home // by task
}

type home struct {
	at   *endpoint
	used time.Time
}

// endpoint is one Ollama with what is known of its health.
type endpoint struct {
	*inference.Client

	mu    sync.Mutex
	down  error // nil while it answers
	since time.Time
}

// Health is how one endpoint does.
type Health struct {
	Endpoint string
	OK       bool
	Why      string    // what failed last; "" while it is well
	Since    time.Time // of this state
	Waiting  int       // calls that are answered or wait there
}

const (
	probePause   = 5 * time.Second  // between two looks at an endpoint
	probeTimeout = 3 * time.Second  // of a look
	homeless     = 30 * time.Minute // after its last call a task has no home any more
	againPause   = 200 * time.Millisecond
)

// New makes one client for each options. Nothing is connected or started.
func New(all ...inference.Options) (*Fleet, error) {
	if len(all) == 0 {
		return nil, errors.New("inference: no endpoint")
	}
	f := &Fleet{log: slog.New(slog.DiscardHandler), homes: map[string]home{}}
	seen := map[string]bool{}
	for _, o := range all {
		if seen[o.Endpoint] {
			return nil, fmt.Errorf("inference: the endpoint %q is there twice", o.Endpoint)
		}
		seen[o.Endpoint] = true
		c, err := inference.New(o)
		if err != nil {
			return nil, err
		}
		if o.Logger != nil {
			f.log = o.Logger.With("room", "inference")
		}
		f.ends = append(f.ends, &endpoint{Client: c, since: time.Now()})
	}
	return f, nil
}

// Run runs the managed Ollama, if there is one, and looks after the health of all endpoints, until ctx ends.
func (f *Fleet) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(f.ends))
	for i, e := range f.ends {
		wg.Go(func() {
			defer cancel()
			errs[i] = e.Run(ctx)
		})
		if len(f.ends) > 1 {
			wg.Go(func() { f.watch(ctx, e) })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// watch looks at one endpoint from time to time.
func (f *Fleet) watch(ctx context.Context, e *endpoint) {
	tick := time.NewTicker(probePause)
	defer tick.Stop()
	for {
		looking, cancel := context.WithTimeoutCause(ctx, probeTimeout, fmt.Errorf("%w (no answer for %v)", inference.ErrSlow, probeTimeout))
		_, err := e.Version(looking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		f.note(e, err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// note keeps what a call says of its endpoint's health. An answer that broke off says nothing of its server.
func (f *Fleet) note(e *endpoint, err error) {
	if err != nil && !errors.Is(err, inference.ErrUnreachable) && !errors.Is(err, inference.ErrSlow) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if (err == nil) != (e.down == nil) {
		e.since = time.Now()
		if err != nil {
			f.log.Warn("an endpoint fails", "endpoint", e.Name(), "error", err)
		} else {
			f.log.Info("an endpoint is well again", "endpoint", e.Name())
		}
	}
	e.down = err
}

func (e *endpoint) well() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.down == nil
}

// Health is how every endpoint does.
func (f *Fleet) Health() []Health {
	var all []Health
	for _, e := range f.ends {
		e.mu.Lock()
		h := Health{Endpoint: e.Name(), OK: e.down == nil, Since: e.since, Waiting: e.Waiting()}
		if e.down != nil {
			h.Why = e.down.Error()
		}
		e.mu.Unlock()
		all = append(all, h)
	}
	return all
}

// Full returns how long new work should wait, when no endpoint takes any more calls.
func (f *Fleet) Full() (after time.Duration, full bool) {
	for _, e := range f.ends {
		wait, is := e.Client.Full()
		if !is {
			return 0, false
		}
		if after == 0 || wait < after {
			after = wait
		}
	}
	return after, true
}

// Queue lists the calls at all endpoints.
func (f *Fleet) Queue() []inference.Waiting {
	var all []inference.Waiting
	for _, e := range f.ends {
		all = append(all, e.Client.Queue()...)
	}
	return all
}

// Ready is nil when an endpoint answers.
func (f *Fleet) Ready(ctx context.Context) error {
	var errs []error
	for _, e := range f.ends {
		_, err := e.Version(ctx)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// One is an endpoint that is well, for questions that any of them answers; the first where none is.
func (f *Fleet) One() *inference.Client {
	for _, e := range f.ends {
		if e.well() {
			return e.Client
		}
	}
	return f.ends[0].Client
}

// Well are the endpoints that are well; all of them where none is.
func (f *Fleet) Well() []*inference.Client {
	var all []*inference.Client
	for _, e := range f.ends {
		if e.well() {
			all = append(all, e.Client)
		}
	}
	if len(all) == 0 {
		return f.Each()
	}
	return all
}

// Changed is when the health of an endpoint last changed.
func (f *Fleet) Changed() time.Time {
	var last time.Time
	for _, e := range f.ends {
		e.mu.Lock()
		if e.since.After(last) {
			last = e.since
		}
		e.mu.Unlock()
	}
	return last
}

// Each are all endpoints.
func (f *Fleet) Each() []*inference.Client {
	var all []*inference.Client
	for _, e := range f.ends {
		all = append(all, e.Client)
	}
	return all
}

// Close gives back idle connections.
func (f *Fleet) Close() error {
	var errs []error
	for _, e := range f.ends {
		errs = append(errs, e.Client.Close())
	}
	return errors.Join(errs...)
}

// Chat is Client.Chat at the task's endpoint. A call that failed for a reason outside the model is made again: at another endpoint
// if there is one, else once more at the same. The usage counts all of them.
func (f *Fleet) Chat(ctx context.Context, r inference.Request) (inference.Reply, error) {
	return f.ChatWhere(ctx, r, nil)
}

// ChatWhere is Chat at endpoints that admit has nothing against alone; it is asked before every call, also before one is made again
// elsewhere. nil has nothing against any.
func (f *Fleet) ChatWhere(ctx context.Context, r inference.Request, admit func(context.Context, *inference.Client) error) (reply inference.Reply, err error) {
	var spent step.Usage
	err = f.each(ctx, r.Task, admit, func(c *inference.Client) (err error) {
		reply, err = c.Chat(ctx, r)
		spent = spent.Add(reply.Usage)
		return err
	})
	reply.Usage = spent
	return reply, err
}

// Embed is Client.Embed, as Chat is Client.Chat.
func (f *Fleet) Embed(ctx context.Context, model, task string, texts []string) (vectors [][]float32, err error) {
	err = f.each(ctx, task, nil, func(c *inference.Client) (err error) {
		vectors, err = c.Embed(ctx, model, task, texts)
		return err
	})
	return vectors, err
}

// each calls do with one endpoint after the other until one answers, or none is left; the only one is called twice. What failed last
// is returned, or that there was no room somewhere: then waiting helps. One that admit has something against is left out; nothing is
// learned about its health.
func (f *Fleet) each(ctx context.Context, task string, admit func(context.Context, *inference.Client) error, do func(*inference.Client) error) error {
	var tried []*endpoint
	var failed error
	again := len(f.ends) == 1
	for e := f.choose(task, nil); e != nil; e = f.choose(task, tried) {
		if admit != nil {
			if err := admit(ctx, e.Client); err != nil {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				tried, failed = append(tried, e), errors.Join(failed, err)
				continue
			}
		}
		err := do(e.Client)
		if err == nil {
			f.note(e, nil)
			f.settle(task, e)
			return nil
		}
		if ctx.Err() != nil || !elsewhere(err) {
			return err
		}
		f.note(e, err)
		if failed == nil || !errors.Is(failed, inference.ErrBusy) {
			failed = err
		}
		if again && soonWell(err) {
			again = false
			if err := pauseFor(ctx, againPause); err != nil {
				return err
			}
			continue
		}
		tried = append(tried, e)
	}
	return failed
}

func pauseFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// elsewhere reports whether another endpoint may do what this one did not.
func elsewhere(err error) bool {
	for _, kind := range []error{inference.ErrUnreachable, inference.ErrBusy, inference.ErrQuietEnd, inference.ErrRunner, inference.ErrProtocol, inference.ErrSlow, inference.ErrNoModel} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// soonWell reports whether the same endpoint may do at once what it did not.
func soonWell(err error) bool {
	return errors.Is(err, inference.ErrUnreachable) || errors.Is(err, inference.ErrQuietEnd) || errors.Is(err, inference.ErrRunner) || errors.Is(err, inference.ErrProtocol)
}

// choose returns the endpoint for a task's next call: its home; where that fails, one that is well and has the shortest line, and of
// those the one with the fewest tasks. One that is not known to be well is chosen only while none is. It is nil when all were tried.
func (f *Fleet) choose(task string, tried []*endpoint) *endpoint {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, h := range f.homes {
		if time.Since(h.used) > homeless {
			delete(f.homes, name)
		}
	}
	if h, ok := f.homes[task]; ok && h.at.well() && !slices.Contains(tried, h.at) {
		return h.at
	}
	guests := map[*endpoint]int{}
	for _, h := range f.homes {
		guests[h.at]++
	}
	var best *endpoint
	least := 0
	some := slices.ContainsFunc(f.ends, (*endpoint).well)
	for _, e := range f.ends {
		if slices.Contains(tried, e) || some && !e.well() {
			continue
		}
		cost := 1000*e.Waiting() + guests[e]
		if best == nil || cost < least {
			best, least = e, cost
		}
	}
	if best != nil && task != "" {
		f.homes[task] = home{best, time.Now()} // others that come now shall see it
	}
	return best
}

// settle makes an endpoint a task's home.
func (f *Fleet) settle(task string, e *endpoint) {
	if task == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.homes[task] = home{e, time.Now()}
}
