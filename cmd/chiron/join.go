package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"chiron/agent"
	"chiron/agent/crew"
	"chiron/browser"
	"chiron/cmd/door"
	"chiron/cmd/settings"
	"chiron/journal"
	"chiron/memory"
	"chiron/server"
	"chiron/step"
)

// open opens a browser session for a task.
func (a *app) open(ctx context.Context, t step.Task) (agent.Screen, error) {
	if err := a.gate.Protect(a.places()); err != nil { // a managed Ollama that was started again has another port
		return nil, err
	}
	files, err := door.Tasks{Journal: a.journal}.Files(ctx, t)
	if err != nil {
		return nil, err
	}
	s, err := a.browser.Open(ctx, browser.SessionOptions{Task: t.ID, Profile: t.Profile, Hosts: t.Hosts, Locale: t.Locale, TimeZone: t.TimeZone, Files: files, MaxBytes: t.Limits.Bytes})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// live sends frames to whoever watches, and costs nothing while nobody does.
func (a *app) live(ctx context.Context, task string, screen agent.Screen) {
	caster, ok := screen.(interface {
		Screencast(context.Context, func(step.Frame)) error
	})
	if !ok {
		return
	}
	var cast sync.WaitGroup
	stop := func() {}
	defer func() { stop(); cast.Wait(); a.brains.Watched(task, false) }()
	casting := false
	for viewers := a.journal.Viewers(task); ; {
		select {
		case <-ctx.Done():
			return
		case n, open := <-viewers:
			if !open {
				return
			}
			a.brains.Watched(task, n > 0)
			switch {
			case n > 0 && !casting:
				c, cancel := context.WithCancel(ctx)
				stop, casting = cancel, true
				cast.Go(func() {
					if err := caster.Screencast(c, func(f step.Frame) { a.journal.PublishFrame(task, f) }); err != nil && c.Err() == nil {
						a.log.Warn("the live picture stopped", "task", task, "error", err)
					}
				})
			case n == 0 && casting:
				stop()
				cast.Wait()
				casting = false
			}
		}
	}
}

// lease is a journal's lease as the supervisor holds it.
type lease struct{ *journal.Lease }

func (l lease) State() (step.State, int) { return l.Lease.State, l.Attempt }

func (l lease) Release(ctx context.Context, pause time.Duration) error {
	return l.ReleaseAfter(ctx, pause)
}

func (a *app) claim(ctx context.Context) (crew.Work, error) {
	l, err := a.journal.Claim(ctx)
	if err != nil {
		return nil, err
	}
	return lease{l}, nil
}

// mailbox gives a runner what people told its task.
type mailbox struct{ j *journal.Journal }

func (m mailbox) Orders(ctx context.Context, task string) (<-chan agent.Letter, error) {
	in, err := m.j.Commands(ctx, task)
	if err != nil {
		return nil, err
	}
	out := make(chan agent.Letter)
	go func() {
		defer close(out)
		for c := range in {
			select {
			case out <- agent.Letter{Order: c.Order, By: c.By, Ack: c.Ack}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

func (a *app) joinMemory() (err error) {
	o := memory.Options{Path: a.cfg.Dir("memory.db"), Logger: a.log}
	if a.cfg.Memory.Qdrant != "" {
		o.Path, o.Qdrant = "", memory.Qdrant{Address: a.cfg.Memory.Qdrant, APIKey: a.cfg.Memory.APIKey, TLS: a.cfg.Memory.TLS}
	}
	if model := a.cfg.Inference.Embedder; model != "" {
		o.Embedder = model
		o.Embed = func(ctx context.Context, texts []string) ([][]float32, error) {
			return a.models.Embed(ctx, model, "", texts)
		}
	}
	a.memory, err = memory.New(o)
	return err
}

// ready says of every part whether it works.
func (a *app) ready(ctx context.Context) []server.Part {
	part := func(name string, err error) server.Part {
		if err != nil {
			return server.Part{Name: name, Why: err.Error()}
		}
		return server.Part{Name: name, Ready: true}
	}
	closed := func(c <-chan struct{}) error {
		select {
		case <-c:
			return nil
		default:
			return errors.New("still starting")
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	err := a.models.Ready(ctx)
	parts := []server.Part{part("journal", closed(a.journal.Ready())), part("browser", closed(a.browser.Ready())), part("inference", err)}
	policy := server.Part{Name: "policy", Ready: true} // a stopped product must stay reachable, or nobody could release it
	if a.gate.Stopped() {
		policy.Why = "everything is stopped; release it to go on"
	}
	return append(parts, policy)
}

// killSwitch keeps the position of the kill switch in the journal's table.
type killSwitch struct{ table *journal.Table }

func (k killSwitch) Load(ctx context.Context) (bool, error) {
	kept, err := k.table.Get(ctx, "all")
	if errors.Is(err, journal.ErrNotFound) {
		return false, nil
	}
	return string(kept) != "released", err
}

func (k killSwitch) Save(ctx context.Context, stopped bool) error {
	return k.table.Put(ctx, "all", []byte(map[bool]string{true: "stopped", false: "released"}[stopped]))
}

// newLogger writes to out through the redaction filter.
func newLogger(c settings.LogConfig, out io.Writer, filter func([]byte) []byte) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	w := writerFunc(func(p []byte) (int, error) {
		if _, err := out.Write(filter(p)); err != nil {
			return 0, err
		}
		return len(p), nil
	})
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
