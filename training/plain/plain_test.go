package plain

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheTablesCanBeAsked reads all lines of the tables: each has ways to ask, and none says in them what the page says.
func TestTheTablesCanBeAsked(t *testing.T) {
	hole := regexp.MustCompile(`\{[a-z]+\}`)
	for _, c := range []struct {
		name  string
		table []string
		heads int
		least int
		holes []string
	}{
		{"settings", settings(), 1, 60, []string{"{v}"}},
		{"buttons", buttons(), 1, 80, []string{"{it}"}},
		{"filters", filters(), 2, 40, []string{"{t}"}},
		{"facts", facts(), 2, 60, []string{"{it}"}},
		{"parts", parts(), 0, 50, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.table) < c.least {
				t.Errorf("%d lines; at least %d are needed", len(c.table), c.least)
			}
			seen, ways, options := map[string]bool{}, 0, 0
			for _, line := range c.table {
				r := parse(line, c.heads)
				if seen[r.label] {
					t.Errorf("%q stands there twice", r.label)
				}
				seen[r.label] = true
				if len(r.asked()) == 0 || slices.Contains(r.near, "") {
					t.Errorf("%q: no way to ask, or an empty stem", r.label)
				}
				for _, o := range r.asked() {
					options++
					for _, w := range o.ways {
						ways++
						if w == "" || strings.ContainsAny(w[len(w)-1:], ".?!") {
							t.Errorf("%q: %q ends wrongly", r.label, w)
						}
						for _, h := range hole.FindAllString(w, -1) {
							if !slices.Contains(c.holes, h) {
								t.Errorf("%q: %q has the hole %s", r.label, w, h)
							}
						}
						if strings.Contains(strings.ToLower(w), strings.ToLower(r.label)) && len(r.label) > 5 {
							t.Logf("%q: %q says the label", r.label, w)
						}
					}
				}
			}
			t.Logf("%d lines, %d options, %d ways to ask", len(c.table), options, ways)
		})
	}
}
