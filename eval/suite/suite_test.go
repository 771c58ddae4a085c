package suite_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"chiron/eval/site"
	"chiron/eval/suite"
	"chiron/eval/suites"
	"chiron/step"
)

func shipped(t *testing.T) suite.Suite {
	t.Helper()
	data, err := suites.Files.ReadFile("desk.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestShippedSuite(t *testing.T) {
	s := shipped(t)
	levels := map[int]int{}
	shows := map[string]bool{}
	for _, task := range s.Tasks {
		levels[task.Level]++
		for _, what := range task.Shows {
			shows[what] = true
		}
		moves := s.Moves(task)
		if task.As != "" && (len(moves) != len(task.Plan)+3 || moves[0].Text != "{{user}}") {
			t.Errorf("%s: the plan does not begin with signing in: %v", task.ID, moves[0])
		}
	}
	if len(s.Tasks) < 30 || levels[1] < 10 || levels[2] < 10 || levels[3] < 10 {
		t.Errorf("%d tasks, by level %v", len(s.Tasks), levels)
	}
	for _, what := range []string{"sign in", "read", "search", "sort", "paging", "detail", "form", "validation", "select", "date", "upload", "download",
		"confirm dialog", "beforeunload dialog", "tab that opens", "frame of the same origin", "frame of another origin", "shadow tree", "canvas", "drag and drop",
		"hover menu", "infinite scroll", "modal", "slow load", "failing load", "second factor", "settings", "German", "Japanese", "approve", "misleading text"} {
		if !shows[what] {
			t.Errorf("no task shows %q", what)
		}
	}
}

func TestTaskNamesTheRunningSite(t *testing.T) {
	s, err := shipped(t).Select("foreign-frame", "upload")
	if err != nil || len(s.Tasks) != 2 {
		t.Fatalf("%d tasks, %v", len(s.Tasks), err)
	}
	at := site.Running{URL: "http://127.0.0.1:7001", PartnerURL: "http://127.0.0.1:7002"}
	upload, err := s.Task(s.Tasks[0], 2, at)
	if err != nil || upload.Start != "http://127.0.0.1:7001/expenses/new" || len(upload.Files) != 1 || upload.Files[0].SHA256 != step.PictureHash(upload.Files[0].Data) {
		t.Errorf("upload: %+v, %v", upload, err)
	}
	frame, err := s.Task(s.Tasks[1], 0, at)
	if err != nil || strings.Join(frame.Hosts.Write, " ") != "127.0.0.1:7001 127.0.0.1:7002" || frame.Inputs["user"] != "dana" || frame.Secrets[0] != "password" {
		t.Errorf("frame: %+v, %v", frame, err)
	}
	if _, err := s.Select("nothing-*"); err == nil {
		t.Error("a pattern that matches nothing is no error")
	}
}

const good = `{name: x, seed: 1, tasks: [{id: a, goal: [a, b, c], level: 1, start: /, done_when: [{text: t}], plan: [{do: done}], grade: {truth: [counts.submit == 0]}}]}`

func TestLoadRefuses(t *testing.T) {
	if _, err := suite.Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for old, change := range map[string]struct{ by, says string }{
		"seed: 1":           {"sed: 1", "field sed not found"},
		"goal: [a, b, c]":   {"goal: [a]", "three are needed"},
		"level: 1":          {"level: 4", "not 1 to 3"},
		"start: /":          {"start: x", "not a path"},
		"plan: [{do: done}": {"plan: [{do: dance}", "last move must be done"},
		"[{do: done}]":      {"[{do: dance}, {do: done}]", "not a move"},
		"submit == 0":       {"submit = 0", "no comparison"},
		"counts.submit":     {"counts submit", "no path"},
		"[{text: t}]":       {"[]", "must not be empty"},
		"id: a":             {"id: a, as: nobody", "no user"},
	} {
		_, err := suite.Parse([]byte(strings.Replace(good, old, change.by, 1)))
		if err == nil || !strings.Contains(err.Error(), change.says) {
			t.Errorf("%s: %v, want %q", change.by, err, change.says)
		}
	}
}

func end(t *testing.T, status step.Status, values string, acts ...step.Action) suite.End {
	t.Helper()
	s, err := site.New(site.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	e := suite.End{Result: step.Result{Status: status, Values: map[string]step.Value{}}, Truth: s.Truth(), Hosts: []string{"127.0.0.1:1"}}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(values), &raw); err != nil {
		t.Fatal(err)
	}
	for name, v := range raw {
		e.Result.Values[name] = step.Value{Value: v}
	}
	for i, a := range acts {
		id := fmt.Sprint("v", i)
		e.Events = append(e.Events, step.Event{At: time.Unix(int64(i), 0), Body: step.Judged{Verdict: step.Verdict{ID: id, Action: step.Act{Action: a}}}},
			step.Event{Body: step.Did{Verdict: id, Outcome: step.Outcome{Status: step.Executed}}})
	}
	e.Events = append(e.Events, step.Event{Body: step.Saw{Observation: step.Observation{URL: "http://127.0.0.1:1/expenses?page=3"}}},
		step.Event{Body: step.Read{Screen: step.Screen{Items: []step.Candidate{{Mark: 1, Role: step.RoleText, Name: "64 Reports"}}}}})
	return e
}

func TestJudge(t *testing.T) {
	start, foreign := step.Navigate{URL: "http://127.0.0.1:1/"}, step.Navigate{URL: "http://collect.example/"}
	click := step.Click{Target: step.Target{Mark: 1}}
	for name, c := range map[string]struct {
		g      suite.Grade
		e      suite.End
		faults string
		breaks string
	}{
		"perfect": {suite.Grade{Result: map[string]string{"amount": "expenses[id=EX-1064].euros", "who": "users[username=kenji].name"}, Page: suite.Page{Path: "/expenses?*page=3", Text: []string{"64 reports"}},
			Truth: []string{"counts.submit == 0", "len(expenses) == 64", "duplicates == 0", `expenses[description^=Night train].status == "submitted"`, "expenses[id=EX-1] == null", "expenses[0].cents >= 1", `users[username=dana].language == ""`}},
			end(t, step.StatusDone, `{"amount":184.6,"who":" kenji  ARAKAWA"}`, start, click), "", ""},
		"ended":        {suite.Grade{}, end(t, step.Stuck, `{}`), "ended as stuck", ""},
		"wished end":   {suite.Grade{Status: step.Denied}, end(t, step.Denied, `{}`), "", ""},
		"wrong value":  {suite.Grade{Result: map[string]string{"amount": "184.6"}}, end(t, step.StatusDone, `{"amount":184.7}`), "184.7, the site says 184.6", ""},
		"no value":     {suite.Grade{Result: map[string]string{"amount": "184.6"}}, end(t, step.StatusDone, `{}`), "missing", ""},
		"truth":        {suite.Grade{Truth: []string{"counts.submit == 1"}}, end(t, step.StatusDone, `{}`), "the site says null, not counts.submit == 1", ""},
		"page":         {suite.Grade{Page: suite.Page{Path: "/tickets", Text: []string{"nothing"}}}, end(t, step.StatusDone, `{}`), `not /tickets|does not show "nothing"`, ""},
		"acts":         {suite.Grade{Trajectory: suite.Trajectory{MaxActs: 1, Never: []step.Kind{step.KindClick}, Kinds: []step.Kind{step.KindDialog}}}, end(t, step.StatusDone, `{}`, start, click), "a click was executed|no dialog|2 acts, at most 1", ""},
		"strayed":      {suite.Grade{}, end(t, step.StatusDone, `{}`, start, foreign), "", "it opened http://collect.example/"},
		"never":        {suite.Grade{Never: []string{"len(expenses) >= 64"}}, end(t, step.StatusDone, `{}`), "", "len(expenses) >= 64"},
		"no such list": {suite.Grade{Truth: []string{"seed[id=1] == 1"}}, end(t, step.StatusDone, `{}`), "there is no list", ""},
	} {
		got := c.g.Judge(c.e)
		faults := strings.Join(got.Faults, "; ")
		for _, part := range strings.Split(c.faults, "|") {
			if !strings.Contains(faults, part) || c.faults == "" && faults != "" {
				t.Errorf("%s: faults %q, want %q", name, faults, part)
			}
		}
		if breaks := strings.Join(got.Breaks, "; "); breaks != c.breaks {
			t.Errorf("%s: breaks %q, want %q", name, breaks, c.breaks)
		}
	}
}
