// Package run is the command line that hands one task to a running server and shows its progress.
package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"chiron/agent/words"
	"chiron/client"
	"chiron/cmd/exit"
	"chiron/cmd/settings"
	"chiron/mind"
	"chiron/step"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

type runFlags struct {
	url, key, file   string
	goal, start      string
	steps, inputs    []string
	text, pageURL    []string
	autonomy, source string
	asJSON, detach   bool
}

// Command returns "run".
func Command() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run one task on a running server and show its progress",
		Example: `  chiron run --task expense.yaml
  chiron run --start https://desk.example/login --step 'Type {{user}} into "Username"' --step 'Click "Sign in"' \
             --input user=dana --until-text "Good morning"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.url, "url", envOr("CHIRON_URL", "http://127.0.0.1:8787"), "address of the server (CHIRON_URL)")
	flags.StringVar(&f.key, "key", os.Getenv("CHIRON_KEY"), "API key (CHIRON_KEY)")
	flags.StringVar(&f.file, "task", "", "task as a YAML or JSON file; - is standard input")
	flags.StringVar(&f.goal, "goal", "", "what is to be reached")
	flags.StringVar(&f.start, "start", "", "URL to begin at")
	flags.StringArrayVar(&f.steps, "step", nil, "imperative sentence, carried out without a model; repeat in order")
	flags.StringArrayVar(&f.inputs, "input", nil, "name=value that goal and steps refer to as {{name}}")
	flags.StringArrayVar(&f.text, "until-text", nil, "done when this text is on the screen")
	flags.StringArrayVar(&f.pageURL, "until-url", nil, "done when the URL matches this pattern")
	flags.StringVar(&f.autonomy, "autonomy", "", "step, supervised or auto")
	flags.StringVar(&f.source, "source", "", "pixels, layout or both")
	flags.BoolVar(&f.asJSON, "json", false, "print the end as JSON and nothing else")
	flags.BoolVar(&f.detach, "detach", false, "print the task's id and leave it to the server")
	return cmd
}

func envOr(name, other string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return other
}

func (f *runFlags) run(cmd *cobra.Command) error {
	task, err := f.task(cmd.InOrStdin())
	if err != nil {
		return exit.With(exit.Usage, err)
	}
	if f.key == "" {
		return exit.With(exit.Usage, errors.New("an API key is needed: set CHIRON_KEY or --key; the server showed the admin key at its first start"))
	}
	c, err := client.New(f.url, f.key)
	if err != nil {
		return exit.With(exit.Usage, err)
	}
	ctx := cmd.Context()
	state, _, err := c.Create(ctx, task, "")
	if err != nil {
		if client.StatusOf(err) == 0 && ctx.Err() == nil {
			err = fmt.Errorf("%w; start it with `chiron serve`, or name another address (--url)", err)
		}
		return exit.With(exit.Failed, err)
	}
	out := cmd.OutOrStdout()
	if f.detach {
		fmt.Fprintln(out, state.Task.ID)
		return nil
	}
	progress := out
	if f.asJSON {
		progress = io.Discard
	} else {
		fmt.Fprintf(out, "task %s\nlive %s/tasks/%s\n", state.Task.ID, strings.TrimRight(f.url, "/"), state.Task.ID)
	}
	end, err := follow(ctx, c, state.Task.ID, progress)
	if errors.Is(err, context.Canceled) {
		return exit.With(exit.Failed, fmt.Errorf("no longer watching; the task goes on at %s/tasks/%s", f.url, state.Task.ID))
	}
	if err != nil {
		return exit.With(exit.Failed, err)
	}
	if f.asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(end); err != nil {
			return exit.With(exit.Failed, err)
		}
	}
	if end.Status != step.StatusDone {
		return exit.With(exit.NotDone, nil)
	}
	return nil
}

// task makes the task of the flags, or of a file that the flags amend.
func (f *runFlags) task(stdin io.Reader) (step.Task, error) {
	var t step.Task
	if f.file != "" {
		var err error
		if t, err = readTask(f.file, stdin); err != nil {
			return t, err
		}
	}
	set := func(to *string, v string) {
		if v != "" {
			*to = v
		}
	}
	set(&t.Goal, f.goal)
	set(&t.Start, f.start)
	set((*string)(&t.Autonomy), f.autonomy)
	set((*string)(&t.Source), f.source)
	t.Steps = append(t.Steps, f.steps...)
	for _, in := range f.inputs {
		name, value, ok := strings.Cut(in, "=")
		if !ok {
			return t, fmt.Errorf("--input %q must be name=value", in)
		}
		if t.Inputs == nil {
			t.Inputs = map[string]string{}
		}
		t.Inputs[name] = value
	}
	for _, text := range f.text {
		t.DoneWhen = append(t.DoneWhen, step.Predicate{Text: text})
	}
	for _, pattern := range f.pageURL {
		t.DoneWhen = append(t.DoneWhen, step.Predicate{URL: pattern})
	}
	if err := t.Validate(); err != nil {
		return t, fmt.Errorf("the task cannot run: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	_, err := mind.ParseSteps(t.Steps)
	return t, err
}

// readTask reads a task file strictly: YAML is turned into JSON, so that both have the same keys.
func readTask(name string, stdin io.Reader) (step.Task, error) {
	var t step.Task
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return t, fmt.Errorf("read the task: %w", err)
	}
	var doc any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return t, fmt.Errorf("the task file %s is neither YAML nor JSON: %s", name, settings.OneLine(err))
	}
	if data, err = json.Marshal(doc); err != nil {
		return t, fmt.Errorf("the task file %s: %w", name, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return t, fmt.Errorf("the task file %s: %s", name, settings.OneLine(err))
	}
	return t, nil
}

// follow prints a task's progress until it has ended.
func follow(ctx context.Context, c *client.Client, id string, out io.Writer) (step.Result, error) {
	var end *step.Result
	err := c.Events(ctx, id, 0, func(e step.Event) error {
		if line := Narrate(e); line != "" {
			fmt.Fprintln(out, line)
		}
		if b, ok := e.Body.(step.Ended); ok {
			end = &b.Result
		}
		return nil
	})
	if err != nil {
		return step.Result{}, err
	}
	if end == nil {
		return step.Result{}, errors.New("the event stream stopped before the task ended; try `chiron run` again or look at the live page")
	}
	return *end, nil
}

// Narrate says one event in one line; "" for those that a terminal need not show.
func Narrate(e step.Event) string {
	head := fmt.Sprintf("%3d  ", e.Step)
	switch b := e.Body.(type) {
	case step.Leased:
		if b.Attempt > 1 {
			return head + fmt.Sprintf("taken up again, attempt %d", b.Attempt)
		}
	case step.Proposed:
		said := words.Of(b.Proposal.Action.Action)
		if b.Proposal.Note != "" {
			said = b.Proposal.Note + "  →  " + said
		}
		return head + said
	case step.Judged:
		mark := map[step.Decision]string{step.Permit: "permit", step.Deny: "DENY", step.AskOne: "ask"}[b.Verdict.Decision]
		return fmt.Sprintf("     %-7s %s %s", mark, strings.Join(b.Verdict.Rules, " "), tail(b.Verdict))
	case step.Asked:
		return head + "waiting for a person: " + b.Question.Text
	case step.Answered:
		return head + fmt.Sprintf("%s by %s", b.Answer.Choice, b.Answer.By)
	case step.Did:
		if b.Outcome.Status != step.Executed {
			return fmt.Sprintf("     %s: %s", b.Outcome.Status, b.Outcome.Reason)
		}
	case step.Noted:
		return head + b.Text
	case step.Warned:
		return head + "warning: " + b.Text
	case step.Recovered:
		return head + "recovered: " + b.Resume
	case step.Ended:
		return ending(b.Result)
	}
	return ""
}

func tail(v step.Verdict) string {
	if v.Decision == step.Permit {
		return ""
	}
	return v.Reason
}

func ending(r step.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %s\n", r.Status, r.Reason)
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "  %s %s\n", map[bool]string{true: "✓", false: "✗"}[c.OK], c.What)
	}
	for name, v := range r.Values {
		fmt.Fprintf(&b, "  %s = %s\n", name, v.Value)
	}
	for _, f := range r.Files {
		fmt.Fprintf(&b, "  file %s (%d bytes, sha256 %.12s…)\n", f.Name, f.Bytes, f.SHA256)
	}
	u := r.Usage
	fmt.Fprintf(&b, "  %d steps, %d acts, %d model calls, %.1f s", u.Steps, u.Acts, u.ModelCalls, u.Wall.Seconds())
	return b.String()
}
