package agent

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"chiron/mind"
	"chiron/policy"
	"chiron/step"
	"chiron/vision"
)

// run is one task in one worker's hands. It is used by one goroutine.
type run struct {
	*Runner
	task   step.Task
	limits step.Limits
	values step.Values
	goal   string
	script []mind.Sentence // of a task with steps
	next   int             // next sentence

	life    context.Context // of the whole run; parts of it end with a stop
	asking  atomic.Bool     // a question is open
	away    bool            // a person is waited for
	screen  Screen
	letters <-chan Letter
	started time.Time

	n        int // number of the step
	obs      step.Observation
	seen     step.Screen
	differ   vision.Differ
	history  []mind.Entry
	messages []string
	acts     []string // executed, in words
	feedback string
	recall   mind.Advice
	recalled map[string][]step.Example // by site
	usage    step.Usage
	readings map[string]step.Value
	files    []step.Download
	egress   *step.Egress
	expect   *string // of the act before this look
	notShown []step.Check

	way      step.Plan
	plans    int  // that were asked for; negative: there is no planner
	lost     bool // it was stuck at the step before
	heard    int  // messages that the newest plan knew
	idle     int  // steps in a row that changed nothing
	noted    int  // those of them that were notes
	denials  int  // in a row
	claims   int  // false claims of success
	unusable int  // model answers in a row that came to nothing
	waits    int  // looks in a row that the next sentence did not fit
	answer   *step.Answer
	asked    *step.Question
	differs  string      // a field took something else than was typed
	kept     []Letter    // answers that came during a pause
	early    *step.Took  // a person wants the mouse before there is a screen
	past     policy.Past // of this session, as the gate keeps it
}

// Run carries a task to its end or to the end of ctx. The state is the fold of the task's history so far; attempt
// counts from 1. It returns nil when the task has ended and its end is recorded; otherwise the task is still open.
func (r *Runner) Run(ctx context.Context, state step.State, worker string, attempt int) error {
	t := &run{Runner: r, task: state.Task, started: r.o.Clock(), n: state.Step, usage: state.Usage,
		recalled: map[string][]step.Example{}, readings: map[string]step.Value{}}
	t.limits = t.task.Limits.Or(r.o.Limits)
	t.limits.Steps, t.usage.Steps = t.limits.Steps+state.People, t.usage.Steps-state.People
	t.values, t.goal = step.NewValues(t.task)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	letters, err := r.o.Mailbox.Orders(ctx, t.task.ID)
	if err != nil {
		return fmt.Errorf("open the mailbox: %w", err)
	}
	t.life, t.letters = ctx, letters
	if err := t.record(ctx, step.Leased{Worker: worker, Attempt: attempt}); err != nil {
		return err
	}
	err = t.work(ctx, state)
	var ended *verdictOf
	switch {
	case err == nil:
		return errors.New("agent: the work stopped without an end")
	case errors.As(err, &ended):
		return t.finish(ctx, ended.result)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errRecord):
		return err
	}
	return t.finish(ctx, step.Result{Status: step.Failed, Reason: err.Error()})
}

// work opens a session, begins at the start page and takes steps until something ends it.
func (t *run) work(ctx context.Context, state step.State) error {
	script, err := mind.ParseSteps(t.task.Steps)
	if err != nil {
		return end(step.Failed, "%v", err)
	}
	t.script = script
	if err := t.unlessHalted(ctx, t.obey); err != nil {
		return err
	}
	if err := t.recover(ctx, state); err != nil {
		return err
	}
	task := t.task
	task.Limits = t.limits
	screen, err := t.o.Open(ctx, task)
	if err != nil {
		return fmt.Errorf("open a browser session: %w", err)
	}
	t.screen = screen
	defer func() {
		if r, ok := screen.(interface{ Report() step.Egress }); ok {
			e := r.Report()
			t.egress = &e
		}
		if err := screen.Close(); err != nil {
			t.log.Warn("close the session", "task", t.task.ID, "error", err)
		}
	}()
	if t.o.Live != nil {
		live, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); t.o.Live(live, t.task.ID, screen) }()
		defer func() { stop(); <-done }()
	}
	if err := t.unlessHalted(ctx, t.begin); err != nil {
		return err
	}
	for {
		if err := t.unlessHalted(ctx, t.step); err != nil {
			return err
		}
	}
}

