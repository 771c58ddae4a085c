package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"chiron/agent"
	"chiron/agent/crew"
	"chiron/browser"
	"chiron/browser/egress"
	"chiron/cmd/brains"
	"chiron/cmd/door"
	"chiron/cmd/exit"
	"chiron/cmd/places"
	"chiron/cmd/secrets"
	"chiron/cmd/settings"
	"chiron/configs"
	"chiron/inference"
	"chiron/inference/bundled"
	"chiron/inference/fleet"
	"chiron/journal"
	"chiron/memory"
	"chiron/mind"
	"chiron/policy"
	"chiron/policy/audit"
	"chiron/server"
	"chiron/server/keys"
	"chiron/step"
	"chiron/vision"
)

// app is the appliance: every room, joined. It is made by newApp, works while run runs, and tests build the same one.
type app struct {
	cfg     settings.Config
	log     *slog.Logger
	self    []string
	version string
	tell    io.Writer // what an operator must see once: the admin key, the address
	ledger  func(policy.Ledger) policy.Ledger
	egress  func(step.Hosts) (egress.Rules, error)

	journal  *journal.Journal
	gate     *policy.Gate
	rules    *policy.Shelf
	audit    *audit.Writer
	redact   *policy.Redactor
	discreet func([]byte) []byte // redact, and personal data as configured
	browser  *browser.Browser
	eyes     *vision.Eyes
	models   *fleet.Fleet
	brains   *brains.Brains
	bundled  bundled.Set // the models where none is configured; none where an external Ollama serves
	memory   *memory.Memory
	runner   *agent.Runner
	server   *server.Server

	own  places.Book
	life context.Context // of run: jobs on models end with it

	up  chan struct{} // closed when the API answers
	key string        // the admin key, when it was made by this start
}

// newApp joins the rooms. Nothing is started; the data directory is made. Its errors carry exit codes.
func newApp(cfg settings.Config, version string, self []string, tell io.Writer) (*app, error) {
	a := &app{cfg: cfg, version: version, self: self, tell: tell, up: make(chan struct{})}
	a.ledger = func(l policy.Ledger) policy.Ledger { return l }
	a.egress = func(h step.Hosts) (egress.Rules, error) { return policy.NewEgress(h, a.places()) }
	if err := makeData(cfg.Data); err != nil {
		return nil, exit.With(exit.Failed, err)
	}
	vault, err := secrets.Load(cfg)
	if err != nil {
		return nil, exit.With(exit.Usage, err)
	}
	if a.redact, err = policy.NewRedactor(vault); err != nil {
		return nil, fmt.Errorf("make the redaction filter: %w", err)
	}
	personal, err := policy.NewPersonal(cfg.Policy.Personal)
	if err != nil {
		return nil, exit.With(exit.Usage, fmt.Errorf("policy.personal: %w", err))
	}
	a.discreet = func(data []byte) []byte { return personal(a.redact.Filter(data)) }
	a.log = newLogger(cfg.Log, tell, a.discreet)
	for _, join := range []func() error{a.joinJournal, func() error { return a.joinGate(vault) }, a.joinInference, a.joinBrowser, a.joinMemory, a.joinAgent, a.joinServer} {
		if err := join(); err != nil {
			return nil, exit.With(exit.Usage, err) // rooms only check their options here
		}
	}
	return a, nil
}

