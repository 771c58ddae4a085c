// Package world is a small web application made of words: pages with things on them, what using a thing does, and how it
// all looks as a step.Screen. Wrong acts have effects too, so that a policy can be played against it in a closed loop.
package world

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"chiron/step"
)

// Effect is what using a thing does to the application.
type Effect func(*App)

// Thing is one thing on a page. Its embedded candidate is what can be seen of it; mark and box are set when it is shown.
type Thing struct {
	step.Candidate
	To     *Page    // where a click leads
	Opens  []*Thing // what a click unfolds below it
	Click  Effect   // after the effect of role, To and Opens
	Enter  Effect   // Enter while it has the focus
	Change Effect   // after it got another value
	Group  string   // of radios and tabs: only one is chosen
	Gone   bool     // not on the page at present
	Safe   bool     // a click does no lasting harm: it may open a dialog
}

// Page is one page.
type Page struct {
	Title, Path string
	Body        []*Thing
	Bare        bool // without header and footer
	Auto        bool // its first input has the focus when it is opened
	Slow        bool // shows that it loads until somebody waits
}

// App is an application in one state. It is used by one goroutine.
type App struct {
	Origin, Brand  string
	Header, Footer []*Thing
	Side           bool    // the header stands beside the body, so that reading across mixes them
	Toast          bool    // messages stand at the end of the page, with a button that closes them
	Sticky         bool    // a field that was marked as wrong stays so until the form is sent again
	Room           int     // how many things fit on the screen
	Pixels         bool    // the screen is read from pixels
	Blur           float64 // share of characters read wrongly then
	Seed           uint64  // of the blur
	Links          float64 // share of links whose colour says that they are some, where they are read from pixels; the same for all of a list
	Values         step.Values

	page    *Page
	trail   []*Page
	offset  int
	focus   *Thing
	alert   []*Thing // message, and what closes it
	dialog  *step.Dialog
	answers [2]Effect // of the dialog: dismissed, accepted
	seen    []*Thing
}

// New returns an application that shows its first page.
func New(origin, brand string, first *Page) *App {
	return &App{Origin: origin, Brand: brand, Room: 40, page: first}
}

// Page is the page shown.
func (a *App) Page() *Page { return a.page }

// Dialog reports whether a dialog is open.
func (a *App) Dialog() bool { return a.dialog != nil }

// Focused reports whether a thing has the focus.
func (a *App) Focused(t *Thing) bool { return a.focus == t }

// Go opens a page as a link does.
func (a *App) Go(p *Page) {
	if p == nil {
		return
	}
	a.trail = append(a.trail, a.page)
	a.show(p)
}

func (a *App) show(p *Page) {
	a.page, a.offset, a.focus, a.alert = p, 0, nil, nil
	for _, t := range a.all() {
		if len(t.Opens) > 0 {
			t.States.Expanded = false
		}
		if p.Auto && a.focus == nil && t.Role == step.RoleInput && !t.States.Disabled {
			a.focus = t
		}
	}
}

// Say shows a message until another page is opened, at the head or, as a toast, at the end of the page; "" takes it away.
func (a *App) Say(text string) {
	a.alert, a.offset = nil, 0
	switch {
	case text == "":
	case a.Toast:
		a.alert = []*Thing{Text(text), Button("Close", func(a *App) { a.alert = nil })}
	default:
		a.alert = []*Thing{{Candidate: step.Candidate{Role: step.RoleAlert, Name: text}}}
	}
}

// Confirm opens a dialog.
func (a *App) Confirm(message string, no, yes Effect) {
	a.dialog, a.answers = &step.Dialog{Type: "confirm", Message: message}, [2]Effect{no, yes}
}

// all is everything on the page in reading order.
func (a *App) all() []*Thing {
	var out []*Thing
	header := shown(a.Header)
	if a.page.Bare {
		header = nil
	}
	if !a.Side {
		out, header = header, nil
	}
	if !a.Toast {
		out = append(out, a.alert...)
	}
	if a.page.Slow {
		return append(append(out, header...), Text("Loading…"))
	}
	out = append(out, a.mixed(header, shown(a.page.Body))...)
	if !a.page.Bare {
		out = append(out, shown(a.Footer)...)
	}
	if a.Toast {
		out = append(out, a.alert...)
	}
	return out
}

// shown is what of a list is there, with what is unfolded.
func shown(list []*Thing) []*Thing {
	var out []*Thing
	for _, t := range list {
		if t.Gone {
			continue
		}
		out = append(out, t)
		if t.States.Expanded {
			out = append(out, t.Opens...)
		}
	}
	return out
}

// mixed reads two columns across, on every page in a way of its own that does not change.
func (a *App) mixed(left, right []*Thing) []*Thing {
	if len(left) == 0 {
		return right
	}
	h := fnv.New64a()
	h.Write([]byte(a.page.Path))
	r := rand.New(rand.NewPCG(a.Seed, h.Sum64()))
	out := make([]*Thing, 0, len(left)+len(right))
	for len(left) > 0 && len(right) > 0 {
		from := &left
		if r.Float64() < 0.6 {
			from = &right
		}
		out, *from = append(out, (*from)[0]), (*from)[1:]
	}
	return append(append(out, left...), right...)
}

const lineHeight = 27 // page pixels that one thing takes, for the counts above and below

