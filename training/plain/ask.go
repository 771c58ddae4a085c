package plain

import (
	"fmt"
	"strings"

	"chiron/training/scene"
	"chiron/training/words"
	"chiron/training/world"
)

// nouns are what an entry can be, by the letters of the table of facts.
func nouns(letter byte) []string {
	all := map[byte]string{'o': "order/purchase", 't': "ticket/incident/problem report", 'd': "document/file/report", 'i': "product/article", 'e': "event/concert/lecture", 'j': "trip/journey",
		'm': "machine/car/printer", 'w': "employee/colleague", 'c': "contract/agreement", 'r': "room/meeting room"}
	return strings.Split(all[letter], "/")
}

// Ask reports a fact of an entry, which is asked for by a question.
func Ask(s *scene.Scene) {
	r := draw(s, facts(), 2, s.Home)
	letter := r.heads[0][s.IntN(len(r.heads[0]))]
	p, in := s.Place()
	in = here(s, in)
	var same []string
	for _, line := range facts() {
		if o := parse(line, 2); strings.IndexByte(o.heads[0], letter) >= 0 {
			same = append(same, line)
		}
	}
	list := words.Some(s.Source, 99, append(others(s, same, 2, 1+s.IntN(6), r), r))
	head, it := named(s, letter)
	s.Fill(p, words.Of(s.Source, 0, 0, 1, 3)) // before the facts, so that nothing comes between labels and values
	sift(s, p, r)
	p.Body = append(p.Body, head...)
	answer := lay(s, p, r, list)
	way := words.Of(s.Source, r.list[0].ways...)
	kind := "ask"
	if strings.HasPrefix(way, "the ") {
		kind = "name"
	}
	way = strings.ReplaceAll(strings.ReplaceAll(way, "{it}", it), "this person", it)
	say(s, kind, "x", way, "in", in)
	if s.Impossible {
		missing(s, p)
		return
	}
	s.Answer(words.Of(s.Source, r.label, "answer"), answer)
	s.Intents = append(s.Intents, scene.Seeing(p, answer))
}

// named is the head of an entry, and how a question speaks of it.
func named(s *scene.Scene, letter byte) (head []*world.Thing, it string) {
	noun, name := words.Of(s.Source, nouns(letter)...), s.Fresh(s.Code)
	switch {
	case letter == 'w':
		name = s.Fresh(s.Person)
		return []*world.Thing{world.Heading(name)}, words.Of(s.Source, "this person", "the "+noun, name, name)
	case letter != 'o' && letter != 't' && s.Chance(0.6):
		name = s.Fresh(s.Item)
	}
	title := words.Of(s.Source, words.Title(noun)+" "+name, name)
	head = append(head, world.Heading(title))
	if s.Chance(0.4) {
		head = append(head, world.Text(s.Sentence()))
	}
	return head, words.Of(s.Source, "it", "it", "the "+noun, "this "+noun, name, "the "+noun+" "+name)
}

// lay puts facts on a page in one of several shapes and returns where the one of a row stands. What cannot be answered stays away.
func lay(s *scene.Scene, p *world.Page, r row, list []row) (answer *world.Thing) {
	style, pictures := s.IntN(3), s.Chance(0.4)
	if style == 2 && s.App.Pixels { // of a cell, an eye on pixels sees the value alone
		style = 0
	}
	for _, o := range list {
		mine := o.label == r.label
		if mine && s.Impossible {
			continue
		}
		label, v := o.label, value(s, o.heads[1])
		person := o.heads[1] == "person"
		if !mine && s.Chance(0.15) {
			person = false
			label, v = s.Fresh(s.Name), words.Of(s.Source, s.Name(), s.Code(), s.Number(999))
		}
		var t *world.Thing
		switch style {
		case 0:
			t = world.Text(v)
			p.Body = append(p.Body, world.Text(label))
			if pictures && person {
				p.Body = append(p.Body, world.Text(words.Initials(v))) // in the place of a picture
			}
			p.Body = append(p.Body, t)
		case 1:
			t = world.Text(label + ": " + v)
			p.Body = append(p.Body, t)
		default:
			t = world.Cell(label, v)
			p.Body = append(p.Body, t)
		}
		if mine {
			answer = t
		}
	}
	return answer
}

// value is what stands behind a label: of a kind, or one of several.
func value(s *scene.Scene, kind string) string {
	switch kind {
	case "date":
		return s.Date()
	case "code":
		return s.Code()
	case "person":
		return s.Person()
	case "count":
		return s.Number(words.Of(s.Source, 9, 40, 200))
	case "money":
		return s.Money()
	case "percent":
		return s.Number(60) + words.Of(s.Source, "%", " %", " percent")
	case "street":
		return s.Name() + words.Of(s.Source, " Street ", " Road ", " Lane ") + s.Number(99) + words.Of(s.Source, "", ", "+s.Name())
	case "time":
		return fmt.Sprintf("%02d:%02d", s.IntN(24), 5*s.IntN(12))
	case "weight":
		return s.Number(40) + words.Of(s.Source, " kg", ".5 kg", "00 g")
	case "size":
		return s.Number(200) + " x " + s.Number(200) + " cm"
	case "km":
		return s.Number(200000) + " km"
	case "venue":
		return words.Of(s.Source, s.Name()+" Hall", s.Name()+" House", "Building "+s.Number(9), s.Name())
	case "gate":
		return words.Of(s.Source, "A", "B", "C") + s.Number(40)
	case "seat":
		return s.Number(40) + words.Of(s.Source, "A", "C", "F")
	case "shelf":
		return words.Of(s.Source, "Aisle ", "Row ", "Shelf ") + s.Number(30)
	case "desk":
		return words.Of(s.Source, "Desk "+s.Number(90), "Room "+s.Number(400), s.Number(9)+"."+s.Number(40))
	case "company":
		return s.Name() + words.Of(s.Source, " Ltd", " Inc", " & "+s.Name())
	case "name", "phone", "mail":
		return s.Value(kind)
	}
	return strings.ReplaceAll(words.Of(s.Source, strings.Split(kind, "/")...), "{name}", s.Name())
}
