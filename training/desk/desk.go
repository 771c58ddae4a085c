// Package desk makes goals about the page of one entry and the way to it: menus, deleting it, setting its state, reading what
// it says, handing in a new one in words of every day.
package desk

import (
	"fmt"
	"slices"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Menu opens a page from a menu that the goal names, among other menus.
func Menu(s *scene.Scene) {
	name := s.FreshOf([]string{"Resources", "Tools", "Company", "Services", "Departments", "Help centre", "Organisation", "Apps", "Links", "Office", "Products and prices", "Information"})
	button := world.Button(name, nil)
	var entries []scene.Part
	for range 2 + s.IntN(4) {
		title := s.Fresh(s.Section)
		p := &world.Page{Title: title, Path: "/" + scene.Slug(title), Body: []*world.Thing{world.Heading(title), world.Text(s.Sentence())}}
		entries = append(entries, scene.Part{Name: title, Page: p})
		button.Opens = append(button.Opens, world.Link(title, p))
	}
	s.App.Header = append(s.App.Header, button)
	if s.Chance(0.3) {
		other := world.Button(s.Fresh(s.Section), nil)
		other.Opens = []*world.Thing{world.Link(s.Fresh(s.Section), s.Stub), world.Link(s.Fresh(s.Section), s.Stub)}
		s.App.Header = append(s.App.Header, other)
	}
	e := words.Of(s.Source, entries...)
	said := s.Quote(e.Name)
	if s.Chance(0.4) {
		said = words.Of(s.Source, "", "the ", "the page with the ") + strings.ToLower(e.Name)
	}
	s.At = s.First()
	s.Board(s.At)
	s.Say("menu", "page", said, "menu", name)
	if s.Impossible {
		for _, t := range button.Opens {
			if t.To == e.Page {
				t.Name, t.To = s.Fresh(s.Section), s.Stub
			}
		}
		s.Refusal = scene.WhyMissing
		opened := false
		s.Intents = append(s.Intents, func(a *world.App) step.Action {
			if opened = opened || button.States.Expanded; opened {
				return step.Fail{Reason: scene.WhyMissing}
			}
			if act := a.Use(button); act != nil {
				return act
			}
			return step.Back{}
		})
		return
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action { return a.Reach(e.Page) })
}

// entry is a page about one thing, with what can be done to it.
type entry struct {
	page   *world.Page
	in     string
	what   string // what the thing is, as people say: "ticket"
	code   string
	title  string
	state  *world.Thing
	sum    *world.Thing
	facts  []*world.Thing // values that stand behind their labels
	labels []string
	parts  [][]*world.Thing // label, picture and value of each fact, once they are laid out
	verbs  []*world.Thing
	faces  bool // people have a picture with their initials before their name
}

// page makes the page of an entry: headline, code, state, buttons, amount and facts. It may stand behind a row of a list.
func page(s *scene.Scene, behind bool) *entry {
	var p *world.Page
	in, list := "", s.List
	if behind = behind && !s.Few; !behind || list == nil {
		p, in = s.Place()
	}
	e := &entry{page: p, in: in, code: s.Fresh(s.Code), title: words.Of(s.Source, s.Item(), s.Sentence())}
	if list != nil && behind || behind && s.Chance(0.4) {
		if list == nil {
			list = s.Grid(p, "")
			s.Ledger(list, scene.Controls{})
		}
		e.page = row(s, list, e.code)
	}
	e.what = words.Of(s.Source, "report", "ticket", "order", "request", "invoice", "entry", "document", "claim")
	for _, w := range []string{"Delete", "Edit", "Print", "Copy", "Share", "Archive"} {
		t := world.Button(w, func(*world.App) { s.Spoiled = true })
		if w == "Delete" {
			t.Safe = true
			t.Click = func(a *world.App) {
				a.Confirm(words.Of(s.Source, "Delete "+e.what+" "+e.code+"?", "Are you sure?", "This cannot be undone. Go on?"), nil, func(*world.App) { s.Spoiled = true })
			}
		}
		e.verbs = append(e.verbs, t)
	}
	e.verbs = append(e.verbs[:1], words.Some(s.Source, s.IntN(3), e.verbs[1:])...)
	e.sum = world.Text(fmt.Sprintf("%s%d.%02d", words.Of(s.Source, "€", "$", "£"), 1+s.IntN(999), s.IntN(100)))
	for range 2 + s.IntN(4) {
		list := labels()
		if s.Chance(0.3) { // what most entries tell
			list = []string{"Employee", "Requested by", "Department", "Assigned to", "Category", "Receipt", "Owner"}
			list = words.Some(s.Source, len(list), list)
		}
		l := s.FreshOf(list)
		v := s.Value(l)
		if person(l) {
			v = s.Person()
		}
		e.labels, e.facts = append(e.labels, l), append(e.facts, world.Text(v))
	}
	e.faces, e.state = s.Chance(0.4), world.Text(words.Of(s.Source, words.Statuses()...))
	return e
}

// row is a page that a row of a list leads to.
func row(s *scene.Scene, g *scene.Grid, code string) *world.Page {
	head := words.Of(s.Source, g.Heads...)
	p := &world.Page{Title: words.Of(s.Source, code, g.Page.Title), Path: g.Page.Path + "/" + scene.Slug(code)}
	head.Name, head.Role, head.To = code, step.RoleLink, p
	s.At = p
	return p
}

// labels are those of facts, but for amounts and states, which an entry shows without.
func labels() []string {
	all := append(words.Facts(), "Employee", "Requested by", "Category", "Receipt", "Approved by", "Assigned to", "Submitted on", "Reported by")
	return slices.DeleteFunc(all, func(l string) bool {
		return l == "Status" || slices.ContainsFunc([]string{"total", "amount", "price", "balance", "cost", "budget", "deposit", "refund", "revenue", "profit", "tax", "spent"}, func(sum string) bool {
			return strings.Contains(strings.ToLower(l), sum)
		})
	})
}

// person reports whether what stands behind a label is a person.
func person(label string) bool {
	return strings.HasSuffix(label, " by") || label == "Employee" || label == "Assigned to" || label == "Owner" || label == "Manager"
}

// asked is how a question asks for what stands behind a label: of who did something, by that too.
func asked(s *scene.Scene, label string) string {
	word := strings.ToLower(label)
	if verb, ok := strings.CutSuffix(word, "ed by"); ok && s.Chance(0.5) {
		return verb + "er"
	}
	return word
}

// lay puts the parts on the page. The state and the buttons may stand before the amount, as in the head of a card.
func (e *entry) lay(s *scene.Scene, control ...*world.Thing) {
	head := []*world.Thing{world.Heading(e.title), world.Text(e.code), e.state}
	head = words.Of(s.Source, head, head[:2], []*world.Thing{world.Heading(e.title + " " + e.code)})
	middle := append(slices.Clone(e.verbs), e.sum)
	if !s.Chance(0.7) {
		middle = append([]*world.Thing{e.sum}, e.verbs...)
	}
	e.page.Body = append(append(e.page.Body, head...), middle...)
	s.Fill(e.page, s.IntN(2)) // before the facts, so that nothing comes between labels and values
	e.page.Body = append(e.page.Body, append(e.told(words.Of(s.Source, 1, 1, 1, 2, 3)), control...)...)
}

// told are the facts, so many of them beside each other: where there are several, reading goes across, and their labels stand
// before their values.
func (e *entry) told(wide int) []*world.Thing {
	var body []*world.Thing
	for i := 0; i < len(e.facts); i += wide {
		row := e.facts[i:min(len(e.facts), i+wide)]
		for j := range row {
			label := world.Text(e.labels[i+j])
			e.parts = append(e.parts, []*world.Thing{label})
			body = append(body, label)
		}
		for j, f := range row {
			if e.faces && person(e.labels[i+j]) {
				face := world.Text(words.Initials(f.Name))
				e.parts[i+j] = append(e.parts[i+j], face)
				body = append(body, face)
			}
			e.parts[i+j] = append(e.parts[i+j], f)
			body = append(body, f)
		}
	}
	return body
}

// said is how a goal names the entry.
func (e *entry) said(s *scene.Scene) string {
	return words.Of(s.Source, "", e.what+" ", e.what+" ", "the "+e.what+" ") + words.Of(s.Source, e.code, e.code, s.Quote(e.code))
}

// Erase deletes the entry behind a question, or is told not to.
func Erase(s *scene.Scene) {
	e := page(s, true)
	keep := s.Chance(0.45)
	over := false
	b := e.verbs[0]
	b.Safe = false
	b.Name = words.Of(s.Source, "Delete", "Delete", "Remove", "Delete "+e.what, "Discard")
	gone := func(a *world.App) {
		over, s.Spoiled = true, s.Spoiled || keep
		said := words.Of(s.Source, e.code+" was deleted.", "Deleted.", "The "+e.what+" was removed.")
		if s.Chance(0.5) {
			a.Go(&world.Page{Title: words.Title(e.what) + "s", Path: "/" + e.what + "s", Body: []*world.Thing{world.Link(s.Fresh(s.Code), s.Stub), world.Link(s.Fresh(s.Code), s.Stub)}})
		}
		a.Say(said)
	}
	b.Click = func(a *world.App) {
		a.Confirm(words.Of(s.Source, "Delete "+e.what+" "+e.code+"? This cannot be undone.", "Delete "+e.code+"?", "Are you sure?"), func(*world.App) { over = keep }, gone)
	}
	e.lay(s)
	if s.Impossible {
		b.Gone = true
	}
	if keep {
		s.SayKeep(e.said(s), e.in)
	} else {
		s.Say("remove", "row", e.said(s), "in", e.in)
	}
	if s.Impossible {
		s.Intents = append(s.Intents, s.Missing(e.page))
		return
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if a.Dialog() {
			return step.DialogAct{Accept: !keep}
		}
		return scene.Unless(e.page, &over, func(a *world.App) step.Action { return a.Use(b) })(a)
	})
}

