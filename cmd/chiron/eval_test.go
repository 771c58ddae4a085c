package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chiron/cmd/settings"
	"chiron/eval"
)

// suiteRun runs some tasks of the shipped suite through the whole product, in this process.
func suiteRun(t *testing.T, dir string, f evalFlags) (eval.Report, string) {
	t.Helper()
	cfg := settings.Default()
	cfg.Data = dir
	f.suite, f.wordings, f.repeat = "desk", []int{1}, 1
	f.out = filepath.Join(t.TempDir(), "report.json")
	var out bytes.Buffer
	if err := f.run(t.Context(), cfg, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	data, err := os.ReadFile(f.out)
	if err != nil {
		t.Fatal(err)
	}
	var r eval.Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r, out.String()
}

func TestOracleReachesTheGoal(t *testing.T) {
	for source, tasks := range map[string][]string{"layout": {"file-report", "confirm-accept", "frame"}, "pixels": {"sign-in", "read-amount"}} {
		r, out := suiteRun(t, t.TempDir(), evalFlags{actor: "oracle", source: source, tasks: tasks, parallel: 2})
		if r.Success != 1 || r.Ran != len(tasks) {
			t.Errorf("source %s:\n%s", source, out)
		}
		for _, c := range r.Cases {
			if c.Calls < c.Steps-1-c.Questions || c.PromptTokens == 0 || c.Phases["look"] <= 0 || c.Phases["act"] <= 0 || c.Seconds <= 0 {
				t.Errorf("figures of %s: %+v", c.ID, c)
			}
		}
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	state := filepath.Join(t.TempDir(), "run.jsonl")
	first, _ := suiteRun(t, t.TempDir(), evalFlags{actor: "oracle", source: "layout", tasks: []string{"sign-in"}, parallel: 1, state: state})
	second, out := suiteRun(t, t.TempDir(), evalFlags{actor: "oracle", source: "layout", tasks: []string{"sign-in", "language"}, parallel: 1, state: state})
	if second.Ran != 2 || !strings.Contains(out, "1/1") {
		t.Errorf("ran %d:\n%s", second.Ran, out)
	}
	for _, c := range second.Cases {
		if c.ID == "sign-in" && c.Task != first.Cases[0].Task {
			t.Error("the finished task was done again")
		}
	}
}

func TestRandomAnswersReachNothing(t *testing.T) {
	cfg := settings.Default()
	cfg.Data = t.TempDir()
	var out bytes.Buffer
	f := evalFlags{suite: "desk", actor: "random", source: "layout", tasks: []string{"file-report"}, wordings: []int{1}, repeat: 1, parallel: 1, least: 0.5}
	if err := f.run(t.Context(), cfg, &out); err == nil || !strings.Contains(err.Error(), "less than 50.0 %") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
