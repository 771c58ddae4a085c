// Package halt brings what is under way to an end when everything is stopped: model calls and waits at once, an act in hand after a moment.
package halt

import (
	"context"
	"errors"
	"time"
)

// ErrStopped is the cause of what ends because everything was stopped. The task stays, and goes on after the release.
var ErrStopped = errors.New("everything is stopped")

// How often it is asked whether everything is stopped, and how long what is under way then has to come to its own end: an act that is
// dispatched should have an outcome. Together they stay well below the second that a stop may take.
const (
	poll   = 50 * time.Millisecond
	moment = 300 * time.Millisecond
)

// Within returns a context that ends with ErrStopped a moment after stopped has begun to say yes. Over ends it and waits until nothing of it is
// left. A nil stopped never says yes.
func Within(ctx context.Context, stopped func() bool) (within context.Context, over func()) {
	within, cancel := context.WithCancelCause(ctx)
	if stopped == nil {
		return within, func() { cancel(nil) }
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(poll)
		defer tick.Stop()
		var since time.Time
		for {
			select {
			case <-within.Done():
				return
			case now := <-tick.C:
				switch {
				case !stopped():
					since = time.Time{}
				case since.IsZero():
					since = now
				case now.Sub(since) >= moment:
					cancel(ErrStopped)
					return
				}
			}
		}
	}()
	return within, func() { cancel(nil); <-done }
}

// Act returns the context of an act, which is to come to its end whatever else ends, but for a stop: limit bounds it.
func Act(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	act, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	act, stop := context.WithCancelCause(act)
	watching := context.AfterFunc(ctx, func() {
		if Ended(ctx) {
			stop(ErrStopped)
		}
	})
	return act, func() { watching(); cancel(); stop(nil) }
}

// Ended reports whether a context ended because everything was stopped.
func Ended(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrStopped) }
