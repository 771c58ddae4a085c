package browser

import (
	"context"
	"fmt"
	"time"

	"chiron/browser/hold"
	"chiron/browser/look"
	"chiron/browser/look/reader"
	"chiron/policy"
	"chiron/step"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// requestWait is how long Do waits for the request that a submit makes; one that comes later is still compared.
const requestWait = 250 * time.Millisecond

// paused decides about a request that Chromium holds. It does not wait for the answer.
func (s *Session) paused(e *cdp.Event) {
	ev, ok := load[proto.FetchRequestPaused](e)
	if !ok {
		return
	}
	var cmd proto.Request = proto.FetchContinueRequest{RequestID: ev.RequestID}
	if v := s.gate.Request(&ev); v.Reason != "" {
		s.log.Info("request refused", "method", ev.Request.Method, "type", ev.ResourceType, "reason", v.Why)
		if v.Reason == proto.NetworkErrorReasonAborted {
			s.notice("a request of the page to %s was stopped: %s", reader.Clean(ev.Request.URL, 100), v.Why)
		}
		cmd = proto.FetchFailRequest{RequestID: ev.RequestID, ErrorReason: v.Reason}
	}
	s.process.Conn.Begin(e.SessionID, cmd.ProtoReq(), cmd)
}

// heldPerform carries out the order and compares the request it makes with the facts. An act whose request was another
// one has sent nothing: it ends as stale, with the real request as the reason, and the next facts tell that request.
func (s *Session) heldPerform(ctx context.Context, t *tab, order policy.Order, now step.Facts) step.Outcome {
	watch := s.gate.Begin(order.Action, now)
	if watch == nil {
		return s.perform(ctx, t, order, now)
	}
	act, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := look.WhenClosed(watch.Done(), func() {
		if watch.Differ != "" {
			cancel() // what would have come of it never comes
		}
	})
	out := s.perform(act, t, order, now)
	stop()
	if order.Action.Kind() == step.KindClick || order.Action.Kind() == step.KindPress {
		s.await(ctx, t, watch)
	}
	if !differs(watch) {
		return out
	}
	if order.Action.Kind() == step.KindReload {
		out = s.perform(ctx, t, policy.Order{Action: step.Navigate{URL: now.URL}}, now)
		if out.Status == step.Executed && out.Reason == "" {
			out.Reason = "the page came from a form, which was not sent again: its address was opened"
		}
		return out
	}
	return step.Outcome{Status: step.NotExecuted, Reason: fmt.Sprintf("nothing was sent: %s", watch.Differ), Stale: true}
}

// await waits for the request of a submit, or for what comes instead.
func (s *Session) await(ctx context.Context, t *tab, w *hold.Watch) {
	limit := time.NewTimer(requestWait)
	defer limit.Stop()
	select {
	case <-w.Done():
	case <-t.eyes.DialogOpened():
	case <-limit.C:
	case <-ctx.Done():
	}
}

func differs(w *hold.Watch) bool {
	select {
	case <-w.Done():
		return w.Differ != ""
	default:
		return false
	}
}
