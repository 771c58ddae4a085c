package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"chiron/client"
	"chiron/eval/site"
	"chiron/step"
)

// TestTheWholePath runs tasks through the front door: HTTP, journal, policy, real Chromium, real Ollama, the sample site.
func TestTheWholePath(t *testing.T) {
	served := newSite(t, site.Options{Seed: 1})
	world := served.Running()
	h := build(t, withPassword(t, world), nil)
	t.Run("steps", func(t *testing.T) {
		events, r := h.do(t, expense(world))
		if n := served.Site.Truth().Counts["submit"]; r.Status != step.StatusDone || n != 1 || len(r.Checks) != 2 || r.Usage.ModelCalls != 0 {
			tell(t, events)
			t.Fatalf("%s (%s), %d submissions, %+v", r.Status, r.Reason, n, r.Checks)
		}
		for _, c := range r.Checks {
			if c.Evidence == nil || c.Evidence.Picture == "" {
				t.Errorf("%s: no evidence", c.What)
				continue
			}
			if data, mime, err := h.c.Picture(t.Context(), c.Evidence.Picture); err != nil || mime != "image/png" || len(data) == 0 {
				t.Errorf("the picture of the evidence: %d bytes of %s, %v", len(data), mime, err)
			}
		}
		lawful(t, events)
	})
	t.Run("what is not shown is not done", func(t *testing.T) {
		task := step.Task{Goal: "Sign in", Start: world.URL + "/login", Autonomy: step.AutonomyAuto, Steps: []string{`Type "dana" into "Username"`}, DoneWhen: []step.Predicate{{Text: "Good morning"}}}
		if _, r := h.do(t, task); r.Status != step.NeedsReview || len(r.Checks) != 1 || r.Checks[0].OK {
			t.Errorf("%s (%s), %+v", r.Status, r.Reason, r.Checks)
		}
	})
	t.Run("without done_when a person has to look", func(t *testing.T) {
		task := step.Task{Goal: "Sign in", Start: world.URL + "/login", Autonomy: step.AutonomyAuto, Steps: []string{`Type "dana" into "Username"`}}
		if _, r := h.do(t, task); r.Status != step.NeedsReview {
			t.Errorf("%s (%s)", r.Status, r.Reason)
		}
	})
	t.Run("a host outside the task's set", func(t *testing.T) {
		before := served.Site.Truth()
		_, r := h.do(t, step.Task{Goal: "Look", Start: world.URL + "/login", Hosts: step.Hosts{Write: []string{"desk.example"}}, Steps: []string{`Click "Sign in"`}})
		if r.Status != step.Denied || !strings.Contains(r.Reason, "F2-private") {
			t.Errorf("%s (%s)", r.Status, r.Reason)
		}
		if after := served.Site.Truth(); len(after.Counts) != len(before.Counts) {
			t.Error("the site was reached")
		}
	})
	t.Run("the product's own places", func(t *testing.T) {
		for _, own := range []string{h.server.URL(), h.models.One().Base()} {
			_, r := h.do(t, step.Task{Goal: "Look", Start: own + "/", Steps: []string{`Click "x"`}})
			if r.Status != step.Denied || !strings.Contains(r.Reason, "F4-own") {
				t.Errorf("%s: %s (%s)", own, r.Status, r.Reason)
			}
		}
	})
	t.Run("a missing model", func(t *testing.T) {
		_, r := h.do(t, step.Task{Goal: "Look", Start: world.URL + "/login", Models: map[string]string{"actor": "nobody:7b"}})
		if r.Status != step.Failed || !strings.Contains(r.Reason, "the model nobody:7b is not in Ollama; get it with `chiron models pull nobody:7b`") ||
			!strings.Contains(r.Reason, "`OLLAMA_HOST=127.0.0.1:") || !strings.Contains(r.Reason, "ollama pull nobody:7b") {
			t.Errorf("%s (%s)", r.Status, r.Reason)
		}
		t.Log(r.Reason)
	})
	t.Run("no model at all", func(t *testing.T) {
		_, r := h.do(t, step.Task{Goal: "Look", Start: world.URL + "/login"})
		if r.Status != step.Failed || !strings.Contains(r.Reason, "inference.actor") {
			t.Errorf("%s (%s)", r.Status, r.Reason)
		}
		t.Log(r.Reason)
	})
	h.tinyModel(t, world)
}

// tinyModel lets random weights drive, in both ways of seeing that need a list. They reach nothing and are not believed.
func (h *house) tinyModel(t *testing.T, world site.Running) {
	model, err := makeTiny(t.Context(), h.app)
	if err != nil {
		t.Fatal(err)
	}
	for _, sight := range []step.Sight{step.SightText, step.SightMarks} {
		t.Run("tiny model, "+string(sight), func(t *testing.T) {
			events, r := h.do(t, step.Task{Goal: "Open the list of expenses", Start: world.URL + "/login", Autonomy: step.AutonomyAuto, Models: map[string]string{"actor": model},
				Sight: sight, Limits: step.Limits{Steps: 3}, DoneWhen: []step.Predicate{{Text: "64 reports"}}})
			if r.Status == step.StatusDone || r.Status == step.Denied || r.Usage.ModelCalls == 0 || r.Usage.PromptTokens == 0 {
				tell(t, events)
				t.Errorf("%s (%s), %+v", r.Status, r.Reason, r.Usage)
			}
			if pictures := r.Usage.Images > 0; pictures != (sight == step.SightMarks) {
				t.Errorf("%d pictures were shown to the model", r.Usage.Images)
			}
			lawful(t, events)
		})
	}
}