// makeData makes the data directory and shows that it can be written.
func makeData(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data directory %s cannot be made: %w; set --data to a directory that can be written", dir, err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("the data directory %s cannot be written: %w; set --data to another one", dir, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

func (a *app) joinJournal() (err error) {
	o := journal.Options{Dir: a.cfg.Dir("journal"), Logger: a.log, Filter: a.redact.Filter, Discreet: a.discreet}
	if a.cfg.Journal.URL != "" {
		o.Dir, o.URL, o.Credentials = "", a.cfg.Journal.URL, a.cfg.Journal.Credentials
	}
	a.journal, err = journal.New(o)
	return err
}

func (a *app) joinGate(vault policy.Vault) (err error) {
	o := policy.Options{Vault: vault, Protected: a.protected(), QuestionTTL: a.cfg.Agent.Answers, FourEyes: a.cfg.Policy.FourEyes, Logger: a.log, Ledger: a.ledgerOf(),
		Switch: killSwitch{a.journal.Table("switch")}, Bundle: configs.Policy()}
	if a.cfg.Policy.Bundle != "" {
		o.Bundle = os.DirFS(a.cfg.Policy.Bundle)
	}
	if a.gate, err = policy.NewGate(o); err != nil && a.cfg.Policy.Bundle != "" {
		return fmt.Errorf("policy.bundle: %s cannot be used: %w; correct it, or leave it empty for the shipped one", a.cfg.Policy.Bundle, err)
	} else if err != nil {
		return err
	}
	if a.rules, err = policy.NewShelf(policy.ShelfOptions{Gate: a.gate, Base: o.Bundle, Table: a.journal.Table("rules"), Stream: a.journal, Logger: a.log}); err != nil {
		return err
	}
	a.audit, err = audit.New(audit.Options{Dir: a.cfg.Dir("audit"), Source: a.journal, Logger: a.log})
	return err
}

// ledgerOf resolves the ledger at the moment of writing, so that a test can put a harness in between.
func (a *app) ledgerOf() policy.Ledger {
	return ledgerFunc(func(ctx context.Context, task string, n int, v step.Verdict) error {
		return a.ledger(a.journal).Record(ctx, task, n, v)
	})
}

type ledgerFunc func(ctx context.Context, task string, n int, v step.Verdict) error

func (f ledgerFunc) Record(ctx context.Context, task string, n int, v step.Verdict) error {
	return f(ctx, task, n, v)
}

// protected are the product's own places, which no task reaches even if it lists them.
func (a *app) protected() []string {
	return slices.Concat([]string{a.cfg.Listen}, places.Of(strings.Join(a.cfg.Inference.Endpoints(), ",")), places.Of(a.cfg.Journal.URL), places.Qdrant(a.cfg.Memory.Qdrant))
}

func (a *app) joinBrowser() (err error) {
	if a.eyes, err = vision.New(vision.Options{Tesseract: a.cfg.Vision.Tesseract, Languages: a.cfg.Vision.Languages, Logger: a.log}); err != nil {
		return err
	}
	o, err := a.cfg.Browser.Options()
	if err != nil {
		return err
	}
	o.Self, o.Profiles, o.Filter, o.Logger = a.self, a.cfg.Dir("profiles"), a.redact.Filter, a.log
	if len(a.cfg.Policy.Personal) > 0 {
		o.Hide = a.discreet
	}
	o.Rules = func(h step.Hosts) (egress.Rules, error) { return a.egress(h) }
	a.browser, err = browser.New(o)
	return err
}

// places are protected and what is known only at run time, each by its name and by the addresses behind it.
func (a *app) places() []string {
	return a.own.All(slices.Concat(a.protected(), places.Of(a.models.One().Base()), places.Of(a.server.URL())))
}

func (a *app) joinInference() (err error) {
	cfg := a.cfg.Inference
	o := inference.Options{Dir: a.cfg.Dir("models"), Self: a.self, Logger: a.log, Queue: cfg.Queue, Load: cfg.Load, FirstToken: cfg.First, Idle: cfg.Idle, Slots: bundled.Slots(cfg.Slots, a.cfg.Agent.Workers, cfg.Actor),
		Profile: inference.Profile{NumCtx: cfg.Context, NumThread: cfg.Threads}}
	var all []inference.Options
	for _, o.Endpoint = range cfg.Endpoints() {
		all = append(all, o)
	}
	if len(all) == 0 {
		if o.Binary, err = findOllama(cfg.Ollama); err != nil {
			return err
		}
		a.bundled = bundled.Carried()
		o.Profiles = a.bundled.Profiles(cfg.Threads)
		all = append(all, o)
	}
	if a.models, err = fleet.New(all...); err != nil {
		return err
	}
	a.brains = brains.New(brains.Options{Models: a.models, Config: a.cfg.Inference, Bundled: func() bundled.Set { return a.bundled }, Certificates: a.journal.Table("certificates"), Logger: a.log})
	return nil
}

// findOllama looks for the program of the managed Ollama.
func findOllama(name string) (string, error) {
	if name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("inference.ollama: %s is not a program; build it with `make setup`, or set inference.endpoint to a running Ollama", name)
		}
		return filepath.Abs(path)
	}
	if own, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(own), "ollama"); isProgram(beside) {
			return beside, nil
		}
	}
	if path, err := exec.LookPath("ollama"); err == nil {
		return filepath.Abs(path)
	}
	return "", errors.New("there is no ollama beside chiron or on the PATH; build it with `make setup`, or set inference.endpoint to a running Ollama")
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

func (a *app) joinAgent() error {
	brain, err := mind.New(mind.Options{Chat: a.brains.Chat, Profile: a.brains.Profile, Filter: a.discreet, Votes: a.cfg.Inference.Votes, Logger: a.log})
	if err != nil {
		return err
	}
	c := a.cfg.Agent
	a.runner, err = agent.New(agent.Options{Open: a.open, Eyes: a.eyes, Mind: brain, Gate: a.gate, Recorder: a.journal, Mailbox: mailbox{a.journal},
		Memory: brains.Advisor{Memory: a.memory, Brains: a.brains}, Live: a.live, Stopped: a.gate.Stopped, Logger: a.log,
		Limits: step.Limits{Steps: c.Steps, Wall: c.Wall, Model: c.Model, Tokens: c.Tokens, Answers: c.Answers}})
	return err
}

