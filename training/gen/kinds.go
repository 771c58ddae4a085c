package gen

import (
	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// kind makes one clause of a goal and the part of the application that it is about.
type kind struct {
	name  string
	make  func(*scene)
	share int  // how often it is drawn
	last  bool // only as the last clause: it ends in a result
	alone bool // not in chains
	held  bool // never in training
}

func kinds() []kind {
	return []kind{
		{name: "signin", make: signin, share: 4, alone: true},
		{name: "form", make: form, share: 8},
		{name: "edit", make: edit, share: 4},
		{name: "search", make: search, share: 6},
		{name: "cart", make: cart, share: 5},
		{name: "toggle", make: toggle, share: 5},
		{name: "option", make: option, share: 5},
		{name: "nav", make: nav, share: 4},
		{name: "read", make: read, share: 6, last: true},
		{name: "table", make: table, share: 6, last: true},
		{name: "sort", make: sortBy, share: 4, last: true},
		{name: "filter", make: filter, share: 4},
		{name: "logout", make: logout, share: 2, last: true},
		{name: "remove", make: remove, share: 4},
		{name: "row", make: row, share: 4},
		{name: "press", make: press, share: 4},
		{name: "open", make: open, share: 4},
		{name: "tabs", make: tabs, share: 3},
		{name: "dates", make: dates, share: 2},
		{name: "wizard", make: wizard, share: 1, held: true},
		{name: "paging", make: paging, share: 1, held: true},
	}
}

// reach is the beginning of most intents: go to the page, unless the clause is reached.
func reach(p *world.Page, reached *bool, then intent) intent {
	return func(a *world.App) step.Action {
		if *reached {
			return nil
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		return then(a)
	}
}

// signin leads from a page of its own to the home page.
func signin(s *scene) {
	login := &world.Page{Title: words.Of(s.Source, "Sign in", "Log in", "Login", "Welcome", "Account"), Path: words.Of(s.Source, "/login", "/signin", "/account/login"), Bare: s.Chance(0.75)}
	inside := false
	user := world.Input(words.Of(s.Source, "Username", "User name", "Email", "E-mail address", "Login", "User ID", "Account", "Username or email", "User"), "")
	pass := world.Password(words.Of(s.Source, "Password", "Password", "Passphrase", "Your password", "PIN"))
	name, secret := s.User(), s.Password()
	wantPass := secret
	if s.Chance(0.5) {
		wantPass = "secret " + s.credentials(name)
	} else {
		s.say("signin", "user", s.value(words.Of(s.Source, "user", "username", "email", "login"), name), "pass", s.value(words.Of(s.Source, "password", "pass"), secret), "brand", s.app.Brand)
	}
	s.used["log out"] = true
	out := words.Of(s.Source, "Log out", "Sign out")
	send := func(a *world.App) {
		if user.Value != name || pass.Value != wantPass || s.impossible {
			a.Say(words.Of(s.Source, "Wrong user name or password.", "Invalid credentials", "The sign-in failed. Please check your entries.", "Login incorrect"))
			pass.Value = ""
			return
		}
		inside = true
		s.app.Header = append(s.app.Header, world.Text(words.Of(s.Source, "Signed in as "+name, name, "Hello, "+name)), world.Link(out, s.stub))
		a.Go(s.home)
	}
	button := world.Button(words.Of(s.Source, "Sign in", "Log in", "Login", "Continue", "Enter", "Submit"), send)
	pass.Enter = send
	if s.Chance(0.7) {
		login.Body = append(login.Body, world.Heading(words.Of(s.Source, "Welcome back", "Sign in", "Please log in", "Members", s.app.Brand)))
	}
	login.Body = append(login.Body, user, pass)
	if s.Chance(0.4) {
		login.Body = append(login.Body, world.Checkbox(words.Of(s.Source, "Remember me", "Keep me signed in", "Show password"), s.Chance(0.3)))
	}
	login.Body = append(login.Body, button)
	for _, extra := range words.Some(s.Source, s.IntN(4), []string{"Forgot password?", "Create an account", "Sign up", "Help", "Need an account?"}) {
		login.Body = append(login.Body, world.Link(extra, s.stub))
	}
	if s.Chance(0.15) {
		login.Body = append(login.Body, world.Button(words.Of(s.Source, "Sign in with Google", "Use single sign-on", "Continue as guest"), nil))
	}
	s.start = login
	enter := s.Chance(0.15)
	s.impossible = s.impossible && len(s.intents) == 0
	refused := s.impossible
	if refused {
		s.refusal = whyRefused
	}
	sent := false
	s.intents = append(s.intents, func(a *world.App) step.Action {
		switch {
		case inside:
			return nil
		case refused && sent:
			return step.Fail{Reason: whyRefused}
		}
		if act := a.Reach(login); act != nil {
			return act
		}
		for f, v := range inOrder(user, name, pass, wantPass) {
			if act := a.Fill(f, v); act != nil {
				return act
			}
		}
		sent = true
		if enter && a.Focused(pass) {
			return step.Press{Key: "Enter"}
		}
		return a.Use(button)
	})
}

// credentials makes the password a secret of the task and returns its name.
func (s *scene) credentials(user string) string {
	name := words.Of(s.Source, "password", "password", "pass", "pin", "secret")
	s.task.Secrets = []string{name}
	said := s.value(words.Of(s.Source, "user", "username", "email", "login"), user)
	if s.Chance(0.5) {
		said = s.input(words.Of(s.Source, "user", "username", "email", "login"), user)
	}
	s.say("signin_secret", "user", said, "brand", s.app.Brand)
	if goal := s.says[len(s.says)-1]; !contains(goal, said) {
		s.input("user", user)
	}
	return name
}

// nav opens a section, which may be inside a menu or below the fold.
func nav(s *scene) {
	a := s.claim()
	s.fill(a.page, 1+s.IntN(4))
	s.say("nav", "page", s.q(a.name))
	if s.impossible {
		s.drop(a.page)
		s.intents = append(s.intents, s.missing(s.first()))
		return
	}
	if s.finished {
		s.start = a.page
	}
	s.intents = append(s.intents, func(app *world.App) step.Action { return app.Reach(a.page) })
}

// first is the page that the task starts on.
func (s *scene) first() *world.Page {
	if s.start != nil {
		return s.start
	}
	return s.home
}

// drop takes the links to a page away.
func (s *scene) drop(p *world.Page) {
	for _, t := range s.app.Header {
		t.Gone = t.Gone || t.To == p
		for i, o := range t.Opens {
			if o.To == p {
				t.Opens = append(t.Opens[:i:i], t.Opens[i+1:]...)
				break
			}
		}
	}
}

// logout is in the header, alone or in a menu.
func logout(s *scene) {
	name := words.Of(s.Source, "Log out", "Sign out", "Logout", "Log off", "End session")
	bye := &world.Page{Title: "Signed out", Path: "/bye", Bare: true, Body: []*world.Thing{world.Text(words.Of(s.Source, "You are signed out.", "You have logged out.", "See you soon!", "Goodbye")), world.Link("Sign in", s.stub)}}
	out := false
	t := world.Button(name, func(a *world.App) { out = true; a.Go(bye) })
	if s.Chance(0.5) {
		t.Role = step.RoleLink
	}
	s.used["log out"] = true
	if s.Chance(0.4) {
		menu := world.Button(words.Of(s.Source, "Account", "My account", "Profile menu", s.Person(), "User menu"), nil)
		menu.Opens = []*world.Thing{world.Link("My profile", s.stub), world.Link("Preferences", s.stub), t}
		t = menu.Opens[2]
		s.app.Header = append(s.app.Header, menu)
	} else {
		s.app.Header = append(s.app.Header, t)
	}
	s.say("logout", "brand", s.app.Brand)
	s.intents = append(s.intents, func(a *world.App) step.Action {
		if out {
			return nil
		}
		if act := a.Use(t); act != nil {
			return act
		}
		return step.Back{}
	})
}

// press clicks one button among others.
func press(s *scene) {
	p, in := s.place()
	name := words.Of(s.Source, s.fresh(s.Label), s.freshOf([]string{"Export", "Print", "Refresh", "Download CSV", "Share", "New message", "Archive all", "Mark all as read", "Subscribe", "Check for updates", "Download report", "Sync now", "Copy link", "Start", "Accept", "Publish"}))
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
		others = append(others, world.Button(s.fresh(s.Label), nil))
	}
	s.add(p, words.Some(s.Source, len(others), others)...)
	s.say("press", "x", s.q(name), "in", in)
	if s.impossible {
		t.Gone = true
		s.intents = append(s.intents, s.missing(p))
		return
	}
	s.intents = append(s.intents, reach(p, &pressed, func(a *world.App) step.Action { return a.Use(t) }))
}

// tabs finds a switch on one of several tabs of a page.
func tabs(s *scene) {
	p, in := s.place()
	var strip []*world.Thing
	var panels [][]*world.Thing
	n := 2 + s.IntN(3)
	for i := range n {
		panel := []*world.Thing{}
		for range 1 + s.IntN(3) {
			panel = append(panel, world.Checkbox(s.freshOf(words.Switches()), s.Chance(0.4)))
		}
		panels = append(panels, panel)
		t := world.Button(s.fresh(s.Section), func(*world.App) {
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
	s.add(p, strip...)
	for _, list := range panels {
		p.Body = append(p.Body, list...)
	}
	k := s.IntN(n)
	t := words.Of(s.Source, panels[k]...)
	t.States.Checked = false
	s.say("tabs", "x", s.q(t.Name), "tab", s.q(strip[k].Name), "in", in)
	s.intents = append(s.intents, func(a *world.App) step.Action {
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

// dates clicks a day of a calendar.
func dates(s *scene) {
	p, in := s.place()
	picked := 0
	day := 1 + s.IntN(28)
	var target *world.Thing
	things := []*world.Thing{world.Button(words.Of(s.Source, "Previous", "‹", "Back"), nil), world.Text(words.Of(s.Source, "March 2027", "May 2026", "October 2026")), world.Button(words.Of(s.Source, "Next", "›"), nil)}
	for d := 1; d <= 28+s.IntN(4); d++ {
		t := world.Button(itoa(d), func(a *world.App) { picked = d })
		t.Click = func(a *world.App) {
			for _, o := range things {
				o.States.Selected = o == t
			}
			picked = d
		}
		if d == day {
			target = t
		}
		things = append(things, t)
	}
	s.add(p, things...)
	s.say("dates", "n", itoa(day), "in", in)
	s.intents = append(s.intents, func(a *world.App) step.Action {
		if picked == day {
			return nil
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		return a.Use(target)
	})
}
