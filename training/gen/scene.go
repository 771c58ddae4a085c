package gen

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/words"
	"chiron/training/world"
)

// scene is an application and a goal in the making.
type scene struct {
	*words.Source
	heldWordings bool
	impossible   bool // the goal cannot be reached; the kind takes away what it needs
	finished     bool // the goal is reached before the first act, where the kind can do that
	large        bool

	app   *world.App
	home  *world.Page
	start *world.Page
	free  []part // sections that no goal uses yet
	stub  *world.Page
	used  map[string]bool

	task    step.Task
	says    []string
	intents []intent
	results map[string]*world.Thing
	refusal string // why the goal cannot be reached
	spoiled bool   // something was done that the goal does not ask for and that cannot be taken back
}

// part is a section of the application.
type part struct {
	name string
	page *world.Page
}

// intent returns the next act on the way to one clause of the goal, nil when it is reached.
type intent func(*world.App) step.Action

// Reasons with which the expert gives up. They are few, so that they need not be spelled.
const (
	whyMissing = "The site shows nothing that fits the goal."
	whyRefused = "The site refused it."
	whyNothing = "The search found nothing."
)

func newScene(src *words.Source) *scene {
	s := &scene{Source: src, used: map[string]bool{}, results: map[string]*world.Thing{}}
	s.large = s.Chance(0.12)
	brand := s.Name() + words.Of(s.Source, "", "", " "+s.Name(), " Ltd", " Online", " Portal")
	host := strings.ToLower(strings.Fields(brand)[0])
	origin := words.Of(s.Source, "http://127.0.0.1:"+fmt.Sprint(1024+s.IntN(60000)), "https://"+host+".example", "http://"+host+".test:8080", "https://www."+host+".com", "http://localhost:3000")
	s.home = &world.Page{Title: words.Of(s.Source, "Home", "Welcome", "Start", "Overview", "Dashboard"), Path: "/"}
	s.stub = &world.Page{Title: words.Of(s.Source, "Info", "Details", "More"), Path: "/info", Body: []*world.Thing{world.Text(s.Sentence())}}
	s.app = world.New(origin, brand, s.home)
	if s.Chance(0.15) {
		s.app.Brand = ""
	}
	s.app.Seed = s.Uint64()
	if s.Chance(0.12) {
		s.app.Blur = words.Of(s.Source, 0.005, 0.01, 0.02, 0.03)
	}
	s.app.Room = words.Of(s.Source, 16, 22, 30, 40, 60)
	if s.large {
		s.app.Room = 70
	}
	s.chrome(brand)
	s.fill(s.home, words.Of(s.Source, 0, 1, 2, 4, 7))
	return s
}

