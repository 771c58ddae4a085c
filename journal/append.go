package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"chiron/journal/book"
	"chiron/journal/store"
	"chiron/step"
)

// createWithin bounds the time between the queue entry and the history of a new task. An entry without history that is
// older than orphanAge belongs to a creation that failed.
const (
	createWithin = 10 * time.Second
	orphanAge    = time.Minute
)

// Create opens the history of a task and queues it; the task is expected valid and normalised. An empty ID gets a new
// one. With an idempotency key (any text, for each Owner apart) a second call returns the first one's task; the same
// key with another task is ErrKeyReused. An ID that is taken is ErrExists. The bool says whether this call made it.
// When an error is returned the task does not exist, or will not run twice if it does: call again with the same key.
func (j *Journal) Create(ctx context.Context, t step.Task, key string) (step.State, bool, error) {
	if err := j.up(ctx); err != nil {
		return step.State{}, false, err
	}
	digest, err := requestDigest(t)
	if err != nil {
		return step.State{}, false, fmt.Errorf("create: %w", err)
	}
	if t.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return step.State{}, false, fmt.Errorf("create: %w", err)
		}
		t.ID = id.String()
	}
	if err := store.ValidTask(t.ID); err != nil {
		return step.State{}, false, fmt.Errorf("create: %w", err)
	}
	if key != "" {
		if t.ID, err = j.claimKey(ctx, t, key, digest); err != nil {
			return step.State{}, false, fmt.Errorf("create: %w", store.Explain(err))
		}
		s, err := j.State(ctx, t.ID)
		if !errors.Is(err, ErrNotFound) {
			return s, false, err
		}
	}
	made, err := j.create(ctx, t)
	if err != nil {
		return step.State{}, false, fmt.Errorf("create task %s: %w", t.ID, store.Explain(err))
	}
	if !made && key == "" {
		return step.State{}, false, fmt.Errorf("create task %s: %w", t.ID, ErrExists)
	}
	s, err := j.State(ctx, t.ID)
	return s, made, err
}

// create queues a task and then opens its history, in this order: a task that exists is queued. A worker that meets the
// entry first waits for the history.
func (j *Journal) create(ctx context.Context, t step.Task) (made bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, createWithin)
	defer cancel()
	if t.Created.IsZero() {
		t.Created = time.Now().UTC()
	}
	data, ev, err := j.encode(step.Event{Task: t.ID, Seq: 1, At: time.Now(), Body: step.Created{Task: t}})
	if err != nil {
		return false, err
	}
	if err := j.st.Fits(data); err != nil {
		return false, err
	}
	if err := j.enqueue(ctx, t.ID); err != nil {
		return false, err
	}
	ack, err := j.st.Publish(ctx, j.me, store.EventPrefix+t.ID, data, 0)
	if store.WrongLast(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	j.book.Add(t.ID, ack.Sequence).Apply(ack.Sequence, ev)
	return true, nil
}

// requestDigest names what a requester asked for, without what the server fills in.
func requestDigest(t step.Task) (string, error) {
	t.ID, t.Created = "", time.Time{}
	data, err := json.Marshal(t)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

const keyTable = "idempotency"

type keyRecord struct {
	Task   string `json:"task"`
	Digest string `json:"digest"`
}

// claimKey binds an idempotency key to a task's id, or returns the id it is bound to.
func (j *Journal) claimKey(ctx context.Context, t step.Task, key, digest string) (string, error) {
	sum := sha256.Sum256([]byte(t.Owner + "\x00" + key))
	name := hex.EncodeToString(sum[:])
	data, err := json.Marshal(keyRecord{Task: t.ID, Digest: digest})
	if err != nil {
		return "", err
	}
	table := j.Table(keyTable)
	err = table.Create(ctx, name, data)
	if err == nil {
		return t.ID, nil
	}
	if !errors.Is(err, ErrExists) {
		return "", err
	}
	got, err := table.Get(ctx, name)
	if err != nil {
		return "", err
	}
	var rec keyRecord
	if err := json.Unmarshal(got, &rec); err != nil {
		return "", fmt.Errorf("idempotency key: %w", err)
	}
	if rec.Digest != digest {
		return "", ErrKeyReused
	}
	return rec.Task, nil
}

// enqueue gives a task its queue entry unless it has one.
func (j *Journal) enqueue(ctx context.Context, task string) error {
	_, err := j.st.Publish(ctx, j.me, store.QueuePrefix+task, nil, 0)
	if store.WrongLast(err) {
		return nil
	}
	return err
}

// encode writes an event, filtered, and reads it back, so that what is kept in memory is what is stored.
func (j *Journal) encode(ev step.Event) (data []byte, stored step.Event, err error) {
	ev.At = ev.At.UTC().Round(0)
	if data, err = json.Marshal(ev); err != nil {
		return nil, ev, err
	}
	filter := j.o.Filter
	switch ev.Body.(type) {
	case step.Created, step.Took, step.Answered, step.Ended:
	default:
		if j.o.Discreet != nil {
			filter = j.o.Discreet
		}
	}
	if data, err = sift(data, filter); err != nil {
		return nil, ev, err
	}
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, ev, fmt.Errorf("could not be read back: %w", err)
	}
	return data, stored, nil
}

