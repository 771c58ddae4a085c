package books

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// ErrRefused is an act that the person may not do, or not any more.
var ErrRefused = errors.New("books: refused")

// Submit files a report that came from the named draft. It never merges equal ones: a double submission is two reports.
func (b *Books) Submit(e Expense, draft string) *Expense {
	e.ID, e.Status = fmt.Sprintf("EX-%d", b.nextID), "submitted"
	b.nextID++
	b.expenses = append(b.expenses, &e)
	h := e.Hash()
	if b.subs[h] == nil {
		b.subs[h] = &Submission{Hash: h}
	}
	sub := b.subs[h]
	sub.Count++
	sub.Expenses = append(sub.Expenses, e.ID)
	sub.Drafts = append(sub.Drafts, draft)
	b.Record(e.Owner, "submit", e.ID, h)
	return &e
}

// MayDelete says whether a report is the person's own and still undecided.
func (e Expense) MayDelete(u User) bool { return e.Owner == u.Username && e.Status == "submitted" }

// MayDecide says whether the person may approve or reject a report.
func (e Expense) MayDecide(u User) bool { return u.Role == "approver" && e.Status == "submitted" }

// Delete removes a report for good, or fails with ErrRefused.
func (b *Books) Delete(e *Expense, u User) error {
	if !e.MayDelete(u) {
		return ErrRefused
	}
	b.expenses = slices.DeleteFunc(b.expenses, func(x *Expense) bool { return x == e })
	b.Record(u.Username, "delete", e.ID, e.Hash())
	return nil
}

// Decide approves or rejects a report, or fails with ErrRefused.
func (b *Books) Decide(e *Expense, u User, approve bool, reason string) error {
	if !e.MayDecide(u) {
		return ErrRefused
	}
	kind := "reject"
	e.Status, e.Reason = "rejected", reason
	if approve {
		e.Status, kind = "approved", "approve"
	}
	b.Record(u.Username, kind, e.ID, reason)
	return nil
}

// OpenTicket adds a ticket in the first column; an unknown priority counts as normal.
func (b *Books) OpenTicket(title, body, requester, priority string) *Ticket {
	t := &Ticket{ID: fmt.Sprintf("HD-%d", b.nextHD), Title: title, Body: body, Requester: requester, Priority: "normal",
		Status: "new"}
	if slices.Contains(Priorities(), priority) {
		t.Priority = priority
	}
	b.nextHD++
	b.tickets = append(b.tickets, t)
	b.Record(requester, "ticket", t.ID, t.Title)
	return t
}

// PlantTicket adds a ticket that was there before anything happened: nothing records it.
func (b *Books) PlantTicket(title, body, requester string) {
	b.tickets = append(b.tickets, &Ticket{ID: fmt.Sprintf("HD-%d", b.nextHD), Title: title, Body: body, Requester: requester, Priority: "normal", Status: "new"})
	b.nextHD++
}

// Move puts a ticket into a column; whoever starts one that nobody has takes it. It fails with ErrRefused for an unknown column.
func (b *Books) Move(t *Ticket, to, user string) error {
	if !slices.Contains(Columns(), to) {
		return ErrRefused
	}
	b.Record(user, "move", t.ID, t.Status+" to "+to)
	t.Status = to
	if to == "progress" && t.Assignee == "" {
		t.Assignee = user
	}
	return nil
}

// Did says whether a person has done something of that kind.
func (b *Books) Did(user, kind string) bool {
	return slices.ContainsFunc(b.events, func(e Event) bool { return e.Kind == kind && e.User == user })
}

// NewCode derives six digits from the seed and the events so far, so that equal runs see equal second factors.
func (b *Books) NewCode(user string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d/%s", b.seed, len(b.events), user))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:4])%1_000_000)
}

// Currencies that the partner quotes for one euro.
func Currencies() []string { return []string{"USD", "GBP", "JPY", "SEK", "CHF"} }

// Rate is the partner's figure for one euro, with four decimals.
func (b *Books) Rate(currency string) string {
	base := map[string]float64{"USD": 1.09, "GBP": 0.85, "JPY": 163.2, "SEK": 11.4, "CHF": 0.95}[currency]
	return strconv.FormatFloat(base*(1+float64(b.seed%7)/1000), 'f', 4, 64)
}

const feedPage = 25

// Entry is one line of the activity log.
type Entry struct {
	Event
	Who User
}

// Feed is one page of the activity log, newest first.
type Feed struct {
	Entries []Entry
	Next    int // offset of the next page, 0 at the end
	Total   int
}

// Feed lists what happened from an offset on. Failed sign-ins are nobody's business.
func (b *Books) Feed(from int) Feed {
	var all []Event
	for i := len(b.events) - 1; i >= 0; i-- {
		if e := b.events[i]; b.User(e.User) != nil && e.Kind != "sign_in_failed" {
			all = append(all, e)
		}
	}
	all = append(all, b.history...)
	from = min(max(from, 0), len(all))
	to := min(from+feedPage, len(all))
	f := Feed{Total: len(all)}
	for _, e := range all[from:to] {
		f.Entries = append(f.Entries, Entry{e, *b.User(e.User)})
	}
	if to < len(all) {
		f.Next = to
	}
	return f
}
