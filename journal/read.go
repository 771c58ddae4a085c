package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"chiron/journal/book"
	"chiron/journal/store"
	"chiron/step"
)

// State returns the fold of a task's events, the newest included. Maps and slices in it are shared and must not be changed.
func (j *Journal) State(ctx context.Context, task string) (step.State, error) {
	if err := j.up(ctx); err != nil {
		return step.State{}, err
	}
	e, err := j.load(ctx, task)
	if err != nil {
		return step.State{}, err
	}
	s, err := j.stateOf(ctx, e)
	if err != nil {
		return step.State{}, fmt.Errorf("task %s: %w", task, store.Explain(err))
	}
	return s, nil
}

// load returns the entry of a task with all that is stored.
func (j *Journal) load(ctx context.Context, task string) (*book.Entry, error) {
	if err := store.ValidTask(task); err != nil {
		return nil, err
	}
	e := j.book.Get(task)
	if e == nil {
		msg, err := j.next(ctx, task, 0)
		if errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("task %s: %w", task, ErrNotFound)
		}
		if err != nil {
			return nil, fmt.Errorf("task %s: %w", task, store.Explain(err))
		}
		e = j.book.Add(task, msg.Sequence)
	}
	if err := j.refresh(ctx, e); err != nil {
		return nil, fmt.Errorf("task %s: %w", task, store.Explain(err))
	}
	return e, nil
}

// next returns the first stored event of a task after a stream sequence, or ErrNotFound.
func (j *Journal) next(ctx context.Context, task string, after uint64) (*jetstream.RawStreamMsg, error) {
	msg, err := j.st.Events.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(store.EventPrefix+task))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, ErrNotFound
	}
	return msg, err
}

// refresh adds to an entry what is stored and not yet known.
func (j *Journal) refresh(ctx context.Context, e *book.Entry) error {
	for !e.Ended() {
		_, last, broken := e.Known()
		if broken != nil {
			return broken
		}
		msg, err := j.next(ctx, e.Task, last)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		ev, err := book.DecodeEvent(e.Task, msg.Sequence, msg.Data)
		if err == nil && !e.Apply(msg.Sequence, ev) {
			if _, now, _ := e.Known(); now < msg.Sequence {
				err = book.OutOfOrder(e.Task, msg.Sequence, ev.Seq)
			}
		}
		if err != nil {
			e.Damage(err)
			return err
		}
	}
	_, _, broken := e.Known()
	return broken
}

// stateOf returns an entry's state, from its snapshot or its events when it was put away.
func (j *Journal) stateOf(ctx context.Context, e *book.Entry) (step.State, error) {
	s, _, err := e.Known()
	if err != nil || s != nil {
		return deref(s), err
	}
	if snap, err := j.getSnapshot(ctx, e.Task); err == nil {
		return snap.State, nil
	}
	again := book.NewEntry(e.Task, e.First)
	if err := j.refresh(ctx, again); err != nil {
		return step.State{}, err
	}
	s, _, err = again.Known()
	return deref(s), err
}

func deref(s *step.State) step.State {
	if s == nil {
		return step.State{}
	}
	return *s
}

// Filter chooses tasks for List; its zero value takes all.
type Filter = book.Filter

// Bounds of one List.
const (
	defaultList = 50
	maxList     = 500
)

// List returns tasks, the newest first, and the cursor of the next page, empty at the end. Tasks made meanwhile do not
// shift the pages. A task whose history is damaged stands in the list as failed, with the damage as its reason.
func (j *Journal) List(ctx context.Context, f Filter) ([]step.State, string, error) {
	if err := j.up(ctx); err != nil {
		return nil, "", err
	}
	var cursor uint64
	if f.Cursor != "" {
		c, err := strconv.ParseUint(f.Cursor, 10, 64)
		if err != nil || c == 0 {
			return nil, "", fmt.Errorf("cursor %.40q: %w", f.Cursor, ErrNotFound)
		}
		cursor = c
	}
	if f.Limit <= 0 {
		f.Limit = defaultList
	}
	f.Limit = min(f.Limit, maxList)
	var found []step.State
	var last uint64
	for _, e := range j.book.Before(cursor) {
		if !e.Matches(f) {
			continue
		}
		if len(found) == f.Limit {
			return found, strconv.FormatUint(last, 10), nil
		}
		s, err := j.stateOf(ctx, e)
		var corrupt *CorruptError
		if errors.As(err, &corrupt) {
			s, err = damaged(e.Task, err), nil
		}
		if err != nil {
			return nil, "", fmt.Errorf("list: task %s: %w", e.Task, store.Explain(err))
		}
		found, last = append(found, s), e.First
	}
	return found, "", nil
}

func damaged(task string, err error) step.State {
	return step.State{Task: step.Task{ID: task}, Status: step.Failed, Result: &step.Result{Status: step.Failed, Reason: err.Error()}}
}

// snapshot is the state of an ended task as it is kept beside its events, to spare their reading. It is never truth:
// without it the events are folded again.
type snapshot struct {
	First uint64     `json:"first"` // stream sequences
	Last  uint64     `json:"last"`
	State step.State `json:"state"`
}

const snapshotTable = "states"

func (j *Journal) getSnapshot(ctx context.Context, task string) (snapshot, error) {
	var s snapshot
	kv, err := j.st.Bucket(ctx, snapshotTable)
	if err != nil {
		return s, err
	}
	got, err := kv.Get(ctx, store.EscapeKey(task))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(got.Value(), &s)
}

