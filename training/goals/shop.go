package goals

import (
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// quest is a search for an item.
type quest struct {
	item            string
	field, button   *world.Thing
	at              *world.Page // where the field is, unless it is in the header
	results, detail *world.Page
	link            *world.Thing // of the item among the results
	header          bool
	lone            bool // there is no button, Enter starts the search
	opens           bool // the item is to be opened
	none            bool // there is no such item
	shown, reached  bool
}

// search finds an item with a search field, on the page or in the header.
func search(s *maker) {
	s.Used["search"] = true
	q := &quest{item: s.Fresh(s.Item), none: s.Impossible}
	q.field = world.Input(words.Of(s.Source, "Search", "Search the site", "Find", "Search…", "Search "+strings.ToLower(s.Section()), "What are you looking for?", "Keyword", "Query"), "")
	q.results = &world.Page{Title: words.Of(s.Source, "Search results", "Results", "Search"), Path: "/search"}
	q.detail = &world.Page{Title: q.item, Path: "/items/" + scene.Slug(q.item), Body: []*world.Thing{world.Heading(q.item), world.Text(s.Sentence())}}
	none := words.Of(s.Source, "No results.", "Nothing found.", "0 results", "No matches for your search.")
	hits := []*world.Thing{world.Link(q.item, q.detail)}
	for range s.IntN(5) {
		hits = append(hits, world.Link(s.Fresh(s.Item), s.Stub))
	}
	q.link = hits[0]
	hits = words.Some(s.Source, len(hits), hits)
	run := func(a *world.App) {
		q.results.Body = nil
		if strings.EqualFold(q.field.Value, q.item) && !q.none {
			q.results.Body, q.shown = append([]*world.Thing{world.Text(itoa(len(hits)) + " results")}, hits...), true
		} else {
			q.results.Body, q.shown = []*world.Thing{world.Text(none)}, q.shown || strings.EqualFold(q.field.Value, q.item)
		}
		q.results.Path = "/search?q=" + strings.ReplaceAll(q.field.Value, " ", "+")
		a.Go(q.results)
	}
	q.field.Enter = run
	q.button = world.Button(words.Of(s.Source, "Search", "Find", "Go", "Search now"), run)
	q.at = s.First()
	things := []*world.Thing{q.field}
	if q.lone = s.Chance(0.2); q.lone {
		q.button = q.field
	} else {
		things = append(things, q.button)
	}
	q.header = s.Chance(0.5) && !q.at.Bare
	if q.header {
		s.App.Header = append(s.App.Header, things...)
	} else {
		q.at = s.Home
		s.Add(q.at, things...)
	}
	q.opens = s.Chance(0.6)
	kind := "search_only"
	if q.opens {
		kind = "search"
	}
	s.Say(kind, "item", s.Tell("query", q.item))
	if q.none {
		s.Refusal = scene.WhyNothing
	}
	s.Intents = append(s.Intents, q.way)
}

// way is the expert who searches.
func (q *quest) way(a *world.App) step.Action {
	switch {
	case q.none && q.shown:
		return step.Fail{Reason: scene.WhyNothing}
	case q.reached || !q.opens && q.shown || q.opens && a.Page() == q.detail:
		q.reached = true
		return nil
	case q.shown && a.Page() == q.results && len(q.results.Body) > 1:
		return a.Use(q.link)
	}
	if !q.header || a.Page().Bare {
		if act := a.Reach(q.at); act != nil {
			return act
		}
	}
	if act := a.Fill(q.field, q.item); act != nil {
		return act
	}
	if q.lone && a.Focused(q.field) {
		return step.Press{Key: "Enter"}
	}
	return a.Use(q.button)
}

// shelf is a page of products, and the cart.
type shelf struct {
	page, basket           *world.Page
	names, prices, buttons []*world.Thing
	wanted                 int
	look                   bool // the cart is to be opened at the end
	added, seen            bool
}

// cart puts one of several products into the cart.
func cart(s *maker) {
	p, in := s.Place()
	word := words.Of(s.Source, "cart", "cart", "basket", "bag")
	label := words.Of(s.Source, "Add to "+word, "Add to "+word, "Buy", "Add", "Buy now")
	n := 2 + s.IntN(4)
	h := &shelf{page: p, wanted: s.IntN(n)}
	h.basket = &world.Page{Title: words.Title(word), Path: "/" + word, Body: []*world.Thing{world.Heading("Your " + word)}}
	open := world.Link(words.Title(word), h.basket)
	s.App.Header = append(s.App.Header, open)
	s.Used[word] = true
	item := ""
	for i := range n {
		name := s.Fresh(s.Item)
		h.names = append(h.names, words.Of(s.Source, world.Heading(name), world.Text(name), world.Link(name, s.Stub)))
		h.prices = append(h.prices, world.Text(s.Money()))
		h.buttons = append(h.buttons, world.Button(label, func(a *world.App) {
			if i != h.wanted {
				s.Spoiled = true
				return
			}
			h.added = true
			open.Name = words.Title(word) + " (1)"
			h.basket.Body = append(h.basket.Body, world.Text(name))
			if s.Chance(0.5) {
				a.Say(words.Of(s.Source, name+" was added.", "Added to your "+word+".", "Added"))
			}
		}))
		if i == h.wanted {
			item = name
		}
	}
	h.lay(s.Chance(0.25))
	kind := words.Of(s.Source, "cart", "cart", "cart_checkout")
	h.look = kind == "cart_checkout"
	s.Say(kind, "item", s.Quote(item), "cart", word, "in", in)
	if s.Impossible {
		h.names[h.wanted].Name = s.Fresh(s.Item)
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Intents = append(s.Intents, h.way)
}

// lay puts the products one below the other, or in rows of three, where reading goes across: names, prices and buttons each
// in a row.
func (h *shelf) lay(rows bool) {
	n, wide := len(h.names), 1
	if rows {
		wide = 3
	}
	for i := 0; i < n; i += wide {
		for _, list := range [][]*world.Thing{h.names, h.prices, h.buttons} {
			h.page.Body = append(h.page.Body, list[i:min(n, i+wide)]...)
		}
	}
}

// way is the expert who buys.
func (h *shelf) way(a *world.App) step.Action {
	switch {
	case h.seen || h.added && !h.look:
		return nil
	case h.added && a.Page() == h.basket:
		h.seen = true
		return nil
	case h.added:
		return a.Reach(h.basket)
	}
	if act := a.Reach(h.page); act != nil {
		return act
	}
	return a.Use(h.buttons[h.wanted])
}
