package policy

import (
	"context"
	"fmt"
	"time"
)

// Switch keeps the position of the kill switch over restarts.
type Switch interface {
	Load(ctx context.Context) (stopped bool, err error)
	// Save returns nil only when the position is durable.
	Save(ctx context.Context, stopped bool) error
}

// RuleStopped is the only rule of a verdict that was given while everything was stopped: it says nothing of the act.
const RuleStopped = "stopped"

// saveWithin bounds the writing of the switch's position.
const saveWithin = 10 * time.Second

// Restore takes over the stored position of the kill switch. Until it has returned nil, a gate with Options.Switch counts as
// stopped. A Stop that came before stays.
func (g *Gate) Restore(ctx context.Context) error {
	if g.opt.Switch == nil {
		return nil
	}
	g.turning.Lock()
	defer g.turning.Unlock()
	stopped, err := g.opt.Switch.Load(ctx)
	if err != nil {
		return fmt.Errorf("restore the kill switch: %w", err)
	}
	g.restored.Store(true)
	if stopped {
		g.halt()
	}
	return nil
}

// Stop voids every permit that is not yet redeemed and denies everything until Resume. That holds when it returns, even if
// the position of the switch could not be stored, which is logged.
func (g *Gate) Stop() {
	g.halt()
	g.turning.Lock()
	defer g.turning.Unlock()
	g.halt() // a Resume that was under way may have released it
	if err := g.save(true); err != nil {
		g.opt.Logger.Error("everything is stopped, but a restart would release it", "room", "policy", "error", err)
	}
}

func (g *Gate) halt() {
	g.stopped.Store(true)
	g.epoch.Add(1)
}

// Resume lets acts be judged again. Permits that Stop voided stay void. If the position of the switch cannot be stored,
// everything stays stopped, which is logged.
func (g *Gate) Resume() {
	g.turning.Lock()
	defer g.turning.Unlock()
	epoch := g.epoch.Load()
	if err := g.save(false); err != nil {
		g.opt.Logger.Error("everything stays stopped: its release cannot be stored", "room", "policy", "error", err)
		return
	}
	if g.stopped.Store(false); g.epoch.Load() != epoch { // a Stop came meanwhile
		g.stopped.Store(true)
	}
}

func (g *Gate) save(stopped bool) error {
	if g.opt.Switch == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), saveWithin)
	defer cancel()
	return g.opt.Switch.Save(ctx, stopped)
}

// Stopped reports whether everything is stopped.
func (g *Gate) Stopped() bool {
	return g.stopped.Load() || g.opt.Switch != nil && !g.restored.Load()
}
