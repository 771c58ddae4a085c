package step_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chiron/step"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with the golden file of that name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update if that is meant\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}

func actions() []step.Action {
	at := step.Target{Point: &step.Point{X: 10, Y: 20}}
	return []step.Action{
		step.Click{Target: step.Target{Mark: 3}, Button: "right", Count: 2, Modifiers: []string{"Shift"}},
		step.Hover{Target: step.Target{Text: "the Save button"}},
		step.Drag{Target: at, To: step.Target{Mark: 4}},
		step.Type{Target: step.Target{Mark: 2}, Value: "{{user}}", Append: true},
		step.Press{Key: "Control+A"},
		step.Scroll{Target: at, Direction: "down", Pages: 0.5},
		step.Select{Target: step.Target{Mark: 5}, Option: "Travel"},
		step.Upload{Target: step.Target{Mark: 6}, File: "receipt.pdf"},
		step.Navigate{URL: "http://127.0.0.1:8080/"},
		step.Back{}, step.Forward{}, step.Reload{},
		step.TabAct{Op: "switch", Number: 2},
		step.DialogAct{Accept: true, Text: "yes"},
		step.Wait{Seconds: 1.5},
		step.Note{Text: "the total is in the third row"},
		step.Call{Tool: "rates", Args: json.RawMessage(`{"currency":"EUR"}`)},
		step.Delegate{Goal: "find the invoice"},
		step.Ask{Question: "which account?"},
		step.Done{Result: map[string]step.Cited{"total": {Mark: 12}, "ok": {Value: json.RawMessage(`true`)}}},
		step.Fail{Reason: "there is no such report"},
	}
}

func TestActionsTravelThroughJSON(t *testing.T) {
	var lines bytes.Buffer
	seen := map[step.Kind]bool{}
	for _, a := range actions() {
		if err := a.Validate(); err != nil {
			t.Errorf("%s: %v", a.Kind(), err)
		}
		data, err := json.Marshal(step.Act{Action: a})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(data, '\n'))
		back, err := step.ParseAction(data)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if !reflect.DeepEqual(a, back) {
			t.Errorf("%s came back as %#v", data, back)
		}
		if step.ActionDigest(a) != step.ActionDigest(back) {
			t.Errorf("%s: the digest changed on the way", data)
		}
		seen[a.Kind()] = true
	}
	for _, k := range step.Kinds() {
		if !seen[k] {
			t.Errorf("no example of %s", k)
		}
	}
	golden(t, "actions.jsonl", lines.Bytes())
}

