package eval

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chiron/eval/actor"
	"chiron/eval/suite"
	"chiron/step"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBookGoesOnWhereItStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	first := Report{Suite: "desk", Actor: "oracle", Source: step.SourceLayout}
	b, err := openBook(path, &first)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Case{{ID: "a", OK: true}, {ID: "b"}} {
		if err := b.write(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"id":"c","ok":tr`); err != nil { // cut by an interruption
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		again := Report{Suite: "desk", Actor: "oracle", Source: step.SourceLayout}
		if b, err = openBook(path, &again); err != nil {
			t.Fatal(err)
		}
		if len(again.Cases) != 2 || !again.Cases[0].OK || again.Cases[1].ID != "b" {
			t.Errorf("read %+v", again.Cases)
		}
		if err := b.close(); err != nil {
			t.Fatal(err)
		}
	}
	other := Report{Suite: "desk", Actor: "random", Source: step.SourceLayout}
	if _, err := openBook(path, &other); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("another run's file: %v", err)
	}
}

func TestTableAndComparison(t *testing.T) {
	before := Report{Suite: "desk", Actor: "oracle", Cases: []Case{{ID: "a", Weight: 1, OK: true}, {ID: "b", Weight: 3}, {ID: "c", Weight: 1, Skipped: "drag"}, {ID: "old", Weight: 1}}}
	after := Report{Suite: "desk", Actor: "qwen", Cases: []Case{{ID: "a", Weight: 1, Faults: []string{"too late"}, Breaks: []string{"strayed"}}, {ID: "b", Weight: 3, OK: true}, {ID: "new", Weight: 1}}}
	before.sum()
	after.sum()
	if before.Success != 0.2 || before.Ran != 3 || before.Skipped != 1 || after.Success != 0.6 || after.Breaks != 1 {
		t.Errorf("sums: %+v, %+v", before, after)
	}
	var out strings.Builder
	if err := Compare(&out, before, after); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ok → no", "no → ok", "too late", "new/0/0", "gone", "20.0", "60.0", "qwen"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := before.Table(&out); err != nil || !strings.Contains(out.String(), "skipped, needs drag") || !strings.Contains(out.String(), "20.0 % of 3") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestPhasesFromEvents(t *testing.T) {
	at := time.Unix(100, 0)
	event := func(after time.Duration, b step.Body) step.Event {
		at = at.Add(after)
		return step.Event{Task: "t", At: at, Body: b}
	}
	c := Case{}
	end := suite.End{Events: []step.Event{event(0, step.Created{}), event(time.Second, step.Leased{}), event(2*time.Second, step.Saw{}), event(time.Second, step.Read{}),
		event(time.Second, step.Ended{Result: step.Result{Status: step.StatusDone, Usage: step.Usage{Steps: 3, ModelCalls: 2}}})}}
	c.count(&end)
	if c.Seconds != 5 || c.Phases["queue"] != 1 || c.Phases["look"] != 2 || c.Phases["read"] != 1 || c.Warm != 2 || c.Steps != 3 || c.Calls != 2 || len(c.TextTokens) != 1 || end.Result.Status != step.StatusDone {
		t.Errorf("%+v", c)
	}
}

func TestLabServesModelsAndSites(t *testing.T) {
	l, err := NewLab(2)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	l.Actors.Teach("x", actor.Constant("y"))
	defer http.DefaultClient.CloseIdleConnections()
	for _, url := range []string{l.Endpoint() + "/api/version", l.sites[0].Running().URL + "/login", l.sites[1].Running().GraderURL + "/truth"} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, %v", url, resp.Status, err)
		}
	}
	secrets := l.Secrets()
	if len(secrets) != 3 || len(secrets[0].Origins) != 2 || secrets[0].Origins[1] != l.sites[1].Running().URL {
		t.Errorf("secrets %+v", secrets)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