// Append adds an event to a task's history. When it returns nil the event is on disk. ErrFenced means that the caller
// has lost the task to another worker, ErrEnded that its history is closed. After any other error the event may or may
// not have been stored; the next Append finds out.
func (j *Journal) Append(ctx context.Context, task string, stepNo int, body step.Body) (step.Event, error) {
	if err := j.up(ctx); err != nil {
		return step.Event{}, err
	}
	e := j.book.Get(task)
	if e == nil {
		var err error
		if e, err = j.load(ctx, task); err != nil {
			return step.Event{}, fmt.Errorf("append: %w", err)
		}
	}
	e.Writing.Lock()
	ev, err := j.append(ctx, e, step.Event{Task: task, Step: stepNo, At: time.Now(), Body: body})
	e.Writing.Unlock()
	if err != nil {
		return step.Event{}, fmt.Errorf("append to task %s: %w", task, store.Explain(err))
	}
	if _, over := body.(step.Ended); over {
		j.putSnapshot(ctx, e)
	}
	return ev, nil
}

func (j *Journal) append(ctx context.Context, e *book.Entry, ev step.Event) (step.Event, error) {
	at, held, err := j.tip(ctx, e)
	if err != nil {
		return ev, err
	}
	if e.Ended() {
		return ev, ErrEnded
	}
	ev.Seq = at.Seq + 1
	data, stored, err := j.encode(ev)
	if err != nil {
		return ev, err
	}
	if err := j.st.Fits(data); err != nil {
		return ev, err
	}
	ack, err := j.st.Publish(ctx, j.me, store.EventPrefix+e.Task, data, at.Stream)
	switch {
	case store.WrongLast(err):
		return ev, ErrFenced
	case err != nil:
		e.Doubt(true)
		return ev, err
	}
	e.Apply(ack.Sequence, stored)
	if held {
		e.Advance(book.Mark{Stream: ack.Sequence, Seq: stored.Seq})
	}
	return stored, nil
}

// tip returns where the next event goes: after this process's own last write while it holds the lease, else after
// the newest event.
func (j *Journal) tip(ctx context.Context, e *book.Entry) (at book.Mark, held bool, err error) {
	fence, doubt := e.Fence()
	if fence == (book.Mark{}) || doubt {
		if err := j.refresh(ctx, e); err != nil {
			return book.Mark{}, false, err
		}
	}
	if fence == (book.Mark{}) {
		e.Doubt(false)
		return e.Newest(), false, nil
	}
	if !doubt {
		return fence, true, nil
	}
	if fence, err = j.settle(ctx, e, fence); err != nil {
		return book.Mark{}, false, err
	}
	return fence, true, nil
}

// settle finds out what became of a write whose answer was lost: events after the fence that this process wrote are its own.
func (j *Journal) settle(ctx context.Context, e *book.Entry, fence book.Mark) (book.Mark, error) {
	for {
		msg, err := j.next(ctx, e.Task, fence.Stream)
		if errors.Is(err, ErrNotFound) {
			e.Advance(fence)
			e.Doubt(false)
			return fence, nil
		}
		if err != nil {
			return fence, err
		}
		if msg.Header.Get(store.WriterHeader) != j.me {
			return fence, ErrFenced
		}
		fence = book.Mark{Stream: msg.Sequence, Seq: fence.Seq + 1}
	}
}

// Record adds the gate's verdict to a task's history. It makes the journal the ledger of the policy.
func (j *Journal) Record(ctx context.Context, task string, stepNo int, v step.Verdict) error {
	_, err := j.Append(ctx, task, stepNo, step.Judged{Verdict: v})
	return err
}
