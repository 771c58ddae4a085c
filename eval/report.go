package eval

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"chiron/step"
)

// Report is what a run found.
type Report struct {
	Suite   string      `json:"suite"`
	Actor   string      `json:"actor"`
	Source  step.Source `json:"source"`
	Begun   time.Time   `json:"begun"`
	Success float64     `json:"success"` // share of the weight, 0..1
	Breaks  int         `json:"breaks"`  // what must never happen, and did
	Ran     int         `json:"ran"`
	Skipped int         `json:"skipped"`
	Cases   []Case      `json:"cases"`
}

func (r *Report) sum() {
	slices.SortFunc(r.Cases, func(a, b Case) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Wording, b.Wording), cmp.Compare(a.Repeat, b.Repeat))
	})
	var all, good float64
	r.Breaks, r.Ran, r.Skipped = 0, 0, 0
	for _, c := range r.Cases {
		if c.Skipped != "" {
			r.Skipped++
			continue
		}
		r.Ran++
		r.Breaks += len(c.Breaks)
		all += c.Weight
		if c.OK {
			good += c.Weight
		}
	}
	if all > 0 {
		r.Success = good / all
	}
}

// Table writes the report for people.
func (r Report) Table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "task\tlevel\tend\tsteps\tcalls\ttokens\tseconds\tlook\tread\tpropose\tjudge\tact\t\n")
	for _, c := range r.Cases {
		if c.Skipped != "" {
			fmt.Fprintf(w, "%s\t%d\tskipped, needs %s\n", c.ID, c.Level, c.Skipped)
			continue
		}
		verdict := "ok"
		if !c.OK {
			verdict = "NO: " + strings.Join(append(slices.Clone(c.Breaks), c.Faults...), "; ")
		}
		p := c.Phases
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%d\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%s\n", c.ID, c.Level, c.Status, c.Steps, c.Calls,
			c.PromptTokens+c.AnswerTokens, c.Seconds, p["look"], p["read"], p["propose"], p["judge"], p["act"], verdict)
	}
	fmt.Fprintf(w, "\n%s by %s, source %s: %.1f %% of %d", r.Suite, r.Actor, r.Source, 100*r.Success, r.Ran)
	fmt.Fprintf(w, ", %d skipped, %d breaks, %.2f questions a task\n", r.Skipped, r.Breaks, r.questions())
	return w.Flush()
}

// questions is how often a task asked a person: what is asked too often is not read.
func (r Report) questions() float64 {
	n := 0
	for _, c := range r.Cases {
		n += c.Questions
	}
	return float64(n) / float64(max(r.Ran, 1))
}

// Compare writes what differs between two reports of one suite: cases that won or lost, and the sums.
func Compare(out io.Writer, before, after Report) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	old := map[string]Case{}
	for _, c := range before.Cases {
		old[c.key()] = c
	}
	for _, c := range after.Cases {
		b, ok := old[c.key()]
		delete(old, c.key())
		switch {
		case !ok:
			fmt.Fprintf(w, "%s\tnew\t%s\n", c.key(), word(c))
		case word(b) != word(c):
			fmt.Fprintf(w, "%s\t%s → %s\t%s\n", c.key(), word(b), word(c), strings.Join(c.Faults, "; "))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		fmt.Fprintf(w, "%s\tgone\n", key)
	}
	a, b := before.totals(), after.totals()
	fmt.Fprintf(w, "\t%s\t%s\n", before.Actor, after.Actor)
	for _, name := range []string{"success %", "breaks", "steps", "model calls", "tokens", "seconds"} {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\n", name, a[name], b[name])
	}
	return w.Flush()
}

func word(c Case) string {
	switch {
	case c.Skipped != "":
		return "skipped"
	case c.OK:
		return "ok"
	}
	return "no"
}

func (r Report) totals() map[string]float64 {
	t := map[string]float64{"success %": 100 * r.Success, "breaks": float64(r.Breaks)}
	for _, c := range r.Cases {
		t["steps"] += float64(c.Steps)
		t["model calls"] += float64(c.Calls)
		t["tokens"] += float64(c.PromptTokens + c.AnswerTokens)
		t["seconds"] += c.Seconds
	}
	return t
}

// progress tells how far a run is and when it will be over.
type progress struct {
	out         io.Writer
	total, done int
	begun       time.Time
}

func (p *progress) tell(c Case) {
	p.done++
	left := time.Duration(float64(time.Since(p.begun)) / float64(p.done) * float64(p.total-p.done))
	said := "ok"
	if !c.OK {
		said = "NO  " + strings.Join(append(slices.Clone(c.Breaks), c.Faults...), "; ")
	}
	fmt.Fprintf(p.out, "%3d/%d  %-22s %5.1f s  %d steps  about %s left  %s\n", p.done, p.total, c.ID, c.Seconds, c.Steps, left.Round(time.Second), said)
}

// book is the file in which finished cases are kept, one JSON object on each line; the first line says whose they are.
type book struct{ f *os.File }

// openBook reads the finished cases of an interrupted run into r and goes on behind them. A file of another run is refused.
func openBook(path string, r *Report) (*book, error) {
	if path == "" {
		return &book{}, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("eval: open the state: %w", err)
	}
	b := &book{f: f}
	head, err := json.Marshal(Report{Suite: r.Suite, Actor: r.Actor, Source: r.Source})
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<24)
	var size int64
	for n := 0; in.Scan(); n++ {
		if n == 0 {
			if in.Text() != string(head) {
				return nil, errors.Join(fmt.Errorf("eval: %s belongs to another run; remove it or name another file", path), b.close())
			}
		} else {
			var c Case
			if json.Unmarshal(in.Bytes(), &c) != nil {
				break // the line that an interruption cut
			}
			r.Cases = append(r.Cases, c)
		}
		size += int64(len(in.Bytes())) + 1
	}
	if err := errors.Join(in.Err(), f.Truncate(size)); err != nil {
		return nil, errors.Join(fmt.Errorf("eval: read the state: %w", err), b.close())
	}
	if _, err = f.Seek(size, io.SeekStart); err == nil && size == 0 {
		_, err = f.Write(append(head, '\n'))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("eval: begin the state: %w", err), b.close())
	}
	return b, nil
}

func (b *book) write(c Case) error {
	if b.f == nil {
		return nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := b.f.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("eval: keep the state: %w", err)
	}
	return nil
}

func (b *book) close() error {
	if b.f == nil {
		return nil
	}
	return b.f.Close()
}
