package main

import (
	"testing"
	"time"

	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look/looktest"
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

// TestAPersonDrivesOnThePage does the same with nothing but the page: mouse and keys on the live screen.
func TestAPersonDrivesOnThePage(t *testing.T) {
	served := newSite(t, site.Options{Seed: 1})
	h := build(t, nil, nil)
	st, _, err := h.c.Create(t.Context(), step.Task{Goal: "Look", Start: served.Running().URL + "/login", Steps: []string{`Click "Nothing"`}}, "")
	if err != nil {
		t.Fatal(err)
	}
	page := looktest.Start(t).MustPage().Timeout(time.Minute)
	page.MustSetViewport(1440, 900, 1, false)
	page.MustNavigate(h.server.URL() + "/tasks/" + st.Task.ID + "#key=" + h.key)
	page.MustElement("form.stack button[type=submit]").MustClick()
	page.MustElementR("button", "Take over").MustClick()
	page.MustElementR(".card", "took over")
	page.MustElement(".wheel")
	page.MustWait(`() => document.getElementById("blank").hidden && !document.getElementById("live").hidden`)
	screen := page.MustElement("#canvas").MustShape().Box()
	page.Mouse.MustMoveTo(screen.X+0.714*screen.Width, screen.Y+0.508*screen.Height) // the middle of the password field
	page.Mouse.MustClick(proto.InputMouseButtonLeft)
	page.MustElementR(".card", `Click Password[^]*Carried out`)
	page.Keyboard.MustType([]input.Key("by hand")...)
	page.MustElementR(".card", `Add \*\*\* into Password[^]*Carried out`)
	page.MustElementR("button", "Give back").MustClick()
	page.MustElementR(".card", "gave the mouse back")
}
