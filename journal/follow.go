package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

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
	var at mark
	if pos := e.position(after); pos != 0 {
		at = mark{pos - 1, after - 1} // event `after` is read again, because it may be the end
	}
	for {
		msg, err := j.await(ctx, e, at.stream)
		if err != nil {
			return err
		}
		ev, err := decodeEvent(task, msg.Sequence, msg.Data)
		if err == nil && ev.Seq != at.seq+1 {
			err = outOfOrder(task, msg.Sequence, ev.Seq)
		}
		if err != nil {
			return fmt.Errorf("follow: %w", err)
		}
		at = mark{msg.Sequence, ev.Seq}
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
func (j *Journal) await(ctx context.Context, e *entry, after uint64) (*jetstream.RawStreamMsg, error) {
	for {
		heard := e.changed.heard()
		_, known, _ := e.snapshot()
		msg, err := j.next(ctx, e.task, after)
		if err == nil {
			return msg, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("follow task %s: %w", e.task, explain(err))
		}
		if known > after {
			return nil, fmt.Errorf("follow: %w", &CorruptError{Task: e.task, Seq: known, Err: errors.New("it, or one before it, cannot be read")})
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
