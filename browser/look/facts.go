package look

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look/reader"
	"chiron/step"
)

// Facts says what a grounded act would meet at this moment. Observation and CertError are left to the caller. While a
// dialog is open the page cannot be asked: URL, title and the dialog are all there is then.
func (e *Eyes) Facts(ctx context.Context, a step.Action) (step.Facts, error) {
	f := step.Facts{Status: e.Status(), Dialog: e.Dialog(), At: time.Now()}
	if f.Dialog == nil {
		err := e.pageFacts(ctx, a, &f)
		if err == nil {
			return f, nil
		}
		if f.Dialog = e.Dialog(); f.Dialog == nil {
			return step.Facts{}, fmt.Errorf("facts: %w", err)
		}
	}
	if err := e.targetFacts(ctx, &f); err != nil {
		return step.Facts{}, fmt.Errorf("facts: %w", err)
	}
	return f, nil
}

// targetFacts fills what the browser knows without the page.
func (e *Eyes) targetFacts(ctx context.Context, f *step.Facts) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.opt.Call, ErrSlow)
	defer cancel()
	info, err := proto.TargetGetTargetInfo{TargetID: e.opt.Page.TargetID}.Call(client{ctx, &session{browser: e.top.browser}})
	if err != nil {
		return err
	}
	f.URL, f.Title, f.Origin = reader.Clean(info.TargetInfo.URL, reader.MaxURL), reader.Clean(info.TargetInfo.Title, reader.MaxName), Origin(info.TargetInfo.URL)
	return nil
}

// Origin returns the origin of a URL as Chromium writes it, "null" for those that have none of their own.
func Origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "null"
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	} else {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

func (e *Eyes) pageFacts(ctx context.Context, a step.Action, f *step.Facts) error {
	var h *Handle
	var err error
	switch {
	case a.Kind() == step.KindPress:
		h, err = e.Focused(ctx)
	case target(a) != nil:
		f.Point = target(a)
		h, err = e.At(ctx, *f.Point)
	default:
		h, err = e.Nowhere(ctx)
	}
	if err != nil {
		return err
	}
	defer h.Release()
	f.URL, f.Title, f.Origin = h.URL, h.Title, h.Origin
	f.Element, f.Form = h.Element, h.Form
	if d, ok := a.(step.Drag); ok && d.To.Point != nil {
		to, err := e.At(ctx, *d.To.Point)
		if err != nil {
			return err
		}
		to.Release()
		f.To = to.Element
	}
	f.Submits = submits(a, h, f.To)
	f.Leads, err = e.leads(ctx, a, *f)
	return err
}

// target returns the point of a grounded act, nil for those without.
func target(a step.Action) *step.Point {
	switch a := a.(type) {
	case step.Click:
		return a.Point
	case step.Hover:
		return a.Point
	case step.Drag:
		return a.Point
	case step.Type:
		return a.Point
	case step.Scroll:
		return a.Point
	case step.Select:
		return a.Point
	case step.Upload:
		return a.Point
	}
	return nil
}

// submits reports whether an act sends the form of what is under the point, by its click or by its key. Typing, handing
// over a file and dragging within one element click it, too.
func submits(a step.Action, h *Handle, to *step.Element) bool {
	if !h.submits {
		return false
	}
	switch a := a.(type) {
	case step.Click:
		return a.Button == "" || a.Button == "left"
	case step.Type, step.Upload:
		return true
	case step.Drag:
		return to != nil && h.Element != nil && to.Node == h.Element.Node
	case step.Press:
		c, err := step.ParseChord(a.Key)
		button := h.Element != nil && (h.Element.Tag == "button" || h.Element.Role == step.RoleButton)
		return err == nil && (c.Key == "Enter" || button && c.Key == "Space")
	}
	return false
}

// leads returns the URL that an act would open.
func (e *Eyes) leads(ctx context.Context, a step.Action, f step.Facts) (string, error) {
	switch a := a.(type) {
	case step.Navigate:
		return a.URL, nil
	case step.TabAct:
		return a.URL, nil
	case step.Reload:
		return f.URL, nil
	case step.Back:
		return e.entry(ctx, -1)
	case step.Forward:
		return e.entry(ctx, 1)
	case step.Click, step.Press, step.Type, step.Upload, step.Drag:
		if f.Submits && f.Form != nil {
			return f.Form.Action, nil
		}
		if f.Element != nil && follows(a, f) {
			return f.Element.Href, nil
		}
	}
	return "", nil
}

// follows reports whether an act opens the link it is at.
func follows(a step.Action, f step.Facts) bool {
	switch a := a.(type) {
	case step.Click:
		return true
	case step.Drag:
		return f.To != nil && f.To.Node == f.Element.Node
	case step.Press:
		c, err := step.ParseChord(a.Key)
		return err == nil && c.Key == "Enter"
	}
	return false
}

// entry returns the URL of a neighbour in the tab's history, "" where there is none.
func (e *Eyes) entry(ctx context.Context, by int) (string, error) {
	var out string
	err := e.with(ctx, e.top, func(c proto.Client) error {
		history, err := proto.PageGetNavigationHistory{}.Call(c)
		if err != nil {
			return err
		}
		if i := history.CurrentIndex + by; i >= 0 && i < len(history.Entries) {
			out = reader.Clean(history.Entries[i].URL, reader.MaxURL)
		}
		return nil
	})
	return out, err
}

// errNoPoint says that a place was asked for outside the viewport.
var errNoPoint = errors.New("the point is outside the viewport")

// Stranded are the facts of an act on a page that answers no more; ok is false for one that needs the page as it is.
func Stranded(a step.Action, url, title string) (f step.Facts, ok bool) {
	f = step.Facts{URL: url, Origin: Origin(url), Title: title, At: time.Now()}
	switch a := a.(type) {
	case step.Navigate:
		f.Leads = a.URL
	case step.Reload:
		f.Leads = url
	case step.TabAct:
		f.Leads = a.URL
	default:
		return step.Facts{}, false
	}
	return f, true
}
