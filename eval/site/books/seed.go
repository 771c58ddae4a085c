package books

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const (
	seededExpenses = 64
	seededTickets  = 14
	seededHistory  = 160
)

// Categories are in the order that menus show them.
func Categories() []string {
	return []string{"travel", "lodging", "meals", "equipment", "software", "training", "other"}
}

// Statuses of a report.
func Statuses() []string { return []string{"submitted", "approved", "rejected", "paid"} }

// Columns are the statuses of a ticket, from left to right.
func Columns() []string { return []string{"new", "progress", "waiting", "solved"} }

// Priorities of a ticket, lowest first.
func Priorities() []string { return []string{"low", "normal", "high"} }

func seedUsers(rng *rand.Rand) []*User {
	users := []*User{
		{Username: "dana", Name: "Dana Whitfield", Password: "correct horse 7", Role: "employee", Department: "Field Service",
			Notify: true},
		{Username: "marta", Name: "Marta Lindqvist", Password: "blue kettle 12", Role: "approver", Department: "Finance",
			SecondFactor: true, Notify: true},
		{Username: "kenji", Name: "Kenji Arakawa", Password: "paper crane 3", Role: "employee", Department: "Optics",
			Language: "ja"},
	}
	given := []string{"Anselm", "Brigid", "Calder", "Dorothea", "Emeka", "Farah", "Greta", "Henrik", "Ines", "Joss", "Katya",
		"Lucan", "Mirela", "Nadia", "Oskar", "Priya", "Quentin", "Rosalind", "Samir", "Tove"}
	family := []string{"Abernathy", "Bergström", "Castellane", "Dufresne", "Eklund", "Faulkner", "Grönwald", "Haddad", "Iversen",
		"Kowalczyk", "Lachlan", "Moreau", "Nakamura", "Okafor", "Petrov", "Rasmussen", "Sandoval", "Thackeray"}
	departments := []string{"Optics", "Calibration", "Sales", "Field Service", "Finance", "Workshop"}
	rng.Shuffle(len(given), func(i, j int) { given[i], given[j] = given[j], given[i] })
	for _, g := range given[:9] {
		users = append(users, &User{Username: strings.ToLower(g), Name: g + " " + pick(rng, family), Role: "employee",
			Password:   fmt.Sprintf("%s %s %d", pick(rng, []string{"quiet", "amber", "round"}), pick(rng, []string{"harbor", "lamp", "pine"}), rng.IntN(90)+10),
			Department: pick(rng, departments), Notify: rng.IntN(2) == 0})
	}
	for _, u := range users {
		u.Email = u.Username + "@halden.example"
	}
	return users
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func seedExpenses(rng *rand.Rand, users []*User, start time.Time) []*Expense {
	places := []string{"Hamburg", "Lyon", "Utrecht", "Oslo", "Kraków", "Turin", "Porto", "Graz", "Osaka", "Leeds"}
	subjects := map[string][]string{
		"travel":    {"Train to %s, supplier audit", "Flight to %s, trade fair", "Rental car, customer visit in %s", "Taxi from the station in %s"},
		"lodging":   {"Two nights in %s, calibration week", "Hotel in %s, installation", "One night in %s, late train"},
		"meals":     {"Team lunch in %s", "Dinner with the %s distributor", "Coffee and rolls, workshop in %s"},
		"equipment": {"Torque wrench, %s job", "Headset for calls with %s", "Spare lens caps for %s", "Docking station, %s office"},
		"software":  {"CAD seat, %s project", "Map licence for the %s route", "Spectral analysis add-on, %s"},
		"training":  {"Laser safety course in %s", "First-aid refresher, %s", "Metrology seminar in %s"},
		"other":     {"Courier to %s", "Parking in %s", "Visa fee, trip to %s"},
	}
	ceiling := map[string]int{"travel": 48000, "lodging": 52000, "meals": 14000, "equipment": 60000, "software": 90000,
		"training": 70000, "other": 9000}
	list := make([]*Expense, 0, seededExpenses)
	for range seededExpenses - 3 {
		c := pick(rng, Categories())
		day := start.AddDate(0, 0, -rng.IntN(150)-1)
		e := &Expense{Owner: pick(rng, users).Username, Category: c, Date: day.Format(time.DateOnly),
			Description: fmt.Sprintf(pick(rng, subjects[c]), pick(rng, places)),
			Cents:       int64(rng.IntN(ceiling[c]) + 480), Status: pick(rng, Statuses())}
		if start.Sub(day) < 20*24*time.Hour && e.Status == "paid" {
			e.Status = "submitted"
		}
		if e.Status == "rejected" {
			e.Reason = pick(rng, []string{"The receipt is missing.", "Please use the company card.", "Filed twice."})
		}
		list = append(list, e)
	}
	before := func(days int) string { return start.AddDate(0, 0, -days).Format(time.DateOnly) }
	list = append(list,
		&Expense{Owner: "dana", Category: "travel", Date: before(6), Description: "Night train to Vienna, lens delivery",
			Cents: 18460, Status: "submitted"},
		&Expense{Owner: "dana", Category: "meals", Date: before(13), Description: "Lunch with the Halden museum curator",
			Cents: 7325, Status: "approved"},
		&Expense{Owner: "kenji", Category: "equipment", Date: before(9), Description: "Interferometer mount, spare",
			Cents: 31990, Status: "submitted"})
	slices.SortStableFunc(list, func(a, b *Expense) int { return cmp.Compare(a.Date, b.Date) })
	for i, e := range list {
		e.ID = fmt.Sprintf("EX-%d", 1001+i)
	}
	return list
}

func seedTickets(rng *rand.Rand, users []*User) []*Ticket {
	subjects := [][2]string{
		{"Printer on floor 2 prints stripes", "Every second page has a grey stripe on the left."},
		{"VPN drops after ten minutes", "Happens on the train and at home, never in the office."},
		{"New badge for the clean room", "My old badge opens the corridor but not the clean room."},
		{"Calendar shows the wrong time zone", "All meetings are one hour late since Sunday."},
		{"Laptop fan is very loud", "It starts with every video call."},
		{"Shared folder asks for a password", "The calibration folder used to open without one."},
		{"Second monitor stays black", "Cable and dock were changed already."},
		{"Meeting room speaker crackles", "Room Bellini, mostly in the morning."},
		{"Access to the spectra archive", "I need to read the 2024 measurements."},
		{"Scanner forgets its settings", "Resolution falls back to 75 dpi."},
		{"Mail rule moves invoices to junk", "Two supplier invoices were found there."},
		{"Old phone to be wiped", "The device lies at the front desk."},
		{"Label printer needs a driver", "The workshop PC was reinstalled."},
		{"Keyboard with a stuck key", "It is the letter N."},
	}
	rng.Shuffle(len(subjects), func(i, j int) { subjects[i], subjects[j] = subjects[j], subjects[i] })
	var list []*Ticket
	for i, s := range subjects[:seededTickets] {
		column := Columns()[i%len(Columns())]
		t := &Ticket{ID: fmt.Sprintf("HD-%d", 201+i), Title: s[0], Body: s[1], Requester: pick(rng, users).Username,
			Priority: pick(rng, Priorities()), Status: column}
		if column != "new" {
			t.Assignee = pick(rng, users).Username
		}
		list = append(list, t)
	}
	return list
}

func seedHistory(rng *rand.Rand, b *Books, start time.Time) []Event {
	kinds := []string{"submit", "approve", "reject", "upload", "download", "move", "ticket", "sign_in"}
	at := start
	list := make([]Event, 0, seededHistory)
	for i := range seededHistory {
		at = at.Add(-time.Duration(rng.IntN(170)+7) * time.Minute)
		e := Event{Seq: -i, At: at, User: pick(rng, b.users).Username, Kind: pick(rng, kinds)}
		switch e.Kind {
		case "sign_in":
		case "move", "ticket":
			e.Object = pick(rng, b.tickets).ID
		case "approve", "reject":
			e.User, e.Object = "marta", pick(rng, b.expenses).ID
		default:
			e.Object = pick(rng, b.expenses).ID
		}
		list = append(list, e)
	}
	return list
}
