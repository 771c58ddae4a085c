package desk

import (
	"fmt"
	"strings"

	"chiron/step"
	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// Retry opens a section that fails at first and says so, with a button to try again.
func Retry(s *scene.Scene) {
	a := s.Claim()
	body := append([]*world.Thing{world.Heading(a.Name)}, world.Link(s.Fresh(s.Item), s.Stub), world.Text(s.Sentence()))
	shown := false
	again := world.Button(words.Of(s.Source, "Try again", "Retry", "Reload", "Load again"), nil)
	a.Page.Body = []*world.Thing{world.Text(words.Of(s.Source, "Something went wrong.", "This page could not be loaded.", "The server did not answer.", "Error 503")), again}
	if s.Chance(0.3) {
		a.Page.Body = append(a.Page.Body, world.Link(words.Of(s.Source, "Back to the start", "Home", "Go back"), s.Stub))
	}
	s.At = nil
	s.Say("retry", "page", s.Quote(a.Name))
	if s.Impossible {
		again.Click = func(*world.App) { shown = true }
		s.Refusal = scene.WhyMissing
	} else {
		again.Click = func(*world.App) { a.Page.Body, shown = body, true }
	}
	s.Intents = append(s.Intents, func(app *world.App) step.Action {
		if act := app.Reach(a.Page); act != nil && !shown {
			return act
		}
		switch {
		case shown && s.Impossible:
			return step.Fail{Reason: scene.WhyMissing}
		case shown:
			return nil
		}
		return app.Use(again)
	})
}

// Calculate fills in a small calculator and reports what it says.
func Calculate(s *scene.Scene) {
	p, in := s.Place()
	unit := words.Of(s.Source, "km", "kg", "hours", "nights", "pieces", "litres", "pages")
	what := words.Of(s.Source, "mileage", "shipping", "rent", "price", "cost", "fee", "parcel", "print")
	field := world.Input(words.Of(s.Source, "Distance", "Amount", "How many", "Number", "Quantity")+" "+words.Of(s.Source, "in ", "of ")+unit, words.Of(s.Source, "", "", "1"))
	n := s.Number(900)
	told := n
	if s.Chance(0.5) {
		told = s.Input(unit, n)
	}
	label := words.Of(s.Source, "Vehicle", "Kind", "Tariff", "Class", "Material")
	options := words.Some(s.Source, 2+s.IntN(3), []string{"Car", "Bicycle", "Train", "Paper", "Wood", "Express", "Standard", "Economy", "Business", "Glass"})
	kind := world.Select(label, options[0], options)
	want := words.Of(s.Source, options...)
	sum := world.Text(fmt.Sprintf("%s%d.%02d", words.Of(s.Source, "€", "$", "£"), 1+s.IntN(999), s.IntN(100)))
	sum.Gone = true
	done := false
	button := world.Button(words.Of(s.Source, "Calculate", "Show the sum", "Work it out", "="), func(*world.App) {
		done = field.Value == n && kind.Value == want
		sum.Gone = !done
	})
	s.Used[strings.ToLower(button.Name)] = true // no other tool has such a button
	s.Add(p, world.Heading(words.Title(what)+" calculator"), field, kind, button, sum)
	s.Board(p)
	s.Say("calculate", "what", what, "n", told, "unit", unit, "kind", strings.ToLower(want), "in", in)
	s.Answer(words.Of(s.Source, "sum", "result", "amount"), sum)
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if act := a.Reach(p); act != nil {
			return act
		}
		if done {
			return a.At(sum)
		}
		if act := a.Fill(field, n); act != nil {
			return act
		}
		if act := a.Fill(kind, want); act != nil {
			return act
		}
		return a.Use(button)
	})
}

