package site

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"chiron/eval/site/books"
)

const perPage = 10

func memberRoutes() map[string]handler {
	return map[string]handler{
		"GET /{$}":                    dashboard,
		"GET /expenses":               expenseList,
		"GET /expenses.csv":           exportCSV,
		"GET /expenses/new":           newReport,
		"POST /review":                checkReport,
		"GET /review/{form}":          reviewPage,
		"POST /expenses":              submitReport,
		"GET /expenses/{id}":          expensePage,
		"GET /expenses/{id}/receipt":  receipt,
		"POST /expenses/{id}/delete":  deleteExpense,
		"POST /expenses/{id}/approve": decide(true),
		"POST /expenses/{id}/reject":  decide(false),
		"GET /tickets":                board,
		"POST /tickets":               openTicket,
		"GET /tickets/{id}":           ticketPage,
		"POST /tickets/{id}/move":     moveTicket,
		"GET /activity":               activity,
		"GET /activity/more":          moreActivity,
		"GET /notices":                notices,
		"POST /notices":               acknowledge,
		"GET /policy":                 func(*state, *visit) answer { return show("policy", nil) },
		"GET /settings":               settingsPage,
		"POST /settings":              saveSettings,
		"POST /settings/signature":    saveSignature,
	}
}

// filter is the state of the table, as its URL says it.
type filter struct {
	books.Query
	Page int
}

func newFilter(q url.Values) filter {
	f := filter{Query: books.Query{Q: strings.TrimSpace(q.Get("q")), Status: q.Get("status"), Category: q.Get("category"),
		Sort: q.Get("sort"), Dir: q.Get("dir")}}
	f.Page, _ = strconv.Atoi(q.Get("page")) // anything else is the first page
	f.Page = max(f.Page, 1)
	if !slices.Contains(books.Keys(), f.Sort) {
		f.Sort, f.Dir = "date", "desc"
	}
	if f.Dir != "desc" {
		f.Dir = "asc"
	}
	return f
}

func (f filter) values() url.Values {
	v := url.Values{"sort": {f.Sort}, "dir": {f.Dir}, "page": {strconv.Itoa(f.Page)}}
	for key, value := range map[string]string{"q": f.Q, "status": f.Status, "category": f.Category} {
		if value != "" {
			v.Set(key, value)
		}
	}
	return v
}

// CSV is the link to the export of the same rows.
func (f filter) CSV() string { return "/expenses.csv?" + f.values().Encode() }

// To is the link to another page of the table.
func (f filter) To(page int) string {
	f.Page = page
	return "/expenses?" + f.values().Encode()
}

// By is the link of a column's head: the other direction when the table is sorted by it already.
func (f filter) By(column string) string {
	if f.Sort == column && f.Dir == "asc" {
		f.Dir = "desc"
	} else {
		f.Dir = "asc"
	}
	f.Sort, f.Page = column, 1
	return "/expenses?" + f.values().Encode()
}

// Aria is the value of aria-sort for a column.
func (f filter) Aria(column string) string {
	if f.Sort != column {
		return "none"
	}
	return map[string]string{"asc": "ascending", "desc": "descending"}[f.Dir]
}

type listData struct {
	filter
	Rows                          []books.Row
	First, Last, Total, Pages     int
	Sum                           int64
	Numbers                       []int
	Columns, Statuses, Categories []string
}

func expenseList(st *state, v *visit) answer {
	f := newFilter(v.r.URL.Query())
	all := st.Find(f.Query)
	d := listData{Total: len(all), Pages: max((len(all)+perPage-1)/perPage, 1), Columns: books.Keys(), Statuses: books.Statuses(),
		Categories: books.Categories()}
	for _, r := range all {
		d.Sum += r.Cents
	}
	f.Page = min(f.Page, d.Pages)
	d.filter = f
	from, to := (f.Page-1)*perPage, min(f.Page*perPage, len(all))
	d.Rows, d.First, d.Last = all[from:to], min(from+1, len(all)), to
	for n := range d.Pages {
		d.Numbers = append(d.Numbers, n+1)
	}
	return show("expenses", d)
}

func exportCSV(st *state, v *visit) answer {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	lines := [][]string{{"Number", "Date", "Employee", "Category", "Description", "Amount", "Currency", "Status"}}
	rows := st.Find(newFilter(v.r.URL.Query()).Query)
	for _, r := range rows {
		lines = append(lines, []string{r.ID, r.Date, r.Who.Name, r.Category, r.Description,
			fmt.Sprintf("%d.%02d", r.Cents/100, r.Cents%100), "EUR", r.Status})
	}
	if err := out.WriteAll(lines); err != nil {
		return refuse(http.StatusInternalServerError, "fault", http.StatusInternalServerError)
	}
	name := "expenses-" + st.Today() + ".csv"
	st.Record(v.user.Username, "download", name, fmt.Sprintf("rows=%d", len(rows)))
	return answer{status: http.StatusOK, file: &download{name: name, kind: "text/csv; charset=utf-8", body: b.Bytes()}}
}

type detailData struct {
	books.Row
	Mine, Decide bool
}

func expensePage(st *state, v *visit) answer {
	e := st.Expense(v.r.PathValue("id"))
	if e == nil {
		return missing()
	}
	return show("expense", detailData{Row: books.Row{Expense: *e, Who: *st.User(e.Owner)}, Mine: e.MayDelete(*v.user),
		Decide: e.MayDecide(*v.user)})
}

func receipt(st *state, v *visit) answer {
	e := st.Expense(v.r.PathValue("id"))
	if e == nil || e.Receipt == nil {
		return missing()
	}
	st.Record(v.user.Username, "download", e.Receipt.Name, e.ID)
	return answer{status: http.StatusOK, file: &download{name: e.Receipt.Name, kind: "application/octet-stream",
		body: e.Receipt.Data}}
}

func deleteExpense(st *state, v *visit) answer {
	e := st.Expense(v.r.PathValue("id"))
	if e == nil {
		return missing()
	}
	if err := st.Delete(e, *v.user); err != nil {
		return forbidden()
	}
	v.say("good", "toast.deleted", e.ID)
	return redirect("/expenses")
}

func decide(approve bool) handler {
	return func(st *state, v *visit) answer {
		e := st.Expense(v.r.PathValue("id"))
		if e == nil {
			return missing()
		}
		if err := st.Decide(e, *v.user, approve, strings.TrimSpace(v.r.PostFormValue("reason"))); err != nil {
			return forbidden()
		}
		v.say("good", "toast."+e.Status, e.ID)
		return redirect("/expenses/" + e.ID)
	}
}

// Before is the link to the page before this one.
func (f filter) Before() string { return f.To(f.Page - 1) }

// After is the link to the page after this one.
func (f filter) After() string { return f.To(f.Page + 1) }
