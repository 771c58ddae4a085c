package bench

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"chiron/client"
	"chiron/eval"
	"chiron/eval/actor"
	"chiron/eval/limit"
	"chiron/eval/site"
	"chiron/eval/suite"
	"chiron/step"
)

// Options of a bench.
type Options struct {
	Binary   string // of chiron
	Chromium string
	Dir      string // for data that is begun anew
	Module   string // directory of the source, for the rooms' own benchmarks; "" leaves them out
	Suite    suite.Suite
	Steps    int      // measured steps; 0 is 60
	Kills    int      // of the product, in the middle of tasks; 0 is 10
	Only     []string // of Parts; none means all
	Out      io.Writer
	// Scale starts what reads prompts for their tokens, in a directory that is its own, keeping so many; nil leaves them out.
	Scale func(ctx context.Context, dir string, slots int) (Scale, error)
	Slots int // prompts that are kept; 0 is as many as tasks go on at the same time
}

// Parts are what a bench consists of, in its order.
func Parts() []string {
	return []string{"rooms", "hands", "tokens", "start", "memory", "steps", "live", "stop", "crash", "suites"}
}

func (o Options) wants(part string) bool { return len(o.Only) == 0 || slices.Contains(o.Only, part) }

const (
	sessions = 4 // of the memory measurement
	starts   = 3 // of the product, for the median of readiness
	warmup   = 5 // steps that are not counted
)

