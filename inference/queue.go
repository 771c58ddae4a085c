package inference

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Waiting is one call that waits for its model, or is being answered.
type Waiting struct {
	Endpoint string
	Model    string
	Task     string
	Position int // 0 = being answered now, 1 = next
	Since    time.Time
	Expected time.Duration // until it is answered, by what calls of the model took so far; 0 = not known
}

// FullError says that a queue takes no more calls for now. It is ErrBusy.
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

// gatekeeper lets one call per model through at a time, and at most so many wait for all models together. Tasks take turns; the
// calls of one task keep their order.
type gatekeeper struct {
	most int
	now  func() time.Time

	mu      sync.Mutex
	gates   map[string]*gate
	waiting int
	took    map[string]time.Duration // of a call, by model; newer ones count more
}

// gate is the line before one model. holder is nil exactly when nobody waits.
type gate struct {
	holder *ticket
	turns  []string // tasks that wait, the next one first
	lines  map[string][]*ticket
}

type ticket struct {
	task  string
	since time.Time
	begun time.Time     // when it came to hold the gate
	open  chan struct{} // closed when the ticket holds the gate
}

func newGatekeeper(most int) *gatekeeper {
	return &gatekeeper{most: most, gates: map[string]*gate{}, took: map[string]time.Duration{}, now: time.Now}
}

// enter waits for the model's turn. The returned function must be called once, when the call is over. When ctx ends
// first the ticket leaves the line at once and enter returns ctx's cause. With too many in line it returns a FullError at once.
func (k *gatekeeper) enter(ctx context.Context, model, task string) (leave func(), err error) {
	k.mu.Lock()
	g := k.gates[model]
	if g == nil {
		g = &gate{lines: map[string][]*ticket{}}
		k.gates[model] = g
	}
	t := &ticket{task: task, since: k.now(), open: make(chan struct{})}
	switch {
	case g.holder == nil:
		g.holder, t.begun = t, t.since
		close(t.open)
	case k.waiting >= k.most:
		err := &FullError{Waiting: k.waiting, After: k.soon()}
		k.mu.Unlock()
		return nil, err
	default:
		k.waiting++
		if len(g.lines[task]) == 0 {
			g.turns = append(g.turns, task)
		}
		g.lines[task] = append(g.lines[task], t)
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

// leave takes t out of the line or passes the gate on.
func (k *gatekeeper) leave(model string, t *ticket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	g := k.gates[model]
	if g.holder != t {
		k.waiting--
		line := g.lines[t.task]
		line = slices.DeleteFunc(line, func(o *ticket) bool { return o == t })
		g.lines[t.task] = line
		if len(line) == 0 {
			delete(g.lines, t.task)
			g.turns = slices.DeleteFunc(g.turns, func(task string) bool { return task == t.task })
		}
		return
	}
	if now := k.took[model]; now == 0 {
		k.took[model] = k.now().Sub(t.begun)
	} else {
		k.took[model] = now + (k.now().Sub(t.begun)-now)/4
	}
	if len(g.turns) == 0 {
		delete(k.gates, model)
		return
	}
	k.waiting--
	task := g.turns[0]
	g.turns = g.turns[1:]
	g.holder, g.lines[task] = g.lines[task][0], g.lines[task][1:]
	if len(g.lines[task]) == 0 {
		delete(g.lines, task)
	} else {
		g.turns = append(g.turns, task)
	}
	g.holder.begun = k.now()
	close(g.holder.open)
}

// soon is when a place in the line is probably free.
func (k *gatekeeper) soon() time.Duration {
	least := time.Duration(0)
	for model := range k.gates {
		if took := k.took[model]; least == 0 || took < least {
			least = took
		}
	}
	return max(time.Second, least.Round(time.Second))
}

// full reports whether nobody may join the line, and until when probably.
func (k *gatekeeper) full() (time.Duration, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.soon(), k.waiting >= k.most
}

// length is how many calls are answered or wait.
func (k *gatekeeper) length() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.waiting + len(k.gates)
}

// list returns every call that holds or waits for a gate, in the order in which they will be let through.
func (k *gatekeeper) list() []Waiting {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []Waiting
	for _, model := range slices.Sorted(maps.Keys(k.gates)) {
		g, took := k.gates[model], k.took[model]
		first := max(0, took-k.now().Sub(g.holder.begun)) // until the gate is free
		all = append(all, Waiting{Model: model, Task: g.holder.task, Since: g.holder.since, Expected: first})
		position := 1
		for round, left := 0, true; left; round++ {
			left = false
			for _, task := range g.turns {
				if line := g.lines[task]; round < len(line) {
					all = append(all, Waiting{Model: model, Task: task, Position: position, Since: line[round].since,
						Expected: first + time.Duration(position)*took})
					position++
					left = true
				}
			}
		}
	}
	return all
}
