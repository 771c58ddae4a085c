package browser

import (
	"context"

	"chiron/browser/hold"
	"chiron/browser/look/reader"
	"chiron/step"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// challenged makes a server's wish for a name and a password a dialog of its tab. A proxy's and a worker's are refused: no
// act could be judged by what such a window shows.
func (s *Session) challenged(e *cdp.Event) {
	ev, ok := load[proto.FetchAuthRequired](e)
	if !ok || ev.AuthChallenge == nil {
		return
	}
	c := hold.Challenge{Session: e.SessionID, Request: ev.RequestID, Origin: ev.AuthChallenge.Origin, Realm: ev.AuthChallenge.Realm}
	s.mu.Lock()
	t := s.of(e.SessionID)
	s.mu.Unlock()
	if t == nil || ev.AuthChallenge.Source == proto.FetchAuthChallengeSourceProxy || !s.logins.Add(c) {
		s.notice("%s asked for a name and a password in a window of the browser (%q); that was refused", reader.Clean(c.Origin, 100), reader.Clean(c.Realm, 100))
		refusal, _ := hold.Response(step.DialogAct{})
		s.reply([]hold.Challenge{c}, refusal)
		return
	}
	s.showLogin(t)
}

// showLogin shows the challenge of a tab that waits, or that none does.
func (s *Session) showLogin(t *tab) {
	if t.watched.Load() {
		t.eyes.Login(s.logins.Dialog(string(t.session)))
	}
}

// reply answers challenges without waiting for Chromium.
func (s *Session) reply(to []hold.Challenge, with *proto.FetchAuthChallengeResponse) {
	for _, c := range to {
		cmd := proto.FetchContinueWithAuth{RequestID: c.Request, AuthChallengeResponse: with}
		s.process.Conn.Begin(c.Session, cmd.ProtoReq(), cmd)
	}
}

// leaveLogins forgets the challenges of a document that is gone.
func (s *Session) leaveLogins(t *tab) {
	if left := s.logins.Drop(string(t.session)); len(left) > 0 {
		refusal, _ := hold.Response(step.DialogAct{})
		s.reply(left, refusal)
		s.showLogin(t)
	}
}

// login answers the challenge that a tab shows.
func (s *Session) login(ctx context.Context, t *tab, a step.DialogAct) step.Outcome {
	if err := ctx.Err(); err != nil {
		return refused(context.Cause(ctx))
	}
	with, err := hold.Response(a)
	if err != nil {
		return refused(err)
	}
	s.reply(s.logins.Take(string(t.session)), with)
	s.showLogin(t)
	return step.Outcome{Status: step.Executed}
}