// chrome makes the sections, the header and the footer.
func (s *scene) chrome(brand string) {
	role := words.Of(s.Source, "link", "link", "link", "tab", "button")
	if s.Chance(0.3) {
		s.app.Header = append(s.app.Header, world.Link(words.Of(s.Source, brand, "Home", "Start page"), s.home))
	}
	var nav []*world.Thing
	for range 2 + s.IntN(words.Of(s.Source, 3, 5, 8)) {
		name := s.fresh(s.Section)
		p := &world.Page{Title: name, Path: "/" + slug(name)}
		if s.Chance(0.5) {
			p.Body = append(p.Body, world.Heading(name))
		}
		if s.Chance(0.03) {
			p.Slow = true
		}
		s.free = append(s.free, part{name, p})
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
	s.app.Header = append(s.app.Header, nav...)
	if s.Chance(0.08) {
		s.app.Header = append(s.app.Header, world.Text("We use cookies."), world.Button("Accept all", nil), world.Button(words.Of(s.Source, "Reject", "Only necessary"), nil))
	}
	for range s.IntN(4) {
		name := words.Of(s.Source, "Terms", "Privacy policy", "Imprint", "Cookies", "FAQ", "Careers", "Accessibility", "© 2026 "+brand)
		if !s.used[strings.ToLower(name)] {
			s.used[strings.ToLower(name)] = true
			s.app.Footer = append(s.app.Footer, words.Of(s.Source, world.Link(name, s.stub), world.Text(name)))
		}
	}
}

func slug(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
}

// fresh draws until the words are new in this scene, so that a goal means one thing.
func (s *scene) fresh(draw func() string) string {
	for {
		w := draw()
		if k := strings.ToLower(w); !s.used[k] {
			s.used[k] = true
			return w
		}
	}
}

func (s *scene) freshOf(list []string) string {
	for range 20 {
		w := words.Of(s.Source, list...)
		if k := strings.ToLower(w); !s.used[k] {
			s.used[k] = true
			return w
		}
	}
	return s.fresh(s.Label)
}

// fill puts n things without a purpose on a page, anywhere.
func (s *scene) fill(p *world.Page, n int) {
	if s.large {
		n *= 2
	}
	for range n {
		var t *world.Thing
		switch k := s.Float64(); {
		case k < 0.5:
			t = world.Text(s.Sentence())
		case k < 0.6:
			t = world.Text(s.fresh(s.Label) + ": " + s.Value(""))
		case k < 0.8:
			t = world.Link(s.fresh(s.Label), s.stub)
		case k < 0.9:
			t = world.Button(s.fresh(s.Label), nil)
		case k < 0.95:
			t = world.Heading(s.fresh(s.Label))
		default:
			t = world.Text(s.Sentence())
			t.Role = step.RoleImage
		}
		i := s.IntN(len(p.Body) + 1)
		p.Body = slices.Insert(p.Body, i, t)
	}
}

// place is a page for a goal: where the task starts, or a section that the goal's {in} names.
func (s *scene) place() (p *world.Page, in string) {
	if len(s.intents) == 0 && s.start == nil && s.Chance(0.4) {
		if s.Chance(0.5) || len(s.free) == 0 {
			return s.home, ""
		}
		a := s.claim()
		s.start = a.page
		return a.page, words.Of(s.Source, "", " in "+s.q(a.name))
	}
	a := s.claim()
	return a.page, words.Of(s.Source, " in ", " in ", " on the page ", " under ", " at ") + s.q(a.name)
}

// claim takes a section for a goal.
func (s *scene) claim() part {
	if len(s.free) == 0 {
		p := part{s.fresh(s.Label), &world.Page{}}
		p.page.Title, p.page.Path = p.name, "/"+slug(p.name)
		s.home.Body = append(s.home.Body, world.Link(p.name, p.page))
		return p
	}
	i := s.IntN(len(s.free))
	p := s.free[i]
	s.free = slices.Delete(s.free, i, i+1)
	return p
}

// add puts things on a page, among what is there already.
func (s *scene) add(p *world.Page, things ...*world.Thing) {
	p.Body = append(p.Body, things...)
	s.fill(p, words.Of(s.Source, 0, 0, 1, 3))
}

// q writes words of the page into a goal: quoted, plain, or in lower case.
func (s *scene) q(text string) string {
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

// value writes a value into a goal: quoted, plain where it is one word, or as a named input.
func (s *scene) value(label, value string) string {
	switch k := s.Float64(); {
	case k < 0.25:
		return s.input(label, value)
	case k < 0.35 && !strings.ContainsAny(value, ` ,."`):
		return value
	}
	return `"` + value + `"`
}

// input makes a value a named input of the task and returns its reference.
func (s *scene) input(label, value string) string {
	name := strings.Trim(strings.ReplaceAll(slug(label), "-", "_"), "_")
	if name == "" || len(name) > 24 {
		name = "value"
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 && s.Chance(0.3) {
		name = name[i+1:]
	}
	for s.task.Inputs[name] != "" && s.task.Inputs[name] != value {
		name += "_2"
	}
	if s.task.Inputs == nil {
		s.task.Inputs = map[string]string{}
	}
	s.task.Inputs[name] = value
	return "{{" + name + "}}"
}

// answer makes things the result of the task, each under a field's name.
func (s *scene) answer(label string, t *world.Thing) {
	name := strings.Trim(strings.ReplaceAll(slug(label), "-", "_"), "_")
	if name == "" || len(name) > 20 || s.Chance(0.3) {
		name = words.Of(s.Source, "answer", "value", "result", "found", "text")
	}
	s.results[name] = t
}

// schema is the result schema of the task.
func (s *scene) schema() json.RawMessage {
	if len(s.results) == 0 {
		return nil
	}
	props := map[string]any{}
	for name := range s.results {
		props[name] = map[string]string{"type": "string"}
	}
	data, err := json.Marshal(map[string]any{"type": "object", "properties": props})
	if err != nil {
		return nil
	}
	return data
}

// missing is the intent of a clause whose object does not exist: look at all of the page, then give up.
func (s *scene) missing(p *world.Page) intent {
	s.refusal = whyMissing
	return func(a *world.App) step.Action {
		if act := a.Reach(p); act != nil {
			return act
		}
		if a.Below() {
			return step.Scroll{Direction: "down"}
		}
		return step.Fail{Reason: whyMissing}
	}
}
