package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"chiron/journal/book"
	"chiron/journal/store"
	"chiron/step"
)

// Lease is the right to work on one task, held by one worker at a time. It lives for Options.Lease beyond the last
// renewal; Keep renews it. End it with Done or Release. The holder's first Append shuts out whoever held it before.
type Lease struct {
	State   step.State // when it was claimed
	Attempt int        // 1, and one more for every time the task was taken up before

	j    *Journal
	e    *book.Entry
	msg  jetstream.Msg
	lost chan struct{} // closed when it is known to be lost

	mu      sync.Mutex
	keeping bool
	gone    bool // lost, done or released
	renewed time.Time
}

const (
	pullFor    = 5 * time.Second        // one request for work
	historyFor = 2 * time.Second        // how long a worker waits for the history of a task just queued
	retryIn    = 250 * time.Millisecond // before work that cannot be taken yet is offered again
)

// Claim waits for work and returns the lease of a task, the longest queued first.
func (j *Journal) Claim(ctx context.Context) (*Lease, error) {
	if err := j.up(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := j.bound(ctx)
	defer cancel()
	for {
		msg, err := j.pull(ctx)
		if ctx.Err() != nil {
			if msg != nil {
				err := msg.Nak()
				return nil, errors.Join(context.Cause(ctx), err)
			}
			return nil, context.Cause(ctx)
		}
		if errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrNoMessages) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("claim: %w", store.Explain(err))
		}
		lease, err := j.take(ctx, msg)
		if err != nil {
			return nil, fmt.Errorf("claim: %w", store.Explain(err))
		}
		if lease != nil {
			return lease, nil
		}
	}
}

// pull asks once for work.
func (j *Journal) pull(ctx context.Context) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, pullFor)
	defer cancel()
	return j.st.Workers.Next(jetstream.FetchContext(ctx))
}

// take turns an offer of work into a lease; nil means that there is nothing to do for it, or not yet.
func (j *Journal) take(ctx context.Context, msg jetstream.Msg) (*Lease, error) {
	task := msg.Subject()[len(store.QueuePrefix):]
	e, err := j.history(ctx, task)
	var corrupt *CorruptError
	switch {
	case errors.Is(err, ErrNotFound):
		meta, err := msg.Metadata()
		if err != nil {
			return nil, err
		}
		if time.Since(meta.Timestamp) > orphanAge {
			j.log.Warn("a queue entry without a task was dropped", "task", task)
			return nil, msg.DoubleAck(ctx)
		}
		return nil, msg.NakWithDelay(retryIn)
	case errors.As(err, &corrupt):
		j.log.Error("a task with a damaged history cannot be worked on", "task", task, "seq", corrupt.Seq, "error", err)
		return nil, msg.DoubleAck(ctx)
	case err != nil:
		return nil, errors.Join(err, msg.Nak())
	case e.Ended():
		return nil, msg.DoubleAck(ctx)
	}
	if j.held(task) {
		return nil, msg.NakWithDelay(retryIn)
	}
	state, ok := e.Raise()
	if !ok {
		return nil, msg.DoubleAck(ctx)
	}
	l := &Lease{State: state, Attempt: state.Attempt + 1, j: j, e: e, msg: msg, lost: make(chan struct{}), renewed: time.Now()}
	j.leaseMu.Lock()
	j.leases[task] = l
	j.leaseMu.Unlock()
	return l, nil
}

