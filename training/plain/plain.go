// Package plain makes goals said in words of every day, where the page uses words of its own. What is asked for is written by
// hand, in tables: a made-up rule knows no way in which people say things.
package plain

import (
	"slices"
	"strings"
	"unicode"

	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// row is a line of a table: what the page says, and how people ask for it.
type row struct {
	label string
	near  []string // beginnings of words: what has one of them in its name may mean nearly the same
	heads []string // what the table has before the ways to ask
	list  []choice
}

// choice is an option of a row with the ways to ask for it. Without ways it only stands beside the others.
type choice struct {
	option string
	ways   []string
}

// lines are the lines of a table.
func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// parse reads a line that has so many heads after its label and what is near.
func parse(line string, heads int) row {
	parts := strings.Split(line, "|")
	r := row{label: parts[0], near: strings.Split(parts[1], ","), heads: parts[2 : 2+heads]}
	for _, part := range parts[2+heads:] {
		option, ways, asked := strings.Cut(part, "=")
		c := choice{option: option}
		if asked {
			c.ways = strings.Split(ways, "/")
		}
		r.list = append(r.list, c)
	}
	return r
}

// asked are the choices that there are ways to ask for.
func (r row) asked() []choice {
	var out []choice
	for _, c := range r.list {
		if c.ways != nil {
			out = append(out, c)
		}
	}
	return out
}

// options are the words of the choices.
func (r row) options() []string {
	var out []string
	for _, c := range r.list {
		out = append(out, c.option)
	}
	return out
}

// like reports whether two rows mean nearly the same, so that nobody could tell which is asked for.
func (r row) like(o row) bool {
	for _, n := range r.near {
		for _, m := range o.near {
			if n == m {
				return true
			}
		}
	}
	return hits(o.label+" "+strings.Join(o.options(), " "), r.near) || hits(r.label+" "+strings.Join(r.options(), " "), o.near)
}

// hits reports whether a word of a text begins with one of some stems.
func hits(text string, stems []string) bool {
	text = strings.ToLower(text)
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		for _, stem := range stems {
			if strings.HasPrefix(w, stem) || strings.Contains(stem, " ") && strings.Contains(text, stem) {
				return true
			}
		}
	}
	return false
}

// shown is all that is written around a page and on it.
func shown(s *scene.Scene, p *world.Page) string {
	var b strings.Builder
	for _, list := range [][]*world.Thing{s.App.Header, s.App.Footer, p.Body} {
		for _, t := range list {
			b.WriteString(t.Name + "\n" + strings.Join(t.Options, "\n") + "\n")
			for _, o := range t.Opens {
				b.WriteString(o.Name + "\n")
			}
		}
	}
	return b.String()
}

// draw takes a row of a table that nothing on these pages is like, and sees to it that nothing like it is added.
func draw(s *scene.Scene, table []string, heads int, pages ...*world.Page) row {
	var r row
	text := ""
	for _, p := range pages {
		text += shown(s, p)
	}
	for _, i := range s.Perm(len(table)) {
		r = parse(table[i], heads)
		if !hits(text, r.near) && !s.Used[strings.ToLower(r.label)] {
			break
		}
	}
	s.Used[strings.ToLower(r.label)] = true
	known := append(append(words.Columns(), words.Facts()...), append(words.Fields(), words.Switches()...)...)
	for label := range words.Choices() {
		known = append(known, label)
	}
	for _, label := range known {
		if hits(label, r.near) {
			s.Used[strings.ToLower(label)] = true
		}
	}
	return r
}

// others are up to n rows that stand beside one and are not like it.
func others(s *scene.Scene, table []string, heads, n int, r row) []row {
	if s.Few {
		n = (n + 1) / 2
	}
	var out []row
	for range 4 * n {
		o := parse(words.Of(s.Source, table...), heads)
		name := strings.ToLower(o.label)
		taken := slices.ContainsFunc(strings.Split(name, "/"), func(n string) bool { return s.Used[n] })
		if len(out) == n || s.Used[name] || taken || r.like(o) {
			continue
		}
		s.Used[name] = true
		out = append(out, o)
	}
	return out
}

// sift gives other names to what was put around a goal's things without a purpose and could be taken for them.
func sift(s *scene.Scene, p *world.Page, r row, own ...*world.Thing) {
	mine := map[*world.Thing]bool{}
	for _, t := range own {
		mine[t] = true
	}
	names := map[string]string{} // the same column has the same name in all rows
	rename := func(name string) string {
		if names[name] == "" {
			names[name] = s.Fresh(s.Name)
		}
		return names[name]
	}
	of := append([]string{}, r.near...) // what options of other selects must not say
	for _, w := range strings.Fields(strings.ToLower(strings.Join(r.options(), " "))) {
		if len(w) > 4 {
			of = append(of, w)
		}
	}
	for _, t := range p.Body {
		if mine[t] {
			continue
		}
		if hits(t.Name, r.near) {
			t.Name = rename(t.Name)
		}
		for i, o := range t.Options {
			if !hits(o, of) {
				continue
			}
			t.Options[i] = rename(o)
			if t.Value == o {
				t.Value = t.Options[i]
			}
		}
	}
}

// here is where a goal says that its object is. What is not on the page that a task begins on might be on another, unless the goal
// speaks of that page.
func here(s *scene.Scene, in string) string {
	if in == "" && s.Kind != "chain" && (s.Impossible || s.Chance(0.3)) {
		return " on this page"
	}
	return in
}

// missing is the end of a goal whose object is not there. What follows must not bring it back.
func missing(s *scene.Scene, p *world.Page) {
	s.Large = false
	s.Intents = append(s.Intents, s.Missing(p))
}
