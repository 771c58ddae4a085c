package main

import (
	"testing"

	"chiron/eval/site"
	"chiron/step"
)

// TestAPersonDrivesThroughTheDoor takes the mouse from a task with steps, signs in by hand, and gives it back.
func TestAPersonDrivesThroughTheDoor(t *testing.T) {
	served := newSite(t, site.Options{Seed: 1})
	world := served.Running()
	h := build(t, nil, nil)
	ctx := t.Context()
	st, _, err := h.c.Create(ctx, step.Task{Goal: "Look", Start: world.URL + "/login", Steps: []string{`Click "Sign in"`}, DoneWhen: []step.Predicate{{Text: "do not match"}}}, "")
	if err != nil {
		t.Fatal(err)
	}
	id := st.Task.ID
	lease, err := h.c.Take(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	do := func(a step.Action) step.Driven {
		t.Helper()
		got, err := h.c.Drive(ctx, id, step.Driving{Lease: lease, Action: step.Act{Action: a}})
		if err != nil || got.Outcome == nil || got.Outcome.Status != step.Executed || got.Verdict.Principal != "admin" {
			t.Fatalf("%s: %+v, %v", a.Kind(), got, err)
		}
		return got
	}
	do(step.Hover{Target: step.Target{Point: &step.Point{X: 5, Y: 5}}}) // the agent has let go, and has looked
	where := map[string]step.Target{}
	history(t, h.c, id, func(e step.Event) bool {
		if b, ok := e.Body.(step.Read); ok {
			for _, c := range b.Screen.Items {
				at := c.Box.Center()
				where[c.Name] = step.Target{Point: &at}
			}
		}
		return where["Username"].Point != nil
	})
	if where["Username"].Point == nil || where["Password"].Point == nil {
		t.Fatalf("the screen shows %v", where)
	}
	do(step.Type{Target: where["Username"], Value: "nobody"})
	do(step.Type{Target: where["Password"], Value: "canary-by-hand"})
	if _, err := h.c.Drive(ctx, id, step.Driving{Lease: "another", Action: step.Act{Action: step.Press{Key: "Tab"}}}); err == nil {
		t.Error("another lease drove")
	}
	if err := h.c.Return(ctx, id, lease); err != nil {
		t.Fatal(err)
	}
	events := history(t, h.c, id, nil)
	lawful(t, events)
	if r := result(t, events); r.Status != step.StatusDone {
		tell(t, events)
		t.Fatalf("%s (%s)", r.Status, r.Reason)
	}
}