// history loads a task, waiting a little for one that was queued just now.
func (j *Journal) history(ctx context.Context, task string) (*book.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, historyFor)
	defer cancel()
	for {
		made := j.book.Made.Heard()
		e, err := j.load(ctx, task)
		if !errors.Is(err, ErrNotFound) {
			return e, err
		}
		select {
		case <-made:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// held tells a holder in this process whose task is offered again that its lease has run out, and reports whether that
// holder is still at work and has to stop first.
func (j *Journal) held(task string) bool {
	j.leaseMu.Lock()
	l := j.leases[task]
	j.leaseMu.Unlock()
	if l == nil {
		return false
	}
	l.lose()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keeping
}

// overtaken ends a lease of this process because another one's worker has taken the task up.
func (j *Journal) overtaken(task string) {
	j.leaseMu.Lock()
	l := j.leases[task]
	j.leaseMu.Unlock()
	if l != nil {
		l.lose()
	}
}

func (l *Lease) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.gone {
		l.gone = true
		close(l.lost)
	}
}

// Keep renews the lease until ctx ends, and returns nil then. Any error, first of all ErrLeaseLost, means that the
// holder must stop acting at once: another worker may have the task.
func (l *Lease) Keep(ctx context.Context) error {
	l.mu.Lock()
	if l.gone {
		l.mu.Unlock()
		return l.error(ErrLeaseLost)
	}
	l.keeping = true
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.keeping = false
		l.mu.Unlock()
	}()
	tick := time.NewTicker(l.j.o.Lease / 3)
	defer tick.Stop()
	for {
		err := l.renew(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-l.lost:
			return l.error(ErrLeaseLost)
		case <-l.j.life.Done():
			return l.error(ErrClosed)
		case <-ctx.Done():
			return nil
		}
	}
}

// renew asks for another term. A failure is passed over until the term is over.
func (l *Lease) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.j.o.Lease/3)
	defer cancel()
	_, err := l.j.st.NC.RequestWithContext(ctx, l.msg.Reply(), []byte("+WPI"))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.renewed = time.Now()
		return nil
	}
	if time.Since(l.renewed) > l.j.o.Lease {
		return l.error(fmt.Errorf("%w: no renewal: %w", ErrLeaseLost, err))
	}
	return nil
}

func (l *Lease) error(err error) error { return fmt.Errorf("lease of task %s: %w", l.e.Task, err) }

// Done ends the lease of a task that has ended and takes the task out of the queue, with its left-over commands.
func (l *Lease) Done(ctx context.Context) error {
	if !l.e.Ended() {
		return l.error(errors.New("done: the task has not ended"))
	}
	l.finish()
	if err := l.msg.DoubleAck(ctx); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		return l.error(fmt.Errorf("done: %w", store.Explain(err)))
	}
	err := l.j.st.Commands.Purge(ctx, jetstream.WithPurgeSubject(store.CommandPrefix+l.e.Task))
	if err != nil {
		return l.error(fmt.Errorf("done: forget its commands: %w", store.Explain(err)))
	}
	return nil
}

// Release gives the task back, so that another worker may claim it at once. A lease that is already lost is given
// back to nobody and reported as such.
func (l *Lease) Release(ctx context.Context) error { return l.ReleaseAfter(ctx, 0) }

// ReleaseAfter is Release, but nobody is offered the task before the pause is over.
func (l *Lease) ReleaseAfter(ctx context.Context, pause time.Duration) error {
	if !l.finish() {
		return l.error(ErrLeaseLost)
	}
	var err error
	if pause > 0 {
		err = l.msg.NakWithDelay(pause)
	} else {
		err = l.msg.Nak()
	}
	if err == nil {
		err = l.j.st.NC.FlushWithContext(ctx)
	}
	if err != nil {
		return l.error(fmt.Errorf("release: %w", store.Explain(err)))
	}
	return nil
}

// finish takes the lease off the books and reports whether it was still held.
func (l *Lease) finish() (held bool) {
	l.mu.Lock()
	held = !l.gone && time.Since(l.renewed) < l.j.o.Lease
	l.gone = true
	l.mu.Unlock()
	l.j.leaseMu.Lock()
	if l.j.leases[l.e.Task] == l {
		delete(l.j.leases, l.e.Task)
		l.e.Lower()
		l.j.relay.Retire(l.e.Task)
	}
	l.j.leaseMu.Unlock()
	return held
}
