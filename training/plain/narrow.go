package plain

import (
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Narrow shows some entries of a list alone, by one of several selects.
func Narrow(s *scene.Scene) {
	r := draw(s, filters(), 2, s.Home)
	things := words.Of(s.Source, strings.Split(r.heads[0], "/")...)
	p, in := s.Implied(things)
	said, want, options := narrowed(s, r, things)
	t := sieve(s, r.label, options)
	rest := []*world.Thing{}
	spoil := func(*world.App) { s.Spoiled = true }
	for _, o := range others(s, filters(), 2, s.IntN(3), r) {
		f := sieve(s, o.label, people(s, o.options()))
		f.Change = spoil
		rest = append(rest, f)
	}
	var search, button *world.Thing
	if !s.Used["search"] && s.Chance(0.3) { // it shares the button and is left empty
		s.Used["search"] = true
		search = world.Input(words.Of(s.Source, "Search", "Find", "Contains", "Search in the list"), "")
		search.Change = spoil
	}
	done := false
	var g *scene.Grid
	apply := func(*world.App) {
		if done = done || t.Value == want; done {
			g.Narrow(kept)
		}
	}
	if search != nil || s.Chance(0.6) {
		button = world.Button(words.Of(s.Source, "Filter", "Apply", "Find", "Show", "Go", "Search", "Update list"), apply)
		if slices.Contains([]string{"Find", "Go", "Search"}, button.Name) {
			s.Used["search"] = true // another search would have such a button too
		}
	} else {
		t.Change = apply
	}
	s.Fill(p, words.Of(s.Source, 0, 0, 1))
	bar := append([]*world.Thing{t}, rest...)
	bar = words.Some(s.Source, len(bar), bar)
	for _, o := range []*world.Thing{search, button} {
		if o != nil {
			bar = append(bar, o)
		}
	}
	if search != nil && s.Chance(0.7) { // before the selects
		at := slices.Index(bar, search)
		bar = slices.Insert(slices.Delete(bar, at, at+1), 0, search)
	}
	p.Body = append(p.Body, bar...)
	g = s.Grid(p, "")
	column(s, g, r.label, want, options)
	s.Ledger(g, scene.Controls{Search: search, Filter: t, Button: button, Live: button == nil})
	sift(s, p, r, append(append(bar, g.Heads...), called(p, r.label)...)...)
	say(s, "only", "x", said, "in", in)
	s.Intents = append(s.Intents, scene.Unless(p, &done, func(a *world.App) step.Action {
		if act := a.Fill(t, want); act != nil {
			return act
		}
		return a.Use(button)
	}))
}

// kept reports whether a row has what is asked for.
func kept(row int) bool { return row%3 != 1 }

// column shows in many lists what the filter is about.
func column(s *scene.Scene, g *scene.Grid, label, want string, options []string) {
	if !s.Chance(0.6) {
		return
	}
	g.Tell(s, label, func(row int) string {
		if kept(row) {
			return want
		}
		return words.Of(s.Source, slices.DeleteFunc(slices.Clone(options), func(o string) bool { return o == want })...)
	})
}

// called are the things of a page with a name: of a filter, the column's header and its cells.
func called(p *world.Page, name string) []*world.Thing {
	return slices.DeleteFunc(slices.Clone(p.Body), func(t *world.Thing) bool { return t.Name != name })
}

// narrowed draws the option that is wanted and how it is asked for, of the options that there are.
func narrowed(s *scene.Scene, r row, things string) (said, want string, options []string) {
	options = people(s, r.options())
	if r.heads[1] != "" && s.Chance(0.5) {
		for i := range options {
			if s.Chance(0.15) {
				options[i] = s.Fresh(s.Name)
			}
		}
		want = words.Of(s.Source, slices.DeleteFunc(slices.Clone(options), func(o string) bool {
			return slices.Contains([]string{"Nobody", "Me", "My manager", "The system", "Online", "Weekend"}, o)
		})...)
		o := want
		if s.Chance(0.3) {
			o = `"` + want + `"`
		}
		said = strings.ReplaceAll(words.Of(s.Source, strings.Split(r.heads[1], "/")...), "{o}", o)
		said = strings.ReplaceAll(said, "{l}", strings.ToLower(o))
	} else {
		c := words.Of(s.Source, r.asked()...)
		said, want = words.Of(s.Source, c.ways...), c.option
		if s.Chance(0.3) {
			options = append(options, s.Fresh(s.Name))
		}
	}
	return strings.ReplaceAll(said, "{t}", things), want, options
}

// sieve is a select that narrows nothing at first.
func sieve(s *scene.Scene, label string, options []string) *world.Thing {
	low := strings.ToLower(label)
	all := words.Of(s.Source, "All", "All", "Any", "Any "+low, "-", "Every "+low, "Choose…", "No filter")
	if s.Chance(0.3) {
		options = words.Some(s.Source, len(options), options)
	}
	return world.Select(label, all, append([]string{all}, options...))
}

// people puts names where options are those of people.
func people(s *scene.Scene, options []string) []string {
	for i, o := range options {
		if o == "{person}" {
			options[i] = s.Fresh(s.Person)
		}
	}
	return options
}