// putSnapshot keeps the state of a task that has ended and frees its memory. Failure costs time at the next start only.
func (j *Journal) putSnapshot(ctx context.Context, e *book.Entry) {
	s, last, err := e.Known()
	if err != nil || s == nil || !s.Status.Ended() {
		return
	}
	data, err := json.Marshal(snapshot{First: e.First, Last: last, State: *s})
	if err == nil {
		var kv jetstream.KeyValue
		if kv, err = j.st.Bucket(ctx, snapshotTable); err == nil {
			_, err = kv.Put(ctx, store.EscapeKey(e.Task), data)
		}
	}
	if err != nil {
		j.log.Warn("no snapshot of an ended task", "task", e.Task, "error", err)
	}
	e.PutAway()
}

// index reads at the start what is stored: snapshots of ended tasks, events of the others. Every task that has not
// ended gets a queue entry unless it has one. A damaged history is reported and stops nothing else.
func (j *Journal) index(ctx context.Context) error {
	info, err := j.st.Events.Info(ctx, jetstream.WithSubjectFilter(store.EventPrefix+"*"))
	if err != nil {
		return err
	}
	j.tailed = info.State.LastSeq
	known := info.State.Subjects
	if err := j.restore(ctx, known); err != nil {
		return err
	}
	for _, subject := range slices.Sorted(maps.Keys(known)) {
		task := subject[len(store.EventPrefix):]
		if j.book.Get(task) != nil {
			continue
		}
		e, err := j.load(ctx, task)
		if err == nil {
			err = e.Complete(known[subject])
		}
		var corrupt *CorruptError
		switch {
		case errors.As(err, &corrupt):
			j.log.Error("a task's history is damaged", "task", task, "seq", corrupt.Seq, "error", err)
			continue
		case err != nil:
			return err
		case e.Ended():
			j.putSnapshot(ctx, e)
			continue
		}
		if err := j.enqueue(ctx, task); err != nil {
			return fmt.Errorf("queue task %s: %w", task, err)
		}
	}
	return nil
}

// restore puts ended tasks in from their snapshots.
func (j *Journal) restore(ctx context.Context, known map[string]uint64) error {
	kv, err := j.st.Bucket(ctx, snapshotTable)
	if err != nil {
		return err
	}
	all, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return err
	}
	for got := range all.Updates() {
		if got == nil { // all that is stored has been seen
			break
		}
		task, err := store.UnescapeKey(got.Key())
		var s snapshot
		if err == nil {
			err = json.Unmarshal(got.Value(), &s)
		}
		if err != nil || !s.State.Status.Ended() {
			j.log.Warn("unreadable snapshot; the events are read instead", "task", got.Key(), "error", err)
			continue
		}
		stored := known[store.EventPrefix+task]
		if stored == 0 {
			continue
		}
		e := j.book.Add(task, s.First)
		e.Restore(s.Last, s.State)
		if err := e.Complete(stored); err != nil {
			j.log.Error("a task's history is damaged", "task", task, "seq", s.Last, "error", err)
		}
	}
	return all.Stop()
}

// tail hears of every stored event and command, so that followers and readers of commands wake, whichever process wrote.
func (j *Journal) tail(ctx context.Context, onClose func(func() error)) error {
	follow := func(s jetstream.Stream, from jetstream.OrderedConsumerConfig, handle func(jetstream.Msg)) error {
		c, err := s.OrderedConsumer(ctx, from)
		if err != nil {
			return err
		}
		run, err := c.Consume(handle)
		if err != nil {
			return err
		}
		onClose(func() error {
			run.Stop()
			<-run.Closed()
			return nil
		})
		return nil
	}
	err := follow(j.st.Events, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq: j.tailed + 1, InactiveThreshold: time.Minute}, j.heardEvent)
	if err != nil {
		return err
	}
	return follow(j.st.Commands, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy,
		InactiveThreshold: time.Minute}, func(m jetstream.Msg) {
		if e := j.book.Get(m.Subject()[len(store.CommandPrefix):]); e != nil {
			e.Ordered.Ring()
		}
	})
}

// catchUp bounds the reading of what the tail missed.
const catchUp = 2 * time.Second

// heardEvent takes in an event that some process stored.
func (j *Journal) heardEvent(m jetstream.Msg) {
	task := m.Subject()[len(store.EventPrefix):]
	meta, err := m.Metadata()
	if err != nil {
		return
	}
	stream := meta.Sequence.Stream
	e := j.book.Get(task)
	if e == nil {
		ev, err := book.DecodeEvent(task, stream, m.Data())
		if err != nil || ev.Seq != 1 {
			return // load reads the history from its start and reports what is wrong with it
		}
		e = j.book.Add(task, stream)
	}
	if _, last, _ := e.Known(); stream <= last {
		return
	}
	ev, err := book.DecodeEvent(task, stream, m.Data())
	if err == nil && e.Apply(stream, ev) {
		if ev.Body.EventKind() == (step.Leased{}).EventKind() && m.Headers().Get(store.WriterHeader) != j.me {
			j.overtaken(task)
		}
		return
	}
	ctx, cancel := context.WithTimeout(j.life, catchUp)
	defer cancel()
	if err := j.refresh(ctx, e); err != nil && j.life.Err() == nil {
		j.log.Error("a task's history cannot be followed", "task", task, "seq", stream, "error", err)
	}
	e.Changed.Ring()
}