func (a *app) joinServer() (err error) {
	o := server.Options{Tasks: door.Tasks{Journal: a.journal}, Record: a.journal, Frames: a.journal, Keys: a.journal.Table("keys"), Switch: a.gate, Rules: a.rules, Wheel: a.runner, FourEyes: a.cfg.Policy.FourEyes,
		Models: brains.Door{Brains: a.brains, Life: func() context.Context { return a.life }}, Errors: door.Errors(),
		Ready: a.ready, Listen: a.cfg.Listen, Remote: a.cfg.Remote.Allow, TLSElsewhere: a.cfg.Remote.Proxy, Hosts: a.cfg.Remote.Hosts, Base: a.cfg.Remote.Base, Version: a.version, Logger: a.log}
	if a.cfg.Remote.Cert != "" {
		pair, err := tls.LoadX509KeyPair(a.cfg.Remote.Cert, a.cfg.Remote.Key)
		if err != nil {
			return fmt.Errorf("remote.cert, remote.key: %w", err)
		}
		o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	if a.server, err = server.New(o); errors.Is(err, server.ErrExposed) {
		return fmt.Errorf("listen: %w (remote.allow with remote.cert and remote.key, or with remote.proxy)", err)
	}
	return err
}

// run starts the parts in order, serves until ctx ends or a part fails, and stops them in reverse order.
func (a *app) run(ctx context.Context) error {
	a.life = ctx
	defer a.brains.Wait()
	if err := a.server.Bind(); err != nil {
		return err
	}
	p := newParts(a.log)
	err := a.start(ctx, p)
	if err == nil {
		close(a.up)
		select {
		case <-ctx.Done():
			err = nil
		case err = <-p.failed:
		}
	}
	a.log.Info("stopping")
	return errors.Join(err, p.stopAll(crew.ErrShutdown), a.memory.Close(), a.models.Close())
}

// start brings the parts up: what others lean on first.
func (a *app) start(ctx context.Context, p *parts) error {
	p.start("journal", a.journal.Run)
	if err := a.wait(ctx, p, a.journal.Ready(), time.Minute); err != nil {
		return err
	}
	if err := a.firstKey(ctx); err != nil {
		return err
	}
	if err := errors.Join(a.gate.Restore(ctx), a.rules.Restore(ctx)); err != nil {
		return err
	}
	p.start("audit", a.audit.Run)
	if err := a.wait(ctx, p, a.audit.Ready(), 10*time.Minute); err != nil {
		return err
	}
	p.start("inference", a.runModels)
	p.start("vision", a.eyes.Run)
	p.start("browser", a.browser.Run)
	p.start("server", a.server.Run)
	known := make(chan struct{})
	p.start("policy", a.protect(known))
	for _, ready := range []<-chan struct{}{a.browser.Ready(), known} {
		if err := a.wait(ctx, p, ready, time.Minute); err != nil {
			return err
		}
	}
	for _, m := range a.bundled.All() {
		if err := m.Install(ctx, a.models.One()); err != nil {
			a.log.Warn("a bundled model could not be put into Ollama; tasks that rely on it will fail", "model", m.Name, "error", err)
		}
	}
	if wall := a.browser.Isolation(); !wall.Namespace {
		a.log.Warn("Chromium runs without a network namespace; egress rests on its proxy settings alone", "why", wall.Reason)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "chiron"
	}
	boss := &crew.Supervisor{Claim: a.claim, Carry: a.runner.Run, Name: host, Workers: a.cfg.Agent.Workers, Hold: a.gate.Stopped, Logger: a.log}
	p.start("agent", boss.Run)
	return nil
}

// runModels runs the managed Ollama.
func (a *app) runModels(ctx context.Context) error {
	err := a.models.Run(ctx)
	if errors.Is(err, inference.ErrUnreachable) {
		return fmt.Errorf("%w; set inference.ollama to a program that works, or inference.endpoint to a running Ollama", err)
	}
	return err
}

// protect closes the product's own places to every task, once their ports are known, and then closes known.
func (a *app) protect(known chan<- struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		if len(a.cfg.Inference.Endpoints()) == 0 {
			if err := a.models.One().WaitReady(ctx); err != nil {
				return err
			}
		}
		if err := a.gate.Protect(a.places()); err != nil {
			return err
		}
		close(known)
		<-ctx.Done()
		return nil
	}
}

// wait waits for a part to be ready, or for any part to fail.
func (a *app) wait(ctx context.Context, p *parts, ready <-chan struct{}, limit time.Duration) error {
	bound, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-ready:
		return nil
	case err := <-p.failed:
		return err
	case <-bound.Done():
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("the start took longer than %v", limit)
	}
}

// firstKey makes the admin key at the first start and shows it this one time.
func (a *app) firstKey(ctx context.Context) error {
	key, err := keys.First(ctx, a.journal.Table("keys"), time.Now())
	if err != nil {
		return fmt.Errorf("make the admin key: %w", err)
	}
	a.key = key
	if key == "" {
		return nil
	}
	_, err = fmt.Fprintf(a.tell, "\n  The admin key, shown this once; keep it safe:\n\n    %s\n\n", key)
	return err
}
