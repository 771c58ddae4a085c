package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"chiron/step"
)

// The reasons for which an answer is not taken.
var (
	ErrNoQuestion = errors.New("no such question")
	ErrAnswered   = errors.New("the question is answered already")
	ErrTooLate    = errors.New("the question has expired")
)

// Desk holds the questions that wait for people. It keeps nothing on disk: the journal has the events, and whoever takes a
// task up again puts its question back.
type Desk struct {
	clock func() time.Time
	mu    sync.Mutex
	open  map[string]*waiting
}

type waiting struct {
	task     string
	question step.Question
	answer   *step.Answer
	done     chan struct{} // closed when answer is set
}

// NewDesk makes an empty desk; a nil clock is time.Now.
func NewDesk(clock func() time.Time) *Desk {
	if clock == nil {
		clock = time.Now
	}
	return &Desk{clock: clock, open: map[string]*waiting{}}
}

// Put lays a question on the desk. Putting one that lies there already changes nothing.
func (d *Desk) Put(task string, q step.Question) error {
	if task == "" || q.ID == "" || q.Expires.IsZero() {
		return errors.New("put a question: task, id and expiry are needed")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, there := d.open[q.ID]; !there {
		d.open[q.ID] = &waiting{task: task, question: q, done: make(chan struct{})}
	}
	return nil
}

// Open returns the questions that still wait for an answer, of one task or, for "", of all; the one that expires first comes first.
func (d *Desk) Open(task string) []step.Question {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []step.Question
	for _, w := range d.open {
		if (task == "" || w.task == task) && w.answer == nil && d.clock().Before(w.question.Expires) {
			out = append(out, w.question)
		}
	}
	slices.SortFunc(out, func(a, b step.Question) int {
		return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Answer takes a person's answer. Its time is the desk's. Errors wrap ErrNoQuestion, ErrAnswered or ErrTooLate.
func (d *Desk) Answer(a step.Answer) error {
	if !slices.Contains([]step.Choice{step.Approve, step.Refuse, step.Instruct}, a.Choice) || a.By == "" || a.By == ByExpiry {
		return errors.New("answer: a choice (approve, deny or instruct) and who chose are needed")
	}
	if a.Choice == step.Instruct && a.Text == "" {
		return errors.New("answer: the other instruction is missing")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w, there := d.open[a.Question]
	switch {
	case !there:
		return fmt.Errorf("answer: %w: %q", ErrNoQuestion, a.Question)
	case w.answer != nil && w.answer.By != ByExpiry:
		return fmt.Errorf("answer: %w: by %s", ErrAnswered, w.answer.By)
	case w.answer != nil, !d.clock().Before(w.question.Expires):
		return fmt.Errorf("answer: %w", ErrTooLate)
	}
	a.At = d.clock().UTC()
	w.settle(a)
	return nil
}

func (w *waiting) settle(a step.Answer) {
	w.answer = &a
	close(w.done)
}

// Wait returns the answer to a question, or its expiry as a refusal by ByExpiry. It ends early with ctx. An answer stays until
// Clear, so that waiting again returns it again.
func (d *Desk) Wait(ctx context.Context, id string) (step.Answer, error) {
	d.mu.Lock()
	w, there := d.open[id]
	d.mu.Unlock()
	if !there {
		return step.Answer{}, fmt.Errorf("wait for an answer: %w: %q", ErrNoQuestion, id)
	}
	for {
		timer := time.NewTimer(w.question.Expires.Sub(d.clock()))
		select {
		case <-w.done:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return step.Answer{}, fmt.Errorf("wait for an answer: %w", context.Cause(ctx))
		}
		timer.Stop()
		if a := d.expire(w); a != nil {
			return *a, nil
		}
	}
}

// expire returns the answer, after setting it to a refusal when the time is over; nil means neither.
func (d *Desk) expire(w *waiting) *step.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.answer == nil && !d.clock().Before(w.question.Expires) {
		w.settle(step.Answer{Question: w.question.ID, Choice: step.Refuse, By: ByExpiry, At: w.question.Expires})
	}
	return w.answer
}

// Clear takes everything of a task off the desk. Whoever still waits gets a refusal by ByExpiry.
func (d *Desk) Clear(task string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, w := range d.open {
		if w.task != task {
			continue
		}
		if w.answer == nil {
			w.settle(step.Answer{Question: id, Choice: step.Refuse, By: ByExpiry, At: d.clock().UTC()})
		}
		delete(d.open, id)
	}
}
