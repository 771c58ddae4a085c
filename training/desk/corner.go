package desk

import (
	"fmt"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// rates is a small table of rates that shows one line at a time.
type rates struct {
	page                    *world.Page
	pick, shown, show, keep *world.Thing
	want                    string
	acts                    bool // the other button is to be pressed, not the line read
	ready, pressed          bool
	what, form, unit, verb  string
}

// line is what the table says of an option, the same whenever it is asked.
func (r *rates) line(option string) string {
	h := uint32(0)
	for _, c := range option {
		h = h*31 + uint32(c)
	}
	return fmt.Sprintf(r.form, option, r.unit, 1+h%97, h%89)
}

// Rate asks a small table of rates, of which one line is shown at a time, or presses the other button that it has.
func Rate(s *scene.Scene) {
	p, in := s.Place()
	r := &rates{page: p, what: words.Of(s.Source, "postage", "fares", "parking fees", "room rates", "tides", "opening hours", "stock levels", "water levels", "departures", "fuel prices", "conversion rates", "ticket prices", "office hours", "delivery times", "shuttle times")}
	label := words.Of(s.Source, "Place", "Class", "Kind", "Unit", "Station", "Zone", "Name")
	options := s.Options(3+s.IntN(4), []string{"Berlin", "Madrid", "Express", "Standard", "Adult", "Child", "Diesel", "Petrol", "Monday", "Saturday", "NOK", "PLN", "DKK", "HUF", "Single", "Double"})
	r.want = words.Of(s.Source, options...)
	r.pick = world.Select(label, options[0], options)
	r.unit = words.Of(s.Source, "€", "$", "", "until ", "from ")
	r.form = words.Of(s.Source, "%s: %s%d.%02d", "%s – %s%d.%02d", "%s: at the moment %s%d.%02d")
	r.shown = world.Text(r.line(options[0]))
	r.shown.Gone = s.Chance(0.3) && r.want != options[0]
	r.lay(s, options[0])
	s.Used[strings.ToLower(r.show.Name)] = true // no other tool has such a button
	s.Board(p)
	kind := "rate"
	if r.acts {
		kind = "rate_keep"
	} else {
		s.Answer(words.Of(s.Source, "line", "rate", "result"), r.shown)
	}
	s.Say(kind, "what", r.what, "x", words.Of(s.Source, r.want, r.want, `"`+r.want+`"`), "verb", strings.ToLower(r.verb), "in", in)
	s.Intents = append(s.Intents, r.way)
}

// lay puts the table on the page with its buttons.
func (r *rates) lay(s *scene.Scene, first string) {
	r.show = world.Button(words.Of(s.Source, "Show", "Show it", "Look up", "Go", "Display", "Refresh"), nil)
	r.ready = r.want == first && !r.shown.Gone
	r.show.Click = func(*world.App) {
		if !r.ready || r.pick.Value != r.want {
			r.shown.Name = r.line(r.pick.Value)
		}
		r.shown.Gone, r.ready = false, r.pick.Value == r.want
	}
	r.verb = words.Of(s.Source, "Keep", "Reserve", "Copy", "Watch", "Print", "Subscribe to", "Pin")
	r.keep = world.Button(r.verb+" this "+words.Of(s.Source, "line", "one", "rate", "entry"), func(*world.App) {
		r.pressed, s.Spoiled = r.ready, s.Spoiled || !r.ready
	})
	r.acts = s.Chance(0.35)
	things := []*world.Thing{world.Heading(words.Title(r.what)), r.shown}
	things = append(things, words.Of(s.Source, []*world.Thing{r.pick, r.show, r.keep}, []*world.Thing{r.pick, r.show}, []*world.Thing{r.keep, r.pick, r.show})...)
	if r.acts {
		things = []*world.Thing{things[0], r.shown, r.pick, r.show, r.keep}
	} else {
		r.keep.Click = func(*world.App) { s.Spoiled = true }
	}
	s.Add(r.page, things...)
}

// way is the expert who asks it.
func (r *rates) way(a *world.App) step.Action {
	if r.pressed {
		return nil
	}
	if act := a.Reach(r.page); act != nil {
		return act
	}
	switch {
	case r.ready && r.acts:
		return a.Use(r.keep)
	case r.ready:
		return a.At(r.shown)
	}
	if act := a.Fill(r.pick, r.want); act != nil {
		return act
	}
	return a.Use(r.show)
}

// draft is a form that is left before it is sent.
type draft struct {
	page        *world.Page
	fields      []*world.Thing
	field, out  *world.Thing
	value       string
	typed, left bool
}

// Discard begins to fill in a form and leaves it without sending it, which may be asked about.
func Discard(s *scene.Scene) {
	p, in := s.Place()
	f := &draft{page: p}
	labels := words.Fields()
	if s.Chance(0.5) { // that of a request
		labels = words.Some(s.Source, 8, []string{"Amount", "Sum", "Price", "Description", "Title", "Subject", "Reason", "Summary", "Purpose", "Date", "Due date", "Comment"})
	}
	for range 1 + s.IntN(4) {
		f.fields = append(f.fields, world.Input(s.FreshOf(labels), ""))
	}
	f.field = f.fields[s.IntN(len(f.fields))]
	label := f.field.Name
	f.value = s.Value(label)
	said := label
	if s.Chance(0.5) {
		said = "the " + strings.ToLower(label) + words.Of(s.Source, "", "", " of the new "+words.Of(s.Source, "entry", "report", "order", "request"), " of the form")
	}
	leave := words.Of(s.Source, "Cancel", "Cancel", "Discard", "Back", "Close")
	f.lay(s, leave)
	name := label
	if s.Chance(0.4) { // one that says what it is and not where it goes
		name = words.Of(s.Source, "about", "text", "value", "what", "words")
	}
	s.Say("discard", "label", said, "value", s.Tell(name, f.value), "leave", leave, "in", in)
	s.Intents = append(s.Intents, f.way)
}

// lay puts the fields on the page, what stands between them, and the two ways out.
func (f *draft) lay(s *scene.Scene, leave string) {
	p := f.page
	away := &world.Page{Title: s.Fresh(s.Label), Path: p.Path + "/list", Body: []*world.Thing{world.Heading(s.Fresh(s.Label)), world.Text(s.Sentence())}}
	abandon := func(a *world.App) {
		if f.left = f.typed; !f.left {
			return
		}
		if s.Chance(0.8) {
			a.Go(away)
		}
		for _, t := range f.fields {
			t.Value = ""
		}
	}
	f.field.Change = func(*world.App) { f.typed = f.typed || f.field.Value == f.value }
	asks := s.Chance(0.5)
	f.out = world.Button(leave, func(a *world.App) {
		if asks && f.typed {
			a.Confirm(words.Of(s.Source, "Leave the page? What you entered will be lost.", "Discard your changes?", "Changes you made may not be saved.", "Close without saving?"), nil, abandon)
			return
		}
		abandon(a)
	})
	if s.Chance(0.3) {
		f.out.Role = step.RoleLink
	}
	send := world.Button(words.Of(s.Source, "Save", "Send", "Continue", "Submit", "Create"), func(*world.App) { s.Spoiled = true })
	for _, t := range words.Some(s.Source, len(f.fields), f.fields) {
		if p.Body = append(p.Body, t); s.Chance(0.3) {
			label, options := s.Choice()
			p.Body = append(p.Body, words.Of(s.Source, world.Select(label, options[0], options), world.Text(s.Sentence()), world.Text("In euros, for example "+s.Number(99)+".50")))
		}
	}
	p.Body = append(p.Body, words.Of(s.Source, []*world.Thing{f.out, send}, []*world.Thing{send, f.out})...)
}

// way is the expert who changes his mind.
func (f *draft) way(a *world.App) step.Action {
	switch {
	case a.Dialog():
		return step.DialogAct{Accept: true}
	case f.left:
		return nil
	}
	if act := a.Reach(f.page); act != nil {
		return act
	}
	if !f.typed {
		return a.Fill(f.field, f.value)
	}
	return a.Use(f.out)
}

// Behind reads what stands on a page that a menu leads to.
func Behind(s *scene.Scene) {
	name := s.FreshOf([]string{"Handbook", "Reference", "Services", "Our company", "Guides", "Useful links", "Staff area", "Library", "Rules", "For members", "Downloads and more"})
	menu := world.Button(name, nil)
	var pages []*world.Page
	for range 2 + s.IntN(4) {
		title := s.Fresh(s.Section)
		p := &world.Page{Title: title, Path: "/" + scene.Slug(title), Body: []*world.Thing{world.Heading(title)}}
		pages = append(pages, p)
		menu.Opens = append(menu.Opens, world.Link(title, p))
	}
	s.App.Header = append(s.App.Header, menu)
	p := words.Of(s.Source, pages...)
	label := s.FreshOf(words.Facts())
	value := s.Value(label)
	fact := world.Text(words.Of(s.Source, label+": "+value, "The "+strings.ToLower(label)+" is "+value+".", "Our "+strings.ToLower(label)+" for this year: "+value, label+" – "+value))
	for range s.IntN(3) {
		p.Body = append(p.Body, world.Text(s.Sentence()))
	}
	p.Body = append(p.Body, fact)
	s.At = s.First()
	s.Board(s.At)
	s.Say("behind", "x", strings.ToLower(label), "page", s.Quote(p.Title), "menu", name)
	if s.Chance(0.5) {
		s.Answer(label, fact)
	}
	s.Intents = append(s.Intents, scene.Seeing(p, fact))
}
