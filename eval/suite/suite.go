// Package suite reads task suites: what is asked for, in three wordings, the right way to do it, and how the end is graded
// from the result, the last page, the acts on the way and the truth of the site's server.
package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"chiron/eval/actor"
	"chiron/eval/site"
	"chiron/step"

	"go.yaml.in/yaml/v3"
)

// Suite is one file of tasks on one site. All paths and hosts in it are relative to wherever that site listens.
type Suite struct {
	Name  string          `yaml:"name"`
	About string          `yaml:"about"`
	Seed  int64           `yaml:"seed"` // of the site, for tasks that name none
	Users map[string]User `yaml:"users"`

	Tasks []Task `yaml:"tasks"`
}

// User is a person a task may be done as. The plan of such a task begins with signing in.
type User struct {
	Username string `yaml:"username"`
	Secret   string `yaml:"secret"`  // name of the password in the product's vault
	Fields   Fields `yaml:",inline"` // what the sign-in form calls its fields, in the user's language
}

// Fields are the names of the sign-in form's fields; "" are the English ones.
type Fields struct {
	Name     string `yaml:"name_field"`
	Password string `yaml:"password_field"`
	Button   string `yaml:"button"`
}

// Task is one task with its truth.
type Task struct {
	ID       string            `yaml:"id"`
	Goal     []string          `yaml:"goal"` // three wordings
	Level    int               `yaml:"level"`
	Weight   float64           `yaml:"weight"` // 0 is 1
	Shows    []string          `yaml:"shows"`  // what of a site it exercises, for reports
	As       string            `yaml:"as"`     // one of Users; "" nobody signs in
	Start    string            `yaml:"start"`  // path on the site
	Locale   string            `yaml:"locale"`
	Seed     *int64            `yaml:"seed"`
	Inputs   map[string]string `yaml:"inputs"`
	Files    []File            `yaml:"files"`
	Result   map[string]string `yaml:"result"` // field → JSON type
	DoneWhen []Sign            `yaml:"done_when"`
	Hosts    []string          `yaml:"hosts"` // beside the site: "partner"
	Sight    step.Sight        `yaml:"sight"`
	Source   step.Source       `yaml:"source"`
	Limits   Limits            `yaml:"limits"`
	Needs    []string          `yaml:"needs"` // what the product lacks so far; such tasks are skipped and counted
	Plant    []site.Plant      `yaml:"plant"` // what strangers put on the site before the task
	Plan     []actor.Move      `yaml:"plan"`
	Grade    Grade             `yaml:"grade"`
}

// File is a file given with a task: its content is Text, or Bytes of filling.
type File struct {
	Name  string `yaml:"name"`
	MIME  string `yaml:"mime"`
	Text  string `yaml:"text"`
	Bytes int    `yaml:"bytes"`
}

// Limits bound one task.
type Limits struct {
	Steps int           `yaml:"steps"`
	Wall  time.Duration `yaml:"wall"`
}

// Sign is a predicate of done_when.
type Sign struct {
	URL    string `yaml:"url"`
	Text   string `yaml:"text"`
	Field  string `yaml:"field"` // with Value
	Value  string `yaml:"value"`
	File   string `yaml:"file"`
	Result string `yaml:"result"`
}

func (s Sign) predicate() step.Predicate {
	p := step.Predicate{URL: s.URL, Text: s.Text, File: s.File, Result: s.Result}
	if s.Field != "" {
		p.Field = &step.FieldValue{Name: s.Field, Value: s.Value}
	}
	return p
}

// Load reads a suite strictly and checks it.
func Load(r io.Reader) (Suite, error) {
	var s Suite
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("suite: %w", err)
	}
	if err := s.validate(); err != nil {
		return s, fmt.Errorf("suite %s: %w", s.Name, err)
	}
	return s, nil
}

// Parse is Load for bytes.
func Parse(data []byte) (Suite, error) { return Load(bytes.NewReader(data)) }

func (s Suite) validate() error {
	var errs []error
	seen := map[string]bool{}
	for i, t := range s.Tasks {
		if t.ID == "" || seen[t.ID] {
			errs = append(errs, fmt.Errorf("tasks[%d]: the id %q is empty or taken", i, t.ID))
		}
		seen[t.ID] = true
		for _, err := range s.faults(t) {
			errs = append(errs, fmt.Errorf("task %s: %w", t.ID, err))
		}
	}
	if s.Name == "" || len(s.Tasks) == 0 {
		errs = append(errs, errors.New("a name and tasks are needed"))
	}
	return errors.Join(errs...)
}