// begin opens the start page: a navigation like any other, judged and recorded.
func (t *run) begin(ctx context.Context) error {
	t.n++
	for range maxDenials {
		if err := t.obey(ctx); err != nil {
			return err
		}
		if err := t.look(ctx); err != nil {
			return err
		}
		out, err := t.act(ctx, step.Proposal{Action: step.Act{Action: step.Navigate{URL: t.task.Start}}, By: "start", Note: "open the start page"})
		switch {
		case err != nil:
			return err
		case out == nil && t.denials > 0:
			return end(step.Denied, "opening the start page was refused")
		case out == nil: // the screen changed behind a question, or a person said something else
			continue
		case out.Status != step.Executed:
			return end(step.Failed, "the start page could not be opened: %s", out.Reason)
		}
		return nil
	}
	return end(step.Stuck, "the start page was not opened after %d tries", maxDenials)
}

// step is one step: look, propose, act.
func (t *run) step(ctx context.Context) error {
	t.n++
	for _, part := range []func(context.Context) error{t.spend, t.obey, t.look, t.check} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	if len(t.script) > 0 {
		return t.follow(ctx)
	}
	return t.think(ctx)
}

// look observes, makes candidates, and stores meanwhile what was seen.
func (t *run) look(ctx context.Context) error {
	obs, err := t.screen.Observe(ctx)
	if err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	t.obs = obs
	t.files = append(t.files, obs.Downloads...)
	kept := make(chan error, 1)
	go func() { kept <- t.keep(ctx, obs) }()
	begun := t.o.Clock()
	err = t.read(ctx, obs)
	took := t.o.Clock().Sub(begun)
	if err := errors.Join(<-kept, err); err != nil {
		return err
	}
	return t.record(ctx, step.Read{Screen: t.seen, Took: took})
}

// keep stores what was seen: the picture, then the event that names it.
func (t *run) keep(ctx context.Context, obs step.Observation) error {
	if len(obs.Frame.Data) > 0 {
		if _, err := t.o.Recorder.PutPicture(ctx, obs.Frame.Data, obs.Frame.MIME); err != nil {
			return fmt.Errorf("%w: keep the picture: %w", errRecord, err)
		}
	}
	return t.record(ctx, step.Saw{Observation: obs})
}

// read makes candidates of what was seen and finds what changed.
func (t *run) read(ctx context.Context, obs step.Observation) (err error) {
	before := t.seen.Dialog
	if t.seen, err = t.o.Eyes.Read(ctx, obs, t.task.Source); err != nil {
		return fmt.Errorf("read the screen: %w", err)
	}
	if len(obs.Frame.Data) > 0 {
		if t.seen.Change, err = t.differ.Next(obs.Frame); err != nil {
			return fmt.Errorf("compare the frames: %w", err)
		}
	}
	if now := t.seen.Dialog; (now == nil) != (before == nil) || now != nil && *now != *before { // no picture shows it
		t.seen.Change.Share = 1
	}
	if t.task.Sight == step.SightText { // nobody looks at the picture any more, and the model may think for long
		t.obs.Frame.Pixels = nil
	}
	return nil
}

// check compares the look with what the last act led to expect.
func (t *run) check(ctx context.Context) error {
	if t.expect == nil {
		return nil
	}
	c := step.Checked{Expect: *t.expect, Change: t.seen.Change.Share}
	if c.Expect != "" {
		if _, ok := mind.Shows(t.seen, c.Expect); ok {
			c.Met = &ok
		}
	}
	t.expect = nil
	switch {
	case c.Change > 0 || t.seen.Change.First:
		t.idle, t.noted = 0, 0
	case len(t.script) == 0: // a script knows what it does; an actor may be going in circles
		t.idle++
	}
	if len(t.history) > 0 && t.idle > 0 {
		t.history[len(t.history)-1].Outcome += ", nothing changed on the screen"
	}
	return t.record(ctx, c)
}

var errRecord = errors.New("the history cannot be written")

// record appends to the history. It works through a shutdown: what happened is written down.
func (t *run) record(ctx context.Context, body step.Body) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if _, err := t.o.Recorder.Append(ctx, t.task.ID, t.n, body); err != nil {
		return fmt.Errorf("%w: %s: %w", errRecord, body.EventKind(), err)
	}
	return nil
}

// finish closes the history.
func (t *run) finish(ctx context.Context, r step.Result) error {
	r.Usage = t.usage
	r.Usage.Steps, r.Usage.Wall = t.n, t.o.Clock().Sub(t.started) // the model calls' own time lies within it
	if r.Values == nil && len(t.readings) > 0 {
		r.Values = t.readings
	}
	if r.Checks == nil {
		r.Checks = t.notShown
	}
	r.Files = t.files
	t.log.Info("ended", "task", t.task.ID, "step", t.n, "status", string(r.Status), "reason", r.Reason)
	return t.record(ctx, step.Ended{Result: r, Egress: t.egress})
}