// State sets the state of the entry, by a select that may want a button.
func State(s *scene.Scene) {
	e := page(s, true)
	label, options := words.Of(s.Source, "Status", "State", "Stage", "Phase"), s.Options(3+s.IntN(4), append(words.Statuses(), "Waiting", "In progress", "Done", "On hold", "Planned"))
	t := world.Select(label, options[0], options)
	e.state.Name = options[0]
	want := options[1+s.IntN(len(options)-1)]
	set := false
	control := []*world.Thing{t}
	apply := func(a *world.App) {
		e.state.Name = t.Value
		if set = t.Value == want; set && s.Chance(0.6) {
			a.Say(words.Of(s.Source, "Saved.", "Updated.", "The "+e.what+" is "+strings.ToLower(want)+" now."))
		}
	}
	var button *world.Thing
	if s.Chance(0.6) {
		button = world.Button(words.Of(s.Source, "Update", "Save", "Set", "Change status", "Apply"), apply)
		control = append(control, button)
	} else {
		t.Change = apply
	}
	e.lay(s, control...)
	said := want
	if s.Chance(0.4) {
		said = words.Of(s.Source, fmt.Sprintf("%q", want), strings.ToLower(want))
	}
	s.Say("state", "row", e.said(s), "value", said, "in", e.in)
	s.Intents = append(s.Intents, scene.Unless(e.page, &set, func(a *world.App) step.Action {
		if act := a.Fill(t, want); act != nil {
			return act
		}
		return a.Use(button)
	}))
}

