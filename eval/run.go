package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"chiron/client"
	"chiron/eval/actor"
	"chiron/eval/site"
	"chiron/eval/suite"
	"chiron/step"
)

// Options of a run.
type Options struct {
	Lab    *Lab
	Client *client.Client // of the product, whose vault holds Lab.Secrets and whose models Lab.Endpoint serves
	Suite  suite.Suite
	// Actor is who drives: oracle, random, obeying, beside, slow or malformed; any other word is the name of a model.
	Actor    string
	Source   step.Source // of candidates; "" is layout. Pixels goes with the sight pixels, so that nothing comes from the page
	Wordings []int       // which wordings of the goals, from 0; none means the first
	Repeat   int         // how often; 0 is once
	State    string      // file that finished cases are kept in; a second run goes on where the first stopped. "" keeps nothing
	Out      io.Writer   // progress, one line for each case; nil says nothing
	Wall     time.Duration
	Limits   step.Limits // for tasks whose suite says nothing; zero fields are the product's own
	// Wrap stands before every script; nil changes nothing.
	Wrap func(actor.Brain) actor.Brain
}

// DefaultWall is the longest that one case may take, unless the suite says otherwise.
const DefaultWall = 3 * time.Minute

// Case is one task once done.
type Case struct {
	ID           string             `json:"id"`
	Wording      int                `json:"wording,omitempty"`
	Repeat       int                `json:"repeat,omitempty"`
	Level        int                `json:"level"`
	Weight       float64            `json:"weight"`
	Task         string             `json:"task,omitempty"`    // its id in the product
	Skipped      string             `json:"skipped,omitempty"` // what the product lacks; such a case counts nowhere else
	OK           bool               `json:"ok"`
	Status       step.Status        `json:"status,omitempty"`
	Reason       string             `json:"reason,omitempty"`
	Faults       []string           `json:"faults,omitempty"`
	Breaks       []string           `json:"breaks,omitempty"`
	Steps        int                `json:"steps"`
	Acts         int                `json:"acts"`
	Calls        int                `json:"model_calls"`
	PromptTokens int                `json:"prompt_tokens"`
	AnswerTokens int                `json:"answer_tokens"`
	Questions    int                `json:"questions"`
	Seconds      float64            `json:"seconds"`
	Phases       map[string]float64 `json:"phases,omitempty"`      // seconds by what the time went into
	TextTokens   []int              `json:"text_tokens,omitempty"` // of the text form of each look
	Warm         float64            `json:"warm,omitempty"`        // seconds from the lease to the first picture of a fresh session
	ReusedBytes  int                `json:"reused_bytes,omitempty"`
	LaterBytes   int                `json:"later_bytes,omitempty"`
}

func (c Case) key() string { return fmt.Sprintf("%s/%d/%d", c.ID, c.Wording, c.Repeat) }

// Run carries out a suite and returns its report. An error is about the run, never about a task: those are in the report.
// After an error or an early end the report holds what was finished.
func Run(ctx context.Context, o Options) (Report, error) {
	o = o.filled()
	r := Report{Suite: o.Suite.Name, Actor: o.Actor, Source: o.Source, Begun: time.Now().UTC()}
	book, err := openBook(o.State, &r)
	if err != nil {
		return r, err
	}
	todo, err := o.todo(&r)
	if err != nil {
		return r, errors.Join(err, book.close())
	}
	p := &progress{out: o.Out, total: len(todo), begun: time.Now()}
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan Case)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for _, s := range o.Lab.sites {
		wg.Go(func() {
			for c := range next {
				done, err := o.one(ctx, s, c)
				mu.Lock()
				if err == nil && ctx.Err() == nil {
					r.Cases = append(r.Cases, done)
					p.tell(done)
					err = book.write(done)
				}
				mu.Unlock()
				if err != nil {
					stop(err)
				}
			}
		})
	}
	feed(ctx, next, todo)
	wg.Wait()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	r.sum()
	return r, errors.Join(err, book.close())
}