// lawful holds a history to the laws: no act without a permit that was recorded before it, none spent twice, none without an
// end, and nothing lost.
func lawful(t *testing.T, events []step.Event) {
	t.Helper()
	open, spent := map[string]bool{}, map[string]bool{}
	for i, e := range events {
		if e.Seq != uint64(i+1) {
			t.Errorf("event %d has the number %d", i+1, e.Seq)
		}
		switch b := e.Body.(type) {
		case step.Judged:
			open[b.Verdict.ID] = b.Verdict.Decision == step.Permit
		case step.Did:
			if !open[b.Verdict] || spent[b.Verdict] {
				t.Errorf("event %d: an act without a permit of its own", e.Seq)
			}
			spent[b.Verdict] = true
		}
	}
	for id, permitted := range open {
		if permitted && !spent[id] {
			t.Errorf("the permit %s has no end", id)
		}
	}
	if len(spent) == 0 {
		t.Error("nothing was done at all")
	}
}

// TestPeople answers, instructs, pauses and stops tasks from outside.
func TestPeople(t *testing.T) {
	h, o := build(t, nil, nil), newOrder(t)
	ends := func(t *testing.T, id string, want step.Status, sent int32, says string) {
		t.Helper()
		events := history(t, h.c, id, nil)
		if r, n := result(t, events), o.sent.Swap(0); r.Status != want || n != sent || !strings.Contains(r.Reason, says) {
			tell(t, events)
			t.Errorf("%s (%s), sent %d times; want %s (… %s …), %d", r.Status, r.Reason, n, want, says, sent)
		}
	}
	t.Run("approve", func(t *testing.T) {
		id, q := h.asked(t, o.task())
		if q.About != step.AboutAct || q.Sends == nil || q.Sends.Method != "POST" || q.Picture == "" || o.sent.Load() != 0 {
			t.Errorf("asked %+v", q)
		}
		h.answer(t, id, q, step.Approve, "")
		ends(t, id, step.StatusDone, 1, "")
		if err := h.c.Answer(t.Context(), id, step.Answer{Question: q.ID, Choice: step.Approve}); client.StatusOf(err) != http.StatusConflict {
			t.Errorf("a second answer: %v", err)
		}
	})
	t.Run("deny", func(t *testing.T) {
		id, q := h.asked(t, o.task())
		h.answer(t, id, q, step.Refuse, "")
		ends(t, id, step.Denied, 0, "refused by")
	})
	t.Run("instruct, then approve", func(t *testing.T) {
		id, q := h.asked(t, o.task())
		h.answer(t, id, q, step.Instruct, "check the number of chairs first")
		h.answer(t, id, h.question(t, id, q.ID), step.Approve, "")
		ends(t, id, step.StatusDone, 1, "")
	})
	t.Run("nobody answers", func(t *testing.T) {
		task := o.task()
		task.Limits.Answers = 500 * time.Millisecond
		ends(t, create(t, h.c, task), step.Denied, 0, "expiry")
	})
	t.Run("cancel", func(t *testing.T) {
		id, _ := h.asked(t, o.task())
		if err := h.c.Cancel(t.Context(), id, "wrong order"); err != nil {
			t.Fatal(err)
		}
		ends(t, id, step.Cancelled, 0, "wrong order")
		if err := h.c.Cancel(t.Context(), id, "again"); client.StatusOf(err) != http.StatusConflict {
			t.Errorf("cancel what has ended: %v", err)
		}
	})
	t.Run("message, pause, resume", func(t *testing.T) {
		id, q := h.asked(t, o.task())
		for _, say := range []func() error{
			func() error { return h.c.Message(t.Context(), id, "no hurry") },
			func() error { return h.c.Pause(t.Context(), id) },
		} {
			if err := say(); err != nil {
				t.Fatal(err)
			}
		}
		took := history(t, h.c, id, func(e step.Event) bool { b, ok := e.Body.(step.Took); return ok && b.Command.Command == step.Pause{} })
		if s, err := h.c.Get(t.Context(), id); err != nil || s.Status != step.Paused {
			t.Errorf("%s, %v", s.Status, err)
		}
		if m, ok := last[step.Took](took[:len(took)-1]); !ok || m.Command.Command != (step.Message{Text: "no hurry"}) {
			t.Errorf("before the pause it took %+v", m)
		}
		if err := h.c.Resume(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		h.answer(t, id, q, step.Approve, "")
		ends(t, id, step.StatusDone, 1, "")
	})
	t.Run("stop everything", func(t *testing.T) {
		id, q := h.asked(t, o.task())
		if err := h.c.Stop(t.Context(), "drill"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.c.Create(t.Context(), o.task(), ""); client.StatusOf(err) != http.StatusServiceUnavailable {
			t.Errorf("a new task while stopped: %v", err)
		}
		h.answer(t, id, q, step.Approve, "")
		history(t, h.c, id, func(e step.Event) bool { b, ok := e.Body.(step.Took); return ok && b.Command.Command == step.Pause{} })
		if err := h.c.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		q = h.question(t, id, q.ID) // the approval was given while nothing could happen: it is asked for again
		h.answer(t, id, q, step.Approve, "")
		ends(t, id, step.StatusDone, 1, "")
	})
}
