package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chiron/browser/chromium"
)

const (
	profileWait = 10 * time.Minute // how long Open waits for a profile that another session holds
	profilePoll = 500 * time.Millisecond
)

// openProfile opens a session in a Chromium of its own that keeps what it learns under the profile's name. It waits while
// another session holds the profile.
func (b *Browser) openProfile(ctx context.Context, o SessionOptions) (*Session, error) {
	if b.opts.Profiles == "" {
		return nil, errors.New("this browser keeps no profiles")
	}
	held, err := b.holdProfile(ctx, o.Profile)
	if err != nil {
		return nil, err
	}
	start, cancel := context.WithTimeout(ctx, profileStart)
	defer cancel()
	p, err := chromium.Start(start, chromium.Options{
		Self: b.opts.Self, Path: b.opts.Path, Dir: b.opts.Dir, UID: b.opts.UID, GID: b.opts.GID,
		Isolate: b.Isolation().Namespace, Profile: held, Trust: b.opts.Trust, Logger: b.log,
	})
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	s, err := b.warm(ctx, p, held)
	if err != nil {
		return nil, err
	}
	if err := p.Recall(ctx, s.context, held); err != nil {
		return nil, errors.Join(s.gone(err), s.Close())
	}
	return s, nil
}

// profileStart bounds the start of a profile's Chromium.
const profileStart = 30 * time.Second

// holdProfile waits until nobody else holds the profile.
func (b *Browser) holdProfile(ctx context.Context, name string) (*chromium.Profile, error) {
	limit := time.NewTimer(profileWait)
	defer limit.Stop()
	tick := time.NewTicker(profilePoll)
	defer tick.Stop()
	for told := false; ; {
		held, err := chromium.OpenProfile(b.opts.Profiles, name, b.opts.UID, b.opts.GID)
		if !errors.Is(err, ErrProfileHeld) {
			return held, err
		}
		if !told {
			b.log.Info("a session waits for its profile", "profile", name)
			told = true
		}
		b.mu.Lock()
		closing := b.closing
		b.mu.Unlock()
		if closing {
			return nil, ErrClosed
		}
		select {
		case <-tick.C:
		case <-limit.C:
			return nil, err
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, context.Cause(ctx))
		}
	}
}

// Profiles lists the names of the profiles that were kept, in order.
func (b *Browser) Profiles() ([]string, error) { return chromium.Profiles(b.opts.Profiles) }

// RemoveProfile deletes a profile. It fails with ErrNoProfile where there is none, and with ErrProfileHeld while a session
// uses it.
func (b *Browser) RemoveProfile(name string) error {
	return chromium.RemoveProfile(b.opts.Profiles, name)
}
