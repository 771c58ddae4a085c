// Package hold judges the requests that Chromium holds before they leave.
//
// It is the second wall before the network: a request to where the session may not go is failed in the browser, before the
// proxy would refuse it. And it binds a verdict to what is really sent: the first request after a submit that is more than
// a GET must be the one that the act's facts described.
package hold

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chiron/step"

	"github.com/go-rod/rod/lib/proto"
)

// Judge says whether a connection may be opened, and why not.
type Judge func(scheme, host string, port int) (ok bool, why string)

// Gate judges the requests of one session, all its pages, frames and workers. It is safe for concurrent use.
type Gate struct {
	judge Judge

	mu     sync.Mutex
	watch  *Watch                 // of the act under way or the last one; nil = none
	passed proto.NetworkRequestID // the request that was approved
	host   string                 // where it went
	real   map[string]step.Form   // what a submit at an element really sends, by node
}

// New returns a gate that asks judge about every request.
func New(judge Judge) *Gate { return &Gate{judge: judge, real: map[string]step.Form{}} }

// maxReal bounds the elements whose requests are remembered.
const maxReal = 100

// Watch is one act's hold.
type Watch struct {
	facts step.Facts
	loose bool // one unknown field may come along: the button that Enter presses
	form  bool // facts.Form is what may be sent; without it no page may be opened with more than a GET

	done   chan struct{}
	Differ string // the real request and how it differs; set once Done is closed, "" when it does not
}

// Done is closed when the request was made, or one that takes its place.
func (w *Watch) Done() <-chan struct{} { return w.done }

// Begin ends the hold of the act before and returns the one of this act: of a submit, what its form may send; of a reload
// and of a way through the history, that no form is sent again. It is nil for acts that send nothing of their own.
func (g *Gate) Begin(a step.Action, f step.Facts) *Watch {
	w := &Watch{facts: f, done: make(chan struct{})}
	switch a.(type) {
	case step.Click, step.Press:
		if !f.Submits || f.Form == nil {
			w = nil
			break
		}
		w.form = true
		_, w.loose = a.(step.Press)
	case step.Reload, step.Back, step.Forward:
	default:
		w = nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.watch, g.passed = w, ""
	return w
}

// Real puts what a submit at the element turned out to send into the facts about it.
func (g *Gate) Real(f *step.Facts) {
	if !f.Submits || f.Element == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if form, ok := g.real[f.Element.Node]; ok {
		form.Fields = slices.Clone(form.Fields)
		f.Form, f.Leads = &form, form.Action
	}
}

// Verdict is what becomes of one request: let go when Reason is empty.
type Verdict struct {
	Reason proto.NetworkErrorReason
	Why    string
}

// Request judges one held request.
func (g *Gate) Request(e *proto.FetchRequestPaused) Verdict {
	if e.Request == nil {
		return Verdict{proto.NetworkErrorReasonAccessDenied, "a request without content"}
	}
	page := e.ResourceType == proto.NetworkResourceTypeDocument
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return Verdict{proto.NetworkErrorReasonAccessDenied, "its address cannot be read"}
	}
	switch {
	case u.Scheme == "http" || u.Scheme == "https":
		if ok, why := g.judge(u.Scheme, u.Hostname(), port(u)); !ok {
			return Verdict{proto.NetworkErrorReasonBlockedByClient, why}
		}
	case !page && (u.Scheme == "data" || u.Scheme == "blob"), page && Top(e.Request.URL):
		return Verdict{}
	default:
		return Verdict{proto.NetworkErrorReasonAborted, "no page may be at " + u.Scheme + ": addresses"}
	}
	return g.submitted(e, u, page)
}

// submitted compares a request with what the act under way may send.
func (g *Gate) submitted(e *proto.FetchRequestPaused, u *url.URL, page bool) Verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	w, plain := g.watch, e.Request.Method == http.MethodGet || e.Request.Method == http.MethodHead
	switch e.ResourceType {
	case proto.NetworkResourceTypePing, proto.NetworkResourceTypeCSPViolationReport, proto.NetworkResourceTypePreflight:
		return Verdict{} // they carry nothing that a person submits
	}
	switch {
	case !plain && g.passed != "" && e.NetworkID == g.passed && u.Host != g.host:
		return Verdict{proto.NetworkErrorReasonAborted, "the answer sent the form on to " + u.Host}
	case w == nil || w.over():
		return Verdict{}
	case plain:
		if page && w.form {
			close(w.done)
		}
		return Verdict{}
	case !w.form && !page:
		return Verdict{}
	}
	sent := read(e.Request)
	if w.form {
		w.Differ = sent.differs(w)
	} else {
		w.Differ = "it would send a form again: " + sent.String()
	}
	close(w.done)
	if w.Differ == "" {
		g.passed, g.host = e.NetworkID, u.Host
		return Verdict{}
	}
	if el := w.facts.Element; w.form && el != nil && len(g.real) < maxReal {
		form := *w.facts.Form
		form.Action, form.Method, form.Fields = sent.url, sent.method, sent.fields
		g.real[el.Node] = form
	}
	return Verdict{proto.NetworkErrorReasonAborted, w.Differ}
}

func (w *Watch) over() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

func port(u *url.URL) int {
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// place is the part of a URL that a verdict is about, without query and fragment.
func place(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return strings.ToLower(u.Scheme) + "://" + u.Hostname() + ":" + strconv.Itoa(port(u)) + path
}

// Top reports whether a top-level document may have this URL: http, https, the empty page and Chromium's own error
// page. file, chrome, devtools, view-source, data, blob and javascript are not among them.
func Top(raw string) bool {
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
