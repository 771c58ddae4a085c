package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"chiron/journal/book"
	"chiron/journal/store"
	"chiron/step"
)

// ErrBeyond says that the stream of events has never reached a position: it is an older copy, or another one.
var ErrBeyond = errors.New("the journal ends before this position")

// Chronicle calls fn with the events of all tasks after a position of the stream, in the order in which they were stored,
// each once: first those stored, then new ones as they come. A damaged event is logged and passed over. It returns fn's error, ErrBeyond, ErrClosed, or the cause of
// ctx's end.
func (j *Journal) Chronicle(ctx context.Context, after uint64, fn func(position uint64, ev step.Event) error) error {
	if err := j.up(ctx); err != nil {
		return err
	}
	ctx, cancel := j.bound(ctx)
	defer cancel()
	fail := func(err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("read the chronicle: %w", store.Explain(err))
	}
	info, err := j.st.Events.Info(ctx)
	if err != nil {
		return fail(err)
	}
	if info.State.LastSeq < after {
		return fmt.Errorf("read the chronicle: %w: %d of %d", ErrBeyond, after, info.State.LastSeq)
	}
	c, err := j.st.Events.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq: after + 1, InactiveThreshold: time.Minute})
	if err != nil {
		return fail(err)
	}
	all, err := c.Messages()
	if err != nil {
		return fail(err)
	}
	defer all.Stop()
	for {
		m, err := all.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fail(err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return fail(err)
		}
		ev, err := book.DecodeEvent(m.Subject()[len(store.EventPrefix):], meta.Sequence.Stream, m.Data())
		if err != nil {
			j.log.Error("an event cannot be read and is passed over", "position", meta.Sequence.Stream, "error", err)
			continue
		}
		if err := fn(meta.Sequence.Stream, ev); err != nil {
			return err
		}
	}
}

// Newest returns the position of the last event that the stream has taken, 0 where there is none.
func (j *Journal) Newest(ctx context.Context) (uint64, error) {
	if err := j.up(ctx); err != nil {
		return 0, err
	}
	ctx, cancel := j.bound(ctx)
	defer cancel()
	info, err := j.st.Events.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("find the newest event: %w", store.Explain(err))
	}
	return info.State.LastSeq, nil
}
