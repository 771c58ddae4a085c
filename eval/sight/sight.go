// Package sight scores perception: what the product reads from a screen, from its layout and from its pixels, against what
// Chromium's accessibility tree says stands there. The product reads through its front door; the truth comes from a second
// Chromium that is shown the same page. A screen on which the two do not show the same picture is no measurement, and is
// said so.
package sight

import "chiron/step"

// Screen is one page to look at.
type Screen struct {
	Name    string
	World   string // which server shows it: own, npm, or a visitor of the sample site
	Path    string
	Foreign bool     // nobody here wrote it: it comes from a package
	Press   []string // names of buttons pressed before looking
}

// The visitors of the sample site.
const (
	nobody = "nobody"
	dana   = "dana"
	night  = "dana at night"
	kenji  = "kenji"
	german = "dana auf Deutsch"
	japan  = "dana in Japanese"
	own    = "own"
)

// Screens are all screens that are scored: the sample site's, some small pages of hard kinds, and pages from packages.
func Screens() []Screen {
	all := []Screen{}
	add := func(world, path string, foreign bool, name string, press ...string) {
		all = append(all, Screen{Name: name, World: world, Path: path, Foreign: foreign, Press: press})
	}
	add(nobody, "/login", false, "desk sign-in")
	for _, p := range []struct{ path, name string }{{"/", "overview"}, {"/expenses", "expenses"}, {"/expenses/new", "new report"}, {"/expenses/EX-1043", "one report"},
		{"/tickets", "board"}, {"/activity", "activity"}, {"/settings", "settings"}, {"/notices", "notices"}, {"/policy", "policy"}} {
		add(dana, p.path, false, "desk "+p.name)
	}
	add(dana, "/tickets", false, "desk new ticket (modal)", "New ticket")
	add(kenji, "/expenses/new?x", false, "desk new report of another")
	for _, p := range []struct{ path, name string }{{"/", "overview"}, {"/expenses", "expenses"}, {"/settings", "settings"}} {
		add(night, p.path, false, "desk "+p.name+", dark")
		add(german, p.path, false, "desk "+p.name+", German")
	}
	add(japan, "/expenses", false, "desk expenses, Japanese")
	add(japan, "/settings", false, "desk settings, Japanese")
	for _, name := range []string{"calendar", "arabic", "canvas", "dense", "dark", "modal"} {
		add(own, "/own/"+name+".html", false, name)
	}
	for _, name := range []string{"index", "buttons", "cards", "tables", "login", "register", "forgot-password", "utilities-color", "404"} {
		add(own, "/npm/startbootstrap-sb-admin-2/"+name+".html", true, "sb-admin "+name)
	}
	add(own, "/own/swagger.html", true, "swagger list")
	add(own, "/own/swagger.html?expand=full", true, "swagger open")
	add(own, "/own/swagger.html?expand=full&try=1", true, "swagger try it out")
	for _, view := range []string{"dayGridMonth", "timeGridWeek", "listMonth"} {
		add(own, "/own/fullcalendar.html?view="+view, true, "fullcalendar "+view)
	}
	add(own, "/own/tabulator.html", true, "tabulator")
	add(own, "/own/tabulator.html?filter", true, "tabulator with filters")
	add(own, "/own/aggrid.html", true, "ag-grid")
	add(own, "/own/aggrid.html?pages", true, "ag-grid with pages")
	return all
}

// Thing is something on a screen that a person can act on, as Chromium's accessibility tree has it.
type Thing struct {
	Role  string    `json:"role"`
	Name  string    `json:"name"`
	Shown string    `json:"shown"` // its own words that can be read on the page; lines are parted by \n
	Box   step.Rect `json:"box"`   // what is visible of it, page pixels
}

// Truth is what stands on a screen.
type Truth struct {
	Picture []byte // PNG of the viewport
	Things  []Thing
	edge    []step.Rect // what is left of others at the edge of the viewport: nobody must find them, but they are no errors
}
