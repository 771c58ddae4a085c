package bench_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chiron/eval/bench"
	"chiron/step"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNamesAreFixed(t *testing.T) {
	want := strings.Fields(`step.overhead.p50_ms step.overhead.p95_ms step.overhead.ratio step.text_tokens.p50 prompt.reuse.share answer.tokens.p95 session.warm_ms
		browser.look.ratio browser.act.over_ms browser.facts.p50_ms browser.sessions.share
		vision.layout.p50_ms vision.marks.p50_ms vision.change.p50_ms policy.decision.p99_us journal.append.p99_ms crash.kills crash.lost crash.twice
		memory.recall.20k.p95_ms replay.model_calls replay.step.ratio live.latency.p50_ms live.cost.share stop.park_ms serve.ready_ms serve.idle_mib serve.session_mib
		suite.oracle.success suite.random.success suite.obeying.breaks`)
	got := bench.NewSheet().Figures()
	if len(got) != len(want) {
		t.Fatalf("%d figures, want %d", len(got), len(want))
	}
	for i, f := range got {
		if f.Name != want[i] || f.Value != nil || f.Why == "" {
			t.Errorf("figure %d: %+v, want %s without a value and with a reason", i, f, want[i])
		}
	}
}

func TestSheet(t *testing.T) {
	s := bench.NewSheet()
	s.SetAgainst("step.overhead.p50_ms", 90, 60)
	s.Set("nobody.knows", 1)
	s.Set("suite.oracle.success", 0.99)
	err := s.Rooms(strings.NewReader("goos: linux\nBenchmarkAppend-2  \t 100\t 300 ns/op\t 270 p50-µs\t 5200 p99-µs\nBenchmarkAdmit/permit-2 5 9 ns/op 41.5 p99-µs\nBenchmarkMarks-2 5 2600000 ns/op 2.5 p50-ms\nPASS\n"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "new", "bench.json")
	if err := s.Write(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	by := map[string]map[string]any{}
	for _, f := range list {
		by[f["name"].(string)] = f
	}
	first := by["step.overhead.p50_ms"]
	if first["value"] != 90.0 || first["limit"] != 60.0 || first["ratio"] != 1.5 || first["unit"] != "ms" {
		t.Errorf("against the loop: %v", first)
	}
	if by["journal.append.p99_ms"]["value"] != 5.2 || by["policy.decision.p99_us"]["value"] != 41.5 || by["vision.marks.p50_ms"]["value"] != 2.5 || by["nobody.knows"] != nil {
		t.Errorf("rooms: %v", by)
	}
	if by["serve.ready_ms"]["limit"] != 1000.0 || by["serve.ready_ms"]["value"] != nil {
		t.Errorf("a promise without a value: %v", by["serve.ready_ms"])
	}
	var table strings.Builder
	if err := s.Table(&table); err != nil || !strings.Contains(table.String(), "journal.append.p99_ms") {
		t.Errorf("table %q, %v", table.String(), err)
	}
	for figure, want := range map[string]string{"step.overhead.p50_ms": "holds", "policy.decision.p99_us": "holds", "vision.marks.p50_ms": "holds", "suite.oracle.success": "MISSED"} {
		for line := range strings.Lines(table.String()) {
			if strings.HasPrefix(line, figure+" ") && !strings.Contains(line, want) {
				t.Errorf("%s, want %s", line, want)
			}
		}
	}
}

func TestOverhead(t *testing.T) {
	at := time.Unix(0, 0)
	var events []step.Event
	for range 4 {
		for _, b := range []struct {
			body step.Body
			took time.Duration
		}{{step.Saw{}, 50}, {step.Read{}, 2}, {step.Proposed{}, 1}, {step.Judged{}, 1}, {step.Did{}, 6}} {
			at = at.Add(b.took * time.Millisecond)
			events = append(events, step.Event{At: at, Body: b.body})
		}
	}
	whole, phases := bench.Overhead(events, 1)
	if len(whole) != 3 || whole[0] != 60*time.Millisecond || phases != "did 6.0, did/browser 0.0, judged 1.0, judged/policy 0.0, proposed 1.0, read 2.0, read/vision 0.0, saw 50.0, saw/settle 0.0" {
		t.Errorf("%v, %s", whole, phases)
	}
}
