package gen

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

func itoa(n int) string { return strconv.Itoa(n) }

func contains(text, part string) bool { return strings.Contains(text, part) }

// inOrder goes through pairs of a field and the value it must hold.
func inOrder(pairs ...any) iter.Seq2[*world.Thing, string] {
	return func(yield func(*world.Thing, string) bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			f, _ := pairs[i].(*world.Thing)
			v, _ := pairs[i+1].(string)
			if !yield(f, v) {
				return
			}
		}
	}
}

// blank is a field of a form and what it must hold, "" for nothing in particular.
type blank struct {
	field *world.Thing
	want  string
	says  string // how the goal says it
}

// blanks makes n fields of which some are asked for.
func (s *scene) blanks(n int, inputs bool) []blank {
	var out []blank
	for i := range n {
		b := s.blank()
		if i > 0 && s.Chance(0.3) {
			b.want = ""
		}
		if b.want != "" {
			b.says = s.setting(b, inputs)
		}
		out = append(out, b)
	}
	return words.Some(s.Source, len(out), out)
}

func (s *scene) blank() blank {
	switch k := s.Float64(); {
	case k < 0.7:
		label := s.freshOf(words.Fields())
		return blank{field: world.Input(label, words.Of(s.Source, "", "", "", s.Value(label))), want: s.Value(label)}
	case k < 0.9:
		label, options := s.choice()
		first := words.Of(s.Source, options[0], "", "Please choose")
		if first == "Please choose" {
			options = append([]string{first}, options...)
		}
		t := world.Select(label, first, options)
		want := words.Of(s.Source, options...)
		if want == first || want == "Please choose" {
			want = options[len(options)-1]
		}
		return blank{field: t, want: want}
	}
	return blank{field: world.Checkbox(s.freshOf(words.Switches()), false), want: "on"}
}

// choice is a label with its options, at most seven.
func (s *scene) choice() (string, []string) {
	all := words.Choices()
	var labels []string
	for l := range all {
		labels = append(labels, l)
	}
	sortStrings(labels)
	for range 10 {
		l := words.Of(s.Source, labels...)
		if !s.used[strings.ToLower(l)] {
			s.used[strings.ToLower(l)] = true
			return l, words.Some(s.Source, 3+s.IntN(5), all[l])
		}
	}
	var options []string
	for range 3 + s.IntN(3) {
		options = append(options, s.Name())
	}
	return s.fresh(s.Label), options
}

// setting says one field and its value.
func (s *scene) setting(b blank, inputs bool) string {
	label := b.field.Name
	if b.field.Role == step.RoleCheckbox {
		return s.q(label) + words.Of(s.Source, " ticked", " on", " checked")
	}
	if inputs {
		s.input(label, b.want)
		return ""
	}
	v := s.value(label, b.want)
	if s.Chance(0.4) {
		label = strings.ToLower(label)
	}
	return words.Of(s.Source, label+" "+v, label+" "+v, label+" = "+v, v+" as "+label, v+" for "+label, label+": "+v, "the "+label+" "+v)
}

// form fills in and sends a form.
func form(s *scene) {
	p, in := s.place()
	inputs := s.Chance(0.3)
	list := s.blanks(1+s.IntN(words.Of(s.Source, 3, 5, 6)), inputs)
	var set []string
	for _, b := range list {
		if b.want != "" && b.says != "" {
			set = append(set, b.says)
		}
	}
	if len(set) == 0 || inputs && s.Chance(0.85) {
		for i, b := range list { // what is not said is not asked for
			if b.field.Role == step.RoleCheckbox || !inputs {
				list[i].want = ""
			}
		}
		s.say("form_inputs", "in", in)
	} else {
		s.say("form", "set", strings.Join(set, words.Of(s.Source, ", ", " and ", "; ", ", ")), "in", in)
	}
	if s.Chance(0.5) {
		s.add(p, world.Heading(words.Of(s.Source, "New entry", "New request", "Please fill in the form", s.fresh(s.Label))))
	}
	for _, b := range list {
		p.Body = append(p.Body, b.field)
	}
	s.intents = append(s.intents, s.sending(p, list))
}

