package step

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Task is one request: what to reach, where, with what, how far it may go, and how success is recognised.
type Task struct {
	ID        string            `json:"id,omitempty"`
	Goal      string            `json:"goal"`
	Start     string            `json:"start"`                // URL to begin at
	Inputs    map[string]string `json:"inputs,omitempty"`     // values by name; the actor writes {{name}}
	Secrets   []string          `json:"secrets,omitempty"`    // names of secrets in the vault that may be typed
	Files     []File            `json:"files,omitempty"`      // what may be uploaded
	Result    json.RawMessage   `json:"result,omitempty"`     // JSON schema (object) of the result
	DoneWhen  []Predicate       `json:"done_when,omitempty"`  // all must hold for "done"
	Steps     []string          `json:"steps,omitempty"`      // imperative sentences carried out without a model
	Hosts     Hosts             `json:"hosts,omitzero"`       // default: read and write on Start's host
	Autonomy  Autonomy          `json:"autonomy,omitempty"`   // default supervised
	FourEyes  bool              `json:"four_eyes,omitempty"`  // its acts are approved by another key than Owner
	Limits    Limits            `json:"limits,omitzero"`      // zero fields take the server's defaults
	Models    map[string]string `json:"models,omitempty"`     // role → model name
	Sight     Sight             `json:"sight,omitempty"`      // default: by the model's certificate
	Source    Source            `json:"source,omitempty"`     // default both
	Profile   string            `json:"profile,omitempty"`    // named browser profile
	Locale    string            `json:"locale,omitempty"`     // BCP 47, default en-US
	TimeZone  string            `json:"time_zone,omitempty"`  // IANA name, default UTC
	Labels    map[string]string `json:"labels,omitempty"`     // free words for filters
	Parent    string            `json:"parent,omitempty"`     // task that delegated this one
	Webhook   string            `json:"webhook,omitempty"`    // URL told about the end
	Owner     string            `json:"owner,omitempty"`      // id of the key that made it; set by the server
	Created   time.Time         `json:"created,omitzero"`     // set by the server
	Canonical string            `json:"start_host,omitempty"` // host:port of Start; set by Normalise
}

// File is a file given with the task.
type File struct {
	Name   string `json:"name"`
	MIME   string `json:"mime,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Data   []byte `json:"data,omitempty"`
}

// Hosts are the hosts ("name" or "name:port", "*.name" for subdomains) that the task may read from and act on.
// Write implies read. Both are fixed before any page is seen.
type Hosts struct {
	Read  []string `json:"read,omitempty"`
	Write []string `json:"write,omitempty"`
}

// Autonomy says when people are asked.
type Autonomy string

// The levels of autonomy.
const (
	AutonomyStep       Autonomy = "step"       // every act asks
	AutonomySupervised Autonomy = "supervised" // risky acts ask
	AutonomyAuto       Autonomy = "auto"       // the policy alone decides
)

// Limits are a task's budgets. Zero means the server's default; reaching one ends the task as out of budget.
type Limits struct {
	Steps   int           `json:"steps,omitempty"`
	Wall    time.Duration `json:"wall,omitempty"`
	Model   time.Duration `json:"model,omitempty"`   // time inside model calls
	Tokens  int           `json:"tokens,omitempty"`  // prompt and answer together
	Bytes   int64         `json:"bytes,omitempty"`   // over the network
	NoWork  int           `json:"no_work,omitempty"` // steps without any progress
	Answers time.Duration `json:"answers,omitempty"` // how long a question to a person stays open
}

// Or takes the fields of d for those that are zero.
func (l Limits) Or(d Limits) Limits {
	l.Steps, l.Tokens, l.NoWork = cmp.Or(l.Steps, d.Steps), cmp.Or(l.Tokens, d.Tokens), cmp.Or(l.NoWork, d.NoWork)
	l.Wall, l.Model, l.Answers, l.Bytes = cmp.Or(l.Wall, d.Wall), cmp.Or(l.Model, d.Model), cmp.Or(l.Answers, d.Answers), cmp.Or(l.Bytes, d.Bytes)
	return l
}

// Predicate is one sign of success; exactly one field is given.
type Predicate struct {
	URL    string      `json:"url,omitempty"`    // pattern for the page's URL, * matches anything
	Text   string      `json:"text,omitempty"`   // stands on the screen, letter case and spacing ignored
	Field  *FieldValue `json:"field,omitempty"`  // a field shows this value
	File   string      `json:"file,omitempty"`   // pattern for the name of a downloaded file
	Result string      `json:"result,omitempty"` // the result field's value was found in the evidence
}

// FieldValue is a field by its label and the value it must show; the value may hold references.
type FieldValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (p Predicate) String() string {
	switch {
	case p.URL != "":
		return fmt.Sprintf("the URL matches %q", p.URL)
	case p.Text != "":
		return fmt.Sprintf("%q is on the screen", p.Text)
	case p.Field != nil:
		return fmt.Sprintf("the field %q shows %q", p.Field.Name, p.Field.Value)
	case p.File != "":
		return fmt.Sprintf("a file %q was downloaded", p.File)
	}
	return fmt.Sprintf("the result %q stands in the evidence", p.Result)
}

// Validate reports a predicate that says nothing or several things.
func (p Predicate) Validate() error {
	n := 0
	for _, given := range []bool{p.URL != "", p.Text != "", p.Field != nil, p.File != "", p.Result != ""} {
		if given {
			n++
		}
	}
	switch {
	case n != 1:
		return errors.New("give exactly one of url, text, field, file and result")
	case p.Field != nil && strings.TrimSpace(p.Field.Name) == "":
		return errors.New("field: name must not be empty")
	}
	return nil
}

// ValidName reports whether a string may name an input or secret: it is what {{name}} may hold.
func ValidName(name string) bool {
	return len(name) <= 32 && regexp.MustCompile(`^[a-z0-9_]+$`).MatchString(name)
}

// ValidProfile reports whether a string may name a browser profile.
func ValidProfile(name string) bool {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`).MatchString(name)
}

