package policy_test

import (
	"context"
	"errors"
	"testing"

	"chiron/policy"
)

// position is the stored switch at the wire.
type position struct {
	stopped bool
	fail    error
}

func (p *position) Load(context.Context) (bool, error) { return p.stopped, p.fail }
func (p *position) Save(_ context.Context, stopped bool) error {
	if p.fail == nil {
		p.stopped = stopped
	}
	return p.fail
}

func TestTheKillSwitchSurvivesARestart(t *testing.T) {
	kept := &position{}
	start := func() world {
		w := newWorld(t, func(o *policy.Options) { o.Switch = kept })
		if !w.Stopped() {
			t.Fatal("released before the stored position is known")
		}
		if a := w.admit(t, request(click(), facts(element("Next")))); a.Permit != nil {
			t.Fatal("admitted before the stored position is known")
		}
		if err := w.Restore(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := start()
	f := facts(element("Next"))
	p := w.permit(t, request(click(), f))
	w.Stop()
	_, err := p.Redeem(f)
	want(t, err, policy.ErrVoid)
	w = start()
	if a := w.admit(t, request(click(), f)); a.Permit != nil || !w.Stopped() {
		t.Fatal("a restart released what was stopped")
	}
	w.Resume()
	w.permit(t, request(click(), f))
	w = start()
	w.permit(t, request(click(), f))
}

func TestASwitchThatCannotBeStoredStaysStopped(t *testing.T) {
	kept := &position{}
	w := newWorld(t, func(o *policy.Options) { o.Switch = kept })
	kept.fail = errors.New("disk full")
	want(t, w.Restore(t.Context()), kept.fail)
	if !w.Stopped() {
		t.Fatal("released without knowing the stored position")
	}
	kept.fail = nil
	if err := w.Restore(t.Context()); err != nil || w.Stopped() {
		t.Fatal(err)
	}
	kept.fail = errors.New("disk full")
	if w.Stop(); !w.Stopped() {
		t.Fatal("not stopped")
	}
	if w.Resume(); !w.Stopped() {
		t.Fatal("released without storing it")
	}
}
