package desk

import (
	"fmt"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// blank is a field of a request, what it must hold, and how people say so without its label.
type blank struct {
	field *world.Thing
	want  string
	draw  func() string // another value
	first string        // what is entered before want: the form refuses it, or it is set right after a look at all of it
	says  string
	hint  *world.Thing   // what is wrong, shown where the form does not take it; nil where it says so at its head alone
	group []*world.Thing // label and radios, where the field is one of them
}

// Request hands in something new, said in words of every day: "42 euros for lunch on Monday", not "Amount: 42".
func Request(s *scene.Scene) {
	p, in := s.Home, "" // an overview, which leads to the form and has others
	if s.At = p; len(s.Intents) > 0 || s.Start != nil || s.Chance(0.75) {
		p, in = s.Place()
	}
	what := strings.ToLower(s.FreshOf([]string{"expense", "request", "claim", "ticket", "report", "application", "booking", "order"})) // nothing else on the page makes one
	f := &paper{src: s.Source, page: p, list: blanks(s, what)}
	var set []string
	for _, b := range f.list {
		if b.want != "" {
			set = append(set, b.says)
		}
	}
	article := "a "
	if strings.ContainsRune("aeio", rune(what[0])) {
		article = "an "
	}
	f.behind(s, what)
	kind := "request"
	if first := rune(set[0][0]); strings.ContainsRune(`"{`, first) && f.opener == nil && s.Chance(0.2) {
		kind = "request_bare" // what is to be made is seen from the form alone
	}
	s.Say(kind, "a ", article, "what", what, "set", strings.Join(set, words.Of(s.Source, " ", ", ", " ")), "in", in)
	f.second(s)
	f.buttons(s, what)
	s.Intents = append(s.Intents, f.way)
}

// blanks are the fields of a request in the order in which the goal says them.
func blanks(s *scene.Scene, what string) []blank {
	var list []blank
	text := func(labels []string, draw func() string, name string, ways ...string) {
		t, value := world.Input(words.Of(s.Source, labels...), ""), draw()
		said := `"` + value + `"`
		if s.Chance(0.33) {
			said = s.Input(name, value)
		}
		list = append(list, blank{field: t, want: value, draw: draw, says: fmt.Sprintf(words.Of(s.Source, ways...), said)})
	}
	if s.Chance(0.6) {
		text([]string{"Amount", "Sum", "Total", "Price"}, func() string { return fmt.Sprintf("%d.%02d", 1+s.IntN(300), s.IntN(100)) }, "amount", "%s euros", "of %s euros", "over %s dollars", "of %s", "with the amount %s")
	}
	text([]string{"Description", "Title", "Subject", "Purpose", "Reason", "Summary"}, func() string { return words.Of(s.Source, s.Item(), s.Sentence(), s.Name()+" "+s.Word()) }, words.Of(s.Source, "about", "text", "title", "subject"), "for %s", "about %s", "titled %s", "%s")
	if s.Chance(0.5) {
		text([]string{"Date", "Day", "Due date", "When"}, s.Date, words.Of(s.Source, "day", "date"), "on %s", "dated %s", "for the day %s")
	}
	if s.Chance(0.6) {
		label, options := words.Of(s.Source, "Category", "Priority", "Department", "Type"), []string(nil)
		options = s.Options(3+s.IntN(4), words.Choices()[label])
		want := options[1+s.IntN(len(options)-1)]
		first := words.Of(s.Source, options[0], "Choose one", "Please choose")
		if first != options[0] {
			options = append([]string{first}, options...)
		}
		said := words.Of(s.Source, want, want, strings.ToLower(want))
		way := fmt.Sprintf(words.Of(s.Source, "with %[2]s %[1]s", "(%[1]s)", "%[2]s %[1]s", "as %[1]s", "under %[1]s"), said, strings.ToLower(label))
		b := blank{field: world.Select(label, first, options), want: want, says: way}
		if way = fmt.Sprintf("with %s %s", said, strings.ToLower(label)); s.Chance(0.35) {
			b = radios(label, options, want)
			b.says = words.Of(s.Source, b.says, way, way)
		}
		list = append(list, b)
	}
	if s.Chance(0.2) {
		list = append(list, file(s))
	}
	if s.Chance(0.4) { // and one that is not asked for
		list = append(list, blank{field: world.Input(words.Of(s.Source, "Comment (optional)", "Receipt number", "Phone", "Cost center", "More details", "What happened?", "Anything else?"), "")})
	}
	for i, b := range list {
		s.Used[strings.ToLower(b.field.Name)] = true
		if s.Chance(0.5) {
			list[i].hint = world.Text(words.Of(s.Source, "Please enter something here.", "Please choose one.", "This is not allowed.", "Needed.", "Please check this."))
			list[i].hint.Gone = true
		}
	}
	return list
}

// radios are a choice that stands open.
func radios(label string, options []string, want string) blank {
	b := blank{want: "on", says: strings.ToLower(label) + " " + want, group: []*world.Thing{world.Text(label)}}
	for i, o := range options {
		r := world.Radio(label, o, i == 0)
		b.group = append(b.group, r)
		if o == want {
			b.field = r
		}
	}
	return b
}

// paper is a request that is being written.
type paper struct {
	src             *words.Source
	page, review    *world.Page
	before          *world.Page // where opener stands
	list            []blank
	opener          *world.Thing // shows the form, nil where it stands open
	button, confirm *world.Thing // of the form, of the review
	back            *world.Thing // of the review; what else leads to the form may lose what was entered
	turns           bool         // the first value is looked at and set right, not refused
	tried           bool         // the first value was refused, or looked at
	sent            bool
}

// behind puts the fields on the page in an order of their own, perhaps behind a button that shows them.
func (f *paper) behind(s *scene.Scene, what string) {
	var fields []*world.Thing
	for _, b := range words.Some(s.Source, len(f.list), f.list) {
		if b.group != nil {
			fields = append(fields, b.group...)
		} else {
			fields = append(fields, b.field)
		}
		if b.hint != nil {
			fields = append(fields, b.hint)
		}
		if b.field.Role == step.RoleInput && s.Chance(0.2) {
			fields = append(fields, words.Of(s.Source, world.Text("€"), world.Text("In euros, for example "+s.Number(99)+".50"), world.Text("Required"), world.Text("A few words are enough.")))
		}
		if s.Chance(0.1) && len(s.Task.Files) == 0 {
			fields = append(fields, attachment(s))
		}
		if s.Chance(0.2) {
			fields = append(fields, world.Text(s.Sentence()))
		}
	}
	if s.Chance(0.4) || f.page == s.Home {
		form := &world.Page{Title: "New " + what, Path: f.page.Path + "/new", Body: []*world.Thing{world.Heading("New " + what)}}
		f.opener = world.Button(words.Of(s.Source, "New ", "Add ", "Create ", "Open a ")+what, nil)
		f.opener.To = form
		if s.Chance(0.4) {
			f.opener.Role = step.RoleLink
		}
		s.Add(f.page, f.opener)
		s.Fill(f.page, s.IntN(4))
		if s.Chance(0.3) {
			s.Lanes(f.page)
		} else {
			s.Board(f.page)
		}
		if f.page == s.Home && !s.Few && s.Chance(0.6) {
			f.page.Body = append(f.page.Body, s.Tool()...)
		}
		form.Bare = s.Chance(0.5) // a form before everything else
		f.before, f.page = f.page, form
	}
	f.page.Body = append(f.page.Body, fields...)
}

// buttons send the request, perhaps by way of a page that asks once more.
func (f *paper) buttons(s *scene.Scene, what string) {
	thanks := words.Of(s.Source, "Thank you. Your "+what+" was received.", "Saved.", "Your "+what+" was submitted.", "Created "+s.Code())
	finish := func(a *world.App) {
		f.sent, s.Spoiled = true, s.Spoiled || !f.right()
		if f.before != nil && s.Chance(0.5) {
			a.Go(f.before)
		} else if s.Chance(0.5) {
			a.Go(&world.Page{Title: words.Of(s.Source, s.Code(), "Thank you", "Sent"), Path: f.page.Path + "/done", Body: []*world.Thing{world.Heading(thanks)}})
		}
		a.Say(thanks)
	}
	send := finish
	if f.turns || s.Chance(0.35) {
		f.review = &world.Page{Title: words.Of(s.Source, "Check your "+what, "Review", "New "+what), Path: f.page.Path + "/check"}
		f.confirm = world.Button(words.Of(s.Source, "Submit", "Confirm", "Submit "+what, "Send now"), finish)
		send = func(a *world.App) {
			f.back = world.Link(words.Of(s.Source, "Back", "Back", "Back", "Back to the form", "Change", "Edit"), f.page)
			f.review.Body = []*world.Thing{world.Heading(words.Of(s.Source, "Check before you submit", "Is everything right?"))}
			for _, b := range f.list {
				if b.field.Value != "" && !b.field.Role.Checkable() {
					f.review.Body = append(f.review.Body, world.Text(b.field.Name), world.Text(b.field.Value))
				}
			}
			f.review.Body = append(f.review.Body, f.back, f.confirm)
			f.tried = f.tried || f.turns
			a.Go(f.review)
		}
	}
	label := words.Of(s.Source, "Submit", "Send", "Create", "Continue", "Save", "Create "+what, "Next")
	if f.turns { // so that it can be known that this is not the end
		label = words.Of(s.Source, "Continue", "Next", "Check", "Review")
	}
	f.button = world.Button(label, func(a *world.App) {
		if f.check(a) {
			send(a)
		}
	})
	f.button.Safe = true // who presses it too early is told what is missing
	list := []*world.Thing{f.button}
	if s.Chance(0.5) {
		list = append([]*world.Thing{world.Link(words.Of(s.Source, "Cancel", "Back"), s.Home)}, list...)
	}
	f.page.Body = append(f.page.Body, list...)
}

// way is the expert who hands it in.
func (f *paper) way(a *world.App) step.Action {
	switch {
	case f.sent:
		return nil
	case f.review != nil && a.Page() == f.review && f.right():
		return a.Use(f.confirm)
	case f.review != nil && a.Page() == f.review:
		return a.Use(f.back)
	}
	if act := a.Reach(f.page); act != nil {
		return act
	}
	for _, b := range f.page.Body {
		for _, w := range f.list {
			if w.field == b && w.want != "" {
				if act := a.Fill(b, w.now(f)); act != nil {
					return act
				}
			}
		}
	}
	return a.Use(f.button)
}
