// Package books is the memory of the sample site: its people, expense reports, tickets and everything that happened to them,
// without any page around them. It is deterministic from its seed.
package books

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// User is a person of the company. Passwords are in the clear: this is a sample, and graders may need them.
type User struct {
	Username     string `json:"username"`
	Name         string `json:"name"`
	Email        string `json:"email"`
	Password     string `json:"password"`
	Role         string `json:"role"` // "employee" or "approver"
	Department   string `json:"department"`
	Language     string `json:"language"` // "en", "de", "ja", or empty when never chosen
	SecondFactor bool   `json:"second_factor"`
	Notify       bool   `json:"notify"`
	Strokes      int    `json:"strokes"` // strokes of the saved signature
	Points       int    `json:"points"`  // points of the saved signature
}

// Initials are the letters of the avatar.
func (u User) Initials() string {
	var b strings.Builder
	for _, w := range strings.Fields(u.Name) {
		b.WriteString(string([]rune(w)[:1]))
	}
	return b.String()
}

// First is the given name.
func (u User) First() string { return strings.Fields(u.Name)[0] }

// Hue picks one of six avatar colours.
func (u User) Hue() int { return int(sha256.Sum256([]byte(u.Username))[0]) % 6 }

// File is an uploaded receipt.
type File struct {
	Name   string `json:"name"`
	Size   int    `json:"size"` // bytes
	SHA256 string `json:"sha256"`
	Data   []byte `json:"-"`
}

// Expense is one submitted report.
type Expense struct {
	ID          string `json:"id"` // "EX-1042"
	Owner       string `json:"owner"`
	Date        string `json:"date"` // 2006-01-02
	Category    string `json:"category"`
	Description string `json:"description"`
	Cents       int64  `json:"cents"`  // euro cents
	Status      string `json:"status"` // "submitted", "approved", "rejected" or "paid"
	Reason      string `json:"reason,omitempty"`
	Receipt     *File  `json:"receipt,omitempty"`
}

// Hash names the content of a report: the same report submitted twice has the same hash.
func (e Expense) Hash() string {
	receipt := ""
	if e.Receipt != nil {
		receipt = e.Receipt.SHA256
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{e.Owner, e.Date, e.Category, e.Description,
		fmt.Sprint(e.Cents), receipt}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Ticket is one card of the help desk.
type Ticket struct {
	ID        string `json:"id"` // "HD-207"
	Title     string `json:"title"`
	Body      string `json:"body"`
	Requester string `json:"requester"`
	Assignee  string `json:"assignee"`
	Priority  string `json:"priority"` // "low", "normal" or "high"
	Status    string `json:"status"`   // "new", "progress", "waiting" or "solved"
}

// Event is one thing that happened, in order. Kinds are the keys of Counts.
type Event struct {
	Seq    int       `json:"seq"`
	At     time.Time `json:"at"`
	User   string    `json:"user"`
	Kind   string    `json:"kind"`
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// Submission says how often one content was submitted, and which reports came of it.
type Submission struct {
	Hash     string   `json:"hash"`
	Count    int      `json:"count"`
	Expenses []string `json:"expenses"`
	Drafts   []string `json:"drafts"` // the confirmed draft of each submission; one draft twice is one form sent twice
}

// Truth is the full state for graders. Slices are in a fixed order; equal states encode to equal bytes.
type Truth struct {
	Seed        int64          `json:"seed"`
	Now         time.Time      `json:"now"`
	Users       []User         `json:"users"`
	Expenses    []Expense      `json:"expenses"`
	Tickets     []Ticket       `json:"tickets"`
	Counts      map[string]int `json:"counts"`     // events by kind; see Event
	Duplicates  int            `json:"duplicates"` // submissions beyond the first of each content
	Submissions []Submission   `json:"submissions"`
	Events      []Event        `json:"events"`
}

// Books are the state of one site. They are not safe for concurrent use: the site guards them with its lock.
type Books struct {
	seed     int64
	start    time.Time
	users    []*User
	expenses []*Expense // oldest first
	tickets  []*Ticket
	history  []Event // seeded past, newest first, not part of the truth
	events   []Event
	subs     map[string]*Submission
	nextID   int
	nextHD   int
}

// New writes the books of a seed. The clock starts at start and moves one second with each event.
func New(seed int64, start time.Time) *Books {
	rng := rand.New(rand.NewPCG(uint64(seed), 0x9e3779b97f4a7c15))
	b := &Books{seed: seed, start: start, subs: map[string]*Submission{}}
	b.users = seedUsers(rng)
	b.expenses = seedExpenses(rng, b.users, start)
	b.nextID = 1001 + len(b.expenses)
	b.tickets = seedTickets(rng, b.users)
	b.nextHD = 201 + len(b.tickets)
	b.history = seedHistory(rng, b, start)
	return b
}

// Now is the time on the site's clock.
func (b *Books) Now() time.Time { return b.start.Add(time.Duration(len(b.events)) * time.Second) }

// Today is the date on the site's clock, as 2006-01-02.
func (b *Books) Today() string { return b.Now().Format(time.DateOnly) }

// Record appends an event and moves the clock by a second.
func (b *Books) Record(user, kind, object, detail string) {
	b.events = append(b.events, Event{Seq: len(b.events) + 1, At: b.Now(), User: user, Kind: kind, Object: object,
		Detail: detail})
}

// User is the person of that user name, or nil.
func (b *Books) User(name string) *User {
	i := slices.IndexFunc(b.users, func(u *User) bool { return u.Username == name })
	if i < 0 {
		return nil
	}
	return b.users[i]
}

// Expense is the report of that number, or nil.
func (b *Books) Expense(id string) *Expense {
	i := slices.IndexFunc(b.expenses, func(e *Expense) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return b.expenses[i]
}

// Truth copies everything, in a fixed order.
func (b *Books) Truth() Truth {
	t := Truth{Seed: b.seed, Now: b.Now(), Counts: map[string]int{}, Events: append([]Event{}, b.events...),
		Submissions: []Submission{}}
	for _, u := range b.users {
		t.Users = append(t.Users, *u)
	}
	for _, e := range b.expenses {
		c := *e
		if e.Receipt != nil {
			f := *e.Receipt
			f.Data = nil
			c.Receipt = &f
		}
		t.Expenses = append(t.Expenses, c)
	}
	for _, k := range b.tickets {
		t.Tickets = append(t.Tickets, *k)
	}
	for _, e := range b.events {
		t.Counts[e.Kind]++
	}
	for _, h := range slices.Sorted(maps.Keys(b.subs)) {
		sub := *b.subs[h]
		sub.Expenses, sub.Drafts = slices.Clone(sub.Expenses), slices.Clone(sub.Drafts)
		t.Duplicates += sub.Count - 1
		t.Submissions = append(t.Submissions, sub)
	}
	return t
}

// Ticket is the ticket of that number, or nil.
func (b *Books) Ticket(id string) *Ticket {
	i := slices.IndexFunc(b.tickets, func(t *Ticket) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return b.tickets[i]
}

// Expenses are all reports, oldest first. The caller must not change them.
func (b *Books) Expenses() []*Expense { return b.expenses }

// Tickets are all tickets in the order of their numbers. The caller must not change them.
func (b *Books) Tickets() []*Ticket { return b.tickets }

// Waiting counts the reports that nobody decided on yet.
func (b *Books) Waiting() int {
	n := 0
	for _, e := range b.expenses {
		if e.Status == "submitted" {
			n++
		}
	}
	return n
}
