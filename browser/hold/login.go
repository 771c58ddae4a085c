package hold

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"chiron/browser/look/reader"
	"chiron/step"

	"github.com/go-rod/rod/lib/proto"
)

// DialogLogin is the type of the dialog that a Challenge is shown as. The answer to it is the text "name:password".
const DialogLogin = "login"

// maxChallenges bounds those that wait in one tab; a page can ask for many resources at once.
const maxChallenges = 50

// Challenge is a server's wish for a name and a password in a window of the browser.
type Challenge struct {
	Session string // DevTools session that was told
	Request proto.FetchRequestID
	Origin  string
	Realm   string
}

// Logins are the challenges that wait for an answer, for each DevTools session the oldest first. The zero value is ready;
// methods are safe for concurrent use.
type Logins struct {
	mu      sync.Mutex
	waiting map[string][]Challenge
}

// Add keeps a challenge, unless too many wait already.
func (l *Logins) Add(c Challenge) (ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting[c.Session]) >= maxChallenges {
		return false
	}
	if l.waiting == nil {
		l.waiting = map[string][]Challenge{}
	}
	l.waiting[c.Session] = append(l.waiting[c.Session], c)
	return true
}

// Dialog shows the challenge that is to be answered next, nil where none waits.
func (l *Logins) Dialog(session string) *step.Dialog {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting[session]) == 0 {
		return nil
	}
	c := l.waiting[session][0]
	message := "the site asks for a name and a password"
	if realm := reader.Clean(c.Realm, 100); realm != "" {
		message += " for " + realm
	}
	return &step.Dialog{Type: DialogLogin, Message: message, URL: reader.Clean(c.Origin, reader.MaxURL)}
}

// Facts makes the facts of an answer to such a dialog say where the words go: to the server that asked, as to a password
// field of its own page.
func (l *Logins) Facts(a step.Action, f *step.Facts) {
	if _, answers := a.(step.DialogAct); !answers || f.Dialog == nil || f.Dialog.Type != DialogLogin {
		return
	}
	to := f.Dialog.URL
	f.URL, f.Origin = to+"/", to
	f.Element = &step.Element{
		Tag: "input", Type: "password", Role: step.RoleInput, Name: f.Dialog.Message, FrameOrigin: to, Editable: true, Node: DialogLogin,
	}
}

// Take removes the challenge that is to be answered next, with those of the same place and realm that wait behind it.
func (l *Logins) Take(session string) []Challenge {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.waiting[session]
	if len(all) == 0 {
		return nil
	}
	first := all[0]
	same := func(c Challenge) bool { return c.Origin == first.Origin && c.Realm == first.Realm }
	taken := slices.DeleteFunc(slices.Clone(all), func(c Challenge) bool { return !same(c) })
	l.waiting[session] = slices.DeleteFunc(all, same)
	return taken
}

// Drop removes all challenges of a session.
func (l *Logins) Drop(session string) []Challenge {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.waiting[session]
	delete(l.waiting, session)
	return all
}

// Response turns an answer into what Chromium is told. An accepted one must be "name:password".
func Response(a step.DialogAct) (*proto.FetchAuthChallengeResponse, error) {
	if !a.Accept {
		return &proto.FetchAuthChallengeResponse{Response: proto.FetchAuthChallengeResponseResponseCancelAuth}, nil
	}
	name, password, ok := strings.Cut(a.Text, ":")
	if !ok {
		return nil, errors.New(`the answer must be "name:password"`)
	}
	return &proto.FetchAuthChallengeResponse{
		Response: proto.FetchAuthChallengeResponseResponseProvideCredentials, Username: name, Password: password,
	}, nil
}
