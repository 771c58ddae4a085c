package journal

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"chiron/step"
)

// book is what this process knows of all tasks: for those that have not ended the whole state, for the others enough
// to find and list them.
type book struct {
	mu    sync.RWMutex
	tasks map[string]*entry
	order []*entry // by creation, oldest first
	made  *bell    // rung when a task was added
}

func newBook() *book { return &book{tasks: map[string]*entry{}, made: newBell()} }

func (b *book) len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.order)
}

func (b *book) get(task string) *entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.tasks[task]
}

// add returns the entry of the task; it is listed from its first record on.
func (b *book) add(task string, first uint64) *entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.tasks[task]; e != nil {
		return e
	}
	e := &entry{task: task, first: first, changed: newBell(), ordered: newBell()}
	b.tasks[task] = e
	i, _ := slices.BinarySearchFunc(b.order, first, func(e *entry, first uint64) int { return cmp.Compare(e.first, first) })
	b.order = slices.Insert(b.order, i, e)
	b.made.ring()
	return e
}

// before returns the entries created before the one whose first record is cursor, newest first. Zero means all.
func (b *book) before(cursor uint64) []*entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	end := len(b.order)
	if cursor > 0 {
		end, _ = slices.BinarySearchFunc(b.order, cursor, func(e *entry, c uint64) int { return cmp.Compare(e.first, c) })
	}
	found := slices.Clone(b.order[:end])
	slices.Reverse(found)
	return found
}

// entry is one task.
type entry struct {
	task    string
	first   uint64 // stream sequence of the Created event
	changed *bell  // rung when an event was added
	ordered *bell  // rung when a command came

	writing sync.Mutex // held by one Append at a time

	mu     sync.Mutex // guards what follows
	last   uint64     // stream sequence of the newest event known
	seq    uint64     // its Event.Seq
	status step.Status
	labels map[string]string
	state  *step.State // nil once ended and put away
	marks  []uint64    // stream sequences of events 1, 2, 3 …; nil like state
	fence  mark        // where this process wrote last, while it holds the lease
	doubt  bool        // the last write may or may not have happened
	broken error       // the history cannot be read
}

// mark is a place in a history, by both countings.
type mark struct{ stream, seq uint64 }

// apply adds an event; one that is known already changes nothing. It reports whether the event was new.
func (e *entry) apply(stream uint64, ev step.Event) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if stream <= e.last || ev.Seq != e.seq+1 {
		return false
	}
	if e.state == nil {
		e.state = &step.State{}
	}
	next := e.state.Apply(ev)
	e.state, e.last, e.seq = &next, stream, ev.Seq
	e.status, e.labels = next.Status, next.Task.Labels
	e.marks = append(e.marks, stream)
	e.changed.ring()
	return true
}

// restore puts an ended task in from its snapshot.
func (e *entry) restore(last uint64, s step.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last, e.seq, e.status, e.labels = last, s.Seq, s.Status, s.Task.Labels
}

// putAway frees the memory of an ended task.
func (e *entry) putAway() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.status.Ended() {
		e.state, e.marks = nil, nil
	}
}

// snapshot returns the state, which is nil when it was put away, and the newest stream sequence.
func (e *entry) snapshot() (*step.State, uint64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state, e.last, e.broken
}

func (e *entry) ended() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status.Ended()
}

// complete compares the events that were read with the number that the store counted before; some missing at the end
// would make the task seem to stand at an earlier moment, and its acts be done again.
func (e *entry) complete(counted uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seq >= counted && (e.seq == counted || e.state != nil) {
		return nil
	}
	e.broken = &CorruptError{Task: e.task, Seq: e.last, Err: fmt.Errorf("of %d events %d can be read", max(counted, e.seq), min(counted, e.seq))}
	return e.broken
}

// raise puts the fence at the newest event; it fails when the task has ended.
func (e *entry) raise() (step.State, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.status.Ended() || e.state == nil {
		return step.State{}, false
	}
	e.fence, e.doubt = mark{e.last, e.seq}, false
	return *e.state, true
}

// advance moves the fence after an own write; a fence taken down meanwhile stays down.
func (e *entry) advance(to mark) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fence != (mark{}) {
		e.fence = to
	}
}

// lower takes the fence down.
func (e *entry) lower() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fence = mark{}
}

func (e *entry) setDoubt(doubt bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.doubt = doubt
}

func (e *entry) damage(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.broken = err
}

// position returns the stream sequence of event seq, or 0 when it is not known.
func (e *entry) position(seq uint64) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if seq == 0 || seq > uint64(len(e.marks)) {
		return 0
	}
	return e.marks[seq-1]
}

// bell wakes all who wait; each ring hands out a new channel.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func newBell() *bell { return &bell{ch: make(chan struct{})} }

// heard is closed at the next ring. Take it before looking, so that nothing is missed in between.
func (b *bell) heard() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ch
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ch)
	b.ch = make(chan struct{})
}
