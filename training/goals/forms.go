package goals

import (
	"strconv"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

func itoa(n int) string { return strconv.Itoa(n) }

// blank is a field of a form and what it must hold, "" for nothing in particular.
type blank struct {
	field *world.Thing
	want  string
	says  string // how the goal says it
}

// blanks makes n fields of which some are asked for.
func (s *maker) blanks(n int, inputs bool) []blank {
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

func (s *maker) blank() blank {
	switch k := s.Float64(); {
	case k < 0.7:
		label := s.FreshOf(words.Fields())
		return blank{field: world.Input(label, words.Of(s.Source, "", "", "", s.Value(label))), want: s.Value(label)}
	case k < 0.9:
		label, options := s.Choice()
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
	return blank{field: world.Checkbox(s.FreshOf(words.Switches()), false), want: "on"}
}

// setting says one field and its value.
func (s *maker) setting(b blank, inputs bool) string {
	label := b.field.Name
	if b.field.Role == step.RoleCheckbox {
		return s.Quote(label) + words.Of(s.Source, " ticked", " on", " checked")
	}
	if inputs {
		s.Input(label, b.want)
		return ""
	}
	v := s.Tell(label, b.want)
	if s.Chance(0.4) {
		label = strings.ToLower(label)
	}
	return words.Of(s.Source, label+" "+v, label+" "+v, label+" = "+v, v+" as "+label, v+" for "+label, label+": "+v, "the "+label+" "+v)
}

// form fills in and sends a form.
func form(s *maker) {
	p, in := s.Place()
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
		s.Say("form_inputs", "in", in)
	} else {
		s.Say("form", "set", strings.Join(set, words.Of(s.Source, ", ", " and ", "; ", ", ")), "in", in)
	}
	if s.Chance(0.5) {
		s.Add(p, world.Heading(words.Of(s.Source, "New entry", "New request", "Please fill in the form", s.Fresh(s.Label))))
	}
	required := s.Chance(0.3)
	for _, b := range list {
		b.field.States.Required = required && b.want != ""
		p.Body = append(p.Body, b.field)
	}
	s.Intents = append(s.Intents, s.sending(p, list))
}

// sheet is a form that is being sent, perhaps by way of a page or a dialog that asks once more.
type sheet struct {
	page, review   *world.Page
	list           []blank
	button, second *world.Thing // of the form, of the review
	sent           bool
}

// sending adds the buttons to a form.
func (s *maker) sending(p *world.Page, list []blank) scene.Intent {
	f := &sheet{page: p, list: list}
	label := words.Of(s.Source, "Submit", "Send", "Save", "Create", "Confirm", "Apply", "Register", "Continue", "Send request", "Add entry", "OK")
	thanks := words.Of(s.Source, "Thank you. Your entry was received.", "Saved.", "Your request was sent.", "The entry was created.", "Done: reference "+s.Code())
	finish := func(a *world.App) {
		f.sent = true
		if s.Chance(0.5) {
			a.Go(&world.Page{Title: words.Of(s.Source, "Thank you", "Sent", "Confirmation"), Path: p.Path + "/done", Body: []*world.Thing{world.Text(thanks), world.Link("Back to the list", s.Stub)}})
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
		f.review = &world.Page{Title: "Check your entries", Path: p.Path + "/check"}
		send = func(a *world.App) { a.Go(f.review) }
	}
	f.button = world.Button(label, func(a *world.App) {
		for _, b := range list {
			b.field.States.Invalid = false
		}
		for _, b := range list {
			if b.want != "" && !b.field.Holds(b.want) {
				a.Say("Please check " + b.field.Name + ".")
				b.field.States.Invalid = b.field.States.Required
				return
			}
		}
		send(a)
	})
	f.button.Safe = true // who presses it too early is told what is missing
	f.second = world.Button(words.Of(s.Source, "Submit", "Confirm", "Send now", "Finish"), finish)
	f.repeat()
	buttons := []*world.Thing{f.button}
	if s.Chance(0.5) {
		buttons = append(buttons, world.Link(words.Of(s.Source, "Cancel", "Back", "Discard"), s.Home))
	}
	s.Add(p, words.Some(s.Source, len(buttons), buttons)...)
	return f.way
}

// repeat writes what was entered on the page that asks once more.
func (f *sheet) repeat() {
	if f.review == nil {
		return
	}
	f.review.Body = []*world.Thing{world.Heading("Please check your entries")}
	for _, b := range f.list {
		if b.want != "" {
			f.review.Body = append(f.review.Body, world.Text(b.field.Name+": "+b.want))
		}
	}
	f.review.Body = append(f.review.Body, world.Link("Back", f.page), f.second)
}

// way is the expert at the form.
func (f *sheet) way(a *world.App) step.Action {
	switch {
	case f.sent:
		return nil
	case a.Dialog():
		return step.DialogAct{Accept: true}
	case f.review != nil && a.Page() == f.review:
		return a.Use(f.second)
	}
	if act := a.Reach(f.page); act != nil {
		return act
	}
	for _, b := range f.list {
		if b.want != "" {
			if act := a.Fill(b.field, b.want); act != nil {
				return act
			}
		}
	}
	return a.Use(f.button)
}

// wizard is a form on several pages.
func wizard(s *maker) {
	p, in := s.Place()
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
	s.Say("wizard", "set", strings.Join(all, ", "), "in", in)
	next := words.Of(s.Source, "Next", "Continue", "Go on")
	steps := make([]scene.Intent, n)
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
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
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
