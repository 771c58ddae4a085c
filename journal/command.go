package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"chiron/journal/book"
	"chiron/journal/store"
	"chiron/step"
)

// Command is an order of a person or program to the worker that holds the task.
type Command struct {
	Seq   uint64 // orders given later have a higher number; the same order delivered again has the same
	Order step.Order
	By    string
	At    time.Time
	Ack   func() // it was obeyed: forget it. Without Ack the next Commands delivers it again
}

type commandRecord struct {
	Order step.Order `json:"order"`
	By    string     `json:"by"`
	At    time.Time  `json:"at"`
}

// Send stores a command for whichever worker holds the task, now or later. ErrEnded says that nobody will.
func (j *Journal) Send(ctx context.Context, task string, order step.Order, by string) error {
	if err := j.up(ctx); err != nil {
		return err
	}
	e, err := j.load(ctx, task)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if e.Ended() {
		return fmt.Errorf("send to task %s: %w", task, ErrEnded)
	}
	data, err := json.Marshal(commandRecord{Order: order, By: by, At: time.Now().UTC()})
	if err == nil {
		data, err = sift(data, j.o.Filter)
	}
	if err == nil {
		err = j.st.Fits(data)
	}
	if err == nil {
		_, err = j.st.JS.Publish(ctx, store.CommandPrefix+task, data)
	}
	if err != nil {
		return fmt.Errorf("send to task %s: %w", task, store.Explain(err))
	}
	return nil
}

// Commands delivers the commands of a task in order, those kept from before first, until ctx ends; then the channel is
// closed. Only the holder of the task's lease should read them.
func (j *Journal) Commands(ctx context.Context, task string) (<-chan Command, error) {
	if err := j.up(ctx); err != nil {
		return nil, err
	}
	e, err := j.load(ctx, task)
	if err != nil {
		return nil, fmt.Errorf("commands: %w", err)
	}
	out := make(chan Command)
	ctx, cancel := j.bound(ctx)
	j.tasks.Go(func() {
		defer cancel()
		defer close(out)
		j.deliver(ctx, e, out)
	})
	return out, nil
}

func (j *Journal) deliver(ctx context.Context, e *book.Entry, out chan<- Command) {
	var at uint64
	for ctx.Err() == nil {
		heard := e.Ordered.Heard()
		msg, err := j.st.Commands.GetMsg(ctx, at+1, jetstream.WithGetMsgSubject(store.CommandPrefix+e.Task))
		if err != nil {
			if !errors.Is(err, jetstream.ErrMsgNotFound) && ctx.Err() == nil {
				j.log.Warn("commands cannot be read; trying again", "task", e.Task, "error", err)
			}
			j.rest(ctx, heard, err)
			continue
		}
		at = msg.Sequence
		rec, err := decodeCommand(msg.Data)
		if err != nil {
			err := &CorruptError{Task: e.Task, Seq: at, Err: err}
			j.log.Error("a command cannot be read and is passed over", "task", e.Task, "seq", at, "error", err)
			continue
		}
		seq := at
		select {
		case out <- Command{Seq: seq, Order: rec.Order, By: rec.By, At: rec.At, Ack: func() { j.forget(e.Task, seq) }}:
		case <-ctx.Done():
		}
	}
}

// rest waits for the next command, or a moment after a failure.
func (j *Journal) rest(ctx context.Context, heard <-chan struct{}, err error) {
	var again <-chan time.Time
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		again = time.After(time.Second)
	}
	select {
	case <-heard:
	case <-again:
	case <-ctx.Done():
	}
}

// forgetWithin bounds the deletion of one command.
const forgetWithin = 2 * time.Second

func (j *Journal) forget(task string, seq uint64) {
	ctx, cancel := context.WithTimeout(j.life, forgetWithin)
	defer cancel()
	err := j.st.Commands.DeleteMsg(ctx, seq)
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) && j.life.Err() == nil {
		j.log.Warn("a command was obeyed and could not be forgotten; it may be delivered again", "task", task, "seq", seq, "error", err)
	}
}

func decodeCommand(data []byte) (commandRecord, error) {
	var rec commandRecord
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rec); err != nil {
		return rec, err
	}
	if rec.Order.Command == nil {
		return rec, errors.New("there is no command in it")
	}
	if dec.More() {
		return rec, errors.New("more than one value")
	}
	return rec, nil
}
