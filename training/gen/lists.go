package gen

import (
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

func sortStrings(list []string) { slices.Sort(list) }

// search finds an item with a search field, on the page or in the header.
func search(s *scene) {
	item := s.fresh(s.Item)
	field := world.Input(words.Of(s.Source, "Search", "Search the site", "Find", "Search…", "Search "+strings.ToLower(s.Section()), "What are you looking for?", "Keyword", "Query"), "")
	results := &world.Page{Title: words.Of(s.Source, "Search results", "Results", "Search"), Path: "/search"}
	detail := &world.Page{Title: item, Path: "/items/" + slug(item), Body: []*world.Thing{world.Heading(item), world.Text(s.Sentence())}}
	none := words.Of(s.Source, "No results.", "Nothing found.", "0 results", "No matches for your search.")
	hits := []*world.Thing{world.Link(item, detail)}
	for range s.IntN(5) {
		hits = append(hits, world.Link(s.fresh(s.Item), s.stub))
	}
	hits = words.Some(s.Source, len(hits), hits)
	var link *world.Thing
	for _, h := range hits {
		if h.To == detail {
			link = h
		}
	}
	impossible, shown := s.impossible, false
	run := func(a *world.App) {
		results.Body = nil
		if strings.EqualFold(field.Value, item) && !impossible {
			results.Body, shown = append([]*world.Thing{world.Text(itoa(len(hits)) + " results")}, hits...), true
		} else {
			results.Body, shown = []*world.Thing{world.Text(none)}, shown || strings.EqualFold(field.Value, item)
		}
		results.Path = "/search?q=" + strings.ReplaceAll(field.Value, " ", "+")
		a.Go(results)
	}
	field.Enter = run
	button := world.Button(words.Of(s.Source, "Search", "Find", "Go", "Search now"), run)
	at := s.first()
	things := []*world.Thing{field}
	useEnter := s.Chance(0.4)
	if !useEnter || s.Chance(0.6) {
		things = append(things, button)
	}
	header := s.Chance(0.5) && !at.Bare
	if header {
		s.app.Header = append(s.app.Header, things...)
	} else {
		at = s.home
		s.add(at, things...)
	}
	opens := s.Chance(0.6)
	kind := "search_only"
	if opens {
		kind = "search"
	}
	s.say(kind, "item", s.value("query", item))
	if impossible {
		s.refusal = whyNothing
	}
	reached := false
	s.intents = append(s.intents, func(a *world.App) step.Action {
		switch {
		case impossible && shown:
			return step.Fail{Reason: whyNothing}
		case reached || !opens && shown || opens && a.Page() == detail:
			reached = true
			return nil
		case shown && a.Page() == results && len(results.Body) > 1:
			return a.Use(link)
		}
		if !header || a.Page().Bare {
			if act := a.Reach(at); act != nil {
				return act
			}
		}
		if act := a.Fill(field, item); act != nil {
			return act
		}
		if useEnter {
			if a.Focused(field) {
				return step.Press{Key: "Enter"}
			}
			if len(things) == 1 {
				return a.Use(field)
			}
		}
		return a.Use(button)
	})
}

// cart puts one of several products into the cart. Products stand one below the other or in rows of three, where reading
// goes across: names, prices and buttons each in a row.
func cart(s *scene) {
	p, in := s.place()
	word := words.Of(s.Source, "cart", "cart", "basket", "bag")
	label := words.Of(s.Source, "Add to "+word, "Add to "+word, "Buy", "Add", "Buy now")
	n := 2 + s.IntN(4)
	k := s.IntN(n)
	added := false
	basket := &world.Page{Title: words.Title(word), Path: "/" + word, Body: []*world.Thing{world.Heading("Your " + word)}}
	open := world.Link(words.Title(word), basket)
	s.app.Header = append(s.app.Header, open)
	s.used[word] = true
	var names, prices, buttons []*world.Thing
	item := ""
	for i := range n {
		name := s.fresh(s.Item)
		names = append(names, words.Of(s.Source, world.Heading(name), world.Text(name), world.Link(name, s.stub)))
		prices = append(prices, world.Text(s.Money()))
		buttons = append(buttons, world.Button(label, func(a *world.App) {
			if i != k {
				s.spoiled = true
				return
			}
			added = true
			open.Name = words.Title(word) + " (1)"
			basket.Body = append(basket.Body, world.Text(name))
			if s.Chance(0.5) {
				a.Say(words.Of(s.Source, name+" was added.", "Added to your "+word+".", "Added"))
			}
		}))
		if i == k {
			item = name
		}
	}
	if s.Chance(0.25) {
		for i := 0; i < n; i += 3 {
			for _, list := range [][]*world.Thing{names, prices, buttons} {
				p.Body = append(p.Body, list[i:min(n, i+3)]...)
			}
		}
	} else {
		for i := range n {
			p.Body = append(p.Body, names[i], prices[i], buttons[i])
		}
	}
	kind := words.Of(s.Source, "cart", "cart", "cart_checkout")
	s.say(kind, "item", s.q(item), "cart", word, "in", in)
	if s.impossible {
		names[k].Name = s.fresh(s.Item)
		s.intents = append(s.intents, s.missing(p))
		return
	}
	then := false
	s.intents = append(s.intents, func(a *world.App) step.Action {
		switch {
		case then || added && kind == "cart":
			return nil
		case added && a.Page() == basket:
			then = true
			return nil
		case added:
			return a.Reach(basket)
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		return a.Use(buttons[k])
	})
}

// read reports a fact that stands on a page.
func read(s *scene) {
	p, in := s.place()
	n := 1 + s.IntN(6)
	k := s.IntN(n)
	style := s.IntN(4)
	var labels []string
	var values []*world.Thing
	for range n {
		label := s.freshOf(words.Facts())
		labels = append(labels, label)
		v := s.Value(label)
		switch style {
		case 0:
			values = append(values, world.Text(label+": "+v))
			p.Body = append(p.Body, values[len(values)-1])
		case 1:
			values = append(values, world.Text(v))
			p.Body = append(p.Body, world.Text(label), values[len(values)-1])
		case 2:
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
	s.say("read", "x", label, "in", in)
	if s.impossible {
		for i, t := range p.Body {
			if t == values[k] {
				t.Gone = true
				if style == 1 {
					p.Body[i-1].Gone = true
				}
			}
		}
		s.intents = append(s.intents, s.missing(p))
		return
	}
	s.report(labels[k], values[k])
	s.fill(p, s.IntN(3))
	if style == 1 { // the label stands before its value
		s.pair(p, labels, values)
	}
	s.intents = append(s.intents, seeing(p, values[k]))
}

// pair moves values behind their labels.
func (s *scene) pair(p *world.Page, labels []string, values []*world.Thing) {
	for i, v := range values {
		at := slices.Index(p.Body, v)
		p.Body = slices.Delete(p.Body, at, at+1)
		at = slices.IndexFunc(p.Body, func(t *world.Thing) bool { return t.Name == labels[i] && t.Role == step.RoleText })
		p.Body = slices.Insert(p.Body, at+1, v)
	}
}

// report makes a thing the result of the task, or nothing at all: then it must only be seen.
func (s *scene) report(label string, t *world.Thing) {
	if s.Chance(0.85) {
		s.answer(label, t)
	}
}

// seeing is the intent of having a thing on the screen.
func seeing(p *world.Page, t *world.Thing) intent {
	return func(a *world.App) step.Action {
		if act := a.Reach(p); act != nil {
			return act
		}
		return a.At(t)
	}
}

// grid is a table: the rows begin with a link or a cell, the other cells name their column.
type grid struct {
	p       *world.Page
	columns []string
	rows    []string
	heads   []*world.Thing
	cells   [][]*world.Thing // by row, without the first
	acts    []*world.Thing   // one button for each row, nil without
}

// table makes a table on a page; act names the button of each row, "" for none.
func (s *scene) grid(p *world.Page, act string) *grid {
	g := &grid{p: p}
	for range 1 + s.IntN(3) {
		g.columns = append(g.columns, s.freshOf(words.Columns()))
	}
	n := 2 + s.IntN(4)
	if s.large {
		n = 6 + s.IntN(5)
	}
	for range n {
		name := s.fresh(words.Of(s.Source, s.Item, s.Code, s.Person))
		g.rows = append(g.rows, name)
		first := words.Of(s.Source, world.Link(name, s.stub), world.Text(name))
		g.heads = append(g.heads, first)
		p.Body = append(p.Body, first)
		var cells []*world.Thing
		for _, c := range g.columns {
			v := s.Value(c)
			switch c {
			case "Status", "Priority", "Type":
				v = words.Of(s.Source, words.Statuses()...)
			case "Total", "Balance", "Due":
				v = s.Money()
			}
			cells = append(cells, world.Cell(c, v))
		}
		p.Body = append(p.Body, cells...)
		g.cells = append(g.cells, cells)
		if act != "" {
			b := world.Button(act, func(*world.App) { s.spoiled = true })
			g.acts = append(g.acts, b)
			p.Body = append(p.Body, b)
		}
	}
	return g
}

// table reports a cell.
func table(s *scene) {
	p, in := s.place()
	g := s.grid(p, words.Of(s.Source, "", "", "Edit", "View"))
	r, c := s.IntN(len(g.rows)), s.IntN(len(g.columns))
	col := g.columns[c]
	if s.Chance(0.5) {
		col = strings.ToLower(col)
	}
	if s.Chance(0.4) {
		col = "the " + col
	}
	s.say("table", "row", s.q(g.rows[r]), "col", col, "in", in)
	if s.impossible {
		g.heads[r].Name = s.fresh(s.Item)
		s.intents = append(s.intents, s.missing(p))
		return
	}
	s.report(g.columns[c], g.cells[r][c])
	s.intents = append(s.intents, seeing(p, g.cells[r][c]))
}

// row uses the button of one row; the same words stand in every row.
func row(s *scene) {
	p, in := s.place()
	verb := words.Of(s.Source, "Approve", "Reject", "Edit", "Archive", "Assign", "Print", "Pay", "Download", "Renew", "Copy", "Follow", "Accept", "Open", "Restart")
	g := s.grid(p, verb)
	k := s.IntN(len(g.rows))
	hit := false
	g.acts[k].Click = func(a *world.App) {
		hit = true
		a.Say(words.Of(s.Source, g.rows[k]+": done", "Done.", ""))
	}
	said := verb
	if s.Chance(0.6) {
		said = strings.ToLower(verb)
	}
	s.say("row", "verb", said, "row", s.q(g.rows[k]), "in", in)
	if s.impossible {
		g.heads[k].Name = s.fresh(s.Item)
		s.intents = append(s.intents, s.missing(p))
		return
	}
	s.intents = append(s.intents, reach(p, &hit, func(a *world.App) step.Action { return a.Use(g.acts[k]) }))
}

// remove deletes a row behind a dialog, or is told not to.
func remove(s *scene) {
	p, in := s.place()
	verb := words.Of(s.Source, "Delete", "Delete", "Remove", "Discard")
	g := s.grid(p, verb)
	k := s.IntN(len(g.rows))
	keep := s.Chance(0.25)
	over := false
	gone := func(a *world.App) {
		over, s.spoiled = true, s.spoiled || keep
		for _, t := range append([]*world.Thing{g.heads[k], g.acts[k]}, g.cells[k]...) {
			t.Gone = true
		}
		a.Say(words.Of(s.Source, g.rows[k]+" was deleted.", "Deleted.", "The entry was removed."))
	}
	asks := keep || s.Chance(0.7)
	g.acts[k].Click = func(a *world.App) {
		if !asks {
			gone(a)
			return
		}
		a.Confirm(words.Of(s.Source, "Delete "+g.rows[k]+"?", "Are you sure?", "Really delete this entry?", "This cannot be undone. Go on?"), func(*world.App) { over = keep }, gone)
	}
	kind := "remove"
	if keep {
		kind = "keep"
	}
	s.say(kind, "row", s.q(g.rows[k]), "in", in)
	if s.impossible {
		g.heads[k].Name = s.fresh(s.Item)
		s.intents = append(s.intents, s.missing(p))
		return
	}
	s.intents = append(s.intents, func(a *world.App) step.Action {
		if a.Dialog() {
			return step.DialogAct{Accept: !keep}
		}
		return reach(p, &over, func(a *world.App) step.Action { return a.Use(g.acts[k]) })(a)
	})
}

// open opens one entry of a list.
func open(s *scene) {
	p, in := s.place()
	n := 2 + s.IntN(6)
	var links []*world.Thing
	var pages []*world.Page
	for range n {
		name := s.fresh(words.Of(s.Source, s.Item, s.Code, s.Person, s.Label))
		d := &world.Page{Title: name, Path: "/items/" + slug(name), Body: []*world.Thing{world.Text(s.Sentence())}}
		if s.Chance(0.6) {
			d.Body = slices.Insert(d.Body, 0, world.Heading(name))
		}
		links, pages = append(links, world.Link(name, d)), append(pages, d)
	}
	p.Body = append(p.Body, links...)
	k := s.IntN(n)
	s.say("open", "item", s.q(links[k].Name), "in", in)
	if s.impossible {
		links[k].Gone = true
		s.intents = append(s.intents, s.missing(p))
		return
	}
	reached := false
	s.intents = append(s.intents, func(a *world.App) step.Action {
		if reached = reached || a.Page() == pages[k]; reached {
			return nil
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		return a.Use(links[k])
	})
}