// sending adds the buttons to a form, and perhaps a page or a dialog that asks once more.
func (s *scene) sending(p *world.Page, list []blank) intent {
	sent, review := false, (*world.Page)(nil)
	label := words.Of(s.Source, "Submit", "Send", "Save", "Create", "Confirm", "Apply", "Register", "Continue", "Send request", "Add entry", "OK")
	thanks := words.Of(s.Source, "Thank you. Your entry was received.", "Saved.", "Your request was sent.", "The entry was created.", "Done: reference "+s.Code())
	finish := func(a *world.App) {
		sent = true
		if s.Chance(0.5) {
			a.Go(&world.Page{Title: words.Of(s.Source, "Thank you", "Sent", "Confirmation"), Path: p.Path + "/done", Body: []*world.Thing{world.Text(thanks), world.Link("Back to the list", s.stub)}})
			return
		}
		a.Say(thanks)
	}
	send := finish
	switch k := s.Float64(); {
	case k < 0.12:
		send = func(a *world.App) {
			a.Confirm(words.Of(s.Source, "Send this now?", "Are you sure?", "Submit the form?"), nil, finish)
		}
	case k < 0.25:
		review = &world.Page{Title: "Check your entries", Path: p.Path + "/check"}
		send = func(a *world.App) { a.Go(review) }
	}
	button := world.Button(label, func(a *world.App) {
		for _, b := range list {
			if b.want != "" && !holds(b) {
				a.Say("Please check " + b.field.Name + ".")
				return
			}
		}
		send(a)
	})
	second := world.Button(words.Of(s.Source, "Submit", "Confirm", "Send now", "Finish"), finish)
	if review != nil {
		review.Body = []*world.Thing{world.Heading("Please check your entries")}
		for _, b := range list {
			if b.want != "" {
				review.Body = append(review.Body, world.Text(b.field.Name+": "+b.want))
			}
		}
		review.Body = append(review.Body, world.Link("Back", p), second)
	}
	buttons := []*world.Thing{button}
	if s.Chance(0.5) {
		buttons = append(buttons, world.Link(words.Of(s.Source, "Cancel", "Back", "Discard"), s.home))
	}
	s.add(p, words.Some(s.Source, len(buttons), buttons)...)
	return func(a *world.App) step.Action {
		switch {
		case sent:
			return nil
		case a.Dialog():
			return step.DialogAct{Accept: true}
		case review != nil && a.Page() == review:
			return a.Use(second)
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		for _, b := range list {
			if b.want != "" {
				if act := a.Fill(b.field, b.want); act != nil {
					return act
				}
			}
		}
		return a.Use(button)
	}
}

func holds(b blank) bool {
	if b.field.Role.Checkable() {
		return b.field.States.Checked == (b.want == "on")
	}
	return b.field.Value == b.want
}

// edit changes one field of several that are filled in.
func edit(s *scene) {
	p, in := s.place()
	var list []blank
	for range 1 + s.IntN(5) {
		label := s.freshOf(words.Fields())
		list = append(list, blank{field: world.Input(label, s.Value(label))})
	}
	k := s.IntN(len(list))
	list[k].want = s.Value(list[k].field.Name)
	s.say("edit", "label", s.q(list[k].field.Name), "value", s.value(list[k].field.Name, list[k].want), "in", in)
	for _, b := range list {
		p.Body = append(p.Body, b.field)
	}
	s.intents = append(s.intents, s.saving(p, list[k:k+1]))
}

// saving is the intent of changes on a page that may have a button to keep them.
func (s *scene) saving(p *world.Page, list []blank) intent {
	if s.finished {
		for _, b := range list {
			b.field.Value = b.want
			if b.field.Role.Checkable() {
				b.field.States.Checked = b.want == "on"
			}
		}
		s.start = p
	}
	saved := s.finished
	var button *world.Thing
	if s.Chance(0.7) {
		button = world.Button(words.Of(s.Source, "Save", "Save changes", "Apply", "Update", "Save settings", "Store"), func(a *world.App) {
			ok := true
			for _, b := range list {
				ok = ok && holds(b)
			}
			if ok {
				saved = true
				a.Say(words.Of(s.Source, "Saved.", "Your changes were saved.", "Updated.", "OK"))
			} else {
				a.Say("Nothing has changed.")
			}
		})
		s.add(p, button)
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
func toggle(s *scene) {
	p, in := s.place()
	var list []*world.Thing
	for range 1 + s.IntN(6) {
		label := s.fresh(s.Label)
		if s.Chance(0.5) {
			label = s.freshOf(words.Switches())
		}
		list = append(list, world.Checkbox(label, s.Chance(0.5)))
	}
	t := words.Of(s.Source, list...)
	want := words.Of(s.Source, "on", "off")
	t.States.Checked = want == "off"
	for _, o := range list {
		if o != t {
			o.Click = func(*world.App) { s.spoiled = true }
		}
	}
	p.Body = append(p.Body, list...)
	s.say(want, "x", s.q(t.Name), "in", in)
	if s.impossible {
		t.Gone = true
		s.intents = append(s.intents, s.missing(p))
		return
	}
	s.intents = append(s.intents, s.saving(p, []blank{{field: t, want: want}}))
}

// option chooses one option of a select or one of several radios.
func option(s *scene) {
	p, in := s.place()
	for range s.IntN(3) {
		l, options := s.choice()
		p.Body = append(p.Body, world.Select(l, options[0], options))
	}
	label, options := s.choice()
	want := options[1+s.IntN(len(options)-1)]
	target := blank{want: want}
	if s.Chance(0.65) {
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
	said := want
	if s.Chance(0.5) {
		said = fmt.Sprintf("%q", want)
	}
	s.say("option", "label", s.q(label), "value", said, "in", in)
	s.intents = append(s.intents, s.saving(p, []blank{target}))
}

// wizard is a form on several pages.
func wizard(s *scene) {
	p, in := s.place()
	n := 2 + s.IntN(2)
	pages := []*world.Page{p}
	for i := 1; i < n; i++ {
		pages = append(pages, &world.Page{Title: "Step " + itoa(i+1), Path: p.Path + "/" + itoa(i+1)})
	}
	var all []string
	var lists [][]blank
	for range pages {
		list := s.blanks(1+s.IntN(2), false)
		for _, b := range list {
			if b.want != "" {
				all = append(all, b.says)
			}
		}
		lists = append(lists, list)
	}
	s.say("wizard", "set", strings.Join(all, ", "), "in", in)
	next := words.Of(s.Source, "Next", "Continue", "Go on")
	steps := make([]intent, n)
	for i, page := range pages {
		for _, b := range lists[i] {
			page.Body = append(page.Body, b.field)
		}
		if i == n-1 {
			steps[i] = s.sending(page, lists[i])
			continue
		}
		button := world.Button(next, func(a *world.App) { a.Go(pages[i+1]) })
		page.Body = append(page.Body, button)
		steps[i] = func(a *world.App) step.Action {
			for _, b := range lists[i] {
				if b.want != "" {
					if act := a.Fill(b.field, b.want); act != nil {
						return act
					}
				}
			}
			return a.Use(button)
		}
	}
	s.intents = append(s.intents, func(a *world.App) step.Action {
		for i := n - 2; i >= 0; i-- {
			if a.Page() == pages[i] {
				return steps[i](a)
			}
		}
		if act := steps[n-1](a); act == nil || a.Page() == pages[n-1] || a.Dialog() || strings.HasSuffix(a.Page().Path, "/check") {
			return act
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		return step.Back{}
	})
}
