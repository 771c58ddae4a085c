package bench

import (
	"context"
	"fmt"
	"time"

	"chiron/eval"
	"chiron/step"
)

// live measures what a picture takes from Chromium's hands to a watcher's, and by which share steps get longer while somebody watches.
func (o Options) live(ctx context.Context, s *Sheet, lab *eval.Lab, p *Product, page string) error {
	var alone, watched, late []time.Duration
	watch := func(ctx context.Context, task string) error {
		err := p.Client.Live(ctx, task, func(f step.Frame, _ uint64) error { late = append(late, time.Since(f.At)); return nil })
		if ctx.Err() != nil {
			return nil // the task is over
		}
		return err
	}
	for range 2 { // in turn, so that neither has the quieter machine
		some, _, err := o.click(ctx, lab, p, page, nil)
		if err != nil {
			return err
		}
		alone = append(alone, some...)
		if some, _, err = o.click(ctx, lab, p, page, watch); err != nil {
			return err
		}
		watched = append(watched, some...)
	}
	if len(late) < o.Steps {
		return fmt.Errorf("only %d live pictures came in %d steps", len(late), len(watched))
	}
	s.Notes = append(s.Notes, fmt.Sprintf("watched: %d live pictures in %d steps on a page whose fields are clicked", len(late), len(watched)))
	s.Set("live.latency.p50_ms", quantile(late, 0.5))
	s.Set("live.cost.share", quantile(watched, 0.5)/quantile(alone, 0.5)-1)
	return nil
}
