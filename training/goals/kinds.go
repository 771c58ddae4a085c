// Package goals makes goals of many kinds, and what they need in the application: forms, lists, searches, settings, dialogs.
// Every goal comes with the way there from any state, so that an expert can be asked after a wrong turn too.
package goals

import (
	"slices"

	"chiron/step"
	"chiron/training/desk"
	"chiron/training/plain"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// kind makes one clause of a goal and the part of the application that it is about.
type kind struct {
	name  string
	make  func(*maker)
	share int  // how often it is drawn
	last  bool // only as the last clause: it ends in a result
	alone bool // not in chains
	held  bool // never in training
	no    bool // often cannot be reached: what is looked for is easily taken for what stands beside it
}

func kinds() []kind {
	return []kind{
		{name: "signin", make: signin, share: 4, alone: true},
		{name: "form", make: form, share: 8},
		{name: "edit", make: edit, share: 4},
		{name: "search", make: search, share: 6},
		{name: "cart", make: cart, share: 5},
		{name: "toggle", make: toggle, share: 5},
		{name: "option", make: option, share: 7},
		{name: "nav", make: nav, share: 4, no: true},
		{name: "read", make: read, share: 6, last: true},
		{name: "table", make: table, share: 6, last: true},
		{name: "sort", make: sortBy, share: 4, last: true},
		{name: "filter", make: filter, share: 6},
		{name: "logout", make: logout, share: 4, last: true},
		{name: "remove", make: remove, share: 4},
		{name: "row", make: row, share: 4},
		{name: "press", make: press, share: 4, no: true},
		{name: "open", make: open, share: 4},
		{name: "tabs", make: tabs, share: 3},
		{name: "lookup", make: lookup, share: 6, last: true},
		{name: "price", make: func(s *maker) { desk.Price(s.Scene) }, share: 3, last: true, no: true},
		{name: "tongue", make: func(s *maker) { desk.Tongue(s.Scene) }, share: 3, alone: true, no: true},
		{name: "notice", make: func(s *maker) { desk.Notice(s.Scene) }, share: 3, no: true},
		{name: "export", make: func(s *maker) { desk.Export(s.Scene) }, share: 3},
		{name: "dates", make: func(s *maker) { desk.Dates(s.Scene) }, share: 1, held: true},
		{name: "menu", make: func(s *maker) { desk.Menu(s.Scene) }, share: 4, no: true},
		{name: "erase", make: func(s *maker) { desk.Erase(s.Scene) }, share: 4},
		{name: "state", make: func(s *maker) { desk.State(s.Scene) }, share: 2},
		{name: "entry", make: func(s *maker) { desk.Read(s.Scene) }, share: 3, last: true, no: true},
		{name: "retry", make: func(s *maker) { desk.Retry(s.Scene) }, share: 2, no: true},
		{name: "calculate", make: func(s *maker) { desk.Calculate(s.Scene) }, share: 2, last: true},
		{name: "request", make: func(s *maker) { desk.Request(s.Scene) }, share: 8},
		{name: "rate", make: func(s *maker) { desk.Rate(s.Scene) }, share: 3, last: true},
		{name: "discard", make: func(s *maker) { desk.Discard(s.Scene) }, share: 4},
		{name: "behind", make: func(s *maker) { desk.Behind(s.Scene) }, share: 2, last: true},
		{name: "plain_setting", make: func(s *maker) { plain.Setting(s.Scene) }, share: 8},
		{name: "purpose", make: func(s *maker) { plain.Purpose(s.Scene) }, share: 7},
		{name: "narrow", make: func(s *maker) { plain.Narrow(s.Scene) }, share: 6},
		{name: "ask", make: func(s *maker) { plain.Ask(s.Scene) }, share: 6, last: true},
		{name: "reach", make: func(s *maker) { plain.Reach(s.Scene) }, share: 4},
		{name: "wizard", make: wizard, share: 1, held: true},
		{name: "paging", make: func(s *maker) { desk.Pages(s.Scene) }, share: 4},
	}
}

// maker makes goals in a scene.
type maker struct{ *scene.Scene }

// New makes the scene of a source: one goal, or a chain of them. saidAnew asks in wordings that training never uses, kindAnew
// for a kind of goal that training never uses.
func New(src *words.Source, saidAnew, kindAnew bool) *scene.Scene {
	s := &maker{scene.New(src)}
	s.HeldWordings = saidAnew
	s.compose(kindAnew)
	home := slices.ContainsFunc(s.App.Header, func(t *world.Thing) bool { return t.To == s.Home })
	if first := s.First(); first != s.Home && !home && !first.Bare && (s.Kind == "chain" || s.Kind == "search") {
		s.App.Header = slices.Insert(s.App.Header, 0, world.Link("Home", s.Home)) // later clauses begin there
	}
	if s.At != s.Home && !s.Few && s.Chance(words.Of(s.Source, 0.1, 0.1, 0.6)) {
		s.Overview(s.Home) // where the way begins, often behind a door
	}
	s.Lengthen()
	if !s.Used["log out"] && s.Chance(0.25) {
		s.gate()
	}
	s.Task.Goal, s.Task.Start, s.Task.Result = s.Goal(), s.App.Origin+s.First().Path, s.Schema()
	s.App.Open(s.First())
	return s.Scene
}

// compose draws the clauses of the goal.
func (s *maker) compose(held bool) {
	all := slices.DeleteFunc(kinds(), func(k kind) bool { return k.held != held })
	if held {
		k := words.Of(s.Source, all...)
		s.Kind = k.name
		k.make(s)
		return
	}
	share, no := 0.2, 0.24 // chains and what cannot be reached are hard: training has more of them than what is held out
	if s.Held {
		share, no = 0.12, 0.14
	}
	if !s.Few && s.Chance(share) {
		s.chain(all)
		return
	}
	k := s.draw(all)
	s.Kind = k.name
	s.Impossible = s.Chance(no) || k.no && s.Chance(0.22)
	s.Finished = !s.Impossible && s.Chance(0.06)
	k.make(s)
	if s.Refusal != "" {
		s.Kind += "-no"
	}
	if k.name != "search" && !s.Few && !s.Used["search"] && s.Chance(0.2) { // a search that this goal does not need
		s.App.Header = append(s.App.Header, world.Input(words.Of(s.Source, "Search", "Search the site", "Find", "Search…"), ""), world.Button(words.Of(s.Source, "Search", "Find", "Go"), nil))
	}
}

// chain draws two to four clauses of different kinds, so that no two of them are about fields of the same name.
func (s *maker) chain(all []kind) {
	s.Kind = "chain"
	n := 2 + s.IntN(words.Of(s.Source, 1, 1, 2, 3))
	if s.Chance(0.3) {
		signin(s)
		n--
	}
	for i := range n {
		fits := slices.DeleteFunc(all, func(k kind) bool {
			return k.alone || k.name == "search" && s.Used["search"] || k.name == "lookup" && s.Used["search"]
		})
		k := s.draw(slices.DeleteFunc(slices.Clone(fits), func(k kind) bool {
			return k.last && i < n-1 || s.List != nil && !onward(k)
		}))
		all = slices.DeleteFunc(fits, func(o kind) bool { return o.name == k.name })
		k.make(s)
		if k.name != "export" || s.Chance(0.5) || !slices.ContainsFunc(all, onward) {
			s.List = nil
		}
	}
}

// onward reports whether a clause can go on in the list of the one before it.
func onward(k kind) bool { return k.name == "erase" || k.name == "state" }

func (s *maker) draw(list []kind) kind {
	sum := 0
	for _, k := range list {
		sum += k.share
	}
	n := s.IntN(sum)
	for _, k := range list {
		if n -= k.share; n < 0 {
			return k
		}
	}
	return list[0]
}

// nav opens a section, which may be inside a menu or below the fold.
func nav(s *maker) {
	a := s.Claim()
	s.Fill(a.Page, 1+s.IntN(4))
	s.Say("nav", "page", s.Quote(a.Name))
	if s.Impossible {
		s.Drop(a.Page)
		s.Intents = append(s.Intents, s.Missing(s.First()))
		return
	}
	if s.Finished {
		s.Start = a.Page
	}
	s.Intents = append(s.Intents, func(app *world.App) step.Action { return app.Reach(a.Page) })
}

// logout is in the header, alone or in a menu.
func logout(s *maker) {
	name := words.Of(s.Source, "Log out", "Sign out", "Logout", "Log off", "End session")
	bye := s.leaving()
	out := false
	t := world.Button(name, func(a *world.App) { out = true; a.Go(bye) })
	if s.Chance(0.5) {
		t.Role = step.RoleLink
	}
	s.Used["log out"] = true
	if s.Chance(0.4) {
		menu := world.Button(words.Of(s.Source, "Account", "My account", "Profile menu", s.Person(), s.Person()+" "+words.Of(s.Source, "Sales", "Finance", "Field Service", s.Name()), "User menu"), nil)
		menu.Opens = []*world.Thing{world.Link("My profile", s.Stub), world.Link("Preferences", s.Stub), t}
		t = menu.Opens[2]
		s.App.Header = append(s.App.Header, menu)
	} else {
		s.App.Header = append(s.App.Header, t)
	}
	s.Say("logout", "brand", s.App.Brand)
	s.Fill(s.First(), words.Of(s.Source, 0, 0, 5, 12))
	s.At = s.Home
	s.Board(s.At)
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if out {
			return nil
		}
		if act := a.Use(t); act != nil {
			return act
		}
		return step.Back{}
	})
}

