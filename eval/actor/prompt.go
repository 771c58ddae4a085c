package actor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"chiron/step"
)

// Seen is what a prompt shows of the page and of the last act.
type Seen struct {
	Screen step.Screen
	Listed bool // the prompt holds the text form of a screen; without it there is only a picture
	Failed bool // the last answer came to nothing
	Why    string
}

var screenLine = regexp.MustCompile(`^(\d+ [a-z_]+ "|dialog: |tab: |scroll: |cut: )`)

// Read takes a prompt apart: the last list of a screen that stands in it, and what is said about the answer before.
func Read(p Prompt) Seen {
	var s Seen
	var said []string
	for _, m := range p.Messages {
		if m.Role == "user" {
			said = append(said, m.Text)
		}
	}
	s.read(strings.Join(said, "\n\n"))
	return s
}

func (s *Seen) read(text string) {
	lines := strings.Split(text, "\n")
	at := -1
	for i, line := range lines {
		if strings.HasPrefix(line, "page: ") {
			at = i
		}
	}
	rest := lines
	if at >= 0 {
		end := at + 1
		for end < len(lines) && screenLine.MatchString(lines[end]) {
			end++
		}
		if screen, err := step.ParseText(strings.Join(lines[at:end], "\n")); err == nil {
			s.Screen, s.Listed = screen, true
		}
		rest = append(slices.Clone(lines[:at]), lines[end:]...)
	}
	last := ""
	for _, line := range rest {
		if entry.MatchString(line) {
			last = line
		} else if sign := failures(line); sign {
			s.Failed, s.Why = true, line
		}
	}
	if i := strings.LastIndex(last, ": "); i >= 0 && undone.MatchString(last[strings.Index(last, ": "):]) {
		s.Failed, s.Why = true, last
	}
}

var (
	entry  = regexp.MustCompile(`^\d+\. `)
	undone = regexp.MustCompile(`: (not[ _]executed|unknown|not possible|denied|refused|not shown)`)
)

// failures reports a line in which the product says that the last answer came to nothing.
func failures(line string) bool {
	for _, sign := range []string{"That answer cannot be used", "Your last answer could not be used", "That was not possible", "The act was not carried out",
		"The policy denies this", "A person refused", "The goal is not reached yet"} {
		if strings.HasPrefix(line, sign) {
			return true
		}
	}
	return false
}

// schema is the part of JSON Schema that the product's answers use. Order holds the properties as they were written.
type schema struct {
	Const      json.RawMessage   `json:"const"`
	Enum       []json.RawMessage `json:"enum"`
	Type       string            `json:"type"`
	Minimum    *int              `json:"minimum"`
	Maximum    *int              `json:"maximum"`
	MaxLength  *int              `json:"maxLength"`
	OneOf      []schema          `json:"oneOf"`
	AnyOf      []schema          `json:"anyOf"`
	Properties properties        `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
}

type property struct {
	name string
	is   schema
}

type properties []property

// UnmarshalJSON keeps the order of the properties.
func (p *properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("properties: want an object: %w", err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		one := property{name: fmt.Sprint(name)}
		if err := d.Decode(&one.is); err != nil {
			return fmt.Errorf("property %s: %w", one.name, err)
		}
		*p = append(*p, one)
	}
	return nil
}

func (s schema) property(name string) (schema, bool) {
	for _, p := range s.Properties {
		if p.name == name {
			return p.is, true
		}
	}
	return schema{}, false
}

// kind is the action that a branch of the answer's schema stands for.
func (s schema) kind() step.Kind {
	action, _ := s.property("action")
	var kind string
	if json.Unmarshal(action.Const, &kind) != nil && len(action.Enum) == 1 && json.Unmarshal(action.Enum[0], &kind) != nil {
		return ""
	}
	return step.Kind(kind)
}

// offers are the branches of an answer's schema by action, in the order in which they are offered.
type offers []schema

// Offered reads the schema of an answer; it is empty where the answer is not an action.
func offered(format json.RawMessage) offers {
	var s schema
	if len(format) == 0 || json.Unmarshal(format, &s) != nil {
		return nil
	}
	all := slices.Concat(s.OneOf, s.AnyOf)
	if len(all) == 0 {
		all = []schema{s}
	}
	return slices.DeleteFunc(all, func(o schema) bool { return o.kind() == "" })
}

func (o offers) of(k step.Kind) (schema, bool) {
	for _, s := range o {
		if s.kind() == k {
			return s, true
		}
	}
	return schema{}, false
}

// compose writes an answer of that branch with the given fields; what the schema asks for beyond them is left empty.
func compose(s schema, fields map[string]any) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range s.Properties {
		if i > 0 {
			b.WriteByte(',')
		}
		value, given := fields[p.name]
		switch {
		case given:
		case len(p.is.Const) > 0:
			value = p.is.Const
		case p.is.Type == "object":
			value = struct{}{}
		case p.is.Type == "boolean":
			value = false
		case p.is.Type == "integer" || p.is.Type == "number":
			value = 0
			if p.is.Minimum != nil {
				value = *p.is.Minimum
			}
		case len(p.is.Enum) > 0:
			value = p.is.Enum[0]
		default:
			value = ""
		}
		data, err := json.Marshal(value)
		if err != nil {
			data = []byte("null") // fields are plain values
		}
		fmt.Fprintf(&b, "%q:%s", p.name, data)
	}
	return b.String() + "}"
}
