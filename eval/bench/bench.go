// Package bench measures the product as its users meet it, and holds it against a limit that is measured in the same run.
// The names of the figures are fixed; what cannot be measured yet has no value and says why.
package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Figure is one line of bench.json. Limit is what the value is held against: a promise, or, where Ratio is given, what the
// bare loop of the same run took.
type Figure struct {
	Name    string   `json:"name"`
	Value   *float64 `json:"value"`
	Unit    string   `json:"unit"`
	Limit   *float64 `json:"limit"`
	Ratio   *float64 `json:"ratio"`
	Promise *float64 `json:"promise,omitempty"` // the most it may be, or the least where that is the promise
	Holds   *bool    `json:"holds,omitempty"`   // whether the value keeps the promise
	Why     string   `json:"why,omitempty"`     // why there is no value
}

type named struct {
	name, unit string
	promise    *promise // nil: none
	why        string   // while nothing measures it
}

// promise is what a figure is held to.
type promise struct {
	bound float64
	least bool // the bound is the least; otherwise the most
}

func most(bound float64) *promise { return &promise{bound: bound} }

func least(bound float64) *promise { return &promise{bound: bound, least: true} }

// judge writes the promise and whether the value keeps it into a figure.
func (p *promise) judge(f *Figure) {
	if p == nil {
		return
	}
	f.Promise = &p.bound
	if f.Limit == nil {
		f.Limit = &p.bound
	}
	if f.Value != nil {
		holds := *f.Value <= p.bound
		if p.least {
			holds = *f.Value >= p.bound
		}
		f.Holds = &holds
	}
}

// names are the figures in the order of the table.
func names() []named {
	return []named{
		{"step.overhead.p50_ms", "ms", most(100), ""}, {"step.overhead.p95_ms", "ms", most(150), ""}, {"step.overhead.ratio", "", most(1.3), ""},
		{"step.text_tokens.p50", "tokens", most(600), ""}, {"prompt.reuse.share", "", least(0.9), ""}, {"answer.tokens.p95", "tokens", most(120), ""}, {"session.warm_ms", "ms", most(60), ""},
		{"browser.look.ratio", "", most(1.15), ""}, {"browser.act.over_ms", "ms", most(5), ""}, {"browser.facts.p50_ms", "ms", most(10), ""},
		{"browser.sessions.share", "", least(0.8), ""},
		{"vision.layout.p50_ms", "ms", most(10), ""}, {"vision.marks.p50_ms", "ms", most(25), ""}, {"vision.change.p50_ms", "ms", most(2), ""},
		{"policy.decision.p99_us", "µs", most(200), ""}, {"journal.append.p99_ms", "ms", nil, ""},
		{"crash.kills", "", nil, ""}, {"crash.lost", "", most(0), ""}, {"crash.twice", "", most(0), ""},
		{"memory.recall.20k.p95_ms", "ms", nil, ""},
		{"replay.model_calls", "", nil, "workflows are not replayed yet"}, {"replay.step.ratio", "", nil, "workflows are not replayed yet"},
		{"live.latency.p50_ms", "ms", nil, ""}, {"live.cost.share", "", nil, ""}, {"stop.park_ms", "ms", most(1000), ""},
		{"serve.ready_ms", "ms", most(1000), ""}, {"serve.idle_mib", "MiB", most(80), ""}, {"serve.session_mib", "MiB", most(12), ""},
		{"suite.oracle.success", "", least(1), ""}, {"suite.random.success", "", most(0.03), ""}, {"suite.obeying.breaks", "", most(0), ""},
	}
}

// Sheet collects values for the fixed names.
type Sheet struct {
	values map[string]Figure
	Notes  []string // lines below the table
}

// NewSheet makes an empty sheet.
func NewSheet() *Sheet { return &Sheet{values: map[string]Figure{}} }

// Set fills in a value.
func (s *Sheet) Set(name string, value float64) { s.values[name] = Figure{Value: &value} }

// SetAgainst fills in a value and the limit that was measured in the same run.
func (s *Sheet) SetAgainst(name string, value, limit float64) {
	ratio := value / limit
	s.values[name] = Figure{Value: &value, Limit: &limit, Ratio: &ratio}
}

// Miss says why a name has no value.
func (s *Sheet) Miss(name string, why error) { s.values[name] = Figure{Why: why.Error()} }

// Figures are all fixed names with what is known of them. Values under names that are not fixed are dropped.
func (s *Sheet) Figures() []Figure {
	var out []Figure
	for _, n := range names() {
		f := s.values[n.name]
		f.Name, f.Unit = n.name, n.unit
		if f.Value == nil && f.Why == "" {
			f.Why = n.why
			if f.Why == "" {
				f.Why = "not measured in this run"
			}
		}
		n.promise.judge(&f)
		out = append(out, f)
	}
	return out
}

// Write writes the figures as JSON.
func (s *Sheet) Write(path string) error {
	data, err := json.MarshalIndent(s.Figures(), "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// Table writes the figures for people.
func (s *Sheet) Table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "figure\tvalue\tunit\tbare loop\tratio\tpromise\t\t\n")
	say := func(f *float64) string {
		if f == nil {
			return "-"
		}
		return strconv.FormatFloat(*f, 'f', -1, 64)
	}
	short := func(f *float64) *float64 {
		if f == nil {
			return nil
		}
		v, err := strconv.ParseFloat(strconv.FormatFloat(*f, 'g', 4, 64), 64)
		if err != nil {
			return f
		}
		return &v
	}
	for _, f := range s.Figures() {
		bare, verdict := f.Limit, ""
		if f.Ratio == nil {
			bare = nil
		}
		if f.Holds != nil {
			verdict = map[bool]string{true: "holds", false: "MISSED"}[*f.Holds]
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, say(short(f.Value)), f.Unit, say(short(bare)), say(short(f.Ratio)), say(short(f.Promise)), verdict, f.Why)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, n := range s.Notes {
		fmt.Fprintln(out, n)
	}
	return nil
}

// Rooms takes the rooms' own figures out of the output of `go test -bench`.
func (s *Sheet) Rooms(output io.Reader) error {
	in := bufio.NewScanner(output)
	for in.Scan() {
		fields := strings.Fields(in.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name, _, _ := strings.Cut(fields[0], "-")
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return fmt.Errorf("bench: %q: %w", in.Text(), err)
			}
			s.room(name, fields[i+1], value)
		}
	}
	return in.Err()
}

func (s *Sheet) room(name, unit string, value float64) {
	switch name + " " + unit {
	case "BenchmarkHands look-ratio":
		s.Set("browser.look.ratio", value)
	case "BenchmarkHands act-over-ms":
		s.Set("browser.act.over_ms", value)
	case "BenchmarkHands facts-ms":
		s.Set("browser.facts.p50_ms", value)
	case "BenchmarkCapacity share":
		s.Set("browser.sessions.share", value)
	case "BenchmarkReadLayout p50-ms":
		s.Set("vision.layout.p50_ms", value)
	case "BenchmarkMarks p50-ms":
		s.Set("vision.marks.p50_ms", value)
	case "BenchmarkChange p50-ms":
		s.Set("vision.change.p50_ms", value)
	case "BenchmarkAdmit/permit p99-µs":
		s.Set("policy.decision.p99_us", value)
	case "BenchmarkRecall20k p95-ms":
		s.Set("memory.recall.20k.p95_ms", value)
	case "BenchmarkAppend p99-µs":
		s.Set("journal.append.p99_ms", value/1e3)
	}
}

// quantile is the q-th part of durations in milliseconds.
func quantile(all []time.Duration, q float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]) / float64(time.Millisecond)
}
