package browser

import (
	"context"
	"errors"
	"time"

	"chiron/policy"
	"chiron/step"

	"github.com/go-rod/rod"
)

// Page is the active tab's page, for tests that play the web site's part.
func (s *Session) Page() *rod.Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.active.page
}

// PID is the process id of the running Chromium.
func (b *Browser) PID() int {
	p, err := b.keeper.Process(context.Background())
	if err != nil {
		panic(err)
	}
	return p.PID()
}

// PID is the process id of the session's Chromium.
func (s *Session) PID() int { return s.process.PID() }

// Browser is the session's browser.
func (s *Session) Browser() *Browser { return s.browser }

// Door is where the session's Chromium finds its proxy.
func (s *Session) Door() string { return s.door }

// OpenSpare is Open once a spare session stands ready; it returns the time from then on.
func (b *Browser) OpenSpare(ctx context.Context, o SessionOptions) (*Session, time.Duration, error) {
	s := <-b.shelf
	begun := time.Now()
	if err := s.bind(ctx, o); err != nil {
		return nil, 0, errors.Join(err, s.Close())
	}
	return s, time.Since(begun), nil
}

// DoBlind is Do without the looks that come before the press: the permit is redeemed with the facts that it was given for,
// and the hand does not know what it should be at.
func (s *Session) DoBlind(ctx context.Context, p *policy.Permit) (step.Outcome, error) {
	now := p.Verdict().Facts
	order, err := p.Redeem(now)
	if err != nil {
		return step.Outcome{}, err
	}
	t, err := s.current()
	if err != nil {
		return step.Outcome{}, err
	}
	now.Element = nil
	return s.perform(ctx, t, order, now), nil
}
