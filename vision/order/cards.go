package order

import (
	"slices"
	"strings"

	"chiron/step"
)

// Rows of a card.
const (
	leastRows = 3
	mostRows  = 12
)

// cards reports how many of some rows, from the i-th on, are cards beside each other, and the cards: all of them show the same kinds
// of things on each row, the first something to read, the last only what can be used, and that is called alike in all of them: "Add to
// cart". In a table the same is called alike down a column; what else stands in two columns, such as facts above "Back" and "Send", has
// other words at its end.
func cards(rows [][]*step.Candidate, i int) (n int, columns [][]*step.Candidate) {
	above := rows[max(0, i-1):i]
	if rows = rows[i:]; len(rows) < leastRows || acting(rows[0]) {
		return 0, nil
	}
	var all []*step.Candidate
	for n, row := range rows[:min(len(rows), mostRows)] {
		all = append(all, row...)
		columns := cut(all, gutter, func(r step.Rect) (int, int) { return r.X, r.X + r.W })
		if len(columns) < 2 || !even(row, columns, role) {
			return 0, nil
		}
		if !acting(row) {
			continue
		}
		if n+1 < leastRows || !even(row, columns, called) || longer(above, all) {
			return 0, nil
		}
		return n + 1, columns
	}
	return 0, nil
}

// longer reports whether cards begin in the middle of what looks like them: it is a long list then.
func longer(above [][]*step.Candidate, cards []*step.Candidate) bool {
	if len(above) == 0 || acting(above[0]) {
		return false
	}
	columns := cut(slices.Concat(above[0], cards), gutter, func(r step.Rect) (int, int) { return r.X, r.X + r.W })
	return len(columns) > 1 && even(above[0], columns, role)
}

func role(c *step.Candidate) string { return string(c.Role) }

// called is the first word of a name, "" for what is no button or link.
func called(c *step.Candidate) string {
	if c.Role != step.RoleButton && c.Role != step.RoleLink {
		return ""
	}
	first, _, _ := strings.Cut(strings.ToLower(c.Name), " ")
	return first
}

// even reports whether a row holds the same in every column, none of it a cell or without a word of this kind.
func even(row []*step.Candidate, columns [][]*step.Candidate, word func(*step.Candidate) string) bool {
	var first []string
	for i, column := range columns {
		var all []string
		for _, c := range row {
			if slices.Contains(column, c) {
				all = append(all, word(c))
			}
		}
		slices.Sort(all)
		if i == 0 {
			first = all
		}
		if len(all) == 0 || all[0] == "" || slices.Contains(all, string(step.RoleCell)) || !slices.Equal(all, first) {
			return false
		}
	}
	return true
}

// acting reports whether all of a row can be used.
func acting(row []*step.Candidate) bool {
	return !slices.ContainsFunc(row, func(c *step.Candidate) bool { return !c.Role.Acts() })
}
