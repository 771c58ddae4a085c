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
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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
	if err := validTask(t.ID); err != nil {
		return step.State{}, false, fmt.Errorf("create: %w", err)
	}
	if key != "" {
		if t.ID, err = j.claimKey(ctx, t, key, digest); err != nil {
			return step.State{}, false, fmt.Errorf("create: %w", explain(err))
		}
		s, err := j.State(ctx, t.ID)
		if !errors.Is(err, ErrNotFound) {
			return s, false, err
		}
	}
	made, err := j.create(ctx, t)
	if err != nil {
		return step.State{}, false, fmt.Errorf("create task %s: %w", t.ID, explain(err))
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
	data, ev, err := encode(step.Event{Task: t.ID, Seq: 1, At: time.Now(), Body: step.Created{Task: t}})
	if err != nil {
		return false, err
	}
	if err := j.fits(data); err != nil {
		return false, err
	}
	if err := j.enqueue(ctx, t.ID); err != nil {
		return false, err
	}
	ack, err := j.publish(ctx, eventPrefix+t.ID, data, 0)
	if wrongLast(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	j.book.add(t.ID, ack.Sequence).apply(ack.Sequence, ev)
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
	_, err := j.publish(ctx, queuePrefix+task, nil, 0)
	if wrongLast(err) {
		return nil
	}
	return err
}

// publish stores a record if the newest one of its subject is the expected.
func (j *Journal) publish(ctx context.Context, subject string, data []byte, expect uint64) (*jetstream.PubAck, error) {
	msg := nats.NewMsg(subject)
	msg.Data = data
	msg.Header.Set(writerHeader, j.me)
	return j.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(expect))
}

// fits reports a record that the server would refuse, leaving room for headers.
func (j *Journal) fits(data []byte) error {
	if limit := j.nc.MaxPayload() - 1024; int64(len(data)) > limit {
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, len(data), limit)
	}
	return nil
}

// encode writes an event and reads it back, so that what is kept in memory is what is stored.
func encode(ev step.Event) (data []byte, stored step.Event, err error) {
	ev.At = ev.At.UTC().Round(0)
	if data, err = json.Marshal(ev); err != nil {
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
	e := j.book.get(task)
	if e == nil {
		var err error
		if e, err = j.load(ctx, task); err != nil {
			return step.Event{}, fmt.Errorf("append: %w", err)
		}
	}
	e.writing.Lock()
	ev, err := j.append(ctx, e, step.Event{Task: task, Step: stepNo, At: time.Now(), Body: body})
	e.writing.Unlock()
	if err != nil {
		return step.Event{}, fmt.Errorf("append to task %s: %w", task, explain(err))
	}
	if _, over := body.(step.Ended); over {
		j.putSnapshot(ctx, e)
	}
	return ev, nil
}

func (j *Journal) append(ctx context.Context, e *entry, ev step.Event) (step.Event, error) {
	at, held, err := j.tip(ctx, e)
	if err != nil {
		return ev, err
	}
	if e.ended() {
		return ev, ErrEnded
	}
	ev.Seq = at.seq + 1
	data, stored, err := encode(ev)
	if err != nil {
		return ev, err
	}
	if err := j.fits(data); err != nil {
		return ev, err
	}
	ack, err := j.publish(ctx, eventPrefix+e.task, data, at.stream)
	switch {
	case wrongLast(err):
		return ev, ErrFenced
	case err != nil:
		e.setDoubt(true)
		return ev, err
	}
	e.apply(ack.Sequence, stored)
	if held {
		e.advance(mark{ack.Sequence, stored.Seq})
	}
	return stored, nil
}

// tip returns where the next event goes: after this process's own last write while it holds the lease, else after
// the newest event.
func (j *Journal) tip(ctx context.Context, e *entry) (at mark, held bool, err error) {
	e.mu.Lock()
	fence, doubt := e.fence, e.doubt
	e.mu.Unlock()
	if fence == (mark{}) || doubt {
		if err := j.refresh(ctx, e); err != nil {
			return mark{}, false, err
		}
	}
	if fence == (mark{}) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.doubt = false
		return mark{e.last, e.seq}, false, nil
	}
	if !doubt {
		return fence, true, nil
	}
	if fence, err = j.settle(ctx, e, fence); err != nil {
		return mark{}, false, err
	}
	return fence, true, nil
}

// settle finds out what became of a write whose answer was lost: events after the fence that this process wrote are its own.
func (j *Journal) settle(ctx context.Context, e *entry, fence mark) (mark, error) {
	for {
		msg, err := j.next(ctx, e.task, fence.stream)
		if errors.Is(err, ErrNotFound) {
			e.advance(fence)
			e.setDoubt(false)
			return fence, nil
		}
		if err != nil {
			return fence, err
		}
		if msg.Header.Get(writerHeader) != j.me {
			return fence, ErrFenced
		}
		fence = mark{msg.Sequence, fence.seq + 1}
	}
}

// Record adds the gate's verdict to a task's history. It makes the journal the ledger of the policy.
func (j *Journal) Record(ctx context.Context, task string, stepNo int, v step.Verdict) error {
	_, err := j.Append(ctx, task, stepNo, step.Judged{Verdict: v})
	return err
}