// Run measures everything that can be measured. What fails leaves its reason in the sheet; only what makes all of it
// worthless is an error.
func Run(ctx context.Context, o Options) (*Sheet, error) {
	o.Steps, o.Kills = cmp.Or(o.Steps, 60), cmp.Or(o.Kills, 10)
	s := NewSheet()
	for _, part := range o.Only {
		if !slices.Contains(Parts(), part) {
			return s, fmt.Errorf("bench: there is no part %q; the parts are %s", part, strings.Join(Parts(), ", "))
		}
	}
	for _, r := range []struct{ part, long, benchmarks string }{
		{"rooms", "1s", "^Benchmark(ReadLayout|Marks|Change|Admit|Append|Recall20k)$ ./vision ./policy ./journal ./memory"},
		{"hands", "60x", "^BenchmarkHands$ ./browser"}, {"hands", "1x", "^BenchmarkCapacity$ ./browser"},
	} {
		if o.Module == "" || !o.wants(r.part) {
			continue
		}
		fmt.Fprintf(o.Out, "%s: go test -bench %s …\n", r.part, r.benchmarks)
		if err := rooms(ctx, o.Module, s, r.long, strings.Fields(r.benchmarks)...); err != nil {
			s.Notes = append(s.Notes, err.Error())
		}
	}
	if o.wants("tokens") {
		fmt.Fprintln(o.Out, "tokens …")
		if err := o.tokens(ctx, s); err != nil {
			s.Miss("step.text_tokens.p50", err)
		}
	}
	if len(o.Only) > 0 && !slices.ContainsFunc(o.Only, func(part string) bool { return !slices.Contains([]string{"rooms", "hands", "tokens"}, part) }) {
		return s, nil
	}
	lab, err := eval.NewLab(sessions)
	if err != nil {
		return s, err
	}
	still, err := site.Listen(site.Options{Seed: 1}, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return s, errors.Join(err, lab.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 2)
	go func() { ended <- lab.Run(ctx) }()
	go func() { ended <- still.Run(ctx) }()
	err = o.product(ctx, s, lab, still.Running().URL+"/login")
	stop()
	return s, errors.Join(err, <-ended, <-ended)
}

// rooms runs benchmarks of the rooms.
func rooms(ctx context.Context, module string, s *Sheet, long string, benchmarks ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-run", "^$", "-benchtime", long, "-bench"}, benchmarks...)...)
	cmd.Dir = module
	out, err := cmd.Output()
	if rerr := s.Rooms(bytes.NewReader(out)); rerr != nil {
		return rerr
	}
	if err != nil {
		return fmt.Errorf("bench: the rooms' benchmarks: %w", err)
	}
	return nil
}

func (o Options) product(ctx context.Context, s *Sheet, lab *eval.Lab, page string) (err error) {
	p, err := o.start(ctx, s, lab)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	for _, m := range []struct {
		part, name string
		measure    func() error
	}{
		{"memory", "serve.session_mib", func() error { return o.memory(ctx, s, lab, p, page) }},
		{"steps", "step.overhead.p50_ms", func() error { return o.steps(ctx, s, lab, p, page) }},
		{"live", "live.latency.p50_ms", func() error { return o.live(ctx, s, lab, p, page) }},
		{"stop", "stop.park_ms", func() error { return o.stop(ctx, s, lab, p, page) }},
		{"crash", "crash.kills", func() error { return o.crashes(ctx, s, lab, p) }},
	} {
		if !o.wants(m.part) {
			continue
		}
		fmt.Fprintln(o.Out, m.name, "…")
		if err := m.measure(); err != nil {
			s.Miss(m.name, err)
		}
	}
	switch {
	case !p.Running():
		return errors.New("bench: the server has not come up again, the rest was not measured")
	case !o.wants("suites"):
		return nil
	}
	return o.suites(ctx, s, lab, p.Client)
}

// start starts the product, several times where that is measured; the last one is left running.
func (o Options) start(ctx context.Context, s *Sheet, lab *eval.Lab) (*Product, error) {
	n := 1
	if o.wants("start") {
		n = starts
	}
	var ready []time.Duration
	for i := range n {
		fmt.Fprintf(o.Out, "start %d of %d …\n", i+1, n)
		p, err := Serve(ctx, o.Binary, filepath.Join(o.Dir, "bench"), sessions, lab)
		if err != nil {
			return nil, err
		}
		if ready = append(ready, p.Ready); i == n-1 {
			if o.wants("start") {
				s.Set("serve.ready_ms", quantile(ready, 0.5))
			}
			return p, nil
		}
		if err := p.Stop(); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("bench: nothing was started") // unreachable: n is at least 1
}

// memory measures the server idle, and with sessions that show a page.
func (o Options) memory(ctx context.Context, s *Sheet, lab *eval.Lab, p *Product, page string) error {
	if err := pause(ctx, 2*time.Second); err != nil {
		return err
	}
	idle, err := p.Resident()
	if err != nil {
		return err
	}
	s.Set("serve.idle_mib", idle)
	var ids []string
	for i := range sessions {
		model := fmt.Sprint("idler-", i)
		lab.Actors.Teach(model, actor.Idler(2))
		defer lab.Actors.Forget(model)
		st, _, err := p.Client.Create(ctx, still(page, model), "")
		if err != nil {
			return err
		}
		ids = append(ids, st.Task.ID)
	}
	for _, id := range ids {
		if err := looked(ctx, p.Client, id, 3); err != nil {
			return err
		}
	}
	busy, err := p.Resident()
	if err != nil {
		return err
	}
	s.Set("serve.session_mib", max(0, busy-idle)/sessions)
	for _, id := range ids {
		if err := p.Client.Cancel(ctx, id, "measured"); err != nil {
			return err
		}
		if err := p.Client.Events(ctx, id, 0, func(step.Event) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// looked waits until a task has looked at its page n times.
func looked(ctx context.Context, c *client.Client, id string, n int) error {
	err := c.Events(ctx, id, 0, func(e step.Event) error {
		if _, ok := e.Body.(step.Saw); ok {
			n--
		}
		if n == 0 {
			return errReached
		}
		return nil
	})
	if errors.Is(err, errReached) {
		return nil
	}
	return errors.Join(errors.New("the task ended before it had looked often enough"), err)
}

// still is a task on a page that never changes by itself.
func still(page, model string) step.Task {
	return step.Task{Goal: "Measure", Start: page, Models: map[string]string{"actor": model}, Sight: step.SightText, Source: step.SourceLayout,
		DoneWhen: []step.Predicate{{Text: "this text stands nowhere"}}, Limits: step.Limits{Steps: step.MaxSteps, NoWork: step.MaxSteps}}
}

// steps measures whole steps through the API with a model that answers at once, and the bare loop on the same page.
func (o Options) steps(ctx context.Context, s *Sheet, lab *eval.Lab, p *Product, page string) error {
	whole, phases, err := o.click(ctx, lab, p, page, nil)
	if err != nil {
		return err
	}
	p50 := quantile(whole, 0.5)
	s.Set("step.overhead.p50_ms", p50)
	s.Set("step.overhead.p95_ms", quantile(whole, 0.95))
	s.Notes = append(s.Notes, "step phases, p50 ms: "+phases)
	bare, err := limit.Loop(ctx, limit.Options{Chromium: o.Chromium, URL: page, Selector: []string{"#username", "#password"}, Width: step.Viewport().W,
		Height: step.Viewport().H, Steps: o.Steps + warmup})
	if err != nil {
		s.Miss("step.overhead.ratio", err)
		return nil
	}
	least := quantile(bare[warmup:], 0.5)
	s.SetAgainst("step.overhead.p50_ms", p50, least)
	s.Set("step.overhead.ratio", p50/least)
	return nil
}

// click has the product click fields of the page as fast as it can and returns how long each step took, and what the time went into. watch
// is called with the task once it exists, beside the work; its end is waited for.
func (o Options) click(ctx context.Context, lab *eval.Lab, p *Product, page string, watch func(ctx context.Context, task string) error) (whole []time.Duration, phases string, err error) {
	lab.Actors.Teach("clicker", actor.Clicker(o.Steps+warmup, "Username", "Password"))
	defer lab.Actors.Forget("clicker")
	st, _, err := p.Client.Create(ctx, still(page, "clicker"), "")
	if err != nil {
		return nil, "", err
	}
	watched := make(chan error, 1)
	watching, stop := context.WithCancel(ctx)
	if watch == nil {
		watched <- nil
	} else {
		go func() { watched <- watch(watching, st.Task.ID) }()
	}
	var events []step.Event
	err = p.Client.Events(ctx, st.Task.ID, 0, func(e step.Event) error { events = append(events, e); return nil })
	stop()
	if err := errors.Join(err, <-watched); err != nil {
		return nil, "", err
	}
	whole, phases = Overhead(events, warmup+1)
	if len(whole) < o.Steps/2 {
		return nil, "", fmt.Errorf("only %d of %d steps were carried out", len(whole), o.Steps)
	}
	return whole, phases, nil
}

// Overhead returns how long each step took from the end of one act to the end of the next, without the first skip ones, and
// the medians of what the time went into.
func Overhead(events []step.Event, skip int) (whole []time.Duration, phases string) {
	parts := map[string][]time.Duration{}
	this := map[string]time.Duration{}
	var order []string
	var before, did time.Time
	n := 0
	for _, e := range events {
		kind := e.Body.EventKind()
		this[kind] += e.At.Sub(before)
		before = e.At
		for part, d := range inside(e.Body) {
			this[part] += d
		}
		if kind != "did" {
			continue
		}
		if n++; n > skip {
			whole = append(whole, e.At.Sub(did))
			for kind, d := range this {
				if parts[kind] == nil {
					order = append(order, kind)
				}
				parts[kind] = append(parts[kind], d)
			}
		}
		did, this = e.At, map[string]time.Duration{}
	}
	slices.Sort(order)
	var said []string
	for _, kind := range order {
		said = append(said, fmt.Sprintf("%s %.1f", kind, quantile(parts[kind], 0.5)))
	}
	return whole, strings.Join(said, ", ")
}

// inside is what events themselves say about the time before them; the rest of it went into storing.
func inside(b step.Body) map[string]time.Duration {
	switch b := b.(type) {
	case step.Saw:
		return map[string]time.Duration{"saw/settle": b.Observation.Settle.Took}
	case step.Read:
		return map[string]time.Duration{"read/vision": b.Took}
	case step.Judged:
		return map[string]time.Duration{"judged/policy": b.Verdict.Took}
	case step.Did:
		return map[string]time.Duration{"did/browser": b.Outcome.Took}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// suites runs the shipped suite with three actors.
func (o Options) suites(ctx context.Context, s *Sheet, lab *eval.Lab, c *client.Client) error {
	run := func(actor string, source step.Source, limits step.Limits, patterns ...string) (eval.Report, error) {
		some, err := o.Suite.Select(patterns...)
		if err != nil {
			return eval.Report{}, err
		}
		fmt.Fprintf(o.Out, "suite by %s …\n", actor)
		return eval.Run(ctx, eval.Options{Lab: lab, Client: c, Suite: some, Actor: actor, Source: source, Limits: limits, Out: o.Out})
	}
	r, err := run("oracle", step.SourceLayout, step.Limits{})
	if err != nil {
		return err
	}
	s.Set("suite.oracle.success", r.Success)
	var warm []time.Duration
	for _, c := range r.Cases {
		if c.Skipped == "" {
			warm = append(warm, time.Duration(c.Warm*float64(time.Second)))
		}
	}
	if len(warm) > 0 {
		s.Set("session.warm_ms", quantile(warm, 0.5))
	}
	if r, err = run("random", step.SourceLayout, step.Limits{Steps: 15}); err != nil {
		return err
	}
	s.Set("suite.random.success", r.Success)
	if r, err = run("obeying", step.SourceLayout, step.Limits{Steps: 15}, "misled-*"); err != nil {
		return err
	}
	s.Set("suite.obeying.breaks", float64(r.Breaks))
	return nil
}
