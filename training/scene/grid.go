package scene

import (
	"maps"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// Grid is a table: the rows begin with a link or a cell, the other cells name their column.
type Grid struct {
	Page    *world.Page
	Columns []string
	Rows    []string
	Heads   []*world.Thing
	Cells   [][]*world.Thing // by row and column, without the first
	Lines   [][]*world.Thing // all that stands in a row, but its button
	Acts    []*world.Thing   // one button for each row, nil without
	Count   *world.Thing     // how many entries there are, nil where it does not say
	Leaf    []*world.Thing   // what leads through the pages
	Clear   *world.Thing     // shows all rows again, nil where nothing does
}

// Grid makes a table on a page; act names the button of each row, "" for none.
func (s *Scene) Grid(p *world.Page, act string) *Grid {
	g := &Grid{Page: p}
	wide := 1 + s.IntN(3)
	if s.Large {
		wide = 3 + s.IntN(5)
	}
	for range wide {
		columns := words.Columns()
		if s.Chance(0.35) { // most lists have some of these
			columns = []string{"Date", "Status", "Amount", "Total", "Price", "Category", "Type", "Employee", "Owner", "Customer", "Description", "Priority"}
			columns = words.Some(s.Source, len(columns), columns)
		}
		g.Columns = append(g.Columns, s.FreshOf(columns))
	}
	n := 2 + s.IntN(4)
	if s.Large {
		n = 7 + s.IntN(6)
	}
	if s.App.Pixels { // of its cells, an eye on pixels sees the values alone
		for _, c := range g.Columns {
			p.Body = append(p.Body, world.Text(c))
		}
	}
	faces := s.Chance(0.3) // people stand in their cells with their initials, as a picture
	mixed, link, draw := s.Chance(0.3), s.Chance(0.5), words.Of(s.Source, s.Item, s.Code, s.Code, s.Person)
	for range n {
		if mixed {
			link, draw = s.Chance(0.5), words.Of(s.Source, s.Item, s.Code, s.Person)
		}
		name := s.Fresh(draw)
		g.Rows = append(g.Rows, name)
		first := world.Text(name)
		if link {
			first = world.Link(name, s.Stub)
		}
		g.Heads = append(g.Heads, first)
		p.Body = append(p.Body, first)
		cells, faced := s.row(g, faces)
		p.Body = append(p.Body, faced...)
		g.Cells = append(g.Cells, cells)
		g.Lines = append(g.Lines, append([]*world.Thing{first}, faced...))
		if act != "" {
			b := world.Button(act, func(*world.App) { s.Spoiled = true })
			g.Acts = append(g.Acts, b)
			p.Body = append(p.Body, b)
		}
	}
	return g
}

// Tell makes one of the columns that of a filter, as it is in most lists: value is what it holds in a row.
func (g *Grid) Tell(s *Scene, label string, value func(row int) string) {
	c := s.IntN(len(g.Columns))
	if s.App.Pixels || len(g.Lines[0]) > len(g.Columns)+1 { // no column is read, or people stand there with their pictures
		return
	}
	g.Columns[c] = label
	for i, row := range g.Cells {
		row[c].Name, row[c].Value = label, value(i)
	}
}

// row makes the cells of a row, without the pictures of people and, where they have some, with them.
func (s *Scene) row(g *Grid, faces bool) (cells, faced []*world.Thing) {
	for _, c := range g.Columns {
		v := s.Value(c)
		switch c {
		case "Status", "Priority", "Type":
			v = words.Of(s.Source, words.Statuses()...)
		case "Total", "Balance", "Due":
			v = s.Money()
		}
		if slices.Contains([]string{"Owner", "Assignee", "Customer", "Employee", "Manager", "Requester", "Approver", "Author", "Driver", "Contact", "Modified by"}, c) {
			v = s.Person()
			if faces {
				faced = append(faced, world.Cell(c, words.Initials(v)))
			}
		}
		cells = append(cells, world.Cell(c, v))
		faced = append(faced, cells[len(cells)-1])
	}
	return cells, faced
}

// Choice is a label with its options, at most seven.
func (s *Scene) Choice() (string, []string) {
	all := words.Choices()
	labels := slices.Sorted(maps.Keys(all))
	for range 10 {
		l := words.Of(s.Source, labels...)
		if !s.Used[strings.ToLower(l)] {
			s.Used[strings.ToLower(l)] = true
			return l, s.Options(3+s.IntN(5), all[l])
		}
	}
	var options []string
	for range 3 + s.IntN(3) {
		options = append(options, s.Name())
	}
	return s.Fresh(s.Label), options
}

// Options are n options of a list in any order. Often they are words that no such list has: a model must read them and not
// know them by heart.
func (s *Scene) Options(n int, known []string) []string {
	if !s.Chance(0.4) {
		return words.Some(s.Source, n, known)
	}
	var out []string
	draw := words.Of(s.Source, s.Thing, s.Thing, s.Name, s.Label)
	for len(out) < n {
		o := draw()
		if s.Chance(0.2) {
			o = words.Of(s.Source, known...)
		}
		if !slices.ContainsFunc(out, func(have string) bool { return strings.EqualFold(have, o) }) {
			out = append(out, o)
		}
	}
	return out
}

// Lengthen makes the page of the last goal as long as pages are, by what no goal needs: a table behind or before what the goal speaks
// of, or a long list before it. Marks of three figures must be met too.
func (s *Scene) Lengthen() {
	if !s.Large || s.At == nil || !s.Chance(0.7) {
		return
	}
	s.App.Room = 130
	own := s.At.Body
	switch s.At.Body = nil; s.IntN(4) {
	case 0:
		s.Grid(s.At, "")
		s.At.Body = append(s.At.Body, own...)
	case 1:
		s.At.Body = append(s.index(60+s.IntN(40)), own...)
	default:
		s.At.Body = own
		s.Grid(s.At, "")
	}
}

// index is a long list of short words, as of towns or of topics: what follows has marks of three figures on a page that is no longer
// than others to read.
func (s *Scene) index(n int) []*world.Thing {
	role := words.Of(s.Source, step.RoleLink, step.RoleLink, step.RoleText, step.RoleButton)
	list := make([]*world.Thing, n)
	for i := range list {
		list[i] = world.Link(s.Fresh(s.Word), s.Stub)
		if list[i].Role = role; role == step.RoleText {
			list[i].To = nil
		}
	}
	return list
}
