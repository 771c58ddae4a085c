// Package gate decides who may ask a model next. One call of a model is answered at a time; the others wait in a line.
package gate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// ErrBusy is wrapped where nobody may join the line.
var ErrBusy = errors.New("too many requests wait at Ollama; try again later")

// FullError says that a line takes no more calls for now. It is ErrBusy.
type FullError struct {
	Waiting int
	After   time.Duration // when there will probably be room; at least a second
}

// Error implements error.
func (e *FullError) Error() string {
	return fmt.Sprintf("%v (%d calls wait; try again in %v)", ErrBusy, e.Waiting, e.After)
}

// Unwrap returns ErrBusy.
func (e *FullError) Unwrap() error { return ErrBusy }

// Call is on whose behalf a model is asked.
type Call struct {
	Task   string
	Tenant string // whose task it is: the id of the key that made it
	Urgent bool   // a person waits for it: they asked for it, or watch the task
}

// Waiting is one call that waits for its model, or is being answered.
type Waiting struct {
	Call
	Endpoint string
	Model    string
	Position int // 0 = being answered now, 1 = next
	Since    time.Time
	Expected time.Duration // until it is answered, by what calls of the model took so far; 0 = not known
}

const (
	// patience is how many urgent calls may pass one that waits: it then comes next, so the k-th of those that are not urgent
	// waits for at most (patience+1)·k calls, however many urgent ones come.
	patience = 3
	// spare is the part of the places that is kept for urgent calls, so that people get through when tasks fill the line.
	spare = 8
)

// Keeper lets one call per model through at a time, and at most so many wait for all models together. Urgent calls go first, within
// patience. Among equals tenants take turns, and the tasks of a tenant; the calls of a task keep their order. It is safe for concurrent use.
type Keeper struct {
	most int

	mu      sync.Mutex
	lines   map[string]*line
	waiting int
	took    map[string]time.Duration // of a call, by model; newer ones count more
}

// New returns a keeper of lines in which at most so many calls wait.
func New(most int) *Keeper {
	return &Keeper{most: most, lines: map[string]*line{}, took: map[string]time.Duration{}}
}

// ticket is one call in a line.
type ticket struct {
	Call
	since time.Time
	begun time.Time     // when it came to be answered
	open  chan struct{} // closed then
}

// Enter waits for the model's turn. The returned function must be called once, when the call is over. When ctx ends
// first the ticket leaves the line at once and Enter returns ctx's cause. With too many in line it returns a FullError at once.
func (k *Keeper) Enter(ctx context.Context, model string, c Call) (leave func(), err error) {
	k.mu.Lock()
	l := k.lines[model]
	if l == nil {
		l = newLine()
		k.lines[model] = l
	}
	t := &ticket{Call: c, since: time.Now(), open: make(chan struct{})}
	switch {
	case l.holder == nil:
		l.hold(t)
	case k.waiting >= k.places(c.Urgent):
		err := &FullError{Waiting: k.waiting, After: k.soon()}
		k.mu.Unlock()
		return nil, err
	default:
		k.waiting++
		l.join(t)
	}
	k.mu.Unlock()

	leave = sync.OnceFunc(func() { k.leave(model, t) })
	select {
	case <-t.open:
		if ctx.Err() == nil {
			return leave, nil
		}
	case <-ctx.Done():
	}
	leave()
	return nil, context.Cause(ctx)
}

// places is how many calls may wait before another one is refused.
func (k *Keeper) places(urgent bool) int {
	if urgent {
		return k.most
	}
	return k.most - k.most/spare
}

// leave takes t out of the line or lets the next one through.
func (k *Keeper) leave(model string, t *ticket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.lines[model]
	if l.holder != t {
		k.waiting--
		l.quit(t)
		return
	}
	took := time.Since(t.begun)
	if before := k.took[model]; before != 0 {
		took = before + (took-before)/4
	}
	k.took[model] = took
	next := l.next()
	if next == nil {
		delete(k.lines, model)
		return
	}
	k.waiting--
	l.hold(next)
}

// soon is when a place in the line is probably free.
func (k *Keeper) soon() time.Duration {
	least := time.Duration(0)
	for model := range k.lines {
		if took := k.took[model]; least == 0 || took < least {
			least = took
		}
	}
	return max(time.Second, least.Round(time.Second))
}

// Full reports whether no call that is not urgent may join, and until when probably.
func (k *Keeper) Full() (after time.Duration, full bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.soon(), k.waiting >= k.places(false)
}

// Len is how many calls are answered or wait.
func (k *Keeper) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.waiting + len(k.lines)
}

// List returns every call that is answered or waits, in the order in which they will be answered if none comes.
func (k *Keeper) List() []Waiting {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []Waiting
	for _, model := range slices.Sorted(maps.Keys(k.lines)) {
		l, took := k.lines[model].clone(), k.took[model]
		first := max(0, took-time.Since(l.holder.begun)) // until the next one
		for n, t := 0, l.holder; t != nil; n, t = n+1, l.next() {
			all = append(all, Waiting{Call: t.Call, Model: model, Position: n, Since: t.since, Expected: first + time.Duration(n)*took})
		}
	}
	return all
}
