package agent

import (
	"context"
	"errors"
	"fmt"

	"chiron/mind"
	"chiron/step"
	"chiron/vision"
)

// maxPlans is how many plans one task may ask for: the planner is the dearest of the models.
const maxPlans = 4

// planning asks the planner for the way: at the start, once whenever it gets stuck, and when a person said something new. Without a planner
// nothing happens; one that fails is told of and left out, since the actor can go on without.
func (t *run) planning(ctx context.Context) error {
	why, again := "", t.stuck() && t.lost
	t.lost = t.stuck()
	switch {
	case t.plans < 0 || t.plans >= maxPlans:
		return nil
	case t.plans == 0:
		why = "it is the start"
	case t.lost && !again:
		why = fmt.Sprintf("the agent is stuck: nothing changed for %d steps", t.idle)
	case len(t.messages) > t.heard:
		why = "the person said something new"
	default:
		return nil
	}
	t.heard = len(t.messages)
	p, err := t.o.Mind.Plan(ctx, t.lookOf(), why)
	t.usage = t.usage.Add(p.Usage)
	switch {
	case errors.Is(err, mind.ErrNoModel):
		t.plans = -1
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		t.plans++
		return t.record(ctx, step.Warned{Code: "no_plan", Text: err.Error()})
	}
	t.plans, t.way = t.plans+1, p
	return t.record(ctx, step.Planned{Plan: p})
}

// stuck reports whether the actor is getting nowhere: half of the patience is over, or its last answer was of no use. Then the bigger
// model is asked, where there is one.
func (t *run) stuck() bool { return t.idle >= max(2, t.limits.NoWork/2) || t.unusable > 0 }

// show keeps a picture of how a target was found; what cannot be drawn is no reason not to act.
func (t *run) show(ctx context.Context, found step.Found) step.Found {
	picture, err := vision.Evidence(t.obs.Frame, found)
	if err == nil {
		var hash string
		if hash, err = t.o.Recorder.PutPicture(ctx, picture, "image/png"); err == nil {
			found.Picture = hash
		}
	}
	if err != nil {
		t.log.Warn("no evidence picture", "task", t.task.ID, "step", t.n, "error", err)
	}
	return found
}
