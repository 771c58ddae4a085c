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
