package scene

import (
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
		top, end = append(top, end...), nil
	}
	p.Body = append(append(top, p.Body...), end...)
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
