package browser

import (
	"encoding/json"
	"net/url"
	"strings"

	"chiron/step"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// on takes note of one event. It never waits for Chromium: what has to be asked runs beside it.
func (s *Session) on(e *cdp.Event) {
	switch e.Method {
	case "Target.attachedToTarget":
		if ev, ok := load[proto.TargetAttachedToTarget](e); ok && ev.TargetInfo != nil {
			s.spawn(func() { s.adopt(ev.SessionID, *ev.TargetInfo) })
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
	default:
		s.onPage(e)
	}
}

// onPage takes note of an event of a tab's own page.
func (s *Session) onPage(e *cdp.Event) {
	switch e.Method {
	case "Page.javascriptDialogOpening":
		if ev, ok := load[proto.PageJavascriptDialogOpening](e); ok {
			s.dialog(e.SessionID, &step.Dialog{
				Type: string(ev.Type), Message: ev.Message, Default: ev.DefaultPrompt, URL: ev.URL,
			})
		}
	case "Page.javascriptDialogClosed":
		s.dialog(e.SessionID, nil)
	case "Page.frameNavigated":
		if ev, ok := load[proto.PageFrameNavigated](e); ok && ev.Frame != nil && ev.Frame.ParentID == "" {
			s.navigated(e.SessionID, *ev.Frame)
		}
	case "Network.responseReceived":
		if ev, ok := load[proto.NetworkResponseReceived](e); ok && ev.Type == proto.NetworkResourceTypeDocument {
			s.answered(e.SessionID, ev)
		}
	case "Network.loadingFailed":
		if ev, ok := load[proto.NetworkLoadingFailed](e); ok && ev.Type == proto.NetworkResourceTypeDocument {
			s.failed(e.SessionID, ev.ErrorText)
		}
	}
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
		t.crashed, t.dialog = true, nil
		t.block()
	}
	s.mu.Unlock()
	if t != nil {
		s.notice("the page crashed; load it again or navigate elsewhere")
	}
}

// dialog notes an opened dialog, or with nil that it was closed.
func (s *Session) dialog(session string, d *step.Dialog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.of(session)
	if t == nil {
		return
	}
	t.dialog = d
	if d != nil {
		t.block()
	} else {
		t.release()
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
	t.url, t.status = f.URL, 0
	if t.next.loader == f.LoaderID {
		t.status = t.next.status
	}
	if f.UnreachableURL == "" {
		t.certError = ""
	}
	t.crashed = false
	t.release()
	s.mu.Unlock()
	if allowedTop(f.URL) {
		return
	}
	s.notice("the page went to %s, where no page may be; the tab was sent to about:blank", cut(f.URL, 100))
	s.spawn(func() {
		s.call(s.ctx, proto.TargetSessionID(session), proto.PageNavigate{URL: "about:blank"}, nil)
	})
}

// allowedTop reports whether a top-level document may have this URL: http, https, the empty page and Chromium's own error
// page. file, chrome, devtools, view-source, data, blob and javascript are not among them.
func allowedTop(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return true
	case "about":
		return u.Opaque == "blank"
	case "chrome-error":
		return u.Host == "chromewebdata"
	}
	return raw == "" || raw == ":"
}

func (s *Session) answered(session string, ev proto.NetworkResponseReceived) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.of(session); t != nil && ev.Response != nil && string(ev.FrameID) == string(t.id) {
		t.next.loader, t.next.status = ev.LoaderID, ev.Response.Status
	}
}

// failed notes a certificate error of a document.
func (s *Session) failed(session, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.of(session); t != nil && strings.HasPrefix(text, "net::ERR_CERT_") {
		t.certError = strings.TrimPrefix(text, "net::")
	}
}

func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
