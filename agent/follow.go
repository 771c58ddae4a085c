package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"chiron/agent/halt"
	"chiron/mind"
	"chiron/step"
)

// How often the next sentence is tried on new looks before it counts as impossible, and the pause between them.
const (
	maxWaits  = 20
	waitPause = 250 * time.Millisecond
)

// byScript is who proposes the acts of a task with steps.
const byScript = "step"

// follow carries out the next sentence of a task with steps. No model is involved: the sentence is resolved on the
// screen, its act is judged like any other. Only for an icon that nothing on the screen is called the locator is asked,
// after all the waiting.
func (t *run) follow(ctx context.Context) error {
	if t.next == len(t.script) {
		return t.claim(ctx, step.Done{})
	}
	s := t.script[t.next]
	move, err := s.Resolve(t.seen, t.values)
	if errors.Is(err, mind.ErrAbsent) && t.waits < maxWaits {
		t.waits++
		return t.pause(ctx, waitPause)
	}
	if err != nil && move.Action == nil { // with one, whoever sees the page may find it
		return end(step.Failed, "step %d, %q: %v", t.next+1, s.Source, err)
	}
	switch {
	case s.Verb == mind.VerbRead:
		return t.readOut(ctx, s, move)
	case move.Action == nil:
		return t.advance()
	}
	p := step.Proposal{Action: step.Act{Action: move.Action}, By: byScript, Note: s.Source}
	grounded, err := t.ground(ctx, p)
	if halt.Ended(ctx) {
		return halt.ErrStopped
	}
	if err != nil {
		return end(step.Failed, "step %d, %q: %v", t.next+1, s.Source, err)
	}
	out, err := t.act(ctx, grounded)
	switch {
	case err != nil || out == nil: // nothing was done: the sentence is tried again on the next look
		return err
	case out.Status != step.NotExecuted: // done, or a person said to go on behind it
		return t.advance()
	case out.Status == step.NotExecuted && out.Stale && t.waits < maxWaits:
		t.waits++
		return nil
	}
	return end(step.Failed, "step %d, %q: %s: %s", t.next+1, s.Source, out.Status, out.Reason)
}

func (t *run) advance() error {
	t.next++
	t.waits = 0
	return nil
}

// readOut keeps what a sentence reads, with the place it was read at.
func (t *run) readOut(ctx context.Context, s mind.Sentence, m mind.Move) error {
	text, err := json.Marshal(m.Text)
	if err != nil {
		return fmt.Errorf("read %s: %w", s.Name, err)
	}
	t.readings[s.Name] = step.Value{Value: text, Evidence: t.evidence(m.Mark, m.Text)}
	if err := t.record(ctx, step.Noted{Text: fmt.Sprintf("%s is %q", s.Name, m.Text)}); err != nil {
		return err
	}
	return t.advance()
}

// pause lets a little time pass between two looks.
func (t *run) pause(ctx context.Context, d time.Duration) error {
	t.n-- // looking again is not another step
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.o.After(d):
		return nil
	}
}