// Notice says that something was read.
func Notice(s *scene.Scene) {
	p, in := s.Place()
	about := words.Of(s.Source, "", "", "new ") + strings.ToLower(s.Fresh(s.Label))
	seen := false
	b := world.Button(words.Of(s.Source, "Got it", "Understood", "Acknowledge", "Mark as read", "I understand", "I have seen this", "OK, thanks", "Confirm reading"), func(a *world.App) {
		seen = true
		a.Say(words.Of(s.Source, "Thank you.", "Noted.", "Marked as read."))
	})
	s.Add(p, world.Heading(words.Of(s.Source, "News about ", "Changes to ", "Important: ", "New ", "")+about), world.Text(s.Sentence()), b)
	if s.Board(p); s.Chance(0.3) {
		s.Add(p, s.Decoy())
	}
	s.Say("notice", "about", about, "in", in)
	if s.Impossible {
		b.Gone = true
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Intents = append(s.Intents, scene.Unless(p, &seen, func(a *world.App) step.Action { return a.Use(b) }))
}

// Export saves a list as a file.
func Export(s *scene.Scene) {
	p, in := s.Place()
	formats := words.Some(s.Source, 1+s.IntN(3), []string{"CSV", "PDF", "Excel", "JSON", "XML", "ZIP"})
	verb := words.Of(s.Source, "Download ", "Export ", "Save as ", "Export as ")
	saved := false
	var list []*world.Thing
	for i, f := range formats {
		t := world.Link(verb+f, nil)
		t.Click = func(*world.App) { saved, s.Spoiled = i == 0, s.Spoiled || i != 0 }
		list = append(list, t)
	}
	s.Add(p, words.Some(s.Source, len(list), list)...)
	s.List = s.Grid(p, "")
	s.Ledger(s.List, scene.Controls{})
	called := words.Of(s.Source, "the list", "all entries", "the table", "the list of "+p.Title, "the list of "+p.Title)
	if called == "the list of "+p.Title && p != s.Home && !s.Impossible && s.Chance(0.6) {
		in = "" // the list names the place
	}
	s.Say("export", "x", formats[0], "list", strings.ToLower(called), "in", in)
	if s.Impossible {
		list[0].Gone = true
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Intents = append(s.Intents, scene.Unless(p, &saved, func(a *world.App) step.Action { return a.Use(list[0]) }))
}

// Price reports an amount that stands on a page of details without a label.
func Price(s *scene.Scene) {
	p, in := s.Place()
	sum := world.Text(fmt.Sprintf("%s%d.%02d", words.Of(s.Source, "€", "$", "£", "€"), 1+s.IntN(999), s.IntN(100)))
	things := []*world.Thing{world.Heading(s.Item()), sum}
	for range 1 + s.IntN(5) {
		label := words.Of(s.Source, "Owner", "Status", "Department", "Category", "Location", "Receipt", "Supplier", "Approved by", "Date")
		if s.Used[strings.ToLower(label)] {
			continue
		}
		s.Used[strings.ToLower(label)] = true
		v := s.Value(label)
		if label == "Status" {
			v = words.Of(s.Source, words.Statuses()...)
		}
		things = append(things, world.Text(label), world.Text(v))
	}
	p.Body = append(p.Body, things...)
	word := words.Of(s.Source, "amount", "amount", "total", "price", "cost", "sum")
	s.Say("price", "x", word, "item", s.Quote(things[0].Name), "in", in)
	if s.Impossible {
		sum.Gone = true
		s.Intents = append(s.Intents, s.Missing(p))
		return
	}
	s.Answer(word, sum)
	s.Intents = append(s.Intents, scene.Seeing(p, sum))
}

// Dates clicks a day of a calendar.
func Dates(s *scene.Scene) {
	p, in := s.Place()
	picked := 0
	day := 1 + s.IntN(28)
	var target *world.Thing
	things := []*world.Thing{world.Button(words.Of(s.Source, "Previous", "‹", "Back"), nil), world.Text(words.Of(s.Source, "March 2027", "May 2026", "October 2026")), world.Button(words.Of(s.Source, "Next", "›"), nil)}
	for d := 1; d <= 28+s.IntN(4); d++ {
		t := world.Button(fmt.Sprint(d), func(a *world.App) { picked = d })
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
	s.Add(p, things...)
	s.Say("dates", "n", fmt.Sprint(day), "in", in)
	s.Intents = append(s.Intents, func(a *world.App) step.Action {
		if picked == day {
			return nil
		}
		if act := a.Reach(p); act != nil {
			return act
		}
		return a.Use(target)
	})
}
