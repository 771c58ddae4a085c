package scene

import (
	"slices"
	"strings"

	"chiron/training/words"
	"chiron/training/world"
)

// Implied is a place for a goal about some things. Now and then the goal does not name it: it is the section where such things are.
func (s *Scene) Implied(things string) (p *world.Page, in string) {
	sections := map[string][]string{"orders": {"Orders", "My orders", "Purchases"}, "tickets": {"Tickets", "Help desk", "Support"}, "requests": {"Requests", "All requests"}, "items": {"Items", "Inventory", "Products"},
		"invoices": {"Invoices", "Billing"}, "reports": {"Reports", "Expenses", "Expense reports"}}[things]
	if sections == nil || !s.Chance(0.5) {
		return s.Place()
	}
	for _, name := range sections {
		if s.Used[strings.ToLower(name)] { // two such places, and nobody knows which
			return s.Place()
		}
	}
	name := words.Of(s.Source, sections...)
	for _, other := range sections {
		s.Used[strings.ToLower(other)] = true
	}
	p = &world.Page{Title: name, Path: "/" + Slug(name), Body: []*world.Thing{world.Heading(name)}}
	s.App.Header = slices.Insert(s.App.Header, s.IntN(len(s.App.Header)+1), world.Link(name, p))
	s.At = p
	return p, ""
}

// Place is a page for a goal: where the task starts, or a section that the goal's {in} names.
func (s *Scene) Place() (p *world.Page, in string) {
	defer func() { s.At = p }()
	if len(s.Intents) == 0 && s.Start == nil && s.Chance(0.45) {
		if s.Chance(0.6) || len(s.free) == 0 {
			return s.Home, s.here()
		}
		a := s.Claim()
		s.Start = a.Page
		return a.Page, words.Of(s.Source, "", " in "+s.Quote(a.Name))
	}
	a := s.Claim()
	if s.Chance(0.2) {
		return a.Page, words.Of(s.Source, " in the ", " on the ", " in the list of ", " under the ", " among the ") + strings.ToLower(a.Name)
	}
	return a.Page, words.Of(s.Source, " in ", " in ", " on the page ", " under ", " at ") + s.Quote(a.Name)
}

// here is how a goal speaks of the page that everything begins on, often not at all.
func (s *Scene) here() string {
	name := strings.ToLower(s.Home.Title)
	if name == "home" || name == "start" {
		name += " page"
	}
	return words.Of(s.Source, "", "", " in the "+name, " on the "+name, " on the "+name, " at the "+name, " on the page "+s.Quote(s.Home.Title))
}

// Drop takes the links to a page away.
func (s *Scene) Drop(p *world.Page) {
	for _, t := range s.App.Header {
		t.Gone = t.Gone || t.To == p
		for i, o := range t.Opens {
			if o.To == p {
				t.Opens = append(t.Opens[:i:i], t.Opens[i+1:]...)
				break
			}
		}
	}
}

// First is the page that the task starts on.
func (s *Scene) First() *world.Page {
	if s.Start != nil {
		return s.Start
	}
	return s.Home
}

// Claim takes a section for a goal.
func (s *Scene) Claim() Part {
	if len(s.free) == 0 {
		p := Part{s.Fresh(s.Label), &world.Page{}}
		p.Page.Title, p.Page.Path = p.Name, "/"+Slug(p.Name)
		s.Home.Body = append(s.Home.Body, world.Link(p.Name, p.Page))
		return p
	}
	i := s.IntN(len(s.free))
	p := s.free[i]
	s.free = slices.Delete(s.free, i, i+1)
	return p
}
