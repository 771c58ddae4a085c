package world

import (
	"math"

	"chiron/step"
)

// Use is the next act on the way to clicking a thing of this page: the click, or the scroll that brings it into view, or
// the click that unfolds what it is in, or the wait for a page that loads. It is nil when the thing is not on this page.
func (a *App) Use(t *Thing) step.Action {
	if a.page.Slow {
		return step.Wait{Seconds: 2}
	}
	if m := a.Mark(t); m > 0 {
		return step.Click{Target: step.Target{Mark: m}}
	}
	all := a.all()
	for i, o := range all {
		if o == t {
			if i < a.offset {
				return step.Scroll{Direction: "up"}
			}
			return step.Scroll{Direction: "down"}
		}
	}
	for _, o := range all {
		for _, in := range o.Opens {
			if in == t {
				return a.Use(o)
			}
		}
	}
	return nil
}

// At is the next act on the way to seeing a thing of this page; nil when it is seen or not here.
func (a *App) At(t *Thing) step.Action {
	if a.Mark(t) > 0 {
		return nil
	}
	return a.Use(t)
}

// Reach is the next act on the way to a page along links; nil when it is shown. Where no link leads there it goes back.
func (a *App) Reach(p *Page) step.Action {
	if a.page == p {
		if p.Slow {
			return step.Wait{Seconds: 2}
		}
		return nil
	}
	if a.page.Slow {
		return step.Wait{Seconds: 2}
	}
	var first *Thing
	best := math.MaxInt
	for _, t := range a.links(a.page) {
		if t.To == a.page {
			continue
		}
		if n := a.distance(t.To, p); n < best {
			best, first = n, t
		}
	}
	if first != nil {
		return a.Use(first)
	}
	return step.Back{}
}

// links are the things of a page that lead to others.
func (a *App) links(p *Page) []*Thing {
	var out []*Thing
	add := func(list []*Thing) {
		for _, t := range list {
			if t.Gone || t.States.Disabled {
				continue
			}
			if t.To != nil {
				out = append(out, t)
			}
			for _, o := range t.Opens {
				if o.To != nil {
					out = append(out, o)
				}
			}
		}
	}
	if !p.Bare {
		add(a.Header)
	}
	add(p.Body)
	if !p.Bare {
		add(a.Footer)
	}
	return out
}

// distance is how many links lead from one page to another, MaxInt when none do.
func (a *App) distance(from, to *Page) int {
	far := map[*Page]int{from: 0}
	for queue := []*Page{from}; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if p == to {
			return far[p]
		}
		for _, t := range a.links(p) {
			if _, seen := far[t.To]; !seen {
				far[t.To] = far[p] + 1
				queue = append(queue, t.To)
			}
		}
	}
	return math.MaxInt
}

// Fill is the next act on the way to a field holding a value; nil when it does, or when the field is not on this page.
func (a *App) Fill(t *Thing, value string) step.Action {
	if t.Holds(value) {
		return nil
	}
	m := a.Mark(t)
	if m == 0 {
		return a.Use(t)
	}
	at := step.Target{Mark: m}
	switch t.Role {
	case step.RoleSelect:
		return step.Select{Target: at, Option: a.Values.Refer(value)}
	case step.RoleFile:
		return step.Upload{Target: at, File: value}
	case step.RoleCheckbox, step.RoleRadio:
		return step.Click{Target: at}
	}
	return step.Type{Target: at, Value: a.written(t, value)}
}

// written is how a value is typed: by its name where it has one.
func (a *App) written(t *Thing, value string) string {
	if t.Secret {
		for _, n := range a.Values {
			if n.Secret && value == "secret "+n.Name {
				return "{{" + n.Name + "}}"
			}
		}
	}
	return a.Values.Refer(value)
}
