// Package act carries out one act on one page with real input events, and says how it ended: executed, not executed, or
// unknown when it may have happened. It decides nothing and repeats nothing.
package act

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look"
	"chiron/step"
)

// Options configure Hands. The zero value of all but Eyes works.
type Options struct {
	Eyes       *look.Eyes                        // of the page to act on; its Run must be running
	File       func(name string) (string, error) // path, readable by the browser, of a file of the task; nil: there are none
	Input      time.Duration                     // deadline of one input event; 0 is 5 s
	Navigation time.Duration                     // deadline of a navigation's commit; 0 is 30 s
	Logger     *slog.Logger                      // nil discards
}

// Hands act on one page. One act at a time.
type Hands struct {
	opt  Options
	eyes *look.Eyes
	log  *slog.Logger
}

// Order is one act that was admitted: grounded, with its texts expanded.
type Order struct {
	Action step.Action
	Facts  step.Facts // of this moment
	Secret bool       // the text holds a secret: it is never shown, not even in errors
}

// New checks the options.
func New(opt Options) (*Hands, error) {
	if opt.Eyes == nil {
		return nil, errors.New("act: eyes are needed")
	}
	if opt.Input <= 0 {
		opt.Input = 5 * time.Second
	}
	if opt.Navigation <= 0 {
		opt.Navigation = 30 * time.Second
	}
	log := opt.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Hands{opt: opt, eyes: opt.Eyes, log: log.With("room", "browser")}, nil
}

// refusal is why an act was not carried out; no input of it reached the page.
type refusal struct{ error }

func refuse(format string, a ...any) error { return refusal{fmt.Errorf(format, a...)} }

// Do carries out an act. Tab acts belong to the session and are refused here, as are acts that touch no page.
func (h *Hands) Do(ctx context.Context, o Order) step.Outcome {
	start := time.Now()
	r := &run{Hands: h, page: h.eyes.Page(), order: o}
	err := r.do(ctx)
	out := r.out
	out.Took = time.Since(start)
	var refused refusal
	switch {
	case err == nil:
		out.Status = step.Executed
	case errors.As(err, &refused) || !r.sent:
		out.Status, out.Reason = step.NotExecuted, err.Error()
	default:
		out.Status, out.Reason = step.Unknown, err.Error()
	}
	return out
}

func (r *run) do(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return refuse("stopped before it began: %w", context.Cause(ctx))
	}
	if open := r.eyes.Dialog(); open != nil {
		if a, ok := r.order.Action.(step.DialogAct); ok {
			return r.answer(ctx, a)
		}
		if r.order.Action.Kind() != step.KindWait {
			return refuse("a dialog is open and has to be answered first")
		}
	}
	switch a := r.order.Action.(type) {
	case step.Click:
		return r.click(ctx, a)
	case step.Hover:
		return r.hover(ctx, a)
	case step.Drag:
		return r.drag(ctx, a)
	case step.Type:
		return r.write(ctx, a)
	case step.Press:
		return r.press(ctx, a)
	case step.Scroll:
		return r.scroll(ctx, a)
	case step.Select:
		return r.choose(ctx, a)
	case step.Upload:
		return r.upload(ctx, a)
	case step.DialogAct:
		return refuse("no dialog is open")
	case step.Wait:
		return r.wait(ctx, a)
	}
	return r.travel(ctx)
}

// answer accepts or dismisses the open dialog, and waits until it is known to be gone: the next look must not see it any more.
func (r *run) answer(ctx context.Context, a step.DialogAct) error {
	closed := r.eyes.DialogClosed()
	err := r.send(ctx, proto.PageHandleJavaScriptDialog{Accept: a.Accept, PromptText: a.Text})
	switch {
	case err != nil && r.eyes.Dialog() == nil:
		return refuse("the dialog is no longer open")
	case err != nil:
		return err
	}
	known, cancel := context.WithTimeout(ctx, r.opt.Input)
	defer cancel()
	select {
	case <-closed:
	case <-known.Done(): // a hung or dying page: the next look says so
	}
	return nil
}

func (r *run) wait(ctx context.Context, a step.Wait) error {
	timer := time.NewTimer(min(time.Duration(a.Seconds*float64(time.Second)), step.MaxWait))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return refuse("stopped while waiting: %w", context.Cause(ctx))
	}
}