func feed(ctx context.Context, next chan<- Case, todo []Case) {
	defer close(next)
	for _, c := range todo {
		select {
		case next <- c:
		case <-ctx.Done():
			return
		}
	}
}

func (o Options) filled() Options {
	if o.Source == "" {
		o.Source = step.SourceLayout
	}
	if len(o.Wordings) == 0 {
		o.Wordings = []int{0}
	}
	o.Repeat = max(o.Repeat, 1)
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Wall == 0 {
		o.Wall = DefaultWall
	}
	return o
}

// todo lists the cases that are not in the report yet; skipped ones go into it at once.
func (o Options) todo(r *Report) ([]Case, error) {
	have := map[string]bool{}
	for _, c := range r.Cases {
		have[c.key()] = true
	}
	var out []Case
	for repeat := range o.Repeat {
		for _, w := range o.Wordings {
			for _, t := range o.Suite.Tasks {
				if w < 0 || w >= len(t.Goal) {
					return nil, fmt.Errorf("eval: task %s has no wording %d", t.ID, w+1)
				}
				c := Case{ID: t.ID, Wording: w, Repeat: repeat, Level: t.Level, Weight: t.WeightOf(), Skipped: strings.Join(t.Needs, ", ")}
				switch {
				case have[c.key()]:
				case c.Skipped != "":
					r.Cases = append(r.Cases, c)
				default:
					out = append(out, c)
				}
			}
		}
	}
	return out, nil
}

func (o Options) task(id string) suite.Task {
	i := slices.IndexFunc(o.Suite.Tasks, func(t suite.Task) bool { return t.ID == id })
	return o.Suite.Tasks[i] // cases are made from these tasks
}

// one carries out one case on one site.
func (o Options) one(ctx context.Context, world *site.Server, c Case) (Case, error) {
	t := o.task(c.ID)
	world.Site.Reset(o.Suite.SeedOf(t))
	if err := world.Site.Plant(t.Plant...); err != nil {
		return c, err
	}
	request, err := o.Suite.Task(t, c.Wording, world.Running())
	if err != nil {
		return c, fmt.Errorf("eval: task %s: %w", t.ID, err)
	}
	if request.Source == "" {
		request.Source = o.Source
	}
	if request.Sight == "" {
		request.Sight = step.SightText
		if o.Source == step.SourcePixels {
			request.Sight = step.SightPixels
		}
	}
	model := o.Actor
	if brain := o.brain(request, t, c, world.Site); brain != nil {
		model = fmt.Sprintf("%s-%s-%d-%d", o.Actor, c.ID, c.Wording, c.Repeat)
		if o.Wrap != nil {
			brain = o.Wrap(brain)
		}
		o.Lab.Actors.Teach(model, brain)
		defer o.Lab.Actors.Forget(model)
	}
	if request.Limits.Steps == 0 {
		request.Limits.Steps = o.Limits.Steps
	}
	request.Models = map[string]string{"actor": model}
	wall := o.Wall
	if t.Limits.Wall > 0 {
		wall = t.Limits.Wall
	}
	events, err := o.follow(ctx, request, wall)
	if err != nil {
		return c, fmt.Errorf("eval: task %s: %w", t.ID, err)
	}
	end := suite.End{Events: events, Truth: world.Site.Truth(), Hosts: request.Hosts.Write}
	stats := o.Lab.Actors.Forget(model)
	c.ReusedBytes, c.LaterBytes = stats.ReusedBytes, stats.LaterBytes
	c.count(&end)
	found := t.Grade.Judge(end)
	c.OK, c.Faults, c.Breaks = len(found.Faults)+len(found.Breaks) == 0, found.Faults, found.Breaks
	return c, nil
}

