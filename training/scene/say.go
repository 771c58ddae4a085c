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
