package mind_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"chiron/mind"
	"chiron/step"
)

// schemaOf is the part of JSON Schema that the prompts use.
type schemaOf struct {
	OneOf      []schemaOf          `json:"oneOf"`
	Type       string              `json:"type"`
	Const      any                 `json:"const"`
	Enum       []string            `json:"enum"`
	Properties map[string]schemaOf `json:"properties"`
	Required   []string            `json:"required"`
	Minimum    *float64            `json:"minimum"`
	Maximum    *float64            `json:"maximum"`
	MinLength  int                 `json:"minLength"`
	MaxLength  *int                `json:"maxLength"`
}

// fits reports why a value does not fit a schema. Fields that the schema does not name are refused, as by Ollama's grammar.
func (s schemaOf) fits(v any) error {
	switch {
	case len(s.OneOf) > 0:
		n := 0
		for _, o := range s.OneOf {
			if o.fits(v) == nil {
				n++
			}
		}
		if n != 1 {
			return fmt.Errorf("%v fits %d of %d kinds", v, n, len(s.OneOf))
		}
		return nil
	case s.Const != nil:
		if v != s.Const {
			return fmt.Errorf("%v is not %v", v, s.Const)
		}
	case len(s.Enum) > 0:
		if text, ok := v.(string); !ok || !slices.Contains(s.Enum, text) {
			return fmt.Errorf("%v is not one of %v", v, s.Enum)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				return fmt.Errorf("%s is missing", name)
			}
		}
		for name, field := range v {
			one, ok := s.Properties[name]
			if !ok {
				return fmt.Errorf("%s is not known", name)
			}
			if err := one.fits(field); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return typed(s, "object", v)
	case string:
		if n := utf8.RuneCountInString(v); n < s.MinLength || s.MaxLength != nil && n > *s.MaxLength {
			return fmt.Errorf("%q is too short or too long", v)
		}
		if s.Const != nil || len(s.Enum) > 0 {
			return nil
		}
		return typed(s, "string", v)
	case float64:
		if s.Const != nil {
			return nil
		}
		if s.Minimum != nil && v < *s.Minimum || s.Maximum != nil && v > *s.Maximum {
			return fmt.Errorf("%v is out of range", v)
		}
		if s.Type == "number" {
			return nil
		}
		return typed(s, "integer", v)
	case bool:
		return typed(s, "boolean", v)
	}
	return fmt.Errorf("%v is of no known type", v)
}

func typed(s schemaOf, want string, v any) error {
	if s.Type != want {
		return fmt.Errorf("%v is no %s", v, s.Type)
	}
	return nil
}

// wide is a look on which every kind of action but the answer to a dialog is possible, at any mark.
func wide(t testing.TB) mind.Look {
	l := look(t)
	l.Screen.Tabs, l.Screen.Tab = 2, 1
	l.Screen.Items = slices.Clone(l.Screen.Items)
	for i := range l.Screen.Items {
		l.Screen.Items[i].Source = step.SourcePixels
	}
	return l
}

