package server_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"chiron/client"
	"chiron/configs"
	"chiron/policy"
	"chiron/step"
)

// judge has a door's gate judge one act of a task.
func (d *door) judge(t step.Task, a step.Action, f step.Facts) policy.Admission {
	d.t.Helper()
	got, err := d.gate.Admit(soon(d.t), policy.Request{Task: t, Step: 1, Principal: policy.Agent, Action: a, Facts: f})
	if err != nil {
		d.t.Fatal(err)
	}
	return got
}

func TestRulesAreComparedChangedAndRolledBack(t *testing.T) {
	d := openDoor(t, nil)
	task := d.create(step.Task{Goal: "buy tea", Start: "https://shop.example/"}).Task
	at := step.Facts{URL: "https://shop.example/", Origin: "https://shop.example", Element: &step.Element{Tag: "button", Role: step.RoleButton, Name: "Next", Node: "1", FrameOrigin: "https://shop.example"}}
	press := step.Click{Target: step.Target{Point: &step.Point{X: 1, Y: 1}}}
	permitted := d.judge(task, press, at)
	remove := at
	remove.Element = &step.Element{Tag: "button", Role: step.RoleButton, Name: "Delete account", Node: "2", FrameOrigin: "https://shop.example"}
	asked := d.judge(task, press, remove)
	denied := d.judge(task, step.Navigate{URL: "https://evil.example/"}, step.Facts{})
	if permitted.Permit == nil || asked.Question == nil || denied.Verdict.Decision != step.Deny {
		t.Fatalf("%+v %+v %+v", permitted.Verdict, asked.Verdict, denied.Verdict)
	}
	e, err := d.client.Explain(soon(t), asked.Verdict.ID)
	if err != nil || e.Task != task.ID || e.Now == nil || e.Now.Decision != step.AskOne || len(e.Rules) != 1 || e.Rules[0].ID != "A2-risky" || e.Rules[0].Effect != "ask" || len(e.Input) == 0 {
		t.Fatalf("explained %+v, %v", e, err)
	}
	if _, err := d.client.Explain(soon(t), "nobody"); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("a decision that is none: %v", err)
	}

	files, err := policy.BundleFiles(configs.Policy())
	if err != nil {
		t.Fatal(err)
	}
	same, err := d.client.WhatIf(soon(t), files, 100)
	if err != nil || same.Asked != 3 || same.Skipped != 0 || len(same.Changes) != 0 {
		t.Fatalf("the same rules differ: %+v, %v", same, err)
	}
	strict := maps.Clone(files)
	if _, err := d.client.PutRules(soon(t), withRule(strict)); client.StatusOf(err) != http.StatusUnprocessableEntity || !strings.Contains(err.Error(), "a button is pressed") {
		t.Errorf("rules against their own cases: %v", err)
	}
	delete(strict, "tests/default.yaml")
	strict = withRule(strict)
	d.compareAndApply(strict, permitted, asked)

	for name, bad := range map[string]map[string]string{
		"a typing mistake": {"own.cedar": `@id("X") @reason("x") permit (principal, action, resource) when { context.pgae.write };`},
		"no rules":         {},
		"another place":    {"../own.cedar": "x"},
	} {
		_, err := d.client.PutRules(soon(t), bad)
		if _, hash := d.gate.Rules(); client.StatusOf(err) != http.StatusUnprocessableEntity || hash == same.Bundle {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.rollBack(same.Bundle, permitted)
}

// withRule adds a rule that presses no buttons.
func withRule(files map[string]string) map[string]string {
	files = maps.Clone(files)
	files["own.cedar"] = `@id("X1-no-buttons") @reason("Buttons are not pressed here.")
forbid (principal, action == Action::"click", resource) when { context has element && context.element.role == Role::"button" };`
	return files
}

// compareAndApply asks what stricter rules would change, and puts them into force.
func (d *door) compareAndApply(strict map[string]string, permitted, asked policy.Admission) {
	t := d.t
	t.Helper()
	diff, err := d.client.WhatIf(soon(t), strict, 100)
	changed := []string{}
	for _, c := range diff.Changes {
		changed = append(changed, c.Decision)
		if c.Would.Decision != step.Deny || !slices.Contains(c.Would.Rules, "X1-no-buttons") || c.Element == "" {
			t.Errorf("change %+v", c)
		}
	}
	if err != nil || !slices.Equal(changed, []string{permitted.Verdict.ID, asked.Verdict.ID}) {
		t.Fatalf("changed %v, %v", changed, err)
	}
	hash, err := d.client.PutRules(soon(t), strict)
	if _, now := d.gate.Rules(); err != nil || hash != now || hash != diff.Bundle {
		t.Fatalf("in force %s, put %s, %v", now, hash, err)
	}
	if _, err := permitted.Permit.Redeem(permitted.Verdict.Facts); err == nil {
		t.Error("a permit outlived its rules")
	}
	e, err := d.client.Explain(soon(t), permitted.Verdict.ID)
	if err != nil || e.Verdict.Decision != step.Permit || e.Now.Decision != step.Deny || len(e.Rules) == 0 {
		t.Errorf("explained %+v, %v", e, err)
	}
}

// rollBack starts again under the stricter rules, and puts the first ones back.
func (d *door) rollBack(base string, permitted policy.Admission) {
	t := d.t
	t.Helper()
	_, strict := d.gate.Rules()
	var err error
	if d.gate, err = policy.NewGate(policy.Options{Ledger: d.journal}); err != nil {
		t.Fatal(err)
	}
	again := shelf(t, d)
	if _, hash := d.gate.Rules(); hash != strict {
		t.Errorf("after a restart %s is in force, not %s", hash, strict)
	}
	if all, err := again.Versions(soon(t)); err != nil || len(all) != 2 || !slices.ContainsFunc(all, func(v policy.RulesVersion) bool { return v.Now && v.Hash == strict && v.By != "" }) {
		t.Errorf("versions %+v, %v", all, err)
	}
	if _, err := d.client.RollBackRules(soon(t), strings.Repeat("0", 12)); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("a version that is none: %v", err)
	}
	hash, err := d.client.RollBackRules(soon(t), base[:12])
	if err != nil || hash != base {
		t.Fatalf("rolled back to %s, %v", hash, err)
	}
	if e, err := d.client.Explain(soon(t), permitted.Verdict.ID); err != nil || e.Now.Decision != step.Permit {
		t.Errorf("after the rollback: %+v, %v", e.Now, err)
	}
}
