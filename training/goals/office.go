package goals

import (
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// lookup searches a table and reports a cell of the row that is left.
func lookup(s *maker) {
	p, in := s.Place()
	g := s.Grid(p, "")
	k, c := s.IntN(len(g.Rows)), s.IntN(len(g.Columns))
	field := world.Input(words.Of(s.Source, "Search", "Filter", "Find", "Keyword", "Search the list"), "")
	word := sought(s, g, k, c)
	found := false
	run := func(a *world.App) {
		found = field.Value == word
		if field.Value != "" {
			g.Narrow(func(row int) bool { return found && row == k && !s.Impossible })
		}
		if found && s.Impossible {
			a.Say(words.Of(s.Source, "No results.", "Nothing found.", "0 entries"))
		}
	}
	field.Enter = run
	bar := []*world.Thing{field, world.Button(words.Of(s.Source, "Find", "Search", "Go", "Apply", "Show"), run)}
	enter := s.Chance(0.2)
	if enter {
		bar = bar[:1]
	}
	s.Used["search"] = true
	p.Body = append(bar, p.Body...)
	controls := scene.Controls{Search: field, Live: enter}
	if !enter {
		controls.Button = bar[1]
	}
	s.Ledger(g, controls)
	col := strings.ToLower(g.Columns[c])
	kind := "lookup"
	if cost(g.Columns) == c && s.Chance(0.7) {
		kind = "lookup_cost"
	}
	s.Say(kind, "row", s.Tell("query", word), "col", words.Of(s.Source, col, "the "+col), "in", in, "thing", words.Of(s.Source, "one", "entry", "thing", "trip", "order", "meal", "dinner", "ticket", "repair", "course", "room", "taxi", "flight", "tool", "parcel"))
	if s.Impossible {
		s.Refusal = scene.WhyNothing
	} else {
		s.Answer(g.Columns[c], g.Cells[k][c])
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if act := a.Reach(p); act != nil {
			return act
		}
		if act := a.Fill(field, word); act != nil {
			return act
		}
		switch {
		case found && s.Impossible:
			return step.Fail{Reason: s.Refusal}
		case found:
			return a.At(g.Cells[k][c])
		case enter && a.Focused(field):
			return step.Press{Key: "Enter"}
		}
		return a.Use(bar[len(bar)-1])
	})
}

// sought is what the search is asked for: how row k begins, or a word in one of its cells, but not in column c.
func sought(s *maker, g *scene.Grid, k, c int) string {
	word := g.Rows[k]
	if first, _, ok := strings.Cut(word, " "); ok && s.Chance(0.6) && strings.Count(strings.ToLower(strings.Join(g.Rows, " ")), strings.ToLower(first)) == 1 {
		word = first
	}
	if other := s.IntN(len(g.Columns)); other != c && s.Chance(0.4) { // what is looked for stands in a cell
		word = s.Fresh(s.Word)
		g.Cells[k][other].Value = words.Of(s.Source, "Lunch with the ", "Trip to the ", "Part for the ", "New ", "") + words.Of(s.Source, word, word+" "+s.Word(), s.Word()+" "+word)
	}
	return word
}

// cost is the only column of sums, which nobody needs to name, or -1.
func cost(columns []string) int {
	at := -1
	for i, c := range columns {
		switch {
		case c == "Due" || c == "Balance" || counted(c) && at >= 0:
			return -1
		case counted(c):
			at = i
		}
	}
	return at
}