// Look returns the screen as it is now.
func (a *App) Look() step.Screen {
	all := a.all()
	a.offset = max(0, min(a.offset, len(all)-a.Room))
	a.seen = all[a.offset:min(len(all), a.offset+a.Room)]
	s := step.Screen{Version: step.TextVersion, Title: a.page.Title, URL: a.Origin + a.page.Path, Source: step.SourceLayout,
		Dialog: a.dialog, Above: a.offset * lineHeight, Below: (len(all) - a.offset - len(a.seen)) * lineHeight}
	if a.dialog != nil { // nothing behind it can be looked at
		a.seen, s.Above, s.Below = nil, 0, 0
	}
	if a.Brand != "" {
		s.Title += []string{" - ", " · ", " – ", " | "}[a.Seed%4] + a.Brand
	}
	for i, t := range a.seen {
		c := t.Candidate
		c.Mark = i + 1
		c.States.Focused = t == a.focus
		s.Items = append(s.Items, a.read(t, c))
	}
	return s
}

// Mark is where a thing stands on the screen of the last Look, 0 when it does not.
func (a *App) Mark(t *Thing) int { return slices.Index(a.seen, t) + 1 }

// Thing is what stands at a mark of the last Look, or nil.
func (a *App) Thing(mark int) *Thing {
	if mark < 1 || mark > len(a.seen) {
		return nil
	}
	return a.seen[mark-1]
}

// Seen are the things on the screen of the last Look in the order of their marks.
func (a *App) Seen() []*Thing { return slices.Clone(a.seen) }

// Below and Above report whether the page goes on outside the last Look.
func (a *App) Below() bool { return a.offset+len(a.seen) < len(a.all()) }

// Above is Below upwards.
func (a *App) Above() bool { return a.offset > 0 }

// Do carries out an act on the last Look and says how it ended, as the product would say it.
func (a *App) Do(act step.Action) step.Outcome {
	done := step.Outcome{Status: step.Executed}
	if d, ok := act.(step.DialogAct); ok && a.dialog != nil {
		then := a.answers[0]
		if d.Accept {
			then = a.answers[1]
		}
		a.dialog = nil
		a.run(then)
		return done
	}
	if a.dialog != nil {
		return refused("a dialog is open")
	}
	switch act := act.(type) {
	case step.Click:
		return a.click(a.Thing(act.Mark))
	case step.Type:
		return a.enter(a.Thing(act.Mark), act.Value)
	case step.Select:
		return a.choose(a.Thing(act.Mark), act.Option)
	case step.Upload:
		return a.give(a.Thing(act.Mark), act.File)
	case step.Press:
		if act.Key == "Enter" && a.focus != nil {
			a.run(a.focus.Enter)
		}
	case step.Scroll:
		a.scroll(act.Direction)
	case step.Back:
		if n := len(a.trail); n > 0 {
			p := a.trail[n-1]
			a.trail = a.trail[:n-1]
			a.show(p)
		}
	case step.Wait:
		a.page.Slow = false
	}
	return done
}

func refused(why string) step.Outcome { return step.Outcome{Status: step.NotExecuted, Reason: why} }

func (a *App) run(e Effect) {
	if e != nil {
		e(a)
	}
}

func (a *App) scroll(direction string) {
	by := max(1, a.Room*4/5)
	switch direction {
	case "down":
		a.offset += by
	case "up":
		a.offset -= by
	}
	a.offset = max(0, min(a.offset, len(a.all())-a.Room))
}

func (a *App) click(t *Thing) step.Outcome {
	switch {
	case t == nil:
		return refused("there is no such mark")
	case t.States.Disabled:
		return refused("the element is disabled")
	}
	a.focus = nil
	switch t.Role {
	case step.RoleInput, step.RoleButton, step.RoleLink, step.RoleCheckbox, step.RoleRadio, step.RoleTab, step.RoleSelect:
		a.focus = t
	}
	switch t.Role {
	case step.RoleCheckbox:
		t.States.Checked, t.States.Invalid = !t.States.Checked, t.States.Invalid && a.Sticky
	case step.RoleRadio, step.RoleTab:
		a.pick(t)
	}
	if len(t.Opens) > 0 {
		t.States.Expanded = !t.States.Expanded
	}
	a.Go(t.To)
	a.run(t.Click)
	return step.Outcome{Status: step.Executed}
}

// pick chooses one of a group.
func (a *App) pick(t *Thing) {
	for _, o := range a.all() {
		if o.Group == t.Group && o.Role == t.Role {
			o.States.Checked, o.States.Selected = false, false
		}
	}
	t.States.Checked, t.States.Selected = t.Role == step.RoleRadio, t.Role == step.RoleTab
}

func (a *App) enter(t *Thing, text string) step.Outcome {
	if t == nil || t.Role != step.RoleInput || t.States.Disabled {
		return refused("the element takes no text")
	}
	value, err := a.Values.Expand(text, func(name string) (string, error) { return "secret " + name, nil })
	if err != nil {
		return refused(err.Error())
	}
	t.Value, a.focus, t.States.Invalid = value, t, t.States.Invalid && a.Sticky
	a.run(t.Change)
	return step.Outcome{Status: step.Executed}
}

func (a *App) choose(t *Thing, option string) step.Outcome {
	value, err := a.Values.Expand(option, nil)
	switch {
	case err != nil:
		return refused(err.Error())
	case t == nil || t.Role != step.RoleSelect || !slices.Contains(t.Options, value):
		return refused(fmt.Sprintf("there is no option %q", option))
	}
	t.Value, a.focus, t.States.Invalid = value, t, t.States.Invalid && a.Sticky
	a.run(t.Change)
	return step.Outcome{Status: step.Executed}
}

func (a *App) give(t *Thing, file string) step.Outcome {
	if t == nil || t.Role != step.RoleFile {
		return refused("the element takes no file")
	}
	t.Value, t.States.Invalid = file, t.States.Invalid && a.Sticky
	return step.Outcome{Status: step.Executed}
}

// Open makes a page the one that everything begins at.
func (a *App) Open(p *Page) { a.trail = nil; a.show(p) }
