package goals

import (
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// door is a page to sign in at.
type door struct {
	*world.Page
	user, pass, button *world.Thing
	name, word         string // what the two fields must hold
	enter              bool   // there is no button, Enter does it
	inside             bool
	tried              bool
	then               *world.Page // what is behind it
}

// signin leads from a page of its own to the home page.
func signin(s *maker) {
	d := s.door(s.Home)
	secret := ""
	d.name, secret = s.User(), s.Password()
	if d.word = secret; s.Chance(0.6) {
		d.word = "secret " + s.credentials(d.name)
	} else {
		s.Say("signin", "user", s.Tell(words.Of(s.Source, "user", "username", "email", "login"), d.name), "pass", s.Tell(words.Of(s.Source, "password", "pass"), secret), "brand", s.App.Brand)
	}
	s.Start = d.Page
	if !s.Few && s.Chance(0.5) {
		s.Home.Body = append([]*world.Thing{world.Heading(words.Of(s.Source, "Good evening, ", "Hello ", "Welcome, ", "Hi ") + words.Title(d.name))}, s.Home.Body...)
		s.Fill(s.Home, s.IntN(20))
	}
	s.Impossible = s.Impossible && len(s.Intents) == 0
	if s.Impossible {
		s.Refusal = scene.WhyRefused
	}
	s.Intents = append(s.Intents, d.way(s.Impossible))
}

// gate puts a sign-in before the application that the goal does not speak of: the task's values are enough to pass it.
func (s *maker) gate() {
	d := s.door(s.First())
	d.name = s.User()
	s.Input(words.Of(s.Source, "user", "user", "username", "email", "login"), d.name)
	secret := words.Of(s.Source, "password", "password", "pass", "secret")
	s.Task.Secrets = []string{secret}
	d.word = "secret " + secret
	s.Start = d.Page
	s.Intents = slices.Insert(s.Intents, 0, d.way(false))
}

// door makes a page to sign in at, with what is needed behind it.
func (s *maker) door(then *world.Page) *door {
	d := &door{then: then, Page: &world.Page{Title: words.Of(s.Source, "Sign in", "Log in", "Login", "Welcome", "Account"), Path: words.Of(s.Source, "/login", "/signin", "/account/login"), Bare: s.Chance(0.75), Auto: s.Chance(0.5)}}
	d.enter = s.Chance(0.1)
	d.user = world.Input(words.Of(s.Source, "Username", "User name", "Email", "E-mail address", "Login", "User ID", "Account", "Username or email", "User"), "")
	d.pass = world.Password(words.Of(s.Source, "Password", "Password", "Passphrase", "Your password", "PIN"))
	if s.Chance(0.4) {
		d.user.States.Required, d.pass.States.Required = true, true
	}
	marks := s.Chance(0.5)
	s.Used["log out"] = true
	who := words.Of(s.Source, world.Link(words.Of(s.Source, "Log out", "Sign out"), s.Stub), world.Button(s.Person(), nil))
	if s.Kind == "chain" { // a later clause may be to log out
		who = world.Button(s.Person(), nil)
	}
	greets := s.Chance(0.4)
	send := func(a *world.App) {
		d.tried = true
		if d.user.Value != d.name || d.pass.Value != d.word || s.Impossible && s.Refusal == scene.WhyRefused {
			if marks {
				d.user.States.Invalid, d.pass.States.Invalid = d.user.Value != d.name, d.pass.Value != d.word
			}
			if !marks || s.Chance(0.5) {
				a.Say(words.Of(s.Source, "Wrong user name or password.", "Invalid credentials", "The sign-in failed. Please check your entries.", "Login incorrect"))
			}
			d.pass.Value = ""
			return
		}
		if !d.inside {
			s.App.Header = append(s.App.Header, world.Text(words.Of(s.Source, "Signed in as "+d.name, d.name, "Hello, "+d.name)), who)
		}
		d.inside = true
		a.Open(d.then)
		if greets {
			a.Say(words.Of(s.Source, "Welcome back!", "You are signed in.", "Hello again."))
		}
	}
	d.button = world.Button(words.Of(s.Source, "Sign in", "Log in", "Login", "Continue", "Enter", "Submit"), send)
	d.pass.Enter = send
	s.furnish(d)
	return d
}

// furnish puts the fields on the page, among what else stands on such pages.
func (s *maker) furnish(d *door) {
	if s.Chance(0.7) {
		d.Body = append(d.Body, world.Heading(words.Of(s.Source, "Welcome back", "Sign in", "Please log in", "Members", s.App.Brand)))
	}
	d.Body = append(d.Body, d.user, d.pass)
	if s.Chance(0.4) {
		d.Body = append(d.Body, world.Checkbox(words.Of(s.Source, "Remember me", "Keep me signed in", "Show password"), s.Chance(0.3)))
	}
	if d.enter {
		d.button = d.pass
	} else {
		d.Body = append(d.Body, d.button)
	}
	for _, extra := range words.Some(s.Source, s.IntN(4), []string{"Forgot password?", "Create an account", "Sign up", "Help", "Need an account?"}) {
		d.Body = append(d.Body, world.Link(extra, s.Stub))
	}
	if s.Chance(0.15) {
		d.Body = append(d.Body, world.Button(words.Of(s.Source, "Sign in with Google", "Use single sign-on", "Continue as guest"), nil))
	}
}

// way is the expert at the door. One that is refused gives up after one try.
func (d *door) way(refused bool) scene.Intent {
	return func(a *world.App) step.Action {
		switch {
		case d.inside:
			return nil
		case refused && d.tried:
			return step.Fail{Reason: scene.WhyRefused}
		}
		if act := a.Reach(d.Page); act != nil {
			return act
		}
		for _, b := range []blank{{field: d.user, want: d.name}, {field: d.pass, want: d.word}} {
			if act := a.Fill(b.field, b.want); act != nil {
				return act
			}
		}
		if d.enter && a.Focused(d.pass) {
			return step.Press{Key: "Enter"}
		}
		return a.Use(d.button)
	}
}

// credentials makes the password a secret of the task and returns its name.
func (s *maker) credentials(user string) string {
	name := words.Of(s.Source, "password", "password", "pass", "pin", "secret")
	s.Task.Secrets = []string{name}
	label := words.Of(s.Source, "user", "username", "email", "login")
	said := s.Tell(label, user)
	if s.Chance(0.5) {
		said = s.Input(label, user)
	}
	s.Say("signin_secret", "user", said, "brand", s.App.Brand)
	if goal := s.Says[len(s.Says)-1]; !strings.Contains(goal, said) {
		s.Input(label, user)
	}
	return name
}