// Bounds of a task, so that no request can make the product hold more than this.
const (
	MaxGoal   = 4 << 10
	MaxInputs = 100
	MaxSteps  = 1000
)

// Validate reports every fault of a request, each with the field's name and what would be right.
func (t Task) Validate() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if strings.TrimSpace(t.Goal) == "" && len(t.Steps) == 0 {
		add("goal: must not be empty (or give steps)")
	}
	if len(t.Goal) > MaxGoal {
		add("goal: longer than %d bytes", MaxGoal)
	}
	if err := ValidURL(t.Start); err != nil {
		add("start: %w", err)
	}
	if len(t.Inputs) > MaxInputs || len(t.Steps) > MaxSteps || t.Limits.Steps > MaxSteps {
		add("inputs, steps: at most %d inputs and %d steps", MaxInputs, MaxSteps)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Inputs)) {
		if !ValidName(name) {
			add("inputs: %q is not a name; use lower-case letters, digits and _, at most 32", name)
		}
		if len(t.Inputs[name]) > MaxText {
			add("inputs: %s is longer than %d bytes", name, MaxText)
		}
	}
	for _, name := range t.Secrets {
		if _, both := t.Inputs[name]; !ValidName(name) || both {
			add("secrets: %q is not a free name; use lower-case letters, digits and _, and no name of an input", name)
		}
	}
	for i, p := range t.DoneWhen {
		if err := p.Validate(); err != nil {
			add("done_when[%d]: %w", i, err)
		}
	}
	errs = append(errs, t.validateChoices()...)
	return errors.Join(errs...)
}

func (t Task) validateChoices() []error {
	var errs []error
	oneOf := func(field, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			errs = append(errs, fmt.Errorf("%s: %q is not one of %s", field, value, strings.Join(allowed, ", ")))
		}
	}
	oneOf("autonomy", string(t.Autonomy), string(AutonomyStep), string(AutonomySupervised), string(AutonomyAuto))
	oneOf("sight", string(t.Sight), string(SightPixels), string(SightMarks), string(SightText))
	oneOf("source", string(t.Source), string(SourcePixels), string(SourceLayout), string(SourceBoth))
	if t.Limits.Steps < 0 || t.Limits.Wall < 0 || t.Limits.Model < 0 || t.Limits.Tokens < 0 || t.Limits.Bytes < 0 {
		errs = append(errs, errors.New("limits: must not be negative"))
	}
	if t.Profile != "" && !ValidProfile(t.Profile) {
		errs = append(errs, fmt.Errorf("profile: %q is not a name; use lower-case letters, digits, - and _, at most 64", t.Profile))
	}
	for i, s := range t.Steps {
		if strings.TrimSpace(s) == "" {
			errs = append(errs, fmt.Errorf("steps[%d]: must not be empty", i))
		}
	}
	if len(t.Result) > 0 {
		var schema struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(t.Result, &schema); err != nil || schema.Type != "object" {
			errs = append(errs, errors.New(`result: must be a JSON schema with "type":"object"`))
		}
	}
	return errs
}

// ValidURL reports whether a URL may be opened at the top level: absolute, http or https, with a host, without a password.
func ValidURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || raw == "":
		return fmt.Errorf("%q is not a URL", raw)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q must begin with http:// or https://", raw)
	case u.Hostname() == "":
		return fmt.Errorf("%q names no host", raw)
	case u.User != nil:
		return errors.New("credentials do not belong into a URL; use secrets")
	}
	return nil
}

// NeedsAnother reports whether by, the id of a key, may not approve this task's acts because it handed the task in. Always says that
// two people are needed for every task.
func (t Task) NeedsAnother(always bool, by string) bool {
	return (always || t.FourEyes) && by == t.Owner
}

// Normalise fills the defaults that depend on the task alone. It must be valid.
func (t Task) Normalise() Task {
	if t.Autonomy == "" {
		t.Autonomy = AutonomySupervised
	}
	if t.Source == "" {
		t.Source = SourceBoth
	}
	if u, err := url.Parse(t.Start); err == nil {
		t.Canonical = u.Host
		if len(t.Hosts.Read) == 0 && len(t.Hosts.Write) == 0 {
			t.Hosts.Write = []string{u.Host}
		}
	}
	if t.Locale == "" {
		t.Locale = "en-US"
	}
	if t.TimeZone == "" {
		t.TimeZone = "UTC"
	}
	return t
}

// Matches reports whether a text fits a pattern in which * stands for anything.
func Matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