// leaving is what is shown after signing out: a farewell, or the page to sign in at, where nothing says that it is the end.
func (s *maker) leaving() *world.Page {
	bye := words.Of(s.Source, "You are signed out.", "You have logged out.", "See you soon!", "Goodbye")
	if s.Chance(0.5) {
		return &world.Page{Title: "Signed out", Path: "/bye", Bare: true, Body: []*world.Thing{world.Text(bye), world.Link("Sign in", s.Stub)}}
	}
	d := s.door(s.Home)
	d.Bare = true
	if s.Chance(0.3) {
		d.Body = append([]*world.Thing{world.Text(bye)}, d.Body...)
	}
	return d.Page
}

// press clicks one button among others.
func press(s *maker) {
	p, in := s.Place()
	name := words.Of(s.Source, s.Fresh(s.Label), s.FreshOf([]string{"Export", "Print", "Refresh", "Download CSV", "Share", "New message", "Archive all", "Mark all as read", "Subscribe", "Check for updates", "Download report", "Sync now", "Copy link", "Start", "Accept", "Publish"}))
	pressed := false
	t := world.Button(name, func(a *world.App) {
		pressed = true
		if s.Chance(0.6) {
			a.Say(words.Of(s.Source, "Done.", "OK", name+": done", "Your request was received."))
		}
	})
	if s.Chance(0.25) {
		t.Role = step.RoleLink
	}
	others := []*world.Thing{t}
	for range s.IntN(5) {
		others = append(others, world.Button(s.Fresh(s.Label), nil))
	}
	s.Add(p, words.Some(s.Source, len(others), others)...)
	s.Say("press", "x", s.Quote(name), "in", in)
	if s.Impossible {
		t.Gone = true
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Intents = append(s.Intents, scene.Unless(p, &pressed, func(a *world.App) step.Action { return a.Use(t) }))
}

// tabs finds a switch on one of several tabs of a page.
func tabs(s *maker) {
	p, in := s.Place()
	var strip []*world.Thing
	var panels [][]*world.Thing
	n := 2 + s.IntN(3)
	for i := range n {
		panel := []*world.Thing{}
		for range 1 + s.IntN(3) {
			panel = append(panel, world.Checkbox(s.FreshOf(words.Switches()), s.Chance(0.4)))
		}
		panels = append(panels, panel)
		t := world.Button(s.Fresh(s.Section), func(*world.App) {
			for j, list := range panels {
				for _, c := range list {
					c.Gone = i != j
				}
			}
		})
		t.Role, t.Group = step.RoleTab, "panels"
		strip = append(strip, t)
	}
	strip[0].States.Selected = true
	for _, list := range panels[1:] {
		for _, c := range list {
			c.Gone = true
		}
	}
	s.Add(p, strip...)
	for _, list := range panels {
		p.Body = append(p.Body, list...)
	}
	k := s.IntN(n)
	t := words.Of(s.Source, panels[k]...)
	t.States.Checked = false
	s.Say("tabs", "x", s.Quote(t.Name), "tab", s.Quote(strip[k].Name), "in", in)
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if t.States.Checked {
			return nil
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		if t.Gone {
			return a.Use(strip[k])
		}
		return a.Use(t)
	})
}
