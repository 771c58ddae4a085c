// Package scene is an application in the making: sections, header, footer, things without a purpose; and the goal that is
// made with it, in words, with the way there.
package scene

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// Scene is an application, a goal in it, and the way there. It is used by one goroutine.
type Scene struct {
	*words.Source
	HeldWordings bool // ask in wordings that training never uses
	Impossible   bool // the goal cannot be reached; the kind takes away what it needs
	Finished     bool // the goal is reached before the first act, where the kind can do that
	Large        bool // the pages are long

	App     *world.App
	Task    step.Task
	Kind    string   // of the goal; several clauses are a "chain", what cannot be reached ends in "-no"
	Intents []Intent // one for each clause of the goal
	Results map[string]*world.Thing
	Refusal string // why the goal cannot be reached, "" when it can
	Spoiled bool   // something was done that the goal does not ask for and that cannot be taken back

	Home  *world.Page
	Start *world.Page // where the task begins; nil is Home
	At    *world.Page // where the last goal's things stand; nil when that is nowhere in particular
	List  *Grid       // the table of the last goal, if the next may go on in it
	Stub  *world.Page // where links without a purpose lead
	Used  map[string]bool
	Says  []string // clauses of the goal
	Whole bool     // one of them ends in a condition: what follows is a sentence of its own
	free  []Part   // sections that no goal uses yet
}

// Part is a section of the application.
type Part struct {
	Name string
	Page *world.Page
}

// Intent returns the next act on the way to one clause of the goal, nil when it is reached.
type Intent func(*world.App) step.Action

// Reasons with which the expert gives up. They are few, so that they need not be spelled.
const (
	WhyMissing = "The site shows nothing that fits the goal."
	WhyRefused = "The site refused it."
	WhyNothing = "The search found nothing."
)

// New makes an application without a goal.
func New(src *words.Source) *Scene {
	s := &Scene{Source: src, Used: map[string]bool{}, Results: map[string]*world.Thing{}}
	long := 0.4 // long pages are hard: training has more of them than what is held out
	if s.Held {
		long = 0.15
	}
	s.Large = !s.Few && s.Chance(long)
	brand := s.Name() + words.Of(s.Source, "", "", " "+s.Name(), " Ltd", " Online", " Portal")
	host := strings.ToLower(strings.Fields(brand)[0])
	origin := words.Of(s.Source, "http://127.0.0.1:"+fmt.Sprint(1024+s.IntN(60000)), "https://"+host+".example", "http://"+host+".test:8080", "https://www."+host+".com", "http://localhost:3000")
	s.Home = &world.Page{Title: words.Of(s.Source, "Home", "Welcome", "Start", "Overview", "Dashboard"), Path: "/"}
	s.Stub = &world.Page{Title: words.Of(s.Source, "Info", "Details", "More"), Path: "/info", Body: []*world.Thing{world.Text(s.Sentence())}}
	s.App = world.New(origin, brand, s.Home)
	if s.Chance(0.15) {
		s.App.Brand = ""
	}
	s.App.Seed = s.Uint64()
	if s.Chance(0.15) {
		s.App.Pixels, s.App.Blur, s.App.Links = true, words.Of(s.Source, 0, 0.005, 0.01, 0.02, 0.03), 0.5
	}
	s.App.Room = words.Of(s.Source, 22, 30, 40, 60)
	if s.Large {
		s.App.Room = words.Of(s.Source, 70, 130)
	}
	s.chrome(brand)
	s.Fill(s.Home, words.Of(s.Source, 0, 1, 2, 4, 7))
	return s
}

