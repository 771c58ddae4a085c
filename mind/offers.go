package mind

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chiron/step"
	"chiron/vision"
)

// field is one field of an action as a model gives it.
type field struct {
	name   string
	schema any
	hint   string // the value in the prompt's example, as JSON
}

// offer is one kind of action offered to the actor: prompt line and schema come from it.
type offer struct {
	kind   step.Kind
	fields []field
	about  string
	now    bool      // possible on this look; the prompt lists all, the schema only these
	ways   [][]field // in the schema instead of fields, where what one field may hold hangs on another
}

// object is a JSON schema of an object with these fields, all required, in this order: Ollama's grammar follows it.
type object []field

type keys = map[string]any

// text is a text that may be empty, words one that may not; limit is in characters.
func text(limit int) keys { return keys{"type": "string", "maxLength": limit} }

func words(limit int) keys { return keys{"type": "string", "minLength": 1, "maxLength": limit} }

func integer(from, to int) keys { return keys{"type": "integer", "minimum": from, "maximum": to} }

// offers returns what the actor may answer. Which kinds there are depends on task and profile alone, so that the prompt
// stays the same from step to step.
func offers(l Look, p Profile) []offer {
	free := l.Screen.Dialog == nil
	aimed := free && (p.Sight == step.SightPixels || len(l.Screen.Items) > 0)
	with := func(more ...field) []field { return append(targetFields(l, p), more...) }
	all := []offer{
		{step.KindClick, with(), "click it", aimed, nil},
		{step.KindType, with(field{"text", written(l, p), `"…"`}), "replace what the field holds by the text", aimed, nil},
		{step.KindSelect, with(field{"option", words(120), `"…"`}), "choose an option of a select", aimed, selects(l, p)},
		{step.KindPress, []field{{"key", words(24), `"Enter"`}}, "press a key or chord", free, nil},
		{step.KindScroll, []field{{"direction", keys{"enum": []string{"up", "down", "left", "right"}}, `"down"`}}, "scroll the page", free, nil},
		{step.KindHover, with(), "move the pointer over it", aimed, nil},
		{step.KindDrag, with(field{"to", object(targetFields(l, p)), dropExample(l, p)}), dragAbout(p), aimed, nil},
		{step.KindNavigate, []field{{"url", words(300), `"…"`}}, "open a URL", free, nil},
		{step.KindBack, nil, "go back", free, nil},
		{step.KindTab, []field{{"op", keys{"enum": []string{"switch", "close"}}, `"switch"`}, {"number", integer(1, max(1, l.Screen.Tabs)), "2"}},
			"switch to another tab or close one", free && l.Screen.Tabs > 1, nil},
		{step.KindDialog, []field{{"accept", keys{"type": "boolean"}, "true"}, {"text", text(200), `""`}},
			"answer an open dialog: accept or dismiss it", !free, nil},
		{step.KindWait, []field{{"seconds", integer(1, 10), "2"}}, "let the page load", free, nil},
		{step.KindNote, []field{{"text", words(200), `"…"`}}, "remember something for later", free, nil},
		{step.KindAsk, []field{{"question", words(200), `"…"`}}, "ask the person", true, nil},
		{step.KindDone, resultFields(l, p), "the page shows that the goal is reached", free, nil},
		{step.KindFail, []field{{"reason", words(200), `"…"`}}, "the goal cannot be reached; say why", true, nil},
	}
	if names := fileNames(l.Task); len(names) > 0 {
		upload := offer{step.KindUpload, with(field{"file", keys{"enum": names}, asJSON(names[0])}), "give a file to a file field", aimed, nil}
		all = slices.Insert(all, 3, upload)
	}
	return all
}

func fileNames(t step.Task) []string {
	var names []string
	for _, f := range t.Files {
		names = append(names, f.Name)
	}
	return names
}

// dragAbout says what a drag does; where marks are all there is, a stroke needs a way to be said.
func dragAbout(p Profile) string {
	if p.Sight == step.SightPixels {
		return "press there, move to the other place and let go"
	}
	return "drag it to another mark; to its own mark, draw a stroke across it"
}

func dropExample(l Look, p Profile) string {
	if p.Sight != step.SightPixels {
		return `{"mark":9}`
	}
	return exampleOf(targetFields(l, p))
}

// maxOptions and maxSelects are how many options and selects a grammar names; more cost more to compile than they save.
const (
	maxOptions = 100
	maxSelects = 12
)

// selects are the selects on the screen, each with options of its own. They are nil where the screen does not tell all selects
// apart: a model may name any mark and any option then.
func selects(l Look, p Profile) [][]field {
	if p.Sight == step.SightPixels {
		return nil
	}
	var ways [][]field
	count := 0
	for _, c := range l.Screen.Items {
		if c.Source == step.SourcePixels {
			return nil
		}
		if c.Role != step.RoleSelect {
			continue
		}
		option := words(120)
		var all []string
		for _, o := range c.Options {
			if step.Shown(o, nil) != strings.Join(strings.Fields(o), " ") {
				continue // shown otherwise than it is, or cut: it could not be chosen by that
			}
			if shown := step.Shown(o, l.Values); shown != "" && !slices.Contains(all, shown) {
				all = append(all, shown)
			}
		}
		if c.More == 0 && len(all) > 0 {
			option = keys{"enum": all}
			count += len(all)
		}
		ways = append(ways, []field{{"mark", keys{"const": c.Mark}, ""}, {"option", option, ""}})
	}
	if count > maxOptions || len(ways) > maxSelects {
		return nil
	}
	return ways
}

