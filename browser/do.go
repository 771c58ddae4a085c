package browser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chiron/browser/act"
	"chiron/browser/hold"
	"chiron/policy"
	"chiron/step"

	"github.com/go-rod/rod/lib/proto"
)

// Do carries out the act that a permit allows, once, in the active tab. The facts are gathered again at this moment; the
// permit is redeemed with them. Nothing has happened when it returns an error, which wraps policy's (ErrNoPermit, ErrSpent,
// …), ErrUngrounded, ErrOffScreen, ErrGone or ErrClosed. Otherwise the outcome says whether the act was executed, was not
// (Stale: the screen is no longer what was judged), or may have been.
func (s *Session) Do(ctx context.Context, permit *policy.Permit) (step.Outcome, error) {
	begun := time.Now()
	ctx, cancel := s.bound(ctx)
	defer cancel()
	none := func(err error) (step.Outcome, error) {
		err = fmt.Errorf("do: %w", err)
		return step.Outcome{Status: step.NotExecuted, Reason: err.Error(), Took: time.Since(begun)}, err
	}
	action := permit.Action()
	if action == nil {
		return none(policy.ErrNoPermit)
	}
	if !acts(action) {
		return none(fmt.Errorf("%w: %s", ErrOffScreen, action.Kind()))
	}
	t, err := s.current()
	if err != nil {
		return none(err)
	}
	now, err := s.Facts(ctx, action)
	if err != nil {
		return none(err)
	}
	order, err := permit.Redeem(now)
	switch {
	case errors.Is(err, policy.ErrStale):
		return step.Outcome{Status: step.NotExecuted, Reason: err.Error(), Stale: true, Took: time.Since(begun)}, nil
	case err != nil:
		return none(err)
	}
	out := s.heldPerform(ctx, t, order, now)
	out.Took = time.Since(begun)
	return out, nil
}

// perform hands the order to the tab's hands; tabs themselves are the session's.
func (s *Session) perform(ctx context.Context, t *tab, order policy.Order, now step.Facts) step.Outcome {
	switch a := order.Action.(type) {
	case step.TabAct:
		return s.tabAct(ctx, t, a, now)
	case step.DialogAct:
		if now.Dialog != nil && now.Dialog.Type == hold.DialogLogin {
			return s.login(ctx, t, a)
		}
	}
	s.mu.Lock()
	hung := t.hung
	s.mu.Unlock()
	if hung {
		s.endPage(ctx, t)
	}
	hands, err := act.New(act.Options{Eyes: t.eyes, File: s.store.Upload, Logger: s.log})
	if err != nil {
		return refused(err)
	}
	return hands.Do(ctx, act.Order{Action: order.Action, Facts: now, Secret: order.Secret})
}

// endPage ends the process of a page that answers no more, so that the act under way finds a page that can be loaded.
func (s *Session) endPage(ctx context.Context, t *tab) {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	s.process.Conn.Begin(string(t.session), proto.PageCrash{}.ProtoReq(), proto.PageCrash{}) // a crashed page answers nothing
	for {
		s.mu.Lock()
		over, changed := t.crashed || !t.hung, s.changed
		s.mu.Unlock()
		if over {
			s.notice("the page did not answer any more and was ended")
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func refused(err error) step.Outcome {
	return step.Outcome{Status: step.NotExecuted, Reason: err.Error()}
}

// tabAct opens, switches to or closes a tab.
func (s *Session) tabAct(ctx context.Context, from *tab, a step.TabAct, now step.Facts) step.Outcome {
	if a.Op == "open" {
		if a.URL != "" {
			if err := step.ValidURL(a.URL); err != nil {
				return refused(err)
			}
		}
		t, err := s.newTab(ctx)
		if err != nil {
			return refused(err)
		}
		if a.URL == "" {
			return step.Outcome{Status: step.Executed}
		}
		return s.perform(ctx, t, policy.Order{Action: step.Navigate{URL: a.URL}}, now)
	}
	s.mu.Lock()
	var t *tab
	if a.Number >= 1 && a.Number <= len(s.tabs) {
		t = s.tabs[a.Number-1]
	}
	last := len(s.tabs) == 1
	s.mu.Unlock()
	switch {
	case t == nil:
		return refused(fmt.Errorf("there is no tab %d", a.Number))
	case a.Op == "switch":
		return s.switchTab(ctx, t)
	case last:
		return refused(errors.New("the last tab stays open"))
	}
	return s.closeTab(ctx, t)
}

func (s *Session) switchTab(ctx context.Context, t *tab) step.Outcome {
	if err := s.call(ctx, t.session, proto.PageBringToFront{}, nil); err != nil {
		return step.Outcome{Status: step.Unknown, Reason: err.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(t.id) == nil {
		return refused(errors.New("the tab has closed"))
	}
	s.active = t
	s.shift()
	return step.Outcome{Status: step.Executed}
}

// closeTab asks the page to close, which may open a dialog first; that dialog's tab is then the active one.
func (s *Session) closeTab(ctx context.Context, t *tab) step.Outcome {
	asked := t.eyes.DialogOpened()
	if err := s.call(ctx, t.session, proto.PageClose{}, nil); err != nil {
		return step.Outcome{Status: step.Unknown, Reason: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	for {
		s.mu.Lock()
		open, changed := s.find(t.id) != nil, s.changed
		s.mu.Unlock()
		if !open {
			return step.Outcome{Status: step.Executed}
		}
		select {
		case <-changed:
		case <-asked:
			out := s.switchTab(ctx, t)
			if out.Reason == "" {
				out.Reason = "a dialog asks first"
			}
			return out
		case <-ctx.Done():
			return step.Outcome{Status: step.Unknown, Reason: "the tab was asked to close and has not yet"}
		}
	}
}

// acts reports whether an action is the browser's to carry out.
func acts(a step.Action) bool {
	switch a.Kind() {
	case step.KindNote, step.KindCall, step.KindDelegate, step.KindAsk, step.KindDone, step.KindFail:
		return false
	}
	return true
}
