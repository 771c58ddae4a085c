// Package wheel is the mouse of tasks that people drive: who holds which, and the way of their acts to the task's own goroutine.
package wheel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"chiron/policy"
	"chiron/step"
)

// takeWait is how long Drive waits for the agent to end the step in hand and let go of the mouse.
const takeWait = 10 * time.Second

// Why a person's act is not carried out.
var (
	ErrNotDriven = errors.New("nobody holds the mouse of this task under that lease")
	ErrNotAnAct  = errors.New("this is nothing that a person does with mouse and keys")
)

// Wheels are the mice of the tasks of one process. Safe for concurrent use.
type Wheels struct {
	after  func(time.Duration) <-chan time.Time
	mu     sync.Mutex
	held   map[string]*Held
	turned chan struct{} // closed at the next change
}

// New returns wheels that nobody holds. After is time.After.
func New(after func(time.Duration) <-chan time.Time) *Wheels {
	return &Wheels{after: after, held: map[string]*Held{}, turned: make(chan struct{})}
}

// Held is a wheel while a person holds it.
type Held struct {
	Lease, By string
	Acts      <-chan Driving

	acts chan Driving
	let  chan struct{} // closed when the agent has it again
}

// Driving is one act on its way to the goroutine of the task, which must Answer it once.
type Driving struct {
	Context context.Context // of the person who waits
	Act     step.Driving
	reply   chan reply // holds one
}

type reply struct {
	step.Driven
	err error
}

// Answer tells the person what became of the act.
func (d Driving) Answer(done step.Driven, err error) { d.reply <- reply{done, err} }

// Take gives a task's wheel to a person, until Let.
func (w *Wheels) Take(task, lease, by string) *Held {
	acts := make(chan Driving)
	h := &Held{Lease: lease, By: by, Acts: acts, acts: acts, let: make(chan struct{})}
	w.turn(task, h)
	return h
}

// Let gives it back. Acts that wait end with ErrNotDriven.
func (w *Wheels) Let(task string, h *Held) {
	w.turn(task, nil)
	close(h.let)
}

func (w *Wheels) turn(task string, h *Held) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h == nil {
		delete(w.held, task)
	} else {
		w.held[task] = h
	}
	close(w.turned)
	w.turned = make(chan struct{})
}

func (w *Wheels) of(task string) (*Held, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held[task], w.turned
}

// Driven reports whether a task's wheel is held under a lease here.
func (w *Wheels) Driven(task, lease string) bool {
	h, _ := w.of(task)
	return h != nil && h.Lease == lease
}

// Drive has one act of the person who holds the wheel carried out, and waits a while for the agent to let go of it. A denial is in the
// verdict. Errors: ErrNotDriven and ErrNotAnAct, and what keeps a judgement from being made; then nothing has happened.
func (w *Wheels) Drive(ctx context.Context, task string, act step.Driving) (step.Driven, error) {
	if err := drivable(act.Action.Action); err != nil {
		return step.Driven{}, err
	}
	if act.By == "" || act.By == policy.Agent { // a key may be called that
		return step.Driven{}, ErrNotDriven
	}
	late := w.after(takeWait)
	for {
		h, turned := w.of(task)
		if h != nil && (h.Lease != act.Lease || h.By != act.By) {
			return step.Driven{}, ErrNotDriven
		}
		if h != nil {
			return h.drive(ctx, act)
		}
		select {
		case <-turned:
		case <-late:
			return step.Driven{}, ErrNotDriven
		case <-ctx.Done():
			return step.Driven{}, context.Cause(ctx)
		}
	}
}

func (h *Held) drive(ctx context.Context, act step.Driving) (step.Driven, error) {
	d := Driving{ctx, act, make(chan reply, 1)}
	select {
	case h.acts <- d:
		got := <-d.reply
		return got.Driven, got.err
	case <-h.let:
		return step.Driven{}, ErrNotDriven
	case <-ctx.Done():
		return step.Driven{}, context.Cause(ctx)
	}
}

// drivable refuses what is no act on the screen, and single letters: they are typed, so that nobody writes them down.
func drivable(a step.Action) error {
	switch a := a.(type) {
	case nil, step.Note, step.Call, step.Delegate, step.Ask, step.Done, step.Fail:
		return ErrNotAnAct
	case step.Press:
		keys := strings.Split(a.Key, "+")
		letter := utf8.RuneCountInString(a.Key) == 1 || utf8.RuneCountInString(keys[len(keys)-1]) <= 1
		if letter && !slices.Contains(keys, "Control") && !slices.Contains(keys, "Meta") {
			return fmt.Errorf("%w: a letter is typed, not pressed", ErrNotAnAct)
		}
	}
	return nil
}