func TestParseActionRefuses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{}`, `the field "action" is missing`},
		{`{"action":"fly"}`, `unknown kind "fly"`},
		{`{"action":"click"}`, "one of mark, point and target is needed"},
		{`{"action":"click","mark":1,"point":{"x":1,"y":1}}`, "not several"},
		{`{"action":"click","mark":-1}`, "marks start at 1"},
		{`{"action":"click","point":{"x":-5,"y":1}}`, "off the screen"},
		{`{"action":"click","mark":1,"why":"because"}`, `unknown field "why"`},
		{`{"action":"click","mark":1,"button":"side"}`, "not left, right or middle"},
		{`{"action":"click","mark":1,"count":9}`, "not 1 to 3"},
		{`{"action":"click","mark":1,"modifiers":["Hyper"]}`, "Hyper"},
		{`{"action":"drag","mark":1,"to":{}}`, "to: target"},
		{`{"action":"type","mark":1,"text":"` + strings.Repeat("x", step.MaxText+1) + `"}`, "longer than"},
		{`{"action":"press","key":" "}`, "is written Space"},
		{`{"action":"press","key":"Enter "}`, "is written Enter"},
		{`{"action":"press","key":"Nonsense"}`, "is not a key"},
		{`{"action":"scroll","direction":"sideways"}`, "sideways"},
		{`{"action":"scroll","direction":"up","pages":99}`, "99"},
		{`{"action":"tab","op":"switch"}`, "tabs count from 1"},
		{`{"action":"tab","op":"tear"}`, "tear"},
		{`{"action":"wait","seconds":31}`, "31"},
		{`{"action":"done","result":{"x":{}}}`, "x: give one of mark and value"},
		{`{"action":"fail","reason":""}`, "reason: must not be empty"},
		{`[1]`, "cannot unmarshal"},
	} {
		if _, err := step.ParseAction([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.in, err, c.want)
		}
	}
}

func events() []step.Event {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	yes := true
	verdict := step.Verdict{ID: "v1", Decision: step.Permit, Reason: "the host is in the task's write set", Rules: []string{"P3"},
		Action: step.Act{Action: step.Click{Target: step.Target{Point: &step.Point{X: 5, Y: 6}}}}, Digest: "d",
		Facts:  step.Facts{Observation: "o1", URL: "http://a/", Origin: "http://a", Element: &step.Element{Tag: "button", Role: step.RoleButton, Name: "Send", FrameOrigin: "http://a", Node: "1.2"}, At: at},
		Effect: step.EffectIrreversible, Principal: "agent", Bundle: "b", Expires: at, Took: time.Millisecond}
	act := step.Act{Action: step.Press{Key: "Enter"}}
	question := step.Question{ID: "q1", About: step.AboutAct, Text: "May it press Enter?", Action: &act, Facts: &verdict.Facts,
		Sends: &step.Sends{Method: "POST", Host: "a", Fields: map[string]string{"amount": "1"}}, Expires: at}
	answer := step.Answer{Question: "q1", Choice: step.Approve, By: "dana", At: at}
	usage := step.Usage{Steps: 1, ModelCalls: 1, PromptTokens: 10, ModelTime: time.Second}
	bodies := []step.Body{
		step.Created{Task: step.Task{ID: "t1", Goal: "g", Start: "http://a/", Inputs: map[string]string{"user": "alice"}}.Normalise()},
		step.Leased{Worker: "w", Attempt: 1},
		step.Saw{Observation: step.Observation{ID: "o1", Frame: step.Frame{Hash: "h", MIME: "image/png", Size: step.Viewport(), At: at}, URL: "http://a/", Title: "A", Settle: step.Settle{Reason: "quiet", Took: time.Millisecond}}},
		step.Read{Screen: step.Screen{Observation: "o1", Version: 1, Source: step.SourceBoth, Items: []step.Candidate{{Mark: 1, Role: step.RoleButton, Name: "Send", Box: step.Rect{X: 1, Y: 2, W: 3, H: 4}}}}},
		step.Recalled{Site: "a", Degraded: "no embedding model"},
		step.Planned{Plan: step.Plan{Subgoals: []string{"sign in"}, Why: "start", Usage: usage}},
		step.Proposed{Proposal: step.Proposal{Action: act, Note: "n", Expect: "e", By: "actor", Model: "m", Usage: usage, Located: &step.Found{Point: step.Point{X: 5, Y: 6}, Method: "mark", Mark: 1}}},
		step.Judged{Verdict: verdict},
		step.Asked{Question: question},
		step.Answered{Answer: answer},
		step.Did{Verdict: "v1", Outcome: step.Outcome{Status: step.Executed, Took: time.Millisecond}},
		step.Checked{Expect: "saved", Met: &yes, Change: 0.25},
		step.Noted{Text: "n"},
		step.Took{Command: step.Order{Command: step.Pause{}}, By: "dana"},
		step.Warned{Code: "context_cut", Text: "two entries were left out"},
		step.Recovered{Unknown: &verdict, Resume: "ask"},
		step.Ended{Result: step.Result{Status: step.StatusDone, Reason: "r", Values: map[string]step.Value{"total": {Value: json.RawMessage(`"1"`)}}, Checks: []step.Check{{What: "w", OK: true}}, Usage: usage},
			Egress: &step.Egress{Hosts: []step.Traffic{{Host: "a.test:443", Connections: 1, Sent: 2, Received: 3}}, Blocked: []step.Blocked{{Host: "b.test:80", Reason: "r", Count: 1}}, Bytes: 5}},
	}
	out := make([]step.Event, len(bodies))
	for i, b := range bodies {
		out[i] = step.Event{Task: "t1", Seq: uint64(i + 1), Step: i / 3, At: at.Add(time.Duration(i) * time.Second), Body: b}
	}
	return out
}

func TestEventsTravelThroughJSON(t *testing.T) {
	var lines bytes.Buffer
	for i, e := range events() {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(data, '\n'))
		var back step.Event
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if !reflect.DeepEqual(e, back) {
			t.Errorf("%s came back as %#v", data, back)
		}
		if e.Body.EventKind() != step.EventKinds()[i] {
			t.Errorf("event %d is %s, EventKinds says %s", i, e.Body.EventKind(), step.EventKinds()[i])
		}
	}
	if len(events()) != len(step.EventKinds()) {
		t.Errorf("%d examples, %d kinds", len(events()), len(step.EventKinds()))
	}
	golden(t, "events.jsonl", lines.Bytes())
}

func TestEventRefuses(t *testing.T) {
	for _, in := range []string{`{}`, `{"body":{"kind":"born"}}`, `{"body":{"kind":"noted","text":"x","more":1}}`, `{"extra":1}`, `null`, `{"body":{"kind":"ended"}} {}`} {
		var e step.Event
		if err := e.UnmarshalJSON([]byte(in)); err == nil {
			t.Errorf("%s was taken", in)
		}
	}
	if _, err := json.Marshal(step.Event{}); !errors.Is(err, step.ErrKind) {
		t.Errorf("an event without a body: %v", err)
	}
}

func TestCommandsTravelThroughJSON(t *testing.T) {
	for _, c := range []step.Command{step.Cancel{Reason: "enough"}, step.Pause{}, step.Resume{}, step.Message{Text: "use the blue one"},
		step.Reply{Answer: step.Answer{Question: "q1", Choice: step.Instruct, Text: "no"}}, step.Drive{Lease: "l", Take: true}, step.Watch{Viewers: 2}} {
		data, err := json.Marshal(step.Order{Command: c})
		if err != nil {
			t.Fatal(err)
		}
		var back step.Order
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(c, back.Command) {
			t.Errorf("%s came back as %#v, %v", data, back.Command, err)
		}
	}
	var o step.Order
	if err := json.Unmarshal([]byte(`{"command":"dance"}`), &o); !errors.Is(err, step.ErrKind) {
		t.Errorf("dance: %v", err)
	}
}

func TestStateFoldsTheHistory(t *testing.T) {
	var s step.State
	var at9 step.State
	for _, e := range events() {
		s = s.Apply(e)
		if e.Body.EventKind() == "asked" {
			at9 = s
		}
		if again := s.Apply(e); !reflect.DeepEqual(again, s) {
			t.Errorf("%s applied twice changed the state", e.Body.EventKind())
		}
	}
	if at9.Status != step.Waiting || at9.Question == nil || at9.Pending == nil {
		t.Errorf("while asking: %+v", at9)
	}
	if s.Status != step.StatusDone || s.Result == nil || s.Question != nil || s.Pending != nil || s.Effects != 1 || s.Seq != uint64(len(events())) {
		t.Errorf("at the end: %+v", s)
	}
}

func TestStateKeepsAnUnknownActPending(t *testing.T) {
	v := step.Verdict{ID: "v", Decision: step.Permit, Effect: step.EffectIrreversible}
	s := step.State{}.Apply(step.Event{Seq: 1, Body: step.Judged{Verdict: v}})
	s = s.Apply(step.Event{Seq: 2, Body: step.Did{Verdict: "v", Outcome: step.Outcome{Status: step.Unknown}}})
	if s.Pending == nil || s.Effects != 1 {
		t.Errorf("after an unknown outcome: %+v", s)
	}
	denied := step.State{}.Apply(step.Event{Seq: 1, Body: step.Judged{Verdict: step.Verdict{ID: "v", Decision: step.Deny}}})
	if denied.Pending != nil {
		t.Error("a denial is pending")
	}
}

func TestStateCountsTheStepsOfPeople(t *testing.T) {
	drive := func(take bool) step.Body {
		return step.Took{Command: step.Order{Command: step.Drive{Lease: "l", Take: take}}, By: "dana"}
	}
	act := func(by string) step.Body { return step.Proposed{Proposal: step.Proposal{By: by}} }
	var s step.State
	for i, b := range []step.Body{act("actor"), drive(true), act(step.ByPerson), act(step.ByPerson), drive(false), act("actor")} {
		s = s.Apply(step.Event{Seq: uint64(i + 1), Step: i + 1, Body: b})
	}
	if s.People != 3 || s.Step != 6 { // two acts and the step in which they drove
		t.Errorf("%d of %d", s.People, s.Step)
	}
}

func TestFingerprint(t *testing.T) {
	base := func() step.Facts {
		return step.Facts{Origin: "http://a", Element: &step.Element{Tag: "button", Name: "Send", Node: "1.2", Box: step.Rect{X: 1, Y: 2, W: 30, H: 10}},
			Form: &step.Form{Action: "http://a/send", Method: "POST"}}
	}
	want := base().Fingerprint()
	moved := base()
	moved.Element.Box.X += 40
	if moved.Fingerprint() != want {
		t.Error("an element that merely moved has another fingerprint")
	}
	for name, change := range map[string]func(*step.Facts){
		"origin": func(f *step.Facts) { f.Origin = "http://b" }, "node": func(f *step.Facts) { f.Element.Node = "9" },
		"name": func(f *step.Facts) { f.Element.Name = "Delete" }, "size": func(f *step.Facts) { f.Element.Box.W = 300 },
		"form": func(f *step.Facts) { f.Form.Action = "http://b/send" }, "submits": func(f *step.Facts) { f.Submits = true },
		"dialog": func(f *step.Facts) { f.Dialog = &step.Dialog{Type: "confirm"} }, "gone": func(f *step.Facts) { f.Element = nil },
	} {
		f := base()
		change(&f)
		if f.Fingerprint() == want {
			t.Errorf("%s: the fingerprint did not change", name)
		}
	}
	if (step.Facts{URL: "http://a/"}).Fingerprint() != "" {
		t.Error("no element, yet a fingerprint")
	}
}

func TestTaskValidate(t *testing.T) {
	good := step.Task{Goal: "g", Start: "https://a.example/x", Inputs: map[string]string{"user": "u"}, DoneWhen: []step.Predicate{{Text: "ok"}}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	n := good.Normalise()
	if n.Autonomy != step.AutonomySupervised || n.Source != step.SourceBoth || !reflect.DeepEqual(n.Hosts.Write, []string{"a.example"}) {
		t.Errorf("normalised: %+v", n)
	}
	bad := step.Task{Start: "ftp://a", Inputs: map[string]string{"Bad Name": ""}, Secrets: []string{"Bad Name"}, DoneWhen: []step.Predicate{{}, {Text: "a", URL: "b"}},
		Autonomy: "wild", Sight: "nose", Source: "rumour", Limits: step.Limits{Steps: -1}, Result: json.RawMessage(`[]`)}
	err := bad.Validate()
	for _, want := range []string{"goal:", "start:", `"Bad Name" is not a name`, "secrets:", "done_when[0]", "done_when[1]", "wild", "nose", "rumour", "limits:", "result:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the fault %q is not named in: %v", want, err)
		}
	}
	for _, u := range []string{"", "x", "http://", "javascript:alert(1)", "file:///etc/passwd", "http://u:p@a/"} {
		if step.ValidURL(u) == nil {
			t.Errorf("%q was taken as a URL", u)
		}
	}
}
