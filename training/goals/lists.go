package goals

import (
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// read reports a fact that stands on a page.
func read(s *maker) {
	p, in := s.Place()
	n := 1 + s.IntN(6)
	k := s.IntN(n)
	style := s.IntN(4)
	var labels []string
	var values []*world.Thing
	for range n {
		label := s.FreshOf(words.Facts())
		labels = append(labels, label)
		v := s.Value(label)
		switch {
		case style == 0:
			values = append(values, world.Text(label+": "+v))
			p.Body = append(p.Body, values[len(values)-1])
		case style == 1:
			values = append(values, world.Text(v))
			p.Body = append(p.Body, world.Text(label), values[len(values)-1])
		case style == 2 && !s.App.Pixels: // of a cell, an eye on pixels sees the value alone
			values = append(values, world.Cell(label, v))
			p.Body = append(p.Body, values[len(values)-1])
		default:
			values = append(values, world.Input(label, v))
			p.Body = append(p.Body, values[len(values)-1])
		}
	}
	label := labels[k]
	if s.Chance(0.5) {
		label = "the " + strings.ToLower(label)
	}
	other := s.IntN(n)
	if two := other != k && !s.Impossible && s.Chance(0.4); two {
		s.Say("read_two", "x", label, "y", strings.ToLower(labels[other]), "in", in)
		s.Results[field(labels[k])], s.Results[field(labels[other])] = values[k], values[other]
		s.App.Side = false // both must fit on one screen
	} else {
		s.Say("read", "x", label, "in", in)
		other = k
	}
	if s.Impossible {
		for i, t := range p.Body {
			if t == values[k] {
				t.Gone = true
				if style == 1 {
					p.Body[i-1].Gone = true
				}
			}
		}
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	if other == k {
		s.report(labels[k], values[k])
	}
	s.Fill(p, s.IntN(3))
	if style == 1 { // the label stands before its value
		s.pair(p, labels, values)
	}
	s.Intents = append(s.Intents, scene.Seeing(p, values[k]))
}

// field is the name of a result's field for a label.
func field(label string) string { return strings.ReplaceAll(scene.Slug(label), "-", "_") }

// pair moves values behind their labels.
func (s *maker) pair(p *world.Page, labels []string, values []*world.Thing) {
	for i, v := range values {
		at := slices.Index(p.Body, v)
		p.Body = slices.Delete(p.Body, at, at+1)
		at = slices.IndexFunc(p.Body, func(t *world.Thing) bool { return t.Name == labels[i] && t.Role == step.RoleText })
		p.Body = slices.Insert(p.Body, at+1, v)
	}
}

// report makes a thing the result of the task, or nothing at all: then it must only be seen.
func (s *maker) report(label string, t *world.Thing) {
	if s.Chance(0.85) {
		s.Answer(label, t)
	}
}

// table reports a cell.
func table(s *maker) {
	p, in := s.Place()
	g := s.Grid(p, words.Of(s.Source, "", "", "Edit", "View"))
	s.Ledger(g, scene.Controls{})
	r, c := s.IntN(len(g.Rows)), s.IntN(len(g.Columns))
	col := g.Columns[c]
	if s.Chance(0.5) {
		col = strings.ToLower(col)
	}
	if s.Chance(0.4) {
		col = "the " + col
	}
	s.Say("table", "row", s.Quote(g.Rows[r]), "col", col, "in", in)
	if s.Impossible {
		g.Heads[r].Name = s.Fresh(s.Item)
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.report(g.Columns[c], g.Cells[r][c])
	s.Intents = append(s.Intents, scene.Seeing(p, g.Cells[r][c]))
}

// row uses the button of one row; the same words stand in every row.
func row(s *maker) {
	p, in := s.Place()
	verb := words.Of(s.Source, "Approve", "Reject", "Edit", "Archive", "Assign", "Print", "Pay", "Download", "Renew", "Copy", "Follow", "Accept", "Open", "Restart")
	g := s.Grid(p, verb)
	s.Ledger(g, scene.Controls{})
	k := s.IntN(len(g.Rows))
	hit := false
	g.Acts[k].Click = func(a *world.App) {
		hit = true
		a.Say(words.Of(s.Source, g.Rows[k]+": done", "Done.", ""))
	}
	said := verb
	if s.Chance(0.6) {
		said = strings.ToLower(verb)
	}
	s.Say("row", "verb", said, "row", s.Quote(g.Rows[k]), "in", in)
	if s.Impossible {
		g.Heads[k].Name = s.Fresh(s.Item)
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Intents = append(s.Intents, scene.Unless(p, &hit, func(a *world.App) step.Action { return a.Use(g.Acts[k]) }))
}

// remove deletes a row behind a dialog, or is told not to.
func remove(s *maker) {
	p, in := s.Place()
	verb := words.Of(s.Source, "Delete", "Delete", "Remove", "Discard")
	g := s.Grid(p, verb)
	k := s.IntN(len(g.Rows))
	keep := s.Chance(0.4)
	over := false
	gone := func(a *world.App) {
		over, s.Spoiled = true, s.Spoiled || keep
		for _, t := range append(g.Lines[k], g.Acts[k]) {
			t.Gone = true
		}
		a.Say(words.Of(s.Source, g.Rows[k]+" was deleted.", "Deleted.", "The entry was removed."))
	}
	asks := keep || s.Chance(0.7)
	g.Acts[k].Click = func(a *world.App) {
		if !asks {
			gone(a)
			return
		}
		a.Confirm(words.Of(s.Source, "Delete "+g.Rows[k]+"?", "Are you sure?", "Really delete this entry?", "This cannot be undone. Go on?"), func(*world.App) { over = keep }, gone)
	}
	if keep {
		s.SayKeep(s.Quote(g.Rows[k]), in)
	} else {
		s.Say("remove", "row", s.Quote(g.Rows[k]), "in", in)
	}
	if s.Impossible {
		g.Heads[k].Name = s.Fresh(s.Item)
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if a.Dialog() {
			return step.DialogAct{Accept: !keep}
		}
		return scene.Unless(p, &over, func(a *world.App) step.Action { return a.Use(g.Acts[k]) })(a)
	})
}

// open opens one entry of a list.
func open(s *maker) {
	p, in := s.Place()
	n := 2 + s.IntN(6)
	var links []*world.Thing
	var pages []*world.Page
	if s.Chance(0.4) { // the entries begin the rows of a table
		g := s.Grid(p, words.Of(s.Source, "", "", "Edit"))
		s.Ledger(g, scene.Controls{})
		n = len(g.Rows)
		for i, head := range g.Heads {
			d := &world.Page{Title: g.Rows[i], Path: "/items/" + scene.Slug(g.Rows[i]), Body: []*world.Thing{world.Heading(g.Rows[i]), world.Text(s.Sentence())}}
			head.Role, head.To = step.RoleLink, d
			links, pages = append(links, head), append(pages, d)
		}
	}
	for range n - len(links) {
		name := s.Fresh(words.Of(s.Source, s.Item, s.Code, s.Person, s.Label))
		d := &world.Page{Title: name, Path: "/items/" + scene.Slug(name), Body: []*world.Thing{world.Text(s.Sentence())}}
		if s.Chance(0.6) {
			d.Body = slices.Insert(d.Body, 0, world.Heading(name))
		}
		links, pages = append(links, world.Link(name, d)), append(pages, d)
	}
	if !slices.Contains(p.Body, links[0]) {
		p.Body = append(p.Body, links...)
	}
	k := s.IntN(n)
	s.Say("open", "item", s.Quote(links[k].Name), "in", in)
	if s.Impossible {
		links[k].Gone = true
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	reached := false
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if reached = reached || a.Page() == pages[k]; reached {
			return nil
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		return a.Use(links[k])
	})
}