// chrome makes the sections, the header and the footer.
func (s *Scene) chrome(brand string) {
	role := words.Of(s.Source, "link", "link", "link", "tab", "button")
	s.homeward(brand)
	var nav []*world.Thing
	sections := 2 + s.IntN(words.Of(s.Source, 3, 5, 8))
	if s.Few {
		sections = 1 + s.IntN(2)
	}
	for range sections {
		name := s.Fresh(s.Section)
		p := &world.Page{Title: name, Path: "/" + Slug(name)}
		if s.Chance(0.5) {
			p.Body = append(p.Body, world.Heading(name))
		}
		if s.Chance(0.03) {
			p.Slow = true
		}
		s.free = append(s.free, Part{name, p})
		t := world.Link(name, p)
		switch role {
		case "tab":
			t.Role, t.Group = step.RoleTab, "nav"
		case "button":
			t.Role = step.RoleButton
		}
		nav = append(nav, t)
	}
	if s.Chance(0.15) {
		menu := world.Button(words.Of(s.Source, "Menu", "More", "Navigation", "All sections"), nil)
		menu.Opens = nav
		nav = []*world.Thing{menu}
	}
	if s.App.Pixels && s.Chance(0.4) {
		s.App.Header = slices.Insert(s.App.Header, 0, s.logo())
	}
	s.App.Header = append(s.App.Header, nav...)
	if s.Few {
		return
	}
	if s.Chance(0.15) {
		s.App.Side = true
	}
	s.App.Toast, s.App.Sticky = s.Chance(0.3), s.Chance(0.5)
	if s.Chance(0.4) {
		s.office(brand)
	}
	if s.Chance(0.08) {
		s.App.Header = append(s.App.Header, world.Text("We use cookies."), world.Button("Accept all", nil), world.Button(words.Of(s.Source, "Reject", "Only necessary"), nil))
	}
	for range s.IntN(4) {
		name := words.Of(s.Source, "Terms", "Privacy policy", "Imprint", "Cookies", "FAQ", "Careers", "Accessibility", "© 2026 "+brand)
		if !s.Used[strings.ToLower(name)] {
			s.Used[strings.ToLower(name)] = true
			s.App.Footer = append(s.App.Footer, words.Of(s.Source, world.Link(name, s.Stub), world.Text(name)))
		}
	}
}

// homeward puts links to the page that everything begins on into the header, or none.
func (s *Scene) homeward(brand string) {
	if s.Used[strings.ToLower(s.Home.Title)] = true; !s.Chance(0.5) {
		return
	}
	for _, name := range words.Of(s.Source, []string{brand}, []string{"Home"}, []string{"Start page"}, []string{s.Home.Title}, []string{brand, s.Home.Title}) {
		s.App.Header = append(s.App.Header, world.Link(name, s.Home))
	}
}

// logo is one as it is read from pixels: as letters.
func (s *Scene) logo() *world.Thing {
	t := world.Button(strings.ToUpper(s.Word()[:1])+words.Of(s.Source, "]", ")", "l", "1", "|", "H"), nil)
	t.Role = words.Of(s.Source, step.RoleButton, step.RoleText)
	return t
}

// office adds what stands at the head of many applications: the day, a switch of colours, languages, who is signed in.
func (s *Scene) office(brand string) {
	things := []*world.Thing{
		world.Text(words.Of(s.Source, brand, s.Sentence())),
		world.Text(s.Date()),
		world.Button(words.Of(s.Source, "Switch theme", "Dark or light", "Toggle colours", "?"), nil),
		world.Button(s.Person()+words.Of(s.Source, "", " Sales", " Finance", " "+s.Name()), nil),
		world.Text("/ " + s.Name()),
		world.Text(strings.ToUpper(s.Word()[:2])),
	}
	for _, language := range words.Some(s.Source, s.IntN(4), []string{"English", "Deutsch", "Français", "日本語", "Español"}) {
		things = append(things, world.Link(language, s.Stub))
	}
	s.App.Header = append(s.App.Header, words.Some(s.Source, 1+s.IntN(len(things)), things)...)
}

// Slug makes a name fit for an address.
func Slug(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
}

// Fresh draws until the words are new in this scene, so that a goal means one thing.
func (s *Scene) Fresh(draw func() string) string {
	for {
		w := draw()
		if k := strings.ToLower(w); !s.Used[k] {
			s.Used[k] = true
			return w
		}
	}
}

func (s *Scene) FreshOf(list []string) string {
	for range 20 {
		w := words.Of(s.Source, list...)
		if k := strings.ToLower(w); !s.Used[k] {
			s.Used[k] = true
			return w
		}
	}
	return s.Fresh(s.Label)
}

// Fill puts n things without a purpose on a page, anywhere.
func (s *Scene) Fill(p *world.Page, n int) {
	switch {
	case s.Large:
		n *= 2
	case s.Few:
		n /= 3
	}
	for range n {
		var t *world.Thing
		switch k := s.Float64(); {
		case k < 0.5:
			t = world.Text(s.Sentence())
		case k < 0.6:
			t = world.Text(s.Fresh(s.Label) + ": " + s.Value(""))
		case k < 0.8:
			t = world.Link(s.Fresh(s.Label), s.Stub)
		case k < 0.87:
			t = world.Button(s.Fresh(s.Label), nil)
		case k < 0.91:
			t = world.Heading(words.Of(s.Source, s.Fresh(s.Label), s.Number(30)))
		case k < 0.93:
			t = world.Link(s.Fresh(s.Label)+" "+s.Value("amount")+" "+s.Sentence(), s.Stub) // a tile
		case k < 0.96 && !s.Few:
			t = s.control()
		default:
			t = world.Text(s.Sentence())
			t.Role = step.RoleImage
		}
		i := s.IntN(len(p.Body) + 1)
		p.Body = slices.Insert(p.Body, i, t)
	}
}

