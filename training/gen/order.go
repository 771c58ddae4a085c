package gen

import (
	"fmt"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// sortBy orders a table by a column: by its header, a button or a select, and may report what comes first.
func sortBy(s *scene) {
	p, in := s.place()
	g := s.grid(p, "")
	k := s.IntN(len(g.columns))
	sorted := false
	list := p.Body
	order := func(*world.App) {
		if sorted {
			return
		}
		sorted = true
		rows := s.Perm(len(g.rows))
		cells := append([]*world.Thing{}, p.Body...)
		var out []*world.Thing
		for _, r := range rows {
			out = append(append(out, g.heads[r]), g.cells[r]...)
		}
		i := 0
		for j, t := range cells {
			if slices.Contains(out, t) {
				p.Body[j] = out[i]
				i++
			}
		}
		g.heads = []*world.Thing{out[0]}
	}
	var control blank
	var header []*world.Thing
	if s.Chance(0.4) {
		options := append([]string{words.Of(s.Source, "Default", "Relevance", "Newest")}, g.columns...)
		control = blank{field: world.Select(words.Of(s.Source, "Sort by", "Order", "Sort", "Order by"), options[0], options), want: g.columns[k]}
		control.field.Change = func(a *world.App) {
			if control.field.Value == control.want {
				order(a)
			}
		}
		header = append(header, control.field)
	} else {
		for i, c := range g.columns {
			t := world.Link(c, nil)
			if i == k {
				t.Click = order
				control = blank{field: t}
			}
			header = append(header, t)
		}
	}
	p.Body = append(slices.Clone(header), list...)
	said := g.columns[k]
	if s.Chance(0.5) {
		said = strings.ToLower(said)
	}
	first := s.Chance(0.5)
	kind := "sort"
	if first {
		kind = "sort_read"
	}
	s.say(kind, "x", said, "in", in)
	top := world.Text("")
	if first {
		s.answer("first", top)
	}
	s.intents = append(s.intents, func(a *world.App) step.Action {
		if act := a.Reach(p); act != nil && (!sorted || first) {
			return act
		}
		if !sorted {
			if control.want != "" {
				return a.Fill(control.field, control.want)
			}
			return a.Use(control.field)
		}
		if first {
			for name := range s.results {
				s.results[name] = g.heads[0]
			}
			return a.At(g.heads[0])
		}
		return nil
	})
}

// filter narrows a list by a select and perhaps a button.
func filter(s *scene) {
	p, in := s.place()
	label, options := s.choice()
	all := words.Of(s.Source, "All", "Any", "")
	if all != "" {
		options = append([]string{all}, options...)
	}
	want := options[1+s.IntN(len(options)-1)]
	t := world.Select(label, options[0], options)
	things := []*world.Thing{t}
	filtered := false
	apply := func(a *world.App) { filtered = t.Value == want }
	var button *world.Thing
	if s.Chance(0.6) {
		button = world.Button(words.Of(s.Source, "Filter", "Apply", "Show", "Find", "Update list"), apply)
		things = append(things, button)
	} else {
		t.Change = apply
	}
	p.Body = append(p.Body, things...)
	s.grid(p, "")
	said := want
	if s.Chance(0.5) {
		said = fmt.Sprintf("%q", want)
	}
	name := label
	if s.Chance(0.5) {
		name = strings.ToLower(label)
	}
	s.say("filter", "label", name, "value", said, "in", in)
	s.intents = append(s.intents, reach(p, &filtered, func(a *world.App) step.Action {
		if act := a.Fill(t, want); act != nil {
			return act
		}
		return a.Use(button)
	}))
}

// paging opens a page of a long list by its number.
func paging(s *scene) {
	p, in := s.place()
	n := 3 + s.IntN(5)
	k := 2 + s.IntN(n-1)
	pages := []*world.Page{p}
	for i := 2; i <= n; i++ {
		pages = append(pages, &world.Page{Title: p.Title, Path: p.Path + "?page=" + itoa(i)})
	}
	var links []*world.Thing
	for i, page := range pages {
		links = append(links, world.Link(itoa(i+1), page))
	}
	links = append(links, world.Link(words.Of(s.Source, "Next", "›", "Next page"), s.stub))
	for _, page := range pages {
		for range 2 + s.IntN(4) {
			page.Body = append(page.Body, world.Link(s.fresh(s.Item), s.stub))
		}
		page.Body = append(page.Body, links...)
	}
	s.say("paging", "n", itoa(k), "in", in)
	reached := false
	s.intents = append(s.intents, func(a *world.App) step.Action {
		if reached = reached || a.Page() == pages[k-1]; reached {
			return nil
		}
		for _, page := range pages {
			if a.Page() == page {
				return a.Use(links[k-1])
			}
		}
		return a.Reach(p)
	})
}
