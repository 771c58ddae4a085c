package goals

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// ranking is a table that can be ordered by a column: by its header or a select.
type ranking struct {
	*scene.Grid
	control blank     // what orders it, and for a select the option
	first   bool      // what comes first is to be reported
	sums    []float64 // by row, where it is ordered by them, the smallest first
	sorted  bool
}

// sortBy orders a table by a column, and may report what comes first.
func sortBy(s *maker) {
	p, in := s.Place()
	g := &ranking{Grid: s.Grid(p, "")}
	k := s.IntN(len(g.Columns))
	if c := slices.IndexFunc(g.Columns, counted); c >= 0 && s.Chance(0.6) {
		k = c
		for i, cells := range g.Cells { // the cents tell the rows apart
			g.sums = append(g.sums, float64(1+s.IntN(words.Of(s.Source, 100, 2000)))+float64(i*7)/100)
			cells[k].Value = fmt.Sprintf("€%.2f", g.sums[i])
		}
	}
	list := p.Body
	order := func(*world.App) { g.shuffle(s) }
	var header []*world.Thing
	if s.Chance(0.4) {
		options := append([]string{words.Of(s.Source, "Default", "Relevance", "Newest")}, g.Columns...)
		g.control = blank{field: world.Select(words.Of(s.Source, "Sort by", "Order", "Sort", "Order by"), options[0], options), want: g.Columns[k]}
		g.control.field.Change = func(a *world.App) {
			if g.control.field.Holds(g.control.want) {
				order(a)
			}
		}
		header = append(header, g.control.field)
	} else {
		for i, c := range g.Columns {
			t := world.Link(c, nil)
			if i == k {
				t.Click = order
				g.control = blank{field: t}
			}
			header = append(header, t)
		}
	}
	p.Body = append(slices.Clone(header), list...)
	if g.control.want == "" {
		s.Ledger(g.Grid, scene.Controls{Sort: header})
	}
	said := g.Columns[k]
	if s.Chance(0.5) {
		said = strings.ToLower(said)
	}
	g.first = g.sums != nil || s.Chance(0.5)
	kind := "sort"
	if g.first {
		kind = "sort_read"
	}
	if g.sums != nil && s.Chance(0.7) {
		kind = "sort_least"
	}
	s.Say(kind, "x", said, "in", in, "thing", words.Of(s.Source, "entry", "order", "invoice", "report", "item", "row"))
	if g.first {
		s.Answer(words.Of(s.Source, "first", "entry", "row"), world.Text(""))
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action { return g.way(a, s.Results) })
}

// counted reports whether a column is one of sums.
func counted(column string) bool {
	return column == "Total" || column == "Amount" || column == "Price" || column == "Balance"
}

// shuffle gives the rows another order, once. Unless it is one of sums, who reads the table cannot know the right one from a part of the columns.
func (g *ranking) shuffle(s *maker) {
	if g.sorted {
		return
	}
	g.sorted = true
	rows := s.Perm(len(g.Rows))
	if g.sums != nil {
		slices.SortFunc(rows, func(a, b int) int { return cmp.Compare(g.sums[a], g.sums[b]) })
	}
	var out []*world.Thing
	for _, r := range rows {
		out = append(out, g.Lines[r]...)
	}
	body, i := slices.Clone(g.Page.Body), 0
	for j, t := range body {
		if slices.Contains(out, t) {
			body[j] = out[i]
			i++
		}
	}
	g.Page.Body, g.Heads = body, g.Lines[rows[0]][:1]
}

// way is the expert who sorts. What is to be reported is known when the table is sorted.
func (g *ranking) way(a *world.App, results map[string]*world.Thing) step.Action {
	if g.sorted && !g.first {
		return nil
	}
	if act := a.Reach(g.Page); act != nil {
		return act
	}
	switch {
	case g.sorted:
		for name := range results {
			results[name] = g.Heads[0]
		}
		return a.At(g.Heads[0])
	case g.control.want != "":
		return a.Fill(g.control.field, g.control.want)
	}
	return a.Use(g.control.field)
}

// filter narrows a list by a select and perhaps a button.
func filter(s *maker) {
	thing := words.Of(s.Source, "entries", "orders", "tickets", "requests", "items", "invoices", "reports", "ones")
	label, options := s.Choice()
	if !s.Chance(0.7) || !slices.Contains([]string{"Status", "Priority", "Size", "Color", "Role", "Category"}, label) {
		thing = "" // the goal names the label instead
	}
	p, in := s.Implied(thing)
	all := words.Of(s.Source, "All", "Any", "")
	if all != "" {
		options = append([]string{all}, options...)
	}
	want := options[1+s.IntN(len(options)-1)]
	t := world.Select(label, options[0], options)
	things := []*world.Thing{t}
	filtered := false
	var g *scene.Grid
	apply := func(a *world.App) {
		filtered = t.Value == want
		if t.Value != options[0] {
			narrow(s, g, label, t.Value)
		}
	}
	var button *world.Thing
	if s.Chance(0.6) {
		button = world.Button(words.Of(s.Source, "Filter", "Apply", "Show", "Find", "Update list"), apply)
		things = append(things, button)
	} else {
		t.Change = apply
	}
	p.Body = append(p.Body, things...)
	g = s.Grid(p, "")
	s.Ledger(g, scene.Controls{Filter: t, Button: button, Live: button == nil})
	said := want
	if s.Chance(0.5) {
		said = fmt.Sprintf("%q", want)
	}
	name := label
	if s.Chance(0.5) {
		name = strings.ToLower(label)
	}
	if thing != "" {
		s.Say("filter_bare", "value", strings.ToLower(want), "things", thing, "in", in)
	} else {
		s.Say("filter", "label", name, "value", said, "in", in)
	}
	s.Intents = append(s.Intents, scene.Unless(p, &filtered, func(a *world.App) step.Action {
		if act := a.Fill(t, want); act != nil {
			return act
		}
		return a.Use(button)
	}))
}

// narrow leaves some rows, all with the value that is asked for where the table shows it.
func narrow(s *maker, g *scene.Grid, label, value string) {
	c := slices.Index(g.Columns, label)
	n := s.IntN(len(g.Rows) + 1)
	g.Narrow(func(row int) bool {
		if row < n && c >= 0 {
			g.Cells[row][c].Value = value
		}
		return row < n
	})
}
