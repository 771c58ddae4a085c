package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"go.yaml.in/yaml/v3"

	"chiron/policy/address"
	"chiron/step"
)

// Case is one example that a bundle must decide as it says. Cases are written in YAML, in the product's own words: the act
// and the facts as they stand in events, the task as it is posted.
type Case struct {
	Name      string                `json:"name"`
	Principal string                `json:"principal"` // default agent
	Task      step.Task             `json:"task"`
	Action    step.Act              `json:"action"`
	Facts     step.Facts            `json:"facts"`
	Usage     step.Usage            `json:"usage"`
	Past      Past                  `json:"past"`      // what the session has gathered
	Secrets   map[string]CaseSecret `json:"secrets"`   // what the vault holds
	Protected []string              `json:"protected"` // the product's own places
	Approved  bool                  `json:"approved"`  // a person has approved the act
	Want      Want                  `json:"want"`
}

// CaseSecret is a secret as the vault describes it, without its value.
type CaseSecret struct {
	Origins []string `json:"origins"`
	Field   string   `json:"field"`
}

// Want is what a case expects. Rule, when given, must be among the determining rules; Obligations among the obligations.
type Want struct {
	Decision    step.Decision     `json:"decision"`
	Rule        string            `json:"rule"`
	Obligations []step.Obligation `json:"obligations"`
}

// runCases runs the cases of a bundle's folder tests; the error names each case that fails.
func (b *Bundle) runCases(fsys fs.FS) error {
	files, err := fs.Glob(fsys, "tests/*.yaml")
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range files {
		data, err := read(fsys, name)
		if err != nil {
			return err
		}
		cases, err := ParseCases(data)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		for _, c := range cases {
			if err := b.Run(c); err != nil {
				errs = append(errs, fmt.Errorf("%s: case %q: %w", name, c.Name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// ParseCases reads a YAML list of cases, strictly. A "facts" or "task" that many cases share may be written once with a YAML
// anchor and merged with <<.
func ParseCases(data []byte) ([]Case, error) {
	var tree []map[string]any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("read the cases: %w", err)
	}
	var cases []Case
	for i, node := range tree {
		if _, shared := node["shared"]; shared {
			continue
		}
		text, err := json.Marshal(node)
		if err != nil {
			return nil, fmt.Errorf("case %d: %w", i+1, err)
		}
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		var c Case
		if err := dec.Decode(&c); err != nil {
			return nil, fmt.Errorf("case %d (%v): %w", i+1, node["name"], err)
		}
		if c.Action.Action == nil || c.Want.Decision == "" || c.Name == "" {
			return nil, fmt.Errorf("case %d (%v): name, action and want are needed", i+1, node["name"])
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// Subject returns what a case is about.
func (c Case) Subject() (Subject, error) {
	protected, err := address.ParseProtected(c.Protected)
	if err != nil {
		return Subject{}, err
	}
	task := c.Task.Normalise()
	values, _ := step.NewValues(task)
	s := Subject{Task: task, Principal: c.Principal, Action: c.Action.Action, Facts: c.Facts, Values: values, Usage: c.Usage, Past: c.Past,
		Protected: protected, Secrets: func(name string) ([]string, string, bool) {
			secret, ok := c.Secrets[name]
			return secret.Origins, secret.Field, ok
		}}
	if s.Principal == "" {
		s.Principal = Agent
	}
	return s, nil
}

// Run decides a case and reports how the decision differs from what it wants.
func (b *Bundle) Run(c Case) error {
	s, err := c.Subject()
	if err != nil {
		return err
	}
	in, err := Describe(s)
	if err != nil {
		return err
	}
	d := b.Decide(s, in, c.Approved)
	switch {
	case d.Outcome != c.Want.Decision, c.Want.Rule != "" && !slices.Contains(d.Rules, c.Want.Rule):
		return fmt.Errorf("want %s by %q, got %s by %q: %s %q", c.Want.Decision, c.Want.Rule, d.Outcome, d.Rules, d.Reason, d.Errors)
	case slices.ContainsFunc(c.Want.Obligations, func(o step.Obligation) bool { return !slices.Contains(d.Obligations, o) }):
		return fmt.Errorf("want the obligations %q, got %q", c.Want.Obligations, d.Obligations)
	}
	return nil
}
