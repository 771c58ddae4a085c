package browser

import (
	"context"
	"sync"
	"time"

	"chiron/browser/chromium"
)

const (
	spareAge   = 5 * time.Minute        // an older spare is replaced
	sparePause = 500 * time.Millisecond // before the next spare is made: who just took one has work to do
)

// spare takes a session that waits for a task, or returns nil where none is ready.
func (b *Browser) spare(p *chromium.Process) *Session {
	select {
	case s := <-b.shelf:
		s.mu.Lock()
		whole := s.active != nil && !s.active.crashed
		s.mu.Unlock()
		if whole && s.process == p && !p.Dead() {
			return s
		}
		s.Close() // what fails then shows when the process is cleaned up
	default:
	}
	return nil
}

// stock keeps the spare sessions ready until ctx ends.
func (b *Browser) stock(ctx context.Context, p *chromium.Process) {
	var each sync.WaitGroup
	for range b.opts.Spares {
		each.Go(func() { b.stockOne(ctx, p) })
	}
	each.Wait()
}

func (b *Browser) stockOne(ctx context.Context, p *chromium.Process) {
	for ctx.Err() == nil {
		s, err := b.warm(ctx, p, nil)
		if err != nil {
			if ctx.Err() == nil {
				b.log.Warn("no spare session could be opened", "err", err)
			}
		} else {
			age := time.NewTimer(spareAge)
			select {
			case b.shelf <- s:
			case <-age.C:
				s.Close()
			case <-ctx.Done():
				s.Close()
			}
			age.Stop()
		}
		select {
		case <-time.After(sparePause):
		case <-ctx.Done():
		}
	}
}
