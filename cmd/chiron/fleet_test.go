package main

import (
	"context"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"chiron/cmd/settings"
	"chiron/eval/actor"
	"chiron/eval/site"
	"chiron/step"
)

// TestATaskOutlivesItsEndpoint has two Ollamas, scripted at the wire, whose one dies while a task uses it; the operator sees which.
func TestATaskOutlivesItsEndpoint(t *testing.T) {
	world := newSite(t, site.Options{Seed: 1}).Running()
	var calls atomic.Int32
	var ends [2]*httptest.Server
	for i := range ends {
		s := actor.New()
		click := actor.Clicker(6, "Username", "Password")
		s.Teach("clicker", func(ctx context.Context, p actor.Prompt) actor.Reply {
			if calls.Add(1) == 3 { // in the middle of its call
				go ends[i].CloseClientConnections()
				<-ctx.Done()
				go ends[i].Listener.Close()
			}
			return click(ctx, p)
		})
		ends[i] = httptest.NewServer(s.Handler())
		t.Cleanup(ends[i].Close)
	}
	h := build(t, func(c *settings.Config) { c.Inference.Endpoint, c.Inference.More = ends[0].URL, []string{ends[1].URL} }, nil)
	events, r := h.do(t, step.Task{Goal: "Click", Start: world.URL + "/login", Models: map[string]string{"actor": "clicker"}, Sight: step.SightText, Source: step.SourceLayout,
		Limits: step.Limits{NoWork: 20}, DoneWhen: []step.Predicate{{Text: "this text stands nowhere"}}})
	acts := 0
	for _, e := range events {
		if d, ok := e.Body.(step.Did); ok && d.Outcome.Status == step.Executed {
			acts++
		}
	}
	if acts < 7 || r.Status != step.Failed || r.Reason != "clicker: enough" {
		t.Errorf("%d acts, %s: %s", acts, r.Status, r.Reason)
	}
	l, err := h.c.Queue(t.Context(), "")
	if err != nil || len(l.Endpoints) != 2 || l.Endpoints[0].OK && l.Endpoints[1].OK {
		t.Errorf("%+v, %v", l, err)
	}
}