// written is what may be typed. A model that was trained on the form of answers cannot name a value that nobody knows: it is
// asked for words, and for names of known values among them.
func written(l Look, p Profile) keys {
	if !p.NoRules {
		return text(500)
	}
	part := `[^"\\{}\x00-\x1f]`
	if len(l.Values) > 0 {
		var names []string
		for _, v := range l.Values {
			names = append(names, v.Name)
		}
		part = "(" + part + `|\{\{(` + strings.Join(names, "|") + `)\}\})`
	}
	return keys{"type": "string", "pattern": "^" + part + "{0,200}$"}
}

// targetFields say what an act aims at.
func targetFields(l Look, p Profile) []field {
	if p.Sight != step.SightPixels {
		return []field{{"mark", integer(1, max(1, len(l.Screen.Items))), "7"}}
	}
	if p.Describe {
		return []field{{"target", words(120), `"the … button"`}}
	}
	size := l.seen(p)
	x, y := field{"x", integer(0, 1000), "120"}, field{"y", integer(0, 1000), "80"}
	switch p.Space {
	case vision.SpacePixels, vision.SpacePixelYX:
		x.schema, y.schema = integer(0, size.W-1), integer(0, size.H-1)
	case vision.Space999:
		x.schema, y.schema = integer(0, 999), integer(0, 999)
	case vision.SpaceUnit:
		x = field{"x", keys{"type": "number"}, "0.12"}
		y = field{"y", keys{"type": "number"}, "0.08"}
	}
	if p.Space == vision.Space1000YX || p.Space == vision.SpacePixelYX {
		return []field{y, x}
	}
	return []field{x, y}
}

func (l Look) size() step.Size {
	if s := l.Observation.Frame.Size; s != (step.Size{}) {
		return s
	}
	return step.Viewport()
}

// seen is the size at which a model sees the frame.
func (l Look) seen(p Profile) step.Size {
	if p.Seen != (step.Size{}) {
		return p.Seen
	}
	return l.size()
}

// resultFields ask for the fields of the task's result schema: each cites the mark where its value stands or, where it
// stands nowhere or there are no marks, gives the value.
func resultFields(l Look, p Profile) []field {
	names := resultNames(l.Task)
	if len(names) == 0 {
		return nil
	}
	literal := object{{"value", words(200), `"…"`}}
	var one any = literal
	hint := `{"value":"…"}`
	if p.Sight != step.SightPixels {
		hint = `{"mark":9}`
		if n := len(l.Screen.Items); n > 0 {
			one = keys{"oneOf": []any{object{{"mark", integer(1, n), "9"}}, literal}}
		}
	}
	var each object
	example := ""
	for _, name := range names {
		each = append(each, field{name: name, schema: one})
		example += "," + asJSON(name) + ":" + hint
	}
	return []field{{"result", each, "{" + example[1:] + "}"}}
}

// resultNames are the fields of the task's result schema in the order of the alphabet.
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
		out = append(out, o.example()+" "+o.about)
	}
	return out
}

// example is an answer of this kind.
func (o offer) example() string {
	return exampleOf(append([]field{{name: "action", hint: asJSON(string(o.kind))}}, o.fields...))
}

// exampleOf is an object of these fields as an answer would give it.
func exampleOf(fields []field) string {
	var each []string
	for _, f := range fields {
		each = append(each, asJSON(f.name)+":"+f.hint)
	}
	return "{" + strings.Join(each, ",") + "}"
}

// schema returns the JSON schema of the answers possible on this look: a oneOf by kind, only that kind's fields, all of
// them required, notes first.
func schema(all []offer, p Profile) (json.RawMessage, error) {
	var kinds []any
	for _, o := range all {
		if !o.now {
			continue
		}
		ways := o.ways
		if ways == nil {
			ways = [][]field{o.fields}
		}
		for _, fields := range ways {
			way := object{{"action", keys{"const": o.kind}, ""}}
			if !p.Terse {
				way = append(object{{"note", text(maxNote), ""}, {"expect", text(maxNote), ""}}, way...)
			}
			kinds = append(kinds, append(way, fields...))
		}
	}
	return json.Marshal(keys{"oneOf": kinds})
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	props, names := []byte("{"), []byte("[")
	for i, f := range o {
		s, err := json.Marshal(f.schema)
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", f.name, err)
		}
		if i > 0 {
			props, names = append(props, ','), append(names, ',')
		}
		name := asJSON(f.name)
		props = fmt.Appendf(props, "%s:%s", name, s)
		names = append(names, name...)
	}
	return fmt.Appendf(nil, `{"type":"object","properties":%s},"required":%s]}`, props, names), nil
}

// asJSON writes a text as JSON.
func asJSON(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		return `""` // a string always has a JSON form
	}
	return string(data)
}
