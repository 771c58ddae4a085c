package act

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"chiron/step"
)

// travel carries out the acts that bring another document.
func (r *run) travel(ctx context.Context) error {
	switch a := r.order.Action.(type) {
	case step.Navigate:
		return r.navigate(ctx, a)
	case step.Reload:
		return r.commit(ctx, proto.PageReload{})
	case step.Back:
		return r.through(ctx, -1, "back")
	case step.Forward:
		return r.through(ctx, 1, "forward")
	}
	return refuse("%s does not act on a page", r.order.Action.Kind())
}

// navigate opens a URL and waits until its document is committed. A network error is the outcome of an executed act: the
// request was made.
func (r *run) navigate(ctx context.Context, a step.Navigate) error {
	if err := step.ValidURL(a.URL); err != nil && a.URL != "about:blank" {
		return refuse("%w", err)
	}
	data, err := r.sendFor(ctx, r.opt.Navigation, proto.PageNavigate{URL: a.URL})
	if err != nil {
		return err
	}
	if data == nil {
		r.out.Reason = "a dialog asks first"
		return nil
	}
	var res struct {
		ErrorText  string `json:"errorText"`
		IsDownload bool   `json:"isDownload"`
	}
	if err := json.Unmarshal(data, &res); err != nil {
		return fmt.Errorf("navigate: %w", err)
	}
	switch {
	case res.IsDownload:
		r.out.Reason = "it is a download; the page stays"
	case res.ErrorText != "":
		r.out.Reason = res.ErrorText
	}
	return nil
}

// through goes to a neighbour in the tab's history.
func (r *run) through(ctx context.Context, by int, word string) error {
	call, cancel := context.WithTimeout(ctx, r.opt.Input)
	defer cancel()
	data, err := r.call(call, proto.PageGetNavigationHistory{})
	if err != nil {
		return err
	}
	var history proto.PageGetNavigationHistoryResult
	if err := json.Unmarshal(data, &history); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	i := history.CurrentIndex + by
	if i < 0 || i >= len(history.Entries) {
		return refuse("there is no page to go %s to", word)
	}
	return r.commit(ctx, proto.PageNavigateToHistoryEntry{EntryID: history.Entries[i].ID})
}

// commit dispatches a navigation that is acknowledged before it happened, and waits for it.
func (r *run) commit(ctx context.Context, req proto.Request) error {
	committed, opened := r.eyes.Committed(), r.eyes.DialogOpened()
	if err := r.send(ctx, req); err != nil {
		return err
	}
	limit := time.NewTimer(r.opt.Navigation)
	defer limit.Stop()
	select {
	case <-committed:
		return nil
	case <-opened:
		r.out.Reason = "a dialog asks first"
		return nil
	case <-limit.C:
		return errLost
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
