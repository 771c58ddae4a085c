package look

import (
	"context"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look/reader"
	"chiron/step"
)

// handle takes one event of the browser, of any session.
func (e *Eyes) handle(m *rod.Message) {
	if m.SessionID == "" || m.Method == (proto.TargetDetachedFromTarget{}).ProtoEvent() {
		var gone proto.TargetDetachedFromTarget
		if m.Load(&gone) {
			e.drop(gone.SessionID)
		}
		return
	}
	e.mu.Lock()
	_, ours := e.sessions[m.SessionID]
	e.mu.Unlock()
	if !ours {
		return
	}
	switch m.Method {
	case "Network.requestWillBeSent":
		var v proto.NetworkRequestWillBeSent
		m.Load(&v)
		e.traffic.Begin(m.SessionID, &v)
	case "Network.responseReceived":
		var v proto.NetworkResponseReceived
		m.Load(&v)
		e.traffic.Answer(m.SessionID, &v)
		e.answered(&v)
	case "Network.loadingFinished":
		var v proto.NetworkLoadingFinished
		m.Load(&v)
		e.traffic.End(m.SessionID, v.RequestID)
	case "Network.loadingFailed":
		var v proto.NetworkLoadingFailed
		m.Load(&v)
		e.traffic.End(m.SessionID, v.RequestID)
	default:
		e.handlePage(m)
	}
}

func (e *Eyes) handlePage(m *rod.Message) {
	switch m.Method {
	case "Page.frameNavigated":
		var v proto.PageFrameNavigated
		m.Load(&v)
		e.traffic.Commit(v.Frame.ID, v.Frame.LoaderID)
		e.committed(v.Frame.ID, v.Frame.LoaderID)
	case "Page.navigatedWithinDocument":
		var v proto.PageNavigatedWithinDocument
		m.Load(&v)
		e.committed(v.FrameID, "")
	case "Page.frameDetached":
		var v proto.PageFrameDetached
		m.Load(&v)
		e.traffic.Leave(v.FrameID)
		e.mu.Lock()
		delete(e.worlds, v.FrameID)
		e.mu.Unlock()
	case "Page.javascriptDialogOpening":
		var v proto.PageJavascriptDialogOpening
		m.Load(&v)
		e.dialogOpens(&step.Dialog{Type: string(v.Type), Message: reader.Clean(v.Message, 1000), Default: reader.Clean(v.DefaultPrompt, 1000), URL: reader.Clean(v.URL, reader.MaxURL)})
	case "Page.javascriptDialogClosed":
		e.dialogCloses()
	case "Inspector.targetCrashed":
		if m.SessionID == e.top.id {
			e.mu.Lock()
			e.crashed = true
			e.block(ErrCrashed)
			e.mu.Unlock()
		}
	case "Inspector.targetReloadedAfterCrash":
		e.mu.Lock()
		e.crashed = false
		e.worlds = map[proto.PageFrameID]*world{}
		e.release()
		e.mu.Unlock()
	}
}

// answered keeps the status of a document that may become the top one.
func (e *Eyes) answered(v *proto.NetworkResponseReceived) {
	if v.Type == proto.NetworkResourceTypeDocument && v.FrameID == e.opt.Page.FrameID && v.Response != nil {
		e.mu.Lock()
		if len(e.statuses) >= maxStatuses {
			clear(e.statuses)
		}
		e.statuses[v.LoaderID] = v.Response.Status
		e.mu.Unlock()
	}
}

// maxStatuses bounds how many documents' statuses are remembered, for when a person goes back to them.
const maxStatuses = 100

// committed notes that the top frame shows another document, or another entry of the same one, which has no loader.
func (e *Eyes) committed(frame proto.PageFrameID, loader proto.NetworkLoaderID) {
	if frame != e.opt.Page.FrameID {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if loader != "" {
		e.loader = loader
	}
	close(e.commits)
	e.commits = make(chan struct{})
}

func (e *Eyes) dialogOpens(d *step.Dialog) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.show(d)
}

func (e *Eyes) dialogCloses() {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.open == nil || e.open == e.login:
		return
	case e.login != nil:
		e.open = e.login
	default:
		e.hide()
	}
	close(e.closed)
	e.closed = make(chan struct{})
}

// show lets a dialog block the page; the lock is held.
func (e *Eyes) show(d *step.Dialog) {
	if e.open == nil {
		close(e.opened)
	}
	e.open = d
	e.block(ErrDialog)
}

// hide ends that; the lock is held.
func (e *Eyes) hide() {
	e.open = nil
	e.opened = make(chan struct{})
	if !e.crashed {
		e.release()
	}
}

// release lets calls through again; the lock is held.
func (e *Eyes) release() {
	e.free, e.block = context.WithCancelCause(context.Background())
}
