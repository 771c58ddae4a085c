package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"chiron/agent"
	"chiron/step"
)

// desk is a page with a name, a password and a button at known places.
func desk(t *testing.T) string {
	at := func(n int) string {
		return fmt.Sprintf(`style="position:absolute;left:20px;top:%dpx;width:200px;height:40px"`, 60*n)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>Desk</title><form method=post action=/in><input name=n aria-label=Name %s><input name=p type=password aria-label=Password %s><button %s>Sign in</button></form>`,
			at(1), at(2), at(3))
	})
	mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>In</title><h1>Welcome %s, %d letters</h1>`, r.FormValue("n"), len(r.FormValue("p")))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

func spot(n int) step.Target { return step.Target{Point: &step.Point{X: 100, Y: 60*n + 20}} }

// written reports whether a text stands in any file below a folder.
func written(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || bytes.Contains(data, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAPersonTakesOverAndGivesBack(t *testing.T) {
	h := newHouse(t, nil, `{"action":"wait","seconds":1}`, `{"action":"done"}`)
	url := desk(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	state, _, err := h.journal.Create(ctx, step.Task{ID: "d", Goal: "sign in", Start: url, DoneWhen: []step.Predicate{{Text: "Welcome Grace"}}}.Normalise(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.journal.Send(ctx, state.Task.ID, step.Order{Command: step.Drive{Lease: "l1", Take: true}}, "dana"); err != nil {
		t.Fatal(err)
	}
	lease, err := h.journal.Claim(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.runner.Run(ctx, lease.State, "test", 1) }()
	drive := func(by, lease string, a step.Action) (step.Driven, error) {
		return h.runner.Drive(ctx, "d", step.Driving{Lease: lease, By: by, Action: step.Act{Action: a}})
	}
	do := func(a step.Action) step.Verdict {
		t.Helper()
		got, err := drive("dana", "l1", a)
		if err != nil || got.Outcome == nil || got.Outcome.Status != step.Executed || got.Verdict.Principal != "dana" {
			t.Fatalf("%s: %+v, %v", a.Kind(), got, err)
		}
		return got.Verdict
	}
	do(step.Type{Target: spot(1), Value: "Grace"})
	if got, err := drive("dana", "l1", step.Navigate{URL: "http://127.0.0.1:9/"}); err != nil || got.Outcome != nil || got.Verdict.Decision != step.Deny {
		t.Errorf("a person left the task's hosts: %+v, %v", got, err)
	}
	for what, refused := range map[string]func() (step.Driven, error){
		"another person":  func() (step.Driven, error) { return drive("mallory", "l1", step.Press{Key: "Tab"}) },
		"another lease":   func() (step.Driven, error) { return drive("dana", "l2", step.Press{Key: "Tab"}) },
		"a letter":        func() (step.Driven, error) { return drive("dana", "l1", step.Press{Key: "h"}) },
		"a claim":         func() (step.Driven, error) { return drive("dana", "l1", step.Done{}) },
		"no point at all": func() (step.Driven, error) { return drive("dana", "l1", step.Click{Target: step.Target{Mark: 1}}) },
	} {
		if got, err := refused(); err == nil || got.Outcome != nil {
			t.Errorf("%s: %+v", what, got)
		}
	}
	const secret = "hunter2-canary"
	if v := do(step.Type{Target: spot(2), Value: secret}); v.Action.Action.(step.Type).Value == secret || v.Digest == step.ActionDigest(step.Type{Target: spot(2), Value: secret}) {
		t.Errorf("the verdict tells the password: %+v", v)
	}
	for what, a := range map[string]step.Action{
		"a text that the rules refuse":   step.Type{Target: spot(3), Value: secret},
		"a text with a name in it":       step.Type{Target: spot(1), Value: secret + "{{x}}"},
		"a shifted letter":               step.Press{Key: "Shift+H"},
		"an answer to a dialog not open": step.DialogAct{Accept: true, Text: secret},
	} {
		if got, err := drive("dana", "l1", a); err == nil && got.Outcome != nil && got.Outcome.Status == step.Executed {
			t.Errorf("%s was carried out: %+v", what, got)
		}
	}
	do(step.Click{Target: spot(3)})
	do(step.Hover{Target: step.Target{Point: &step.Point{X: 5, Y: 5}}}) // acts come one after the other, each behind a look
	if state, err = h.journal.State(ctx, "d"); err != nil || state.Status != step.Paused || state.URL != url+"in" {
		t.Errorf("while a person drives: %s at %s, %v", state.Status, state.URL, err)
	}
	if err := h.journal.Send(ctx, "d", step.Order{Command: step.Drive{Lease: "l1"}}, "dana"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if state, err = h.journal.State(ctx, "d"); err != nil || state.Result == nil || state.Result.Status != step.StatusDone {
		t.Errorf("after it was given back: %+v, %v", state.Result, err)
	}
	late, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	if _, err := h.runner.Drive(late, "d", step.Driving{Lease: "l1", By: "dana", Action: step.Act{Action: step.Press{Key: "Tab"}}}); err == nil {
		t.Error("it was driven after it was given back")
	}
	if written(t, h.dir, secret) {
		t.Error("the password stands in the journal")
	}
	if !written(t, h.dir, "Welcome Grace") { // the control: what is not hidden is found there
		t.Error("nothing is found in the journal")
	}
}

func TestAHeldMouseComesBackByItself(t *testing.T) {
	expire := make(chan time.Time)
	h := newHouse(t, func(o *agent.Options) {
		o.After = func(d time.Duration) <-chan time.Time {
			if d == 5*time.Minute {
				return expire
			}
			return time.After(d)
		}
	}, `{"action":"done"}`)
	url := desk(t)
	go func() { expire <- time.Time{} }()
	state, _, err := h.journal.Create(t.Context(), step.Task{ID: "d", Goal: "look", Start: url, DoneWhen: []step.Predicate{{Text: "Sign in"}}}.Normalise(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.journal.Send(t.Context(), state.Task.ID, step.Order{Command: step.Drive{Lease: "l1", Take: true}}, "dana"); err != nil {
		t.Fatal(err)
	}
	lease, err := h.journal.Claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.runner.Run(t.Context(), lease.State, "test", 1); err != nil {
		t.Fatal(err)
	}
	var took []step.Took
	again := errors.New("enough")
	err = h.journal.Follow(t.Context(), "d", 0, func(e step.Event) error {
		if b, ok := e.Body.(step.Took); ok {
			took = append(took, b)
		}
		if _, ok := e.Body.(step.Ended); ok {
			return again
		}
		return nil
	})
	if !errors.Is(err, again) || len(took) != 2 || took[0].By != "dana" || took[1].By != "lease" {
		t.Errorf("%+v, %v", took, err)
	}
}
