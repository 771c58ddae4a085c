package scene

import (
	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// Board makes some pages overviews: figures that lead somewhere, the latest entries, news, around what is there already.
func (s *Scene) Board(p *world.Page) {
	if s.Few || !s.Chance(0.35) {
		return
	}
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
	if s.Chance(0.5) {
		top, end = append(top, end...), nil
	}
	p.Body = append(append(top, p.Body...), end...)
}
