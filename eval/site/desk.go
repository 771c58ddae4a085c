package site

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"chiron/eval/site/books"
)

type bar struct {
	Month string  `json:"month"`
	Euros float64 `json:"euros"`
}

type dashboardData struct {
	Waiting, Mine, OpenTickets int
	Paid, Month                int64
	Recent                     []books.Row
	Bars                       string // JSON list of bar
	Notices                    bool
}

func dashboard(st *state, v *visit) answer {
	d := dashboardData{}
	months := map[string]int64{}
	for _, e := range st.Expenses() {
		months[e.Date[:7]] += e.Cents
		switch {
		case e.Status == "paid" && e.Owner == v.user.Username:
			d.Paid += e.Cents
		}
		if e.Owner == v.user.Username && e.Status == "submitted" {
			d.Mine++
		}
	}
	for _, t := range st.Tickets() {
		if t.Status != "solved" {
			d.OpenTickets++
		}
	}
	first := time.Date(st.Now().Year(), st.Now().Month(), 1, 0, 0, 0, 0, time.UTC)
	var bars []bar
	for i := 5; i >= 0; i-- {
		m := first.AddDate(0, -i, 0)
		label := m.Format("Jan")
		if v.lang != "en" {
			label = map[string]string{"de": m.Format("01/06"), "ja": m.Format("1月")}[v.lang]
		}
		bars = append(bars, bar{label, float64(months[m.Format("2006-01")]) / 100})
	}
	raw, err := json.Marshal(bars)
	if err != nil {
		return refuse(http.StatusInternalServerError, "fault", http.StatusInternalServerError)
	}
	d.Month, d.Bars = months[first.Format("2006-01")], string(raw)
	all := st.Find(books.Query{Sort: "date", Dir: "desc"})
	d.Recent = all[:min(5, len(all))]
	return show("dashboard", d)
}

type card struct {
	books.Ticket
	Who     books.User
	Doer    books.User
	HasDoer bool
	Columns []string
}

func (st *state) card(t *books.Ticket) card {
	c := card{Ticket: *t, Who: *st.User(t.Requester), Columns: books.Columns()}
	if u := st.User(t.Assignee); u != nil {
		c.Doer, c.HasDoer = *u, true
	}
	return c
}

type column struct {
	Key   string
	Cards []card
}

type boardData struct {
	Columns    []column
	Priorities []string
	Title      string // of a ticket that was refused
	Problem    error
}

func (st *state) board() boardData {
	d := boardData{Priorities: books.Priorities()}
	for _, key := range books.Columns() {
		col := column{Key: key}
		for _, t := range st.Tickets() {
			if t.Status == key {
				col.Cards = append(col.Cards, st.card(t))
			}
		}
		d.Columns = append(d.Columns, col)
	}
	return d
}

func board(st *state, _ *visit) answer { return show("tickets", st.board()) }

func openTicket(st *state, v *visit) answer {
	title, err := books.ParseText(v.r.PostFormValue("title"), 5, 80)
	if err != nil {
		d := st.board()
		d.Title, d.Problem = v.r.PostFormValue("title"), err
		return refuse(http.StatusUnprocessableEntity, "tickets", d)
	}
	t := st.OpenTicket(title, strings.TrimSpace(v.r.PostFormValue("body")), v.user.Username, v.r.PostFormValue("priority"))
	v.say("good", "toast.ticket", t.ID)
	return redirect("/tickets")
}

func ticketPage(st *state, v *visit) answer {
	t := st.Ticket(v.r.PathValue("id"))
	if t == nil {
		return missing()
	}
	return show("ticket", st.card(t))
}

// moveTicket serves the board's drag and drop (answer 204) and the select on the ticket's page (redirect).
func moveTicket(st *state, v *visit) answer {
	t, to := st.Ticket(v.r.PathValue("id")), v.r.PostFormValue("status")
	if t == nil {
		return missing()
	}
	if err := st.Move(t, to, v.user.Username); err != nil {
		return refuse(http.StatusUnprocessableEntity, "fault", http.StatusUnprocessableEntity)
	}
	if v.r.PostFormValue("from") == "board" {
		return answer{status: http.StatusNoContent}
	}
	v.say("good", "toast.moved", t.ID)
	return redirect("/tickets/" + t.ID)
}

func activity(st *state, _ *visit) answer { return show("activity", st.Feed(0)) }

func moreActivity(st *state, v *visit) answer {
	from, err := strconv.Atoi(v.r.URL.Query().Get("from"))
	if err != nil {
		return missing()
	}
	a := show("activity", st.Feed(from))
	a.part = "entries"
	return a
}

// notices is the board inside the same-origin frame.
func notices(st *state, v *visit) answer {
	a := show("notices", st.Did(v.user.Username, "notice"))
	a.part = "bare"
	return a
}

func acknowledge(st *state, v *visit) answer {
	st.Record(v.user.Username, "notice", "travel-2027", "")
	return redirect("/notices")
}

type rateData struct {
	Currency, Rate, Locked string
	Currencies             []string
}

// rates is the page of the other origin.
func rates(st *state, v *visit) answer {
	q := v.r.URL.Query()
	d := rateData{Currency: "USD", Currencies: books.Currencies(), Locked: q.Get("locked")}
	if c := q.Get("currency"); slices.Contains(d.Currencies, c) {
		d.Currency = c
	}
	d.Rate = st.Rate(d.Currency)
	a := show("rates", d)
	a.part = "bare"
	return a
}

func lockRate(st *state, v *visit) answer {
	c := v.r.PostFormValue("currency")
	if !slices.Contains(books.Currencies(), c) {
		return missing()
	}
	st.Record("", "rate", c, st.Rate(c))
	return redirect("/rates?currency=" + c + "&locked=" + c)
}