// Read reports the amount, which has no label, or a fact of the entry.
func Read(s *scene.Scene) {
	e := page(s, false)
	word, at := words.Of(s.Source, "amount", "amount", "total", "price", "cost", "sum"), e.sum
	k := s.IntN(len(e.facts))
	if s.Chance(0.4) {
		word, at = asked(s, e.labels[k]), e.facts[k]
	}
	e.lay(s, s.Aside()...)
	if verb, ok := strings.CutSuffix(strings.ToLower(e.labels[k]), " by"); ok && at == e.facts[k] && s.Chance(0.5) {
		s.Say("who", "did", verb, "item", e.said(s), "in", e.in)
	} else if e.labels[k] == "Department" && at == e.facts[k] && s.Chance(0.6) {
		s.Say("whose_team", "who", words.Of(s.Source, "owner", "employee", "author", "person", "colleague"), "item", e.said(s), "in", e.in)
	} else {
		s.Say("entry", "x", word, "item", e.said(s), "in", e.in)
	}
	if s.Impossible {
		at.Gone = true
		for _, t := range e.parts[k] {
			t.Gone = t.Gone || at != e.sum
		}
		s.Intents = append(s.Intents, s.Missing(e.page))
		return
	}
	s.Answer(word, at)
	s.Intents = append(s.Intents, scene.Seeing(e.page, at))
}
