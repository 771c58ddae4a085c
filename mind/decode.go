package mind

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chiron/mind/reply"
	"chiron/step"
	"chiron/vision"
)

// decode reads an answer into a proposal. What does not fit is an error in words that the model can act on.
func decode(answer string, l Look, p Profile, all []offer, out *step.Proposal) error {
	fields, err := reply.Object(answer)
	if err != nil {
		return err
	}
	for name, to := range map[string]*string{"note": &out.Note, "expect": &out.Expect} {
		*to = ""
		if raw, ok := fields[name]; ok {
			if err := json.Unmarshal(raw, to); err != nil {
				return fmt.Errorf("%q is not a text", name)
			}
			*to = foreign(*to, maxNote)
			delete(fields, name)
		}
	}
	if err := offered(fields, all); err != nil {
		return err
	}
	if err := pointsOf(fields, l, p); err != nil {
		return err
	}
	if err := keyOf(fields); err != nil {
		return err
	}
	rest, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	action, err := step.ParseAction(rest)
	if err != nil {
		return err
	}
	out.Action = step.Act{Action: action}
	return known(action, l, p)
}

// offered reports a kind of action that is not possible now, and fields that are not asked for.
func offered(fields map[string]json.RawMessage, all []offer) error {
	var kind step.Kind
	if raw := fields["action"]; raw != nil && json.Unmarshal(raw, &kind) != nil {
		return errors.New(`"action" is not a text`)
	}
	var kinds []string
	for _, o := range all {
		if !o.now {
			continue
		}
		if o.kind == kind {
			return o.holds(fields)
		}
		kinds = append(kinds, string(o.kind))
	}
	return fmt.Errorf("%q is not an action that is possible now; choose one of %s", string(kind), strings.Join(kinds, ", "))
}

// holds reports fields that do not belong to this kind of action.
func (o offer) holds(fields map[string]json.RawMessage) error {
	names := []string{"action"}
	for _, f := range o.fields {
		names = append(names, f.name)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%q does not belong to %s; its fields are %s", name, o.kind, strings.Join(names, ", "))
		}
	}
	return nil
}

// keyOf writes a key in its canonical spelling.
func keyOf(fields map[string]json.RawMessage) error {
	var key string
	if fields["key"] == nil || json.Unmarshal(fields["key"], &key) != nil {
		return nil
	}
	c, err := step.ParseChord(key)
	if err != nil {
		return err
	}
	fields["key"], err = json.Marshal(c.String())
	return err
}

// pointsOf turns the places of an action into points: where it begins and, of a drag, where it ends.
func pointsOf(fields map[string]json.RawMessage, l Look, p Profile) error {
	if err := pointOf(fields, l, p); err != nil {
		return err
	}
	var to map[string]json.RawMessage
	if fields["to"] == nil || json.Unmarshal(fields["to"], &to) != nil {
		return nil // what it is instead is said by who reads the action
	}
	end := offer{kind: "the end of a drag", fields: targetFields(l, p)}
	if err := end.holds(to); err != nil {
		return err
	}
	if err := pointOf(to, l, p); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	var err error
	fields["to"], err = json.Marshal(to)
	return err
}

// pointOf turns x and y into a point in page pixels. Outside is an error: no clamp, no snap.
func pointOf(fields map[string]json.RawMessage, l Look, p Profile) error {
	if fields["x"] == nil && fields["y"] == nil {
		return nil
	}
	var x, y float64
	if json.Unmarshal(fields["x"], &x) != nil || json.Unmarshal(fields["y"], &y) != nil {
		return errors.New(`"x" and "y" must be two numbers`)
	}
	first, second := x, y
	if p.Space == vision.Space1000YX || p.Space == vision.SpacePixelYX {
		first, second = y, x
	}
	view := vision.Whole(l.size())
	view.Size = p.Seen
	point, err := view.ToPage(p.Space, first, second)
	if err != nil {
		return fmt.Errorf("the point (%v,%v) is outside the picture: %w", x, y, err)
	}
	delete(fields, "x")
	delete(fields, "y")
	fields["point"], err = json.Marshal(point)
	return err
}

// known checks what an action refers to: marks of this screen and names of known values. What a prompt shows in a secret's place is
// none.
func known(action step.Action, l Look, p Profile) error {
	data, err := json.Marshal(step.Act{Action: action})
	if err != nil {
		return err
	}
	if text := typed(action); strings.Contains(text, "***") && strings.Trim(text, "* ") == "" {
		return fmt.Errorf("*** stands for a secret; type its name; %s", nameList(l.Values))
	}
	names := step.Names(string(data))
	count := 0
	for _, name := range names {
		count += strings.Count(string(data), "{{"+name+"}}")
		if _, ok := l.Values.Lookup(name); !ok {
			return fmt.Errorf("there is no value named %q; %s", name, nameList(l.Values))
		}
	}
	if strings.Count(string(data), "{{") > count {
		return fmt.Errorf("double braces hold the name of a known value and nothing else; %s", nameList(l.Values))
	}
	for _, mark := range marksOf(action) {
		if p.Sight == step.SightPixels {
			return errors.New("the picture has no marks; give the value")
		}
		if _, ok := l.Screen.Item(mark); !ok {
			return fmt.Errorf("there is no mark %d; marks go from 1 to %d", mark, len(l.Screen.Items))
		}
	}
	return nil
}

// typed is the text that an action types.
func typed(action step.Action) string {
	switch a := action.(type) {
	case step.Type:
		return a.Value
	case step.DialogAct:
		return a.Text
	}
	return ""
}

func nameList(v step.Values) string {
	var names []string
	for _, n := range v {
		names = append(names, n.Name)
	}
	if len(names) == 0 {
		return "no values are known"
	}
	return "known are " + strings.Join(names, ", ")
}

// marksOf returns the marks that an offered action refers to.
func marksOf(action step.Action) []int {
	var marks []int
	switch a := action.(type) {
	case step.Click:
		marks = []int{a.Mark}
	case step.Type:
		marks = []int{a.Mark}
	case step.Select:
		marks = []int{a.Mark}
	case step.Upload:
		marks = []int{a.Mark}
	case step.Hover:
		marks = []int{a.Mark}
	case step.Drag:
		marks = []int{a.Mark, a.To.Mark}
	case step.Scroll:
		marks = []int{a.Mark}
	case step.Done:
		for _, c := range a.Result {
			marks = append(marks, c.Mark)
		}
	}
	return slices.DeleteFunc(marks, func(mark int) bool { return mark == 0 })
}
