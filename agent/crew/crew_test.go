package crew_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"chiron/agent/crew"
	"chiron/step"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type job struct{ pauses chan time.Duration }

func (j job) State() (step.State, int) { return step.State{}, 3 }
func (j job) Keep(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
func (j job) Done(context.Context) error { return nil }
func (j job) Release(_ context.Context, pause time.Duration) error {
	j.pauses <- pause
	return nil
}

func TestTheSupervisorOutlivesFailedClaimsAndClaimsNothingWhileHeld(t *testing.T) {
	var hold atomic.Bool
	hold.Store(true)
	rested, claims := make(chan time.Duration), 0
	after := func(d time.Duration) <-chan time.Time {
		rested <- d
		now := make(chan time.Time, 1)
		now <- time.Time{}
		return now
	}
	j := job{make(chan time.Duration, 1)}
	boss := &crew.Supervisor{Name: "w", Workers: 1, Hold: hold.Load, After: after, Logger: slog.New(slog.DiscardHandler),
		Claim: func(ctx context.Context) (crew.Work, error) {
			if claims++; claims <= 2 {
				return nil, errors.New("no connection")
			}
			if claims == 3 {
				return j, nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		},
		Carry: func(context.Context, step.State, string, int) error { return errors.New("disk full") }}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- boss.Run(ctx) }()
	<-rested
	<-rested
	if claims != 0 {
		t.Errorf("%d claims while held", claims)
	}
	hold.Store(false)
	var waits []time.Duration
	for len(waits) < 2 {
		if d := <-rested; d >= time.Second {
			waits = append(waits, d)
		}
	}
	if waits[0] != time.Second || waits[1] != 2*time.Second {
		t.Errorf("waited %v", waits)
	}
	if pause := <-j.pauses; pause != 4*time.Second {
		t.Errorf("the third attempt's task was given back for %v", pause)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
