package browser

import (
	"context"
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

// stock keeps one spare session ready until ctx or the process ends.
func (b *Browser) stock(ctx context.Context, p *chromium.Process) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer whenClosed(p.Gone(), cancel)()
	for ctx.Err() == nil {
		s, err := b.warm(ctx, p)
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