// TestPromptAndSchemaSayTheSame takes every example out of the prompt and holds it against the schema and the decoder.
func TestPromptAndSchemaSayTheSame(t *testing.T) {
	for name, profile := range profiles() {
		if profile.NoRules {
			continue
		}
		seen := map[string]bool{}
		for _, l := range []mind.Look{wide(t), func() mind.Look {
			l := wide(t)
			l.Screen.Dialog = &step.Dialog{Type: "confirm", Message: "Sure?"}
			return l
		}()} {
			s := &script{answers: []string{`{"action":"ask","question":"x"}`}}
			if _, err := brain(t, s, profile).Propose(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			var schema schemaOf
			if err := json.Unmarshal(s.asked[0].Schema, &schema); err != nil {
				t.Fatal(err)
			}
			possible := 0
			for line := range strings.Lines(s.asked[0].Turns[0].Text) {
				if !strings.HasPrefix(line, `{"action"`) {
					continue
				}
				if seenInSchema(t, name, line, schema, profile, l) {
					possible++
					seen[strings.Split(line, `"`)[3]] = true
				}
			}
			if possible != len(schema.OneOf) {
				t.Errorf("%s: the schema allows %d kinds, %d of them are in the prompt", name, len(schema.OneOf), possible)
			}
		}
		if len(seen) != 17 {
			t.Errorf("%s: only %d kinds were possible on some look: %v", name, len(seen), seen)
		}
	}
}

// seenInSchema reports whether the schema allows an example; if so it must be understood.
func seenInSchema(t *testing.T, name, line string, schema schemaOf, p mind.Profile, l mind.Look) bool {
	t.Helper()
	var fields map[string]any
	d := json.NewDecoder(strings.NewReader(line))
	if err := d.Decode(&fields); err != nil {
		t.Fatalf("%s: the example %s is no JSON: %v", name, line, err)
	}
	example := line[:d.InputOffset()]
	if !p.Terse {
		fields["note"], fields["expect"] = "n", "e"
	}
	if schema.fits(fields) != nil {
		return false
	}
	if p.Sight != step.SightPixels {
		if _, err := step.ParseAction([]byte(example)); err != nil {
			t.Errorf("%s: the example %s is no action: %v", name, example, err)
		}
	}
	s := &script{answers: []string{example}}
	got, err := brain(t, s, p).Propose(t.Context(), l)
	if err != nil || string(got.Action.Kind()) != fields["action"] {
		t.Errorf("%s: the example %s became %+v, %v", name, example, got.Action, err)
	}
	return true
}

func TestTheSchemaKnowsTheScreen(t *testing.T) {
	empty, many := look(t), look(t)
	empty.Screen.Items = nil
	s := &script{answers: []string{`{"action":"back"}`, `{"action":"back"}`}}
	m := brain(t, s, mind.Profile{})
	for _, l := range []mind.Look{empty, many} {
		if _, err := m.Propose(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if text := string(s.asked[0].Schema); strings.Contains(text, `"click"`) || strings.Contains(text, `"mark"`) {
		t.Errorf("an empty screen offers marks: %s", text)
	}
	if text := string(s.asked[1].Schema); !strings.Contains(text, `"mark":{"maximum":11,"minimum":1,"type":"integer"}`) {
		t.Errorf("marks do not end at 11: %s", text)
	}
	if s.asked[0].Turns[0].Text != s.asked[1].Turns[0].Text {
		t.Error("the rules change with the screen")
	}
}

func TestEverySelectHasItsOwnOptions(t *testing.T) {
	l := look(t)
	l.Screen.Items = []step.Candidate{
		{Mark: 1, Role: step.RoleButton, Name: "Save"}, {Mark: 2, Role: step.RoleSelect, Name: "Size", Options: []string{"S", "M"}},
		{Mark: 3, Role: step.RoleSelect, Name: "Country", Options: []string{"Norway"}, More: 200},
	}
	schema := func() string {
		s := &script{answers: []string{`{"action":"back"}`}}
		if _, err := brain(t, s, mind.Profile{Terse: true}).Propose(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		return string(s.asked[0].Schema)
	}
	text := schema()
	for _, part := range []string{`"mark":{"const":2},"option":{"enum":["S","M"]}`, `"mark":{"const":3},"option":{"maxLength":120,`} {
		if !strings.Contains(text, part) {
			t.Errorf("the schema does not say %s: %s", part, text)
		}
	}
	if n := strings.Count(text, `"const":"select"`); n != 2 {
		t.Errorf("it offers %d ways to select, not one for each select", n)
	}
	l.Screen.Items[0].Source = step.SourcePixels // a role that was read from pixels may be wrong
	if text := schema(); !strings.Contains(text, `"const":"select"},"mark":{"maximum":3,`) {
		t.Errorf("marks are kept from a select that pixels may not show as one: %s", text)
	}
}
