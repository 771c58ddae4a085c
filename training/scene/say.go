package scene

import (
	"strings"

	"chiron/training/words"
)

// wording draws one of a kind, from the part that this scene may use.
func (s *Scene) wording(kind string) string {
	all := words.Wordings(kind)
	if s.HeldWordings {
		return words.Of(s.Source, all[len(all)-words.HeldWordings:]...)
	}
	return words.Of(s.Source, all[:len(all)-words.HeldWordings]...)
}

// Say adds a clause to the goal; pairs are placeholders and what stands there.
func (s *Scene) Say(kind string, pairs ...string) {
	var all []string
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, "{"+pairs[i]+"}", pairs[i+1])
	}
	s.Says = append(s.Says, strings.NewReplacer(all...).Replace(s.wording(kind))) // in one go: a value may be {{in}}
}

// SayKeep says that something is to be deleted up to the question whether it should be, and to be kept.
func (s *Scene) SayKeep(row, in string) {
	if s.HeldWordings || s.Chance(0.5) { // what follows is said in training
		s.Say("keep", "row", row, "in", in)
		return
	}
	start := words.Of(s.Source, "Press delete at", "Press Delete for", "Click Delete on", "Click delete next to", "Choose delete for", "Choose Delete on", "Use Delete at", "Hit Delete on", "Start to delete", "Try to remove", "Go as far as deleting", "Act as if to delete", "Press remove on", "Push the delete button of", "Begin the deletion of", "Click remove at")
	but := words.Of(s.Source, ", but cancel", ", but say no", ", but answer no", " and refuse", ", then dismiss it", ", but back out", " and decline", ", but take it back", " and choose Cancel", ", but do not confirm it", ", then press Cancel", " and call it off", ", but change your mind", ", but keep it")
	when := words.Of(s.Source, "", " when you are asked", " when asked", " as soon as you are asked", " at the question", " when it asks whether you are sure", " when the question comes", " when a dialog opens", " in the dialog", " if you are asked to confirm", " once you are asked")
	s.Say("keep_parts", "start", start, "lower", lowerFirst(start), "row", row, "in", in, "but", but+when)
}

// Goal joins the clauses.
func (s *Scene) Goal() string {
	if len(s.Says) == 1 {
		g := s.Says[0]
		if !s.Whole && s.Chance(0.15) && !strings.HasSuffix(g, "?") {
			g = words.Of(s.Source, "Please "+lowerFirst(g), g+", please", g+", then stop", "Task: "+g)
		}
		remark := ""
		if s.Chance(0.06) {
			remark = words.Of(s.Source, "The page may be slow", "The page is slow", "It loads slowly", "It can take a moment", "Take your time", "The list is long", "Be careful", "I am already signed in elsewhere", "Nothing else", "Thank you", "It is urgent")
		}
		if (remark != "" || s.Chance(0.3)) && !strings.HasSuffix(g, "?") {
			g += "."
		}
		if remark != "" {
			g += " " + remark
		}
		return g
	}
	join := words.Of(s.Source, ", then ", " and then ", ". Then ", ", after that ", "; ", ". After that, ", ". ")
	if s.Whole {
		join = words.Of(s.Source, ". Then ", ". After that, ", ". ")
	}
	g := s.Says[0]
	if s.Chance(0.2) {
		g = "First " + lowerFirst(g)
	}
	for _, c := range s.Says[1:] {
		if strings.HasSuffix(g, "?") {
			g += " "
			g += c
			continue
		}
		if join != ". " {
			c = lowerFirst(c)
		}
		g += join + c
	}
	return g
}

// lowerFirst lowers the first letter of a clause that begins with a plain word.
func lowerFirst(c string) string {
	if len(c) > 1 && c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'a' && c[1] <= 'z' {
		return strings.ToLower(c[:1]) + c[1:]
	}
	return c
}
