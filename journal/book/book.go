// Package book is what one process of the journal knows of all tasks, in memory: folds of their events, the order of
// their creation, and where the process itself wrote last.
package book

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"chiron/journal/store"
	"chiron/step"
)

// Book is what this process knows of all tasks: for those that have not ended the whole state, for the others enough
// to find and list them.
type Book struct {
	mu    sync.RWMutex
	tasks map[string]*Entry
	order []*Entry // by creation, oldest first
	Made  *Bell    // rung when a task was added
}

// New returns an empty book.
func New() *Book { return &Book{tasks: map[string]*Entry{}, Made: newBell()} }

// Len counts the tasks.
func (b *Book) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.order)
}

// Get returns the entry of a task, or nil.
func (b *Book) Get(task string) *Entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.tasks[task]
}

// Add returns the entry of the task; it is listed from its first record on.
func (b *Book) Add(task string, first uint64) *Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.tasks[task]; e != nil {
		return e
	}
	e := NewEntry(task, first)
	b.tasks[task] = e
	i, _ := slices.BinarySearchFunc(b.order, first, func(e *Entry, first uint64) int { return cmp.Compare(e.First, first) })
	b.order = slices.Insert(b.order, i, e)
	b.Made.Ring()
	return e
}

// Before returns the entries created before the one whose first record is cursor, newest first. Zero means all.
func (b *Book) Before(cursor uint64) []*Entry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	end := len(b.order)
	if cursor > 0 {
		end, _ = slices.BinarySearchFunc(b.order, cursor, func(e *Entry, c uint64) int { return cmp.Compare(e.First, c) })
	}
	found := slices.Clone(b.order[:end])
	slices.Reverse(found)
	return found
}

// Entry is one task.
type Entry struct {
	Task    string
	First   uint64 // stream sequence of the Created event
	Changed *Bell  // rung when an event was added
	Ordered *Bell  // rung when a command came

	Writing sync.Mutex // held by one writer at a time

	mu     sync.Mutex // guards what follows
	last   uint64     // stream sequence of the newest event known
	seq    uint64     // its Event.Seq
	status step.Status
	labels map[string]string
	state  *step.State // nil once ended and put away
	marks  []uint64    // stream sequences of events 1, 2, 3 …; nil like state
	fence  Mark        // where this process wrote last, while it holds the lease
	doubt  bool        // the last write may or may not have happened
	broken error       // the history cannot be read
}

// NewEntry returns an entry that is in no book yet.
func NewEntry(task string, first uint64) *Entry {
	return &Entry{Task: task, First: first, Changed: newBell(), Ordered: newBell()}
}

// Mark is a place in a history, by both countings.
type Mark struct{ Stream, Seq uint64 }

// Apply adds an event; one that is known already changes nothing. It reports whether the event was new.
func (e *Entry) Apply(stream uint64, ev step.Event) bool {
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
	e.Changed.Ring()
	return true
}

// Restore puts an ended task in from its snapshot.
func (e *Entry) Restore(last uint64, s step.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last, e.seq, e.status, e.labels = last, s.Seq, s.Status, s.Task.Labels
}

// PutAway frees the memory of an ended task.
func (e *Entry) PutAway() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.status.Ended() {
		e.state, e.marks = nil, nil
	}
}

// Known returns the state, which is nil when it was put away, and the newest stream sequence.
func (e *Entry) Known() (*step.State, uint64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state, e.last, e.broken
}

// Ended reports whether the task has ended.
func (e *Entry) Ended() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status.Ended()
}

// Complete compares the events that were read with the number that the store counted before; some missing at the end
// would make the task seem to stand at an earlier moment, and its acts be done again.
func (e *Entry) Complete(counted uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seq >= counted && (e.seq == counted || e.state != nil) {
		return nil
	}
	e.broken = &store.CorruptError{Task: e.Task, Seq: e.last, Err: fmt.Errorf("of %d events %d can be read", max(counted, e.seq), min(counted, e.seq))}
	return e.broken
}

// Raise puts the fence at the newest event; it fails when the task has ended.
func (e *Entry) Raise() (step.State, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.status.Ended() || e.state == nil {
		return step.State{}, false
	}
	e.fence, e.doubt = Mark{e.last, e.seq}, false
	return *e.state, true
}

// Advance moves the fence after an own write; a fence taken down meanwhile stays down.
func (e *Entry) Advance(to Mark) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fence != (Mark{}) {
		e.fence = to
	}
}

// Lower takes the fence down.
func (e *Entry) Lower() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fence = Mark{}
}

// Doubt notes whether it is unknown what became of the last write.
func (e *Entry) Doubt(doubt bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.doubt = doubt
}

// Damage notes that the history cannot be read.
func (e *Entry) Damage(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.broken = err
}

// Position returns the stream sequence of event seq, or 0 when it is not known.
func (e *Entry) Position(seq uint64) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if seq == 0 || seq > uint64(len(e.marks)) {
		return 0
	}
	return e.marks[seq-1]
}

// Bell wakes all who wait; each ring hands out a new channel.
type Bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func newBell() *Bell { return &Bell{ch: make(chan struct{})} }

// Heard is closed at the next ring. Take it before looking, so that nothing is missed in between.
func (b *Bell) Heard() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ch
}

// Ring wakes all who wait.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ch)
	b.ch = make(chan struct{})
}

// Fence returns where this process wrote last while it holds the lease, zero otherwise, and whether a later write is in doubt.
func (e *Entry) Fence() (Mark, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fence, e.doubt
}

// Newest returns the place of the newest event known.
func (e *Entry) Newest() Mark {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Mark{e.last, e.seq}
}
