package desk

import (
	"fmt"
	"slices"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Pages opens a page of a long list by its number.
func Pages(s *scene.Scene) {
	p, in := s.Place()
	n := 3 + s.IntN(5)
	k := 2 + s.IntN(n-1)
	pages := []*world.Page{p}
	for i := 2; i <= n; i++ {
		pages = append(pages, &world.Page{Title: p.Title, Path: p.Path + "?page=" + fmt.Sprint(i)})
	}
	var links []*world.Thing
	for i, page := range pages {
		links = append(links, world.Link(fmt.Sprint(i+1), page))
	}
	if s.Impossible {
		k = n + 1 + s.IntN(4)
	} else if s.Chance(0.8) {
		links = append(links, world.Link(words.Of(s.Source, "Next", "›", "Next page"), pages[1]))
	}
	turnable(s, pages, links)
	s.Say("paging", "n", fmt.Sprint(k), "nth", words.Of(s.Source, nth(k), fmt.Sprint(k)+ordinal(k)), "in", in)
	if s.Impossible {
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	reached := false
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if reached = reached || a.Page() == pages[k-1]; reached {
			return nil
		}
		if slices.Contains(pages, a.Page()) {
			return a.Use(links[k-1])
		}
		return a.Reach(p)
	})
}

// turnable puts entries on the pages of a list, and what leads through them: below links or around a table.
func turnable(s *scene.Scene, pages []*world.Page, links []*world.Thing) {
	table := s.Chance(0.6)
	for _, page := range pages {
		if table && page == pages[0] {
			s.Ledger(s.Grid(page, ""), scene.Controls{Pages: links})
		} else {
			for range 2 + s.IntN(4) {
				page.Body = append(page.Body, world.Link(s.Fresh(s.Item), s.Stub))
			}
		}
		if !slices.Contains(page.Body, links[0]) {
			page.Body = append(page.Body, links...)
		}
	}
}

func nth(n int) string {
	return []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"}[n-1]
}

// ordinal is what follows a number below 20: "nd".
func ordinal(n int) string {
	if n > 3 {
		return "th"
	}
	return []string{"st", "nd", "rd"}[n-1]
}
