package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"chiron/journal/book"
	"chiron/journal/store"
	"chiron/step"
)

// Follow calls fn with every event of a task after the given Seq, in order, each once: first those stored, then new
// ones as they come. It returns nil after an Ended event, fn's error, ErrClosed, or the cause of ctx's end. Each
// follower reads the store at its own pace; a slow fn holds nobody up.
func (j *Journal) Follow(ctx context.Context, task string, after uint64, fn func(step.Event) error) error {
	if err := j.up(ctx); err != nil {
		return err
	}
	e, err := j.load(ctx, task)
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	var at book.Mark
	if pos := e.Position(after); pos != 0 {
		at = book.Mark{Stream: pos - 1, Seq: after - 1} // event `after` is read again, because it may be the end
	}
	for {
		msg, err := j.await(ctx, e, at.Stream)
		if err != nil {
			return err
		}
		ev, err := book.DecodeEvent(task, msg.Sequence, msg.Data)
		if err == nil && ev.Seq != at.Seq+1 {
			err = book.OutOfOrder(task, msg.Sequence, ev.Seq)
		}
		if err != nil {
			return fmt.Errorf("follow: %w", err)
		}
		at = book.Mark{Stream: msg.Sequence, Seq: ev.Seq}
		if ev.Seq > after {
			if err := fn(ev); err != nil {
				return err
			}
		}
		if _, over := ev.Body.(step.Ended); over {
			return nil
		}
	}
}

// await returns the first event after a stream sequence, waiting until there is one.
func (j *Journal) await(ctx context.Context, e *book.Entry, after uint64) (*jetstream.RawStreamMsg, error) {
	for {
		heard := e.Changed.Heard()
		_, known, _ := e.Known()
		msg, err := j.next(ctx, e.Task, after)
		if err == nil {
			return msg, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("follow task %s: %w", e.Task, store.Explain(err))
		}
		if known > after {
			return nil, fmt.Errorf("follow: %w", &CorruptError{Task: e.Task, Seq: known, Err: errors.New("it, or one before it, cannot be read")})
		}
		select {
		case <-heard:
		case <-j.life.Done():
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
