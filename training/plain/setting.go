package plain

import (
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// block is a setting on a page: its label, where that stands by itself, and what is chosen or written.
type block struct {
	row
	things []*world.Thing
	field  *world.Thing // what is to be used, of the one that is asked for
	want   string       // what it must hold in the end; of checkboxes and radios that is "on" or "off"
}

// Setting changes one of several settings.
func Setting(s *scene.Scene) {
	r := draw(s, settings(), 1, s.Home)
	p, in := settingsPage(s)
	b := &block{row: r}
	b.build(s, b.ask(s, in))
	blocks := [][]*world.Thing{b.things}
	if s.Impossible {
		blocks = nil
	}
	for _, o := range others(s, settings(), 1, s.IntN(6), r) {
		blocks = append(blocks, settled(s, o))
	}
	for range s.IntN(3) {
		blocks = append(blocks, words.Of(s.Source, []*world.Thing{world.Heading(s.Fresh(s.Label))}, []*world.Thing{world.Text(s.Sentence())}, settled(s, strange(s))))
	}
	s.Fill(p, words.Of(s.Source, 0, 0, 1, 2))
	for _, things := range words.Some(s.Source, len(blocks), blocks) {
		p.Body = append(p.Body, things...)
	}
	sift(s, p, r, b.things...)
	if s.Impossible {
		if s.Chance(0.6) {
			p.Body = append(p.Body, world.Button(words.Of(s.Source, keepers()...), nil))
		}
		missing(s, p)
		return
	}
	b.keep(s, p)
}

// settingsPage is a page for settings: any page that the goal names, or that of the settings. Where nothing else looks like it
// the goal need not name it.
func settingsPage(s *scene.Scene) (*world.Page, string) {
	text := shown(s, s.Home)
	lone := !hits(text, []string{"setting", "prefer", "option", "profile", "account", "config", "personal", "privacy", "security", "notif", "admin", "alert", "user", "control"})
	if !lone && s.Chance(0.5) || s.Chance(0.4) {
		p, in := s.Place()
		if in == "" && !lone { // one might as well look there
			a := s.Claim()
			s.Start, s.At = nil, a.Page
			p, in = a.Page, " in "+s.Quote(a.Name)
		}
		return p, in
	}
	name := s.FreshOf([]string{"Settings", "Preferences", "My settings", "Options", "Account settings", "Configuration", "Personal settings"})
	p := &world.Page{Title: name, Path: "/" + scene.Slug(name), Body: []*world.Thing{world.Heading(name)}}
	s.App.Header = slices.Insert(s.App.Header, s.IntN(len(s.App.Header)+1), world.Link(name, p))
	s.At = p
	if lone && s.Chance(0.6) {
		return p, ""
	}
	said := strings.ToLower(name)
	if !strings.HasPrefix(said, "my ") && s.Chance(0.5) {
		said = "the " + said
	}
	return p, words.Of(s.Source, " in ", " in ", " under ") + said
}

// ask draws what is wanted and says so: in words that the page does not have, or with the name of an option. It returns the
// options that are shown.
func (b *block) ask(s *scene.Scene, in string) []string {
	c := words.Of(s.Source, b.asked()...)
	about, named := strings.Split(b.heads[0], "/"), s.Chance(0.5)
	options := b.options()
	b.want = c.option
	switch first := b.list[0].option; {
	case strings.HasPrefix(first, "text:"):
		b.want = s.Value(strings.TrimPrefix(first, "text:"))
		value := s.Tell(b.label, b.want)
		if named {
			b.call(s, value, in)
		} else {
			wish(s, strings.ReplaceAll(c.clause(s), "{v}", value), in)
		}
		return nil
	case first == "on":
		if s.Chance(0.3) {
			say(s, c.option, "a", words.Of(s.Source, about...), "in", in)
		} else {
			wish(s, c.clause(s), in)
		}
		return nil
	case named:
		i := s.IntN(len(options))
		for j := range options { // words that no such list has must be read
			if s.Chance(0.15) {
				options[j] = s.Fresh(s.Name)
			}
		}
		b.want = options[i]
		said := words.Of(s.Source, b.want, `"`+b.want+`"`)
		if !strings.Contains(b.want, " ") && s.Chance(0.3) {
			said = strings.ToLower(b.want)
		}
		b.call(s, said, in)
	default:
		if s.Chance(0.3) {
			options = append(options, s.Fresh(s.Name))
		}
		wish(s, c.clause(s), in)
	}
	return options
}

// call says what is wanted of a setting that is called by other words.
func (b *block) call(s *scene.Scene, said, in string) {
	about := words.Of(s.Source, strings.Split(b.heads[0], "/")...)
	kind := "set"
	if first, _, _ := strings.Cut(about, " "); slices.Contains(strings.Fields("how what who whom which where when"), first) {
		kind = "how"
	}
	say(s, kind, "a", about, "o", said, "in", in)
}

// build makes the things of a setting, which does not hold yet what is wanted.
func (b *block) build(s *scene.Scene, options []string) {
	switch {
	case options == nil && (b.want == "on" || b.want == "off"):
		b.field = world.Checkbox(b.label, b.want == "off")
	case options == nil:
		old := s.Value(strings.TrimPrefix(b.list[0].option, "text:"))
		if old == b.want || s.Chance(0.2) {
			old = ""
		}
		b.field = world.Input(b.label, old)
	default:
		if s.Chance(0.3) {
			options = words.Some(s.Source, len(options), options)
		}
		now := words.Of(s.Source, slices.DeleteFunc(slices.Clone(options), func(o string) bool { return o == b.want })...)
		if s.Chance(0.5) {
			b.field = world.Select(b.label, now, options)
			break
		}
		b.things = append(b.things, world.Text(b.label))
		for _, o := range options {
			t := world.Radio(b.label, o, o == now)
			if b.things = append(b.things, t); o == b.want {
				b.field = t
			}
		}
		b.want = "on"
		return
	}
	b.things = append(b.things, b.field)
}

// settled are the things of a setting that nobody asks for and that must stay as it is.
func settled(s *scene.Scene, r row) []*world.Thing {
	b := &block{row: r}
	options := b.options()
	b.want = options[0]
	switch {
	case strings.HasPrefix(b.want, "text:"):
		options, b.want = nil, ""
	case b.want == "on":
		options, b.want = nil, words.Of(s.Source, "on", "off")
	}
	b.build(s, options)
	spoil := func(*world.App) { s.Spoiled = true }
	for _, t := range b.things {
		switch t.Role {
		case step.RoleCheckbox, step.RoleRadio:
			t.Click = spoil
		default:
			t.Change = spoil
		}
	}
	return b.things
}

// strange is a setting in words that no table has.
func strange(s *scene.Scene) row {
	r := row{label: s.Fresh(func() string { return s.Name() + words.Of(s.Source, "", " "+s.Word(), " of "+s.Word()) })}
	if s.Chance(0.4) {
		r.list = []choice{{option: "on"}, {option: "off"}}
		return r
	}
	for range 2 + s.IntN(3) {
		r.list = append(r.list, choice{option: s.Fresh(s.Name)})
	}
	return r
}

// keepers are words of buttons that keep changes.
func keepers() []string {
	return []string{"Save", "Save changes", "Apply", "Update preferences", "Save settings", "Store", "Update", "Keep changes", "Save preferences", "Apply changes"}
}

// keep is the way to the setting, which a button may have to keep.
func (b *block) keep(s *scene.Scene, p *world.Page) {
	saved := s.Finished
	if s.Finished {
		b.reach(p)
		s.Start = p
	}
	var button *world.Thing
	if s.Chance(0.7) {
		button = world.Button(words.Of(s.Source, keepers()...), func(a *world.App) {
			if saved = saved || b.field.Holds(b.want); saved {
				a.Say(words.Of(s.Source, "Saved.", "Your changes were saved.", "Updated.", "OK", "Your preferences were updated."))
			} else {
				a.Say("Nothing has changed.")
			}
		})
		beside := []*world.Thing{button}
		if s.Chance(0.25) {
			beside = append(beside, world.Button(words.Of(s.Source, "Cancel", "Reset", "Restore defaults", "Discard changes"), func(*world.App) { s.Spoiled = true }))
		}
		p.Body = append(p.Body, words.Some(s.Source, len(beside), beside)...)
	}
	s.Intents = append(s.Intents, scene.Unless(p, &saved, func(a *world.App) step.Action {
		if act := a.Fill(b.field, b.want); act != nil || button == nil {
			return act
		}
		return a.Use(button)
	}))
}

// reach makes a setting hold what is wanted.
func (b *block) reach(p *world.Page) {
	if !b.field.Role.Checkable() {
		b.field.Value = b.want
		return
	}
	for _, o := range p.Body {
		o.States.Checked = o.States.Checked && (o.Group == "" || o.Group != b.field.Group)
	}
	b.field.States.Checked = b.want == "on"
}
