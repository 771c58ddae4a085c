package inference

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Waiting is one call that waits for its model, or is being answered.
type Waiting struct {
	Model    string
	Task     string
	Position int // 0 = being answered now, 1 = next
	Since    time.Time
}

// gatekeeper lets one call per model through at a time. Tasks take turns; the calls of one task keep their order.
type gatekeeper struct {
	mu    sync.Mutex
	gates map[string]*gate
	now   func() time.Time
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
	open  chan struct{} // closed when the ticket holds the gate
}

func newGatekeeper() *gatekeeper {
	return &gatekeeper{gates: map[string]*gate{}, now: time.Now}
}

// enter waits for the model's turn. The returned function must be called once, when the call is over. When ctx ends
// first the ticket leaves the line at once and enter returns ctx's cause.
func (k *gatekeeper) enter(ctx context.Context, model, task string) (leave func(), err error) {
	k.mu.Lock()
	g := k.gates[model]
	if g == nil {
		g = &gate{lines: map[string][]*ticket{}}
		k.gates[model] = g
	}
	t := &ticket{task: task, since: k.now(), open: make(chan struct{})}
	if g.holder == nil {
		g.holder = t
		close(t.open)
	} else {
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
		line := g.lines[t.task]
		line = slices.DeleteFunc(line, func(o *ticket) bool { return o == t })
		g.lines[t.task] = line
		if len(line) == 0 {
			delete(g.lines, t.task)
			g.turns = slices.DeleteFunc(g.turns, func(task string) bool { return task == t.task })
		}
		return
	}
	if len(g.turns) == 0 {
		delete(k.gates, model)
		return
	}
	task := g.turns[0]
	g.turns = g.turns[1:]
	g.holder, g.lines[task] = g.lines[task][0], g.lines[task][1:]
	if len(g.lines[task]) == 0 {
		delete(g.lines, task)
	} else {
		g.turns = append(g.turns, task)
	}
	close(g.holder.open)
}

// list returns every call that holds or waits for a gate, in the order in which they will be let through.
func (k *gatekeeper) list() []Waiting {
	k.mu.Lock()
	defer k.mu.Unlock()
	models := make([]string, 0, len(k.gates))
	for model := range k.gates {
		models = append(models, model)
	}
	slices.Sort(models)
	var all []Waiting
	for _, model := range models {
		g := k.gates[model]
		all = append(all, Waiting{Model: model, Task: g.holder.task, Since: g.holder.since})
		position := 1
		for round, left := 0, true; left; round++ {
			left = false
			for _, task := range g.turns {
				if line := g.lines[task]; round < len(line) {
					all = append(all, Waiting{Model: model, Task: task, Position: position, Since: line[round].since})
					position++
					left = true
				}
			}
		}
	}
	return all
}