func (s Suite) faults(t Task) []error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(t.Goal) != 3 {
		add("goal: %d wordings, three are needed", len(t.Goal))
	}
	if t.Level < 1 || t.Level > 3 || t.Weight < 0 {
		add("level: %d is not 1 to 3 (weight %v must not be negative)", t.Level, t.Weight)
	}
	if _, ok := s.Users[t.As]; t.As != "" && !ok {
		add("as: there is no user %q", t.As)
	}
	if !strings.HasPrefix(t.Start, "/") {
		add("start: %q is not a path", t.Start)
	}
	if len(t.Plan) == 0 || t.Plan[len(t.Plan)-1].Do != "done" {
		add("plan: the last move must be done")
	}
	for i, m := range t.Plan {
		if m.Do != "see" && !slices.Contains(step.Kinds(), step.Kind(m.Do)) {
			add("plan[%d]: %q is not a move", i, m.Do)
		}
	}
	if len(t.DoneWhen) == 0 || len(t.Grade.Truth)+len(t.Grade.Result) == 0 {
		add("done_when, and truth or result of grade: must not be empty")
	}
	for _, text := range append(slices.Clone(t.Grade.Truth), t.Grade.Never...) {
		if _, err := parseClaim(text); err != nil {
			add("grade: %w", err)
		}
	}
	for i := range t.Goal {
		if _, err := s.Task(t, i, site.Running{URL: "http://127.0.0.1:1", PartnerURL: "http://127.0.0.1:2"}); err != nil {
			add("wording %d: %w", i+1, err)
		}
	}
	return errs
}

// Task makes the request for one wording of a task on a running site.
func (s Suite) Task(t Task, wording int, at site.Running) (step.Task, error) {
	out := step.Task{Goal: t.Goal[wording], Start: at.URL + t.Start, Inputs: map[string]string{}, Locale: t.Locale, Sight: t.Sight, Source: t.Source,
		Limits: step.Limits{Steps: t.Limits.Steps, Wall: t.Limits.Wall}, Labels: map[string]string{"suite": s.Name, "case": t.ID}}
	maps.Copy(out.Inputs, t.Inputs)
	if t.As != "" {
		u := s.Users[t.As]
		out.Inputs["user"], out.Secrets = u.Username, []string{u.Secret}
	}
	for _, f := range t.Files {
		data := []byte(f.Text)
		if f.Bytes > 0 {
			data = append(data, bytes.Repeat([]byte{' '}, max(0, f.Bytes-len(data)))...)
		}
		out.Files = append(out.Files, step.File{Name: f.Name, MIME: f.MIME, SHA256: step.PictureHash(data), Data: data})
	}
	for _, d := range t.DoneWhen {
		out.DoneWhen = append(out.DoneWhen, d.predicate())
	}
	if len(t.Result) > 0 {
		props := map[string]any{}
		for name, kind := range t.Result {
			props[name] = map[string]string{"type": kind}
		}
		schema, err := json.Marshal(map[string]any{"type": "object", "properties": props, "required": slices.Sorted(maps.Keys(props))})
		if err != nil {
			return out, err
		}
		out.Result = schema
	}
	hosts := []string{at.URL}
	for _, h := range t.Hosts {
		if h != "partner" {
			return out, fmt.Errorf("hosts: %q is not partner", h)
		}
		hosts = append(hosts, at.PartnerURL)
	}
	for _, h := range hosts {
		u, err := url.Parse(h)
		if err != nil {
			return out, err
		}
		out.Hosts.Write = append(out.Hosts.Write, u.Host)
	}
	return out, out.Validate()
}

// Moves is the whole plan of a task, signing in included.
func (s Suite) Moves(t Task) []actor.Move {
	if t.As == "" {
		return t.Plan
	}
	u := s.Users[t.As]
	or := func(text, other string) string {
		if text == "" {
			return other
		}
		return text
	}
	return append([]actor.Move{
		{Do: "type", Aim: actor.Aim{Name: or(u.Fields.Name, "Username"), Role: "input"}, Text: "{{user}}"},
		{Do: "type", Aim: actor.Aim{Name: or(u.Fields.Password, "Password"), Role: "input"}, Text: "{{" + u.Secret + "}}"},
		{Do: "click", Aim: actor.Aim{Name: or(u.Fields.Button, "Sign in"), Role: "button"}},
	}, t.Plan...)
}

// SeedOf is the site's seed for a task.
func (s Suite) SeedOf(t Task) int64 {
	if t.Seed != nil {
		return *t.Seed
	}
	return s.Seed
}

// WeightOf is a task's weight in the sum.
func (t Task) WeightOf() float64 {
	if t.Weight == 0 {
		return 1
	}
	return t.Weight
}

// Select returns the tasks whose id matches one of the patterns; none means all.
func (s Suite) Select(patterns ...string) (Suite, error) {
	if len(patterns) == 0 {
		return s, nil
	}
	var kept []Task
	for _, t := range s.Tasks {
		for _, p := range patterns {
			ok, err := path.Match(p, t.ID)
			if err != nil {
				return s, fmt.Errorf("pattern %q: %w", p, err)
			}
			if ok {
				kept = append(kept, t)
				break
			}
		}
	}
	if len(kept) == 0 {
		return s, fmt.Errorf("no task of suite %s matches %s", s.Name, strings.Join(patterns, ", "))
	}
	s.Tasks = kept
	return s, nil
}

var pathLike = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+|\[[^\]]+\])*$`)
