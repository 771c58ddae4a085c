package scene

import (
	"fmt"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// Controls are what a goal needs of the controls around a table. What is nil it does not need.
type Controls struct {
	Search, Filter, Button *world.Thing
	Sort                   []*world.Thing // the columns to sort by
	Pages                  []*world.Thing // what leads through the pages
	Live                   bool           // the search or the filter works without a button
}

// Ledger gives some tables all that lists of applications have around them: a count, a search, filters, columns to sort by
// and the numbers of the pages, whatever of it the goal needs.
func (s *Scene) Ledger(g *Grid, c Controls) {
	if s.Few || s.Impossible && c.Search == nil || // what is not here might be on another page, or be found
		!s.Chance(0.25) && (!s.Large || !s.Chance(0.8)) {
		return
	}
	p := g.Page
	at := slices.Index(p.Body, g.Heads[0])
	own := append([]*world.Thing{c.Search, c.Filter, c.Button}, c.Sort...)
	top := slices.DeleteFunc(slices.Clone(p.Body[:at]), func(t *world.Thing) bool { return slices.Contains(own, t) })
	rows := slices.Clone(p.Body[at:])
	if s.Chance(0.6) {
		g.Count = world.Text(fmt.Sprintf("%d %s, %s in total", 10+s.IntN(90), words.Of(s.Source, "entries", "reports", "orders", "records"), s.Money()))
		top = append(top, g.Count)
	}
	if s.Chance(0.4) && !s.Used["export"] {
		top = append(top, words.Of(s.Source, world.Link(words.Of(s.Source, "Add entry", "New "+s.Word(), "Import"), s.Stub), s.Decoy(), s.Decoy()))
	}
	g.Leaf = s.leaf(c.Pages)
	p.Body = append(append(top, s.bar(g, c)...), append(rows, g.Leaf...)...)
}

// Narrow shows some rows alone, as a search or a filter does, and says how many they are.
func (g *Grid) Narrow(keep func(row int) bool) {
	n := 0
	for i, line := range g.Lines {
		k := keep(i)
		if k {
			n++
		}
		for _, t := range line {
			t.Gone = !k
		}
		if g.Acts != nil {
			g.Acts[i].Gone = !k
		}
	}
	if g.Clear != nil {
		g.Clear.Gone = false
	}
	if g.Count != nil {
		_, rest, _ := strings.Cut(g.Count.Name, " ")
		g.Count.Name = fmt.Sprint(n) + " " + rest
	}
	for i, t := range g.Leaf {
		t.Gone = i > 1
	}
	if len(g.Leaf) > 0 {
		g.Leaf[0].Name = fmt.Sprintf("%d–%d of %d", min(1, n), n, n)
	}
}

// bar is the search, the filters, the button and the columns.
func (s *Scene) bar(g *Grid, c Controls) []*world.Thing {
	var out []*world.Thing
	switch {
	case c.Search != nil:
		out = append(out, c.Search)
	case !s.Used["search"] && s.Chance(0.7):
		s.Used["search"] = true
		out = append(out, world.Input("Search", ""))
	}
	var filters []*world.Thing
	if c.Filter != nil {
		filters = append(filters, c.Filter)
	}
	for range s.IntN(3) {
		label, options := s.Choice()
		filters = append(filters, world.Select(label, "All", append([]string{"All"}, options...)))
	}
	for _, column := range g.Columns {
		options := words.Choices()[column]
		if column == "Status" {
			options = words.Statuses()
		}
		if options != nil && s.Chance(0.5) && !slices.ContainsFunc(filters, func(t *world.Thing) bool { return t.Name == column }) {
			filters = append(filters, world.Select(column, "All", append([]string{"All"}, words.Some(s.Source, 3+s.IntN(5), options)...)))
		}
	}
	out = append(out, words.Some(s.Source, len(filters), filters)...)
	switch {
	case c.Button != nil:
		out = append(out, c.Button)
	case !c.Live && len(out) > 0:
		out = append(out, world.Button(words.Of(s.Source, "Find", "Filter", "Apply", "Show"), nil))
	}
	if len(out) > 0 && s.Chance(0.4) {
		g.Clear = world.Link(words.Of(s.Source, "Clear", "Reset", "Show all", "Remove filters"), s.Stub)
		g.Clear.Gone = true
		out = append(out, g.Clear)
	}
	first := world.Link(words.Of(s.Source, "Number", "Name", "Entry", "Title"), nil)
	switch {
	case c.Sort != nil:
		out = append(append(out, first), c.Sort...)
	case s.Chance(0.7):
		role := words.Of(s.Source, step.RoleLink, step.RoleLink, step.RoleText)
		first.Role = role
		out = append(out, first)
		for _, column := range g.Columns {
			t := world.Link(column, nil)
			t.Role = role
			out = append(out, t)
		}
	}
	return out
}

// leaf is what leads through the pages of a long list.
func (s *Scene) leaf(pages []*world.Thing) []*world.Thing {
	if pages != nil {
		return append([]*world.Thing{world.Text(fmt.Sprintf("1–%d of %d", 10, 20+s.IntN(80)))}, pages...)
	}
	if s.Chance(0.3) {
		return nil
	}
	out := []*world.Thing{world.Text(fmt.Sprintf("1–%d of %d", 10, 20+s.IntN(80)))}
	for i := range 2 + s.IntN(6) {
		out = append(out, world.Link(fmt.Sprint(i+1), s.Stub))
	}
	return append(out, world.Link(words.Of(s.Source, "Next", "Next page", "›"), s.Stub))
}
