package plain

import (
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Purpose presses one of several buttons, which is asked for by what it is good for.
func Purpose(s *scene.Scene) {
	r := draw(s, buttons(), 1, s.Home)
	p, in := s.Place()
	in = here(s, in)
	pressed := false
	t := world.Button(r.label, nil)
	t.Click = effect(s, r.label, func() { pressed = true })
	if s.Chance(0.2) {
		t.Role = step.RoleLink
	}
	row := []*world.Thing{t}
	spoil := func(*world.App) { s.Spoiled = true }
	for _, o := range others(s, buttons(), 1, s.IntN(6), r) {
		b := world.Button(o.label, spoil)
		if s.Chance(0.15) {
			b.Role = step.RoleLink
		}
		row = append(row, b)
	}
	for range words.Of(s.Source, 0, 0, 1, 2) {
		row = append(row, world.Button(s.Fresh(func() string { return s.Name() + words.Of(s.Source, "", " "+s.Word()) }), spoil))
	}
	it, head := object(s, r.heads[0])
	s.Fill(p, words.Of(s.Source, 0, 0, 1, 3))
	sift(s, p, r)
	row = words.Some(s.Source, len(row), row)
	if s.Chance(0.3) {
		row, head = append(row, head...), nil
	}
	p.Body = append(append(p.Body, head...), row...)
	wish(s, strings.ReplaceAll(r.list[0].clause(s), "{it}", it), in)
	if s.Impossible {
		t.Gone = true
		missing(s, p)
		return
	}
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if a.Dialog() {
			return step.DialogAct{Accept: true}
		}
		return scene.Unless(p, &pressed, func(a *world.App) step.Action { return a.Use(t) })(a)
	})
}

// object is a thing that a button is about, with how a goal speaks of it; things are what it can be, "" for nothing.
func object(s *scene.Scene, things string) (it string, head []*world.Thing) {
	if things == "" {
		if s.Chance(0.5) {
			head = append(head, world.Text(s.Sentence()))
		}
		return "it", head
	}
	thing := words.Of(s.Source, strings.Split(things, "/")...)
	code := s.Fresh(words.Of(s.Source, s.Code, s.Item))
	head = append(head, world.Heading(words.Of(s.Source, words.Title(thing)+" "+code, words.Title(thing)+": "+code, words.Title(thing)+" “"+code+"”")))
	if s.Chance(0.5) {
		head = append(head, world.Text(s.Person()+" · "+s.Date()))
	}
	if s.Chance(0.5) {
		head = append(head, world.Text(s.Sentence()))
	}
	return words.Of(s.Source, "the "+thing, "this "+thing, "the "+thing, "the "+thing+" "+code, thing+" "+code), head
}

// effect is what a button does: it asks first, opens a page, says something, or nothing is to be seen of it.
func effect(s *scene.Scene, name string, done func()) world.Effect {
	next := &world.Page{Title: name, Path: "/" + scene.Slug(name), Body: []*world.Thing{world.Heading(name), world.Text(s.Sentence())}}
	said := words.Of(s.Source, "Done.", "OK", name+": done", "Your request was received.", "Thank you.")
	then := func(a *world.App) { done() }
	switch k := s.Float64(); {
	case k < 0.2:
		then = func(a *world.App) { done(); a.Go(next) }
	case k < 0.85:
		then = func(a *world.App) { done(); a.Say(said) }
	}
	if s.Chance(0.25) {
		question := words.Of(s.Source, name+"?", "Are you sure?", "Do you really want to go on?", "Please confirm: "+strings.ToLower(name))
		return func(a *world.App) { a.Confirm(question, nil, then) }
	}
	return then
}
