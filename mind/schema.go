package mind

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chiron/step"
)

// Profile is how one model is spoken to. Its certificate will say so; until then the defaults hold.
type Profile struct {
	Sight      step.Sight
	Convention Convention // of points, in pixels sight
	Terse      bool       // neither note nor expect is asked for
	NoRules    bool       // the model was trained on the form of answers: the prompt lists no actions
	MaxTokens  int        // of an answer; 0 is 400
}

// Convention is how a model counts positions.
type Convention string

// The conventions known here.
const (
	Absolute Convention = "absolute" // pixels of the picture
	Thousand Convention = "0-1000"   // thousandths of width and height
)

// field is one field of an action as a model gives it.
type field struct {
	name   string
	schema map[string]any
	hint   string
}

// offer is one kind of action offered to the actor: prompt line and schema come from it.
type offer struct {
	kind   step.Kind
	fields []field
	about  string
}

// offers returns what the actor may answer on this look.
func offers(l Look, p Profile) []offer {
	target := targetFields(l, p)
	text := func(name, hint string, limit int) field {
		return field{name, map[string]any{"type": "string", "maxLength": limit}, hint}
	}
	with := func(more ...field) []field { return append(slices.Clone(target), more...) }
	last := []offer{
		{step.KindAsk, []field{text("question", `"…"`, 200)}, "ask the person"},
		{step.KindFail, []field{text("reason", `"…"`, 200)}, "give up and say why"},
	}
	if l.Screen.Dialog != nil {
		yes := field{"accept", map[string]any{"type": "boolean"}, "true"}
		return append([]offer{{step.KindDialog, []field{yes, text("text", `""`, 200)}, "answer the dialog: accept or dismiss"}}, last...)
	}
	down := field{"direction", map[string]any{"enum": []string{"up", "down", "left", "right"}}, `"down"`}
	seconds := field{"seconds", map[string]any{"type": "integer", "minimum": 1, "maximum": 10}, "2"}
	return append([]offer{
		{step.KindClick, with(), "click it"},
		{step.KindType, with(text("text", `"…"`, 500)), "replace what the field holds by the text"},
		{step.KindSelect, with(text("option", `"…"`, 120)), "choose an option of a select"},
		{step.KindPress, []field{text("key", `"Enter"`, 24)}, "press a key or chord"},
		{step.KindScroll, []field{down}, "scroll the page"},
		{step.KindHover, with(), "move the pointer over it"},
		{step.KindNavigate, []field{text("url", `"…"`, 300)}, "open a URL"},
		{step.KindBack, nil, "go back"},
		{step.KindWait, []field{seconds}, "let the page load"},
		{step.KindNote, []field{text("text", `"…"`, 200)}, "remember something for later"},
		{step.KindDone, resultFields(l, p), "the page shows that the goal is reached"},
	}, last...)
}

func targetFields(l Look, p Profile) []field {
	if p.Sight != step.SightPixels {
		most := max(1, len(l.Screen.Items))
		return []field{{"mark", map[string]any{"type": "integer", "minimum": 1, "maximum": most}, "7"}}
	}
	w, h := 1000, 1000
	if p.Convention == Absolute {
		size := l.size()
		w, h = size.W-1, size.H-1
	}
	return []field{
		{"x", map[string]any{"type": "integer", "minimum": 0, "maximum": w}, "120"},
		{"y", map[string]any{"type": "integer", "minimum": 0, "maximum": h}, "80"},
	}
}

func (l Look) size() step.Size {
	if s := l.Observation.Frame.Size; s != (step.Size{}) {
		return s
	}
	return step.Viewport()
}

// resultFields asks for the fields of the task's result schema, each as a mark or, where there are no marks, a literal.
func resultFields(l Look, p Profile) []field {
	names := resultNames(l.Task)
	if len(names) == 0 {
		return nil
	}
	one := map[string]any{"type": "object", "properties": map[string]any{"mark": targetFields(l, Profile{})[0].schema}, "required": []string{"mark"}}
	if p.Sight == step.SightPixels {
		one = map[string]any{"type": "object", "properties": map[string]any{"value": map[string]any{"type": "string", "maxLength": 200}}, "required": []string{"value"}}
	}
	all := map[string]any{}
	for _, n := range names {
		all[n] = one
	}
	return []field{{"result", map[string]any{"type": "object", "properties": all, "required": names}, `{"` + names[0] + `":{"mark":9}}`}}
}

func resultNames(t step.Task) []string {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if len(t.Result) == 0 || json.Unmarshal(t.Result, &s) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.Properties))
}

// lines are the actions as the prompt lists them.
func lines(all []offer) []string {
	var out []string
	for _, o := range all {
		example := fmt.Sprintf(`{"action":%q`, o.kind)
		for _, f := range o.fields {
			example += fmt.Sprintf(`,%q:%s`, f.name, f.hint)
		}
		out = append(out, example+"} "+o.about)
	}
	return out
}

// schema returns the JSON schema of the answers offered on this look: a oneOf by kind, only that kind's fields, all of
// them required, notes first.
func schema(all []offer, p Profile) (json.RawMessage, error) {
	var kinds []json.RawMessage
	for _, o := range all {
		fields := []field{{"action", map[string]any{"const": o.kind}, ""}}
		if !p.Terse {
			short := map[string]any{"type": "string", "maxLength": 160}
			fields = append([]field{{"note", short, ""}, {"expect", short, ""}}, fields...)
		}
		one, err := object(append(fields, o.fields...))
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, one)
	}
	return json.Marshal(map[string]any{"oneOf": kinds})
}

// object writes an object schema whose properties keep their order: Ollama's grammar follows it.
func object(fields []field) (json.RawMessage, error) {
	var props, names []string
	for _, f := range fields {
		s, err := json.Marshal(f.schema)
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", f.name, err)
		}
		props = append(props, fmt.Sprintf("%q:%s", f.name, s))
		names = append(names, fmt.Sprintf("%q", f.name))
	}
	return json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{%s},"required":[%s]}`, strings.Join(props, ","), strings.Join(names, ","))), nil
}
