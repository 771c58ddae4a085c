package server_test

import (
	"net/http"
	"strings"
	"testing"

	"chiron/client"
	"chiron/server"
	"chiron/step"
)

// as returns a client with a new key of this id.
func (d *door) as(id string) *client.Client {
	d.t.Helper()
	key, err := d.client.AddKey(soon(d.t), id, id+" of the back office")
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := client.New(d.url, key, client.WithHTTP(&http.Client{Transport: transport(d.t)}))
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// asking hands in a task as somebody and opens a question in it.
func (d *door) asking(as *client.Client, t step.Task, about step.About) string {
	d.t.Helper()
	s, _, err := as.Create(soon(d.t), t, "")
	if err != nil {
		d.t.Fatal(err)
	}
	d.add(s.Task.ID, 1, step.Asked{Question: step.Question{ID: "q1", About: about, Text: "May it?"}})
	return s.Task.ID
}

// TestWhoAsksDoesNotApprove: with four eyes, by the operator's word or the task's own, a requester's approval is refused with what to
// do, and another person's counts. Without, the control, the requester's counts.
func TestWhoAsksDoesNotApprove(t *testing.T) {
	own := goal("delete the account")
	own.FourEyes = true
	for name, c := range map[string]struct {
		operator bool
		task     step.Task
		refused  bool
	}{
		"operator": {true, goal("delete the account"), true},
		"task":     {false, own, true},
		"neither":  {false, goal("delete the account"), false},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDoor(t, func(o *server.Options) { o.FourEyes = c.operator })
			ann, bob := d.as("ann"), d.as("bob")
			ctx := soon(t)
			id := d.asking(ann, c.task, step.AboutAct)
			orders, err := d.journal.Commands(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			approval := step.Answer{Question: "q1", Choice: step.Approve}
			err = ann.Answer(ctx, id, approval)
			if !c.refused {
				if got := <-orders; err != nil || got.By != "ann" {
					t.Errorf("without four eyes: %v, by %s", err, got.By)
				}
				return
			}
			if client.StatusOf(err) != http.StatusForbidden || !strings.Contains(err.Error(), "another key") {
				t.Errorf("the requester's approval: %v", err)
			}
			if _, err := ann.Take(ctx, id); client.StatusOf(err) != http.StatusForbidden {
				t.Errorf("the requester took the mouse: %v", err)
			}
			for _, free := range []step.Choice{step.Refuse, step.Instruct} {
				if err := ann.Answer(ctx, id, step.Answer{Question: "q1", Choice: free, Text: "archive it instead"}); err != nil {
					t.Errorf("the requester's %s: %v", free, err)
				}
				if got := (<-orders).Order.Command.(step.Reply).Answer.Choice; got != free {
					t.Errorf("an order that nobody gave: %s", got)
				}
			}
			if err := bob.Answer(ctx, id, approval); err != nil {
				t.Errorf("another person's approval: %v", err)
			}
			if got := <-orders; got.By != "bob" || got.Order.Command.(step.Reply).Answer.Choice != step.Approve {
				t.Errorf("the worker got %+v", got)
			}
			if _, err := bob.Take(ctx, id); err != nil {
				t.Errorf("another person cannot take the mouse: %v", err)
			}
		})
	}
}

// TestWhoAsksAnswersTheAgent: its own question is no approval.
func TestWhoAsksAnswersTheAgent(t *testing.T) {
	d := openDoor(t, func(o *server.Options) { o.FourEyes = true })
	ann := d.as("ann")
	id := d.asking(ann, goal("find it"), step.AboutAgent)
	if err := ann.Answer(soon(t), id, step.Answer{Question: "q1", Choice: step.Approve, Text: "the red one"}); err != nil {
		t.Error(err)
	}
}

func TestKeysAreTheAdminsWork(t *testing.T) {
	d := openDoor(t, nil)
	ann, ctx := d.as("ann"), soon(t)
	if _, err := d.client.AddKey(ctx, "ann", ""); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("the same id twice: %v", err)
	}
	if _, err := d.client.AddKey(ctx, "Ann!", ""); client.StatusOf(err) != http.StatusUnprocessableEntity {
		t.Errorf("a bad id: %v", err)
	}
	if _, err := ann.AddKey(ctx, "eve", ""); client.StatusOf(err) != http.StatusForbidden {
		t.Errorf("somebody made a key: %v", err)
	}
	if err := ann.RevokeKey(ctx, "admin"); client.StatusOf(err) != http.StatusForbidden {
		t.Errorf("somebody revoked a key: %v", err)
	}
	if _, err := d.client.AddKey(ctx, "agent", ""); client.StatusOf(err) != http.StatusUnprocessableEntity {
		t.Errorf("a key that would pass for the agent: %v", err)
	}
	if _, err := ann.PutRules(ctx, map[string]string{"x.cedar": "permit(principal, action, resource);"}); client.StatusOf(err) != http.StatusForbidden {
		t.Errorf("somebody changed the rules: %v", err)
	}
	if err := ann.Stop(ctx, "wait"); err != nil {
		t.Errorf("anybody may stop: %v", err)
	}
	if err := ann.Release(ctx); client.StatusOf(err) != http.StatusForbidden {
		t.Errorf("somebody released a stop: %v", err)
	}
	if err := d.client.Release(ctx); err != nil {
		t.Error(err)
	}
	if err := d.client.RevokeKey(ctx, "admin"); client.StatusOf(err) != http.StatusUnprocessableEntity {
		t.Errorf("the admin's own: %v", err)
	}
	if err := d.client.RevokeKey(ctx, "nobody"); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("a key that is none: %v", err)
	}
	if _, err := ann.Keys(ctx); err != nil {
		t.Error(err)
	}
	if err := d.client.RevokeKey(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := ann.Keys(ctx); client.StatusOf(err) != http.StatusUnauthorized {
		t.Errorf("a revoked key opens: %v", err)
	}
	all, err := d.client.Keys(ctx)
	if err != nil || len(all) != 2 || all[0].Revoked == all[1].Revoked {
		t.Errorf("the list: %+v, %v", all, err)
	}
	if _, err := d.client.AddKey(ctx, "ann", ""); client.StatusOf(err) != http.StatusConflict {
		t.Errorf("a revoked id was given again: %v", err)
	}
}