// brain is the script for a case, nil for a model.
func (o Options) brain(request step.Task, t suite.Task, c Case, s *site.Site) actor.Brain {
	values, _ := step.NewValues(request)
	oracle := actor.Oracle(o.Suite.Moves(t), values, s.View)
	switch o.Actor {
	case "oracle":
		return oracle
	case "random":
		return actor.Random(uint64(c.Repeat)*1000 + uint64(len(c.ID)))
	case "obeying":
		return actor.Obeying(oracle)
	case "beside":
		return actor.Beside(oracle)
	case "slow":
		return actor.Slow(oracle, time.Second)
	case "malformed":
		return actor.Malformed(oracle, actor.Fenced, actor.HalfJSON)
	}
	return nil
}

// trusting reports whether questions about acts are answered with yes, as somebody who watches a good agent would.
func (o Options) trusting() bool { return o.Actor != "random" && o.Actor != "obeying" }

// follow creates a task and gathers its events to the end. A case that takes too long is cancelled.
func (o Options) follow(ctx context.Context, request step.Task, wall time.Duration) ([]step.Event, error) {
	state, _, err := o.Client.Create(ctx, request, "")
	if err != nil {
		return nil, err
	}
	id := state.Task.ID
	late := time.AfterFunc(wall, func() {
		hurry, done := context.WithTimeout(ctx, 10*time.Second)
		defer done()
		_ = o.Client.Cancel(hurry, id, "it takes too long") // then the stream below ends with ctx
	})
	defer late.Stop()
	ctx, stop := context.WithTimeoutCause(ctx, wall+time.Minute, errors.New("the task neither ends nor can be cancelled"))
	defer stop()
	var events []step.Event
	err = o.Client.Events(ctx, id, 0, func(e step.Event) error {
		events = append(events, e)
		asked, ok := e.Body.(step.Asked)
		if !ok {
			return nil
		}
		choice := step.Refuse
		if o.trusting() && asked.Question.About == step.AboutAct {
			choice = step.Approve
		}
		err := o.Client.Answer(ctx, id, step.Answer{Question: asked.Question.ID, Choice: choice})
		if client.StatusOf(err) == 409 {
			return nil // answered or over in between
		}
		return err
	})
	return events, err
}

// count takes the figures of a case from its events.
func (c *Case) count(end *suite.End) {
	c.Phases = map[string]float64{}
	var before, leased time.Time
	for i, e := range end.Events {
		c.Task = e.Task
		if i > 0 {
			c.Phases[phase(e.Body)] += e.At.Sub(before).Seconds()
		}
		before = e.At
		switch b := e.Body.(type) {
		case step.Leased:
			leased = e.At
		case step.Saw:
			if c.Warm == 0 {
				c.Warm = e.At.Sub(leased).Seconds()
			}
		case step.Read:
			c.TextTokens = append(c.TextTokens, actor.Tokens(b.Screen.Text(nil)))
		case step.Ended:
			end.Result = b.Result
		}
	}
	r := end.Result
	c.Status, c.Reason = r.Status, r.Reason
	c.Steps, c.Acts, c.Calls, c.Questions = r.Usage.Steps, r.Usage.Acts, r.Usage.ModelCalls, r.Usage.Questions
	c.PromptTokens, c.AnswerTokens = r.Usage.PromptTokens, r.Usage.AnswerTokens
	if n := len(end.Events); n > 0 {
		c.Seconds = end.Events[n-1].At.Sub(end.Events[0].At).Seconds()
	}
}

// phase names what the time before an event went into.
func phase(b step.Body) string {
	switch b.(type) {
	case step.Leased:
		return "queue"
	case step.Saw:
		return "look"
	case step.Read:
		return "read"
	case step.Recalled:
		return "recall"
	case step.Proposed, step.Planned:
		return "propose"
	case step.Judged:
		return "judge"
	case step.Did:
		return "act"
	case step.Asked, step.Answered:
		return "people"
	}
	return "other"
}
