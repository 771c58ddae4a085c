// Package eval is the yardstick: it drives the product through its public API on sites whose servers know the truth, and
// believes those servers alone.
package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"chiron/client"
	"chiron/eval/site"
	"chiron/step"
)

// Job is one task of a demo with the grader that knows what must have happened.
type Job struct {
	Title string
	Task  step.Task
	// Grade compares the end and the site's truth. before is the truth at the beginning of the job.
	Grade func(r step.Result, before, after site.Truth) error
}

// Demo runs jobs one after the other.
type Demo struct {
	Client *client.Client
	Site   site.Running
	Out    io.Writer
	// Narrate says one event in one line, "" for none.
	Narrate func(step.Event) string
	// Approve answers questions about acts, as a person at the live page would. A task that asks for more than that is cancelled.
	Approve bool
}

// Outcome is how one job ended.
type Outcome struct {
	Title    string        `json:"title"`
	Task     string        `json:"task"`
	Status   step.Status   `json:"status"`
	Steps    int           `json:"steps"`
	Calls    int           `json:"model_calls"`
	Took     time.Duration `json:"took"`
	FirstAct time.Duration `json:"first_act"` // from the request to the first executed act
	Err      error         `json:"-"`         // what the grader found wrong
}

// Run carries out the jobs and returns how each ended. The error joins what graders found wrong.
func (d *Demo) Run(ctx context.Context, jobs []Job) ([]Outcome, error) {
	var outs []Outcome
	var errs []error
	for i, job := range jobs {
		fmt.Fprintf(d.Out, "\n── %d/%d  %s\n", i+1, len(jobs), job.Title)
		o := d.one(ctx, job)
		if o.Err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", job.Title, o.Err))
			fmt.Fprintf(d.Out, "  grader: NO: %v\n", o.Err)
		} else {
			fmt.Fprintf(d.Out, "  grader: the site's server confirms it\n")
		}
		outs = append(outs, o)
	}
	return outs, errors.Join(errs...)
}

func (d *Demo) one(ctx context.Context, job Job) Outcome {
	o := Outcome{Title: job.Title}
	before, err := Truth(ctx, d.Site.GraderURL)
	if err != nil {
		o.Err = err
		return o
	}
	begun := time.Now()
	state, _, err := d.Client.Create(ctx, job.Task, "")
	if err != nil {
		o.Err = err
		return o
	}
	o.Task = state.Task.ID
	var result *step.Result
	err = d.Client.Events(ctx, o.Task, 0, func(e step.Event) error {
		if line := d.Narrate(e); line != "" {
			fmt.Fprintln(d.Out, line)
		}
		switch b := e.Body.(type) {
		case step.Did:
			if b.Outcome.Status == step.Executed && o.FirstAct == 0 {
				o.FirstAct = time.Since(begun)
			}
		case step.Asked:
			return d.answer(ctx, o.Task, b.Question)
		case step.Ended:
			result = &b.Result
		}
		return nil
	})
	if err == nil && result == nil {
		err = errors.New("the event stream stopped before the end")
	}
	if err != nil {
		o.Err = err
		return o
	}
	o.Status, o.Steps, o.Calls, o.Took = result.Status, result.Usage.Steps, result.Usage.ModelCalls, time.Since(begun)
	after, err := Truth(ctx, d.Site.GraderURL)
	if err == nil {
		err = job.Grade(*result, before, after)
	}
	o.Err = err
	return o
}

func (d *Demo) answer(ctx context.Context, task string, q step.Question) error {
	if !d.Approve {
		return nil
	}
	if q.About != step.AboutAct {
		return d.Client.Cancel(ctx, task, "nobody is there to answer: "+q.Text)
	}
	return d.Client.Answer(ctx, task, step.Answer{Question: q.ID, Choice: step.Approve})
}

// Truth asks a site's grader door for everything the site's server knows.
func Truth(ctx context.Context, grader string) (site.Truth, error) {
	var t site.Truth
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, grader+"/truth", nil)
	if err != nil {
		return t, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return t, fmt.Errorf("ask the grader: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return t, fmt.Errorf("ask the grader: %s", res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&t); err != nil {
		return t, fmt.Errorf("read the truth: %w", err)
	}
	return t, nil
}

// signIn are the sentences that every job on the sample site begins with.
func signIn() []string {
	return []string{
		`Type {{user}} into the field "Username"`,
		`Type {{password}} into the field "Password"`,
		`Click the button "Sign in"`,
		`Wait for "Good morning"`,
	}
}

// DemoJobs are three jobs of different kinds: one files a report and is asked about its irreversible act, one reads a
// value from pixels alone, one downloads a file and deletes something behind a confirm dialog. The password is a secret
// that the server's vault must hold as "password".
func DemoJobs(s site.Running) []Job {
	base := func(goal string, steps ...string) step.Task {
		return step.Task{Goal: goal, Start: s.URL + "/login", Inputs: map[string]string{"user": "dana"}, Secrets: []string{"password"},
			Steps: append(signIn(), steps...), Labels: map[string]string{"demo": "yes"}}
	}
	return []Job{fileReport(base), readPixels(base), downloadAndDelete(base)}
}

