package browser

import (
	"encoding/json"
	"strings"

	"chiron/browser/hold"
	"chiron/browser/look/reader"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// on takes note of one event and reports whether others should see it. It never waits for Chromium: what has to be asked
// runs beside it.
func (s *Session) on(e *cdp.Event) bool {
	switch e.Method {
	case "Fetch.requestPaused":
		s.paused(e)
		return false
	case "Fetch.authRequired":
		s.challenged(e)
		return false
	case "Page.screencastFrame":
		if ev, ok := load[proto.PageScreencastFrame](e); ok {
			s.cast(e.SessionID, &ev)
		}
		return false
	case "Target.attachedToTarget":
		if ev, ok := load[proto.TargetAttachedToTarget](e); ok && ev.TargetInfo != nil {
			if ev.TargetInfo.Type == proto.TargetTargetInfoTypePage {
				s.join(ev.SessionID, *ev.TargetInfo)
			} else {
				s.spawn(func() { s.prepare(ev.SessionID, false) })
			}
		}
	case "Target.targetDestroyed":
		if ev, ok := load[proto.TargetTargetDestroyed](e); ok {
			s.forget(ev.TargetID)
		}
	case "Target.targetInfoChanged":
		if ev, ok := load[proto.TargetTargetInfoChanged](e); ok && ev.TargetInfo != nil {
			s.renamed(*ev.TargetInfo)
		}
	case "Target.targetCrashed":
		if ev, ok := load[proto.TargetTargetCrashed](e); ok {
			s.crashed(ev.TargetID)
		}
	case "Browser.downloadWillBegin", "Browser.downloadProgress":
		s.download(e)
	case "Page.frameNavigated":
		if ev, ok := load[proto.PageFrameNavigated](e); ok && ev.Frame != nil && ev.Frame.ParentID == "" {
			s.navigated(e.SessionID, *ev.Frame)
		}
	case "Network.loadingFailed":
		if ev, ok := load[proto.NetworkLoadingFailed](e); ok && ev.Type == proto.NetworkResourceTypeDocument {
			s.failed(e.SessionID, ev.ErrorText)
		}
	}
	return true
}

// load decodes an event. One that does not fit is left out: Chromium may be newer than this program.
func load[T any](e *cdp.Event) (T, bool) {
	var v T
	err := json.Unmarshal(e.Params, &v)
	return v, err == nil
}

func (s *Session) renamed(info proto.TargetTargetInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.find(info.TargetID); t != nil {
		t.url, t.title = info.URL, info.Title
	}
}

func (s *Session) crashed(id proto.TargetTargetID) {
	s.mu.Lock()
	t := s.find(id)
	if t != nil {
		t.crashed = true
		s.shift()
	}
	s.mu.Unlock()
	if t != nil {
		s.notice("the page crashed; load it again or navigate elsewhere")
	}
}

// navigated notes a new document and sends a tab away from a place that no page may be at.
func (s *Session) navigated(session string, f proto.PageFrame) {
	s.mu.Lock()
	t := s.of(session)
	if t == nil {
		s.mu.Unlock()
		return
	}
	t.url, t.crashed, t.hung = f.URL, false, false
	if f.UnreachableURL == "" {
		t.certError = ""
	}
	s.mu.Unlock()
	s.leaveLogins(t)
	if hold.Top(f.URL) {
		return
	}
	s.notice("the page went to %s, where no page may be; the tab was sent to about:blank", reader.Clean(f.URL, 100))
	s.spawn(func() {
		s.call(s.ctx, proto.TargetSessionID(session), proto.PageNavigate{URL: "about:blank"}, nil)
	})
}

// failed notes a certificate error of a document.
func (s *Session) failed(session, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.of(session); t != nil && strings.HasPrefix(text, "net::ERR_CERT_") {
		t.certError = strings.TrimPrefix(text, "net::")
	}
}
