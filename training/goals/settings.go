package goals

import (
	"fmt"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// edit changes one field of several that are filled in.
func edit(s *maker) {
	p, in := s.Place()
	var list []blank
	for range 1 + s.IntN(5) {
		label := s.FreshOf(words.Fields())
		list = append(list, blank{field: world.Input(label, s.Value(label))})
	}
	k := s.IntN(len(list))
	list[k].want = s.Value(list[k].field.Name)
	s.Say("edit", "label", s.Quote(list[k].field.Name), "value", s.Tell(list[k].field.Name, list[k].want), "in", in)
	for _, b := range list {
		p.Body = append(p.Body, b.field)
	}
	s.Intents = append(s.Intents, s.saving(p, list[k:k+1]))
}

// saving is the intent of changes on a page that may have a button to keep them.
func (s *maker) saving(p *world.Page, list []blank) scene.Intent {
	if s.Finished {
		for _, b := range list {
			if !b.field.Role.Checkable() {
				b.field.Value = b.want
				continue
			}
			for _, o := range p.Body {
				o.States.Checked = o.States.Checked && (o.Group == "" || o.Group != b.field.Group)
			}
			b.field.States.Checked = b.want == "on"
		}
		s.Start = p
	}
	saved := s.Finished
	var button *world.Thing
	if s.Chance(0.7) {
		button = world.Button(words.Of(s.Source, "Save", "Save changes", "Apply", "Update", "Save settings", "Store"), func(a *world.App) {
			ok := true
			for _, b := range list {
				ok = ok && b.field.Holds(b.want)
			}
			if ok {
				saved = true
				a.Say(words.Of(s.Source, "Saved.", "Your changes were saved.", "Updated.", "OK"))
			} else {
				a.Say("Nothing has changed.")
			}
		})
		s.Add(p, button)
	}
	return func(a *world.App) step.Action {
		if saved {
			return nil
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		for _, b := range list {
			if act := a.Fill(b.field, b.want); act != nil {
				return act
			}
		}
		if button != nil {
			return a.Use(button)
		}
		return nil
	}
}

// toggle switches one of several things on or off.
func toggle(s *maker) {
	p, in := s.Place()
	var list []*world.Thing
	hints := map[string]string{}
	for range 1 + s.IntN(6) {
		label := s.Fresh(s.Label)
		if k := s.Float64(); k < 0.25 {
			var hint string
			label, hint = s.Wish()
			if s.Used[strings.ToLower(label)] {
				continue
			}
			s.Used[strings.ToLower(label)] = true
			hints[label] = hint
		} else if k < 0.6 {
			label = s.FreshOf(words.Switches())
		}
		list = append(list, world.Checkbox(label, s.Chance(0.5)))
	}
	if len(list) == 0 {
		list = append(list, world.Checkbox(s.Fresh(s.Label), false))
	}
	t := words.Of(s.Source, list...)
	want := words.Of(s.Source, "on", "off")
	t.States.Checked = want == "off"
	for _, o := range list {
		if o != t {
			o.Click = func(*world.App) { s.Spoiled = true }
		}
	}
	p.Body = append(p.Body, list...)
	said := s.Quote(t.Name)
	if hint := hints[t.Name]; hint != "" && s.Chance(0.7) {
		said = hint
	}
	s.Say(want, "x", said, "in", in)
	if s.Impossible {
		t.Gone = true
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Intents = append(s.Intents, s.saving(p, []blank{{field: t, want: want}}))
}

// option chooses one option of a select or one of several radios.
func option(s *maker) {
	p, in := s.Place()
	s.others(p)
	label, options := s.Choice()
	want := options[1+s.IntN(len(options)-1)]
	target := blank{want: want}
	if s.Chance(0.5) {
		target.field = world.Select(label, options[0], options)
		p.Body = append(p.Body, target.field)
	} else {
		p.Body = append(p.Body, world.Text(label))
		for i, o := range options {
			r := world.Radio(label, o, i == 0)
			if o == want {
				target = blank{field: r, want: "on"}
			}
			p.Body = append(p.Body, r)
		}
	}
	said := words.Of(s.Source, want, strings.ToLower(want), fmt.Sprintf("%q", want), fmt.Sprintf("%q", want))
	called := s.Quote(label)
	if s.Chance(0.4) {
		called = "the " + strings.ToLower(label)
	}
	s.others(p)
	s.Say("option", "label", called, "value", said, "in", in)
	s.Intents = append(s.Intents, s.saving(p, []blank{target}))
}

// others are settings that the goal does not speak of.
func (s *maker) others(p *world.Page) {
	for range s.IntN(4) {
		switch s.IntN(4) {
		case 0:
			l := s.FreshOf(words.Fields())
			p.Body = append(p.Body, world.Input(l, s.Value(l)))
		case 1:
			p.Body = append(p.Body, world.Checkbox(s.FreshOf(words.Switches()), s.Chance(0.5)))
		case 2:
			p.Body = append(p.Body, world.Heading(s.Fresh(s.Label)))
		default:
			l, options := s.Choice()
			p.Body = append(p.Body, world.Select(l, options[0], options))
		}
	}
}