func fileReport(base func(string, ...string) step.Task) Job {
	const about = "Lunch with the auditors"
	t := base("File an expense report of {{amount}} euros for {{about}} on {{day}}, category Meals",
		`Click "New expense"`, `Type {{amount}} into "Amount"`, `Select "Meals" in "Category"`, `Type {{day}} into "Date"`,
		`Type {{about}} into "Description"`, `Click the button "Continue"`, `Wait for "Nothing has been sent yet"`,
		`Click the button "Submit report"`)
	t.Inputs["amount"], t.Inputs["about"], t.Inputs["day"] = "42.50", about, "2026-11-20"
	t.DoneWhen = []step.Predicate{{URL: "*/expenses/EX-*"}, {Text: "was submitted"}, {Text: "{{about}}"}}
	return Job{Title: "file an expense report (a form, and an act that cannot be undone)", Task: t,
		Grade: func(r step.Result, before, after site.Truth) error {
			if err := ended(r, step.StatusDone); err != nil {
				return err
			}
			if n := after.Counts["submit"] - before.Counts["submit"]; n != 1 {
				return fmt.Errorf("the site counted %d submissions, not 1", n)
			}
			for _, e := range after.Expenses {
				if e.Description == about && e.Cents == 4250 && e.Owner == "dana" && e.Date == "2026-11-20" && e.Category == "meals" {
					return nil
				}
			}
			return errors.New("the site has no such report")
		}}
}

func readPixels(base func(string, ...string) step.Task) Job {
	t := base("Search the list of expenses for {{what}} and find out what it cost",
		`Click "Expenses"`, `Type {{what}} into "Search"`, `Click the button "Find"`, `Wait for "Night train to Vienna"`,
		`Read "Amount" in the row of "Night train to Vienna" as amount`)
	t.Inputs["what"] = "Night train to Vienna"
	t.Source = step.SourcePixels
	t.Result = json.RawMessage(`{"type":"object","properties":{"amount":{"type":"number"}},"required":["amount"]}`)
	t.DoneWhen = []step.Predicate{{Result: "amount"}}
	return Job{Title: "read a value from pixels alone (OCR and shapes, nothing from the DOM)", Task: t,
		Grade: func(r step.Result, _, after site.Truth) error {
			if err := ended(r, step.StatusDone); err != nil {
				return err
			}
			for _, e := range after.Expenses {
				if strings.HasPrefix(e.Description, "Night train to Vienna") {
					if want := fmt.Sprintf("%.1f", float64(e.Cents)/100); string(r.Values["amount"].Value) != want {
						return fmt.Errorf("the amount is %s, the site says %s", r.Values["amount"].Value, want)
					}
					return nil
				}
			}
			return errors.New("the site has no such report")
		}}
}

func downloadAndDelete(base func(string, ...string) step.Task) Job {
	t := base("Download the list of expenses as CSV, then delete {{number}}",
		`Click "Expenses"`, `Click "Download CSV"`, `Type "night train" into "Search"`, `Click the button "Find"`,
		`Click the link "{{number}}"`, `Click the button "Delete"`, `Accept the dialog`)
	t.Inputs["number"] = "EX-1064"
	t.DoneWhen = []step.Predicate{{File: "expenses-*.csv"}, {Text: "{{number}} was deleted"}}
	return Job{Title: "download a file, and delete behind a confirm dialog", Task: t,
		Grade: func(r step.Result, before, after site.Truth) error {
			if err := ended(r, step.StatusDone); err != nil {
				return err
			}
			for _, kind := range []string{"download", "delete"} {
				if n := after.Counts[kind] - before.Counts[kind]; n != 1 {
					return fmt.Errorf("the site counted %d of %q, not 1", n, kind)
				}
			}
			for _, e := range after.Expenses {
				if strings.HasPrefix(e.Description, "Night train to Vienna") {
					return errors.New("the report is still there")
				}
			}
			return nil
		}}
}

// Unaided are the jobs without their written steps: a model must find the way from the goal.
func Unaided(jobs []Job) []Job {
	for i := range jobs {
		jobs[i].Task.Steps = nil
	}
	return jobs
}

// TinyJob sends the whole path through a model whose weights are random: it must be asked, its answers must be judged,
// and it must not be believed.
func TinyJob(s site.Running, model string) Job {
	t := step.Task{Goal: `Open the list of expenses and say how many there are`, Start: s.URL + "/login",
		Models: map[string]string{"actor": model}, Sight: step.SightMarks, Limits: step.Limits{Steps: 8, NoWork: 8},
		DoneWhen: []step.Predicate{{Text: "64 reports"}}, Labels: map[string]string{"demo": "tiny"}}
	return Job{Title: "the whole path through real Ollama with a tiny model of random weights", Task: t,
		Grade: func(r step.Result, _, after site.Truth) error {
			if r.Usage.ModelCalls == 0 {
				return errors.New("the model was never asked")
			}
			if r.Status == step.StatusDone {
				return errors.New("random weights cannot have reached the goal")
			}
			return nil
		}}
}

func ended(r step.Result, want step.Status) error {
	if r.Status != want {
		return fmt.Errorf("the task ended as %s: %s", r.Status, r.Reason)
	}
	return nil
}
