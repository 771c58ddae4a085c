package bundle_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"chiron/configs"
	"chiron/policy/bundle"
	"chiron/step"
)

// asked is a request as foreign bytes could make one.
type asked struct {
	Task      step.Task   `json:"task"`
	Principal string      `json:"principal"`
	Action    step.Act    `json:"action"`
	Facts     step.Facts  `json:"facts"`
	Usage     step.Usage  `json:"usage"`
	Past      bundle.Past `json:"past"`
	Approved  bool        `json:"approved"`
}

// FuzzRequest: whatever the facts hold, an act is judged without a panic and without an error of a rule; what is recorded of
// it is judged again the same; and nothing outside the task's hosts is ever acted on.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"task":{"goal":"buy tea","start":"https://shop.example/"},"principal":"agent","action":{"action":"click","point":{"x":1,"y":1}},"facts":{"url":"https://shop.example/","origin":"https://shop.example","element":{"tag":"button","role":"button","name":"Delete","frame_origin":"https://shop.example"}}}`,
		`{"task":{"goal":"type 12","start":"https://shop.example/","secrets":["pw"]},"principal":"agent","action":{"action":"type","point":{"x":1,"y":1},"text":"{{pw}}"},"facts":{"url":"https://shop.example/","origin":"https://shop.example","element":{"tag":"input","type":"password","role":"input","editable":true,"frame_origin":"https://evil.example","cross_origin":true},"form":{"action":"https://evil.example/","method":"POST","password":true}}}`,
		`{"task":{"goal":"go","start":"http://127.0.0.1:80/","hosts":{"read":["*.b.example"]}},"principal":"bob","action":{"action":"navigate","url":"http://[::ffff:7f00:1]:80/"},"facts":{"dialog":{"type":"beforeunload"}},"approved":true}`,
		`{"task":{"goal":"go","start":"https://a.example/"},"principal":"agent","action":{"action":"press","key":"Control+Shift+J"},"facts":{"url":"data:text/html,x","origin":"null"},"past":{"taint":{"private":true,"untrusted":true}}}`,
	} {
		f.Add([]byte(seed))
	}
	rules, err := bundle.Load(configs.Policy())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var q asked
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if dec.Decode(&q) != nil || q.Action.Action == nil || q.Action.Validate() != nil || q.Principal == "" {
			return
		}
		task := q.Task.Normalise()
		values, _ := step.NewValues(task)
		s := bundle.Subject{Task: task, Principal: q.Principal, Action: q.Action.Action, Facts: q.Facts, Values: values, Usage: q.Usage, Past: q.Past,
			Secrets: func(name string) ([]string, string, bool) { return []string{"https://shop.example"}, "", name == "pw" }}
		in, err := bundle.Describe(s)
		if err != nil {
			return // what cannot be described is denied
		}
		d := rules.Decide(s, in, q.Approved)
		if len(d.Errors) > 0 || d.Outcome == "" || d.Reason == "" {
			t.Fatalf("judged with errors: %+v", d)
		}
		again(t, rules, s, in, d, q.Approved)
		acts := s.Action.Kind() == step.KindClick || s.Action.Kind() == step.KindType || s.Action.Kind() == step.KindPress || s.Action.Kind() == step.KindSelect
		if d.Outcome == step.Permit && acts && !in.Page.Write && !(in.Page.Read && in.Leads != nil && in.Leads.Read) {
			t.Fatalf("an act on a page that the task may not act on was permitted: %+v", in.Page)
		}
	})
}

// again records a decision and has it taken again.
func again(t *testing.T, rules *bundle.Bundle, s bundle.Subject, in bundle.Input, d bundle.Decision, approved bool) {
	t.Helper()
	v := step.Verdict{ID: "v", Principal: s.Principal, Action: step.Act{Action: s.Action}, Decision: d.Outcome, Obligations: d.Obligations}
	if approved {
		v.Answer = "q"
	}
	var err error
	if v.Input, err = bundle.Record(in); err != nil {
		t.Fatal(err)
	}
	second, err := rules.Again(s.Task.ID, v)
	if err != nil || second.Differs(v) {
		t.Fatalf("judged again otherwise: %+v, %+v, %v", d, second, err)
	}
}