// control is a field or a switch without a purpose.
func (s *Scene) control() *world.Thing {
	switch s.IntN(5) {
	case 0:
		return world.Checkbox(s.Fresh(s.Label), s.Chance(0.4))
	case 1:
		label, options := s.Choice()
		return world.Select(label, options[0], options)
	case 2:
		return world.Input(s.Fresh(s.Label), words.Of(s.Source, "", s.Value("")))
	case 3:
		t := world.Text(s.Fresh(s.Label))
		t.Role = step.RoleCanvas
		return t
	}
	return world.Radio("stray", s.Fresh(s.Label), s.Chance(0.3))
}

// Add puts things on a page, among what is there already.
func (s *Scene) Add(p *world.Page, things ...*world.Thing) {
	p.Body = append(p.Body, things...)
	s.Fill(p, words.Of(s.Source, 0, 0, 1, 3))
}

// Quote writes words of the page into a goal: quoted, plain, or in lower case.
func (s *Scene) Quote(text string) string {
	switch k := s.Float64(); {
	case k < 0.5 || strings.ContainsAny(text, "?!.;,"):
		return `"` + text + `"`
	case k < 0.57:
		return "'" + text + "'"
	case k < 0.65 && text == words.Title(strings.ToLower(text)):
		return strings.ToLower(text)
	}
	return text
}

// Tell writes a value into a goal: quoted, plain where it is one word, or as a named input.
func (s *Scene) Tell(label, value string) string {
	switch k := s.Float64(); {
	case k < 0.25:
		return s.Input(label, value)
	case k < 0.35 && !strings.ContainsAny(value, ` ,."`):
		return value
	}
	return `"` + value + `"`
}

// Input makes a value a named input of the task and returns its reference.
func (s *Scene) Input(label, value string) string {
	name := strings.Trim(strings.ReplaceAll(Slug(label), "-", "_"), "_")
	if name == "" || len(name) > 24 {
		name = "value"
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 && s.Chance(0.3) {
		name = name[i+1:]
	}
	for s.Task.Inputs[name] != "" && s.Task.Inputs[name] != value {
		name += "_2"
	}
	if s.Task.Inputs == nil {
		s.Task.Inputs = map[string]string{}
	}
	s.Task.Inputs[name] = value
	return "{{" + name + "}}"
}

// Rename gives the input that was said in words of the last clause another name, if it has none of that name yet.
func (s *Scene) Rename(said, name string) {
	_, old, ok := strings.Cut(said, "{{")
	old, _, _ = strings.Cut(old, "}}")
	last := &s.Says[len(s.Says)-1]
	if value := s.Task.Inputs[old]; ok && value != "" && s.Task.Inputs[name] == "" && strings.Count(strings.Join(s.Says, " "), "{{"+old+"}}") == 1 {
		delete(s.Task.Inputs, old)
		s.Task.Inputs[name] = value
		*last = strings.Replace(*last, "{{"+old+"}}", "{{"+name+"}}", 1)
	}
}

// Answer makes things the result of the task, each under a field's name.
func (s *Scene) Answer(label string, t *world.Thing) {
	name := strings.Trim(strings.ReplaceAll(Slug(label), "-", "_"), "_")
	if name == "" || len(name) > 20 || s.Chance(0.3) {
		name = words.Of(s.Source, "answer", "value", "result", "found", "text")
	}
	s.Results[name] = t
}

// Schema is the result schema of the task.
func (s *Scene) Schema() json.RawMessage {
	if len(s.Results) == 0 {
		return nil
	}
	props := map[string]any{}
	for name := range s.Results {
		props[name] = map[string]string{"type": "string"}
	}
	data, err := json.Marshal(map[string]any{"type": "object", "properties": props})
	if err != nil {
		return nil
	}
	return data
}

// Missing is the Intent of a clause whose object does not exist: look at all of the page, then give up.
func (s *Scene) Missing(p *world.Page) Intent {
	s.Refusal = WhyMissing
	return func(a *world.App) step.Action {
		if act := a.Reach(p); act != nil {
			return act
		}
		if a.Below() {
			return step.Scroll{Direction: "down"}
		}
		return step.Fail{Reason: WhyMissing}
	}
}

// Unless is the beginning of most intents: go to the page, unless the clause is reached.
func Unless(p *world.Page, reached *bool, then Intent) Intent {
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

// Seeing is the intent of having a thing on the screen.
func Seeing(p *world.Page, t *world.Thing) Intent {
	return func(a *world.App) step.Action {
		if act := a.Reach(p); act != nil {
			return act
		}
		return a.At(t)
	}
}
