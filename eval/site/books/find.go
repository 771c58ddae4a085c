package books

import (
	"cmp"
	"slices"
	"strings"
)

// Row is a report with its owner.
type Row struct {
	Expense
	Who User
}

// Query selects and orders reports. Q is looked for, without case, in number, description, name of the owner and category;
// empty fields select everything. Dir is "asc" or "desc".
type Query struct{ Q, Status, Category, Sort, Dir string }

// Keys are the columns that Sort may name.
func Keys() []string {
	return []string{"id", "date", "employee", "category", "description", "amount", "status"}
}

// Find lists the reports that match, sorted; equal ones newest first.
func (b *Books) Find(f Query) []Row {
	var list []Row
	needle := strings.ToLower(f.Q)
	for _, e := range b.expenses {
		r := Row{Expense: *e, Who: *b.User(e.Owner)}
		text := strings.ToLower(e.ID + " " + e.Description + " " + r.Who.Name + " " + e.Category)
		if (f.Status == "" || e.Status == f.Status) && (f.Category == "" || e.Category == f.Category) &&
			strings.Contains(text, needle) {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(x, y Row) int {
		c := compare(x, y, f.Sort)
		if f.Dir == "desc" {
			c = -c
		}
		return cmp.Or(c, -cmp.Compare(x.ID, y.ID))
	})
	return list
}

func compare(a, b Row, column string) int {
	switch column {
	case "id":
		return cmp.Compare(a.ID, b.ID)
	case "employee":
		return cmp.Compare(a.Who.Name, b.Who.Name)
	case "category":
		return cmp.Compare(a.Category, b.Category)
	case "description":
		return cmp.Compare(strings.ToLower(a.Description), strings.ToLower(b.Description))
	case "amount":
		return cmp.Compare(a.Cents, b.Cents)
	case "status":
		return cmp.Compare(a.Status, b.Status)
	}
	return cmp.Compare(a.Date, b.Date)
}
