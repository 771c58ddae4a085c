package plain

import (
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Reach opens a section, which is asked for by what is in it.
func Reach(s *scene.Scene) {
	p := s.First()
	s.At = s.Home // what an overview of it shows could be taken for the section
	s.Fill(s.Home, words.Of(s.Source, 0, 0, 1, 3))
	r := draw(s, parts(), 0, p, s.Home)
	links := []*world.Thing{}
	target := section(s, r)
	if !s.Impossible {
		links = append(links, world.Link(target.Title, target))
	}
	for _, o := range others(s, parts(), 0, 1+s.IntN(5), r) {
		page := section(s, o)
		links = append(links, world.Link(page.Title, page))
	}
	place(s, links)
	sift(s, s.Home, r, links...)
	way := words.Of(s.Source, r.list[0].ways...)
	kind := "reach"
	first, _, _ := strings.Cut(way, " ")
	if slices.Contains(strings.Fields("who what how when where which whether until from the my"), first) {
		kind = "see"
	}
	say(s, kind, "x", way)
	if s.Impossible {
		s.Large, s.Refusal = false, scene.WhyMissing
		s.Intents = append(s.Intents, func(a *world.App) step.Action { return search(s, a, p) })
		return
	}
	if s.Finished {
		s.Start = target
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action { return a.Reach(target) })
}

// section is a page of a part, under one of its names.
func section(s *scene.Scene, r row) *world.Page {
	names := strings.Split(r.label, "/")
	name := words.Of(s.Source, names...)
	for _, n := range names {
		s.Used[strings.ToLower(n)] = true
	}
	p := &world.Page{Title: name, Path: "/" + scene.Slug(name)}
	if s.Chance(0.7) {
		p.Body = append(p.Body, world.Heading(name))
	}
	s.Fill(p, 1+s.IntN(3))
	return p
}

// place puts links among the sections of the application: in the header, in the menu if there is one, or on the first page.
func place(s *scene.Scene, links []*world.Thing) {
	var role step.Role
	group := ""
	var menu *world.Thing
	for _, t := range s.App.Header {
		if t.To != nil && t.To != s.Home && role == "" {
			role, group = t.Role, t.Group
		}
		if len(t.Opens) > 0 && t.Opens[0].To != nil {
			menu = t
		}
	}
	for _, t := range links {
		if role != "" {
			t.Role, t.Group = role, group
		}
		switch {
		case menu != nil && s.Chance(0.6):
			menu.Opens = slices.Insert(menu.Opens, s.IntN(len(menu.Opens)+1), t)
		case s.Chance(0.1):
			t.Role, t.Group = step.RoleLink, ""
			s.Home.Body = append(s.Home.Body, t)
		default:
			s.App.Header = slices.Insert(s.App.Header, s.IntN(len(s.App.Header)+1), t)
		}
	}
}

// search looks at all that a page shows and at what its menus hold, then gives up.
func search(s *scene.Scene, a *world.App, p *world.Page) step.Action {
	if act := a.Reach(p); act != nil {
		return act
	}
	for _, t := range s.App.Header {
		if len(t.Opens) > 0 && !t.Gone && !t.States.Expanded {
			return a.Use(t)
		}
	}
	if a.Below() {
		return step.Scroll{Direction: "down"}
	}
	return step.Fail{Reason: scene.WhyMissing}
}
