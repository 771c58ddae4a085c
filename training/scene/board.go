package scene

import (
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// Board makes some pages overviews: figures that lead somewhere, the latest entries, news, around what is there already.
func (s *Scene) Board(p *world.Page) {
	if !s.Few && s.Chance(0.35) {
		s.Overview(p)
	}
}

// Overview makes a page an overview.
func (s *Scene) Overview(p *world.Page) {
	s.App.Room = max(s.App.Room, 60)
	var top, end []*world.Thing
	for range s.IntN(5) {
		top = append(top, world.Link(s.Fresh(s.Label)+" "+words.Of(s.Source, s.Number(99), s.Money())+" "+s.Sentence(), s.Stub))
	}
	if s.Chance(0.5) {
		chart := world.Text(s.Fresh(s.Label))
		top = append(top, world.Heading(chart.Name), chart)
		chart.Role = step.RoleCanvas
	}
	end = append(end, world.Heading("Latest "+words.Of(s.Source, "entries", "orders", "reports", "activity")))
	faces := s.Chance(0.5)
	for range 2 + s.IntN(5) {
		who := s.Person()
		if faces {
			end = append(end, world.Text(words.Initials(who)))
		}
		end = append(end, world.Link(s.Fresh(s.Item), s.Stub), world.Text(who+" · "+s.Date()), world.Text(s.Money()))
	}
	if s.Chance(0.5) {
		end = append(end, world.Heading(s.Fresh(s.Label)), world.Text(s.Sentence()))
	}
	for range words.Of(s.Source, 0, 0, 1, 2) {
		end = append(end, s.Tool()...)
	}
	if s.Chance(0.5) {
		at := s.IntN(len(top) + 1)
		top = slices.Insert(top, at, s.Decoy())
	}
	if s.Chance(0.5) {
		top, end = append(top, end...), nil
	}
	p.Body = append(append(top, p.Body...), end...)
}

// Decoy is a button for something new that no goal speaks of, with the form that it leads to: whoever reads "new" in a goal must not take it for what is meant.
func (s *Scene) Decoy() *world.Thing {
	things := []string{"report", "ticket", "order", "request", "invoice", "booking", "entry", "message", "claim", "trip", "task", "event"}
	var own []string // what the sections are called after, so that the goal speaks of it too
	for _, t := range s.App.Header {
		if one, ok := strings.CutSuffix(strings.ToLower(t.Name), "s"); ok && t.To != nil && one != "new" && !strings.Contains(one, " ") && !strings.HasSuffix(one, "s") {
			own = append(own, one)
		}
	}
	if len(own) > 0 && s.Chance(0.7) {
		things = own
	}
	what := strings.ToLower(s.FreshOf(things))
	name := words.Of(s.Source, "New ", "Add ", "Create ") + what
	form := &world.Page{Title: name, Path: "/" + Slug(name), Bare: s.Chance(0.3), Body: []*world.Thing{world.Heading(name)}}
	for range 1 + s.IntN(3) {
		form.Body = append(form.Body, world.Input(s.FreshOf([]string{"Short text", "Topic", "What is it", "Sum in euros", "Needed by", "Remark"}), ""))
	}
	form.Body = append(form.Body, world.Link("Cancel", s.Home), world.Button(words.Of(s.Source, "Continue", "Send", "Create"), func(*world.App) { s.Spoiled = true }))
	t := world.Button(name, nil)
	t.To = form
	if s.Chance(0.5) {
		t.Role = step.RoleLink
	}
	return t
}

// Tool is a small form without a purpose, as overviews have beside what they show: whoever has something to enter must not take it for the form that is meant.
func (s *Scene) Tool() []*world.Thing {
	list := []*world.Thing{world.Heading(s.Fresh(func() string {
		return s.Label() + " " + words.Of(s.Source, "calculator", "converter", "planner", "finder", "rates")
	}))}
	if s.Chance(0.7) {
		list = append(list, world.Input(s.FreshOf([]string{"Weight in kg", "Length in cm", "Number of pages", "From", "Postcode of the place", "How many", "Amount in dollars"}), words.Of(s.Source, "", "", "1")))
	}
	if len(list) == 1 || s.Chance(0.5) {
		label, options := s.Choice()
		list = append(list, world.Select(label, options[0], options))
	}
	return append(list, world.Button(s.FreshOf([]string{"Work it out", "Convert", "Show it", "Estimate", "Look up"}), nil))
}

// Aside is what else can be done on the page of an entry: nothing, or to set its state.
func (s *Scene) Aside() []*world.Thing {
	if s.Few || s.Used["status"] || !s.Chance(0.4) {
		return nil
	}
	s.Used["status"] = true
	options := s.Options(3+s.IntN(3), words.Statuses())
	list := []*world.Thing{world.Select(words.Of(s.Source, "Status", "State", "Stage"), words.Of(s.Source, options...), options)}
	list[0].Change = func(*world.App) { s.Spoiled = true }
	if s.Chance(0.6) {
		list = append(list, world.Button(words.Of(s.Source, "Update", "Set", "Change status"), func(*world.App) { s.Spoiled = true }))
	}
	return list
}

// Lanes makes a page a board with a lane for each state, read across, so that what belongs to one card stands apart.
func (s *Scene) Lanes(p *world.Page) {
	if s.Few {
		return
	}
	s.App.Room = max(s.App.Room, 60)
	if s.Chance(0.4) {
		p.Body = append(p.Body, s.Decoy())
	}
	states := words.Some(s.Source, 2+s.IntN(3), words.Statuses())
	for _, state := range states {
		p.Body = append(p.Body, world.Heading(state), world.Heading(s.Number(9)))
	}
	for range 1 + s.IntN(4) {
		var codes, titles, people []*world.Thing
		for range len(states) - s.IntN(len(states)) {
			codes = append(codes, world.Text(s.Fresh(s.Code)), world.Text(words.Of(s.Source, "Low", "Normal", "High", "Urgent")))
			titles = append(titles, world.Link(s.Fresh(s.Item), s.Stub))
			who := s.Person()
			people = append(people, world.Text(words.Initials(who)), world.Text(who))
		}
		p.Body = append(append(append(p.Body, codes...), titles...), people...)
	}
}
