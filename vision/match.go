package vision

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"chiron/step"
)

// near enough: the share of characters that must agree where OCR may have erred.
const (
	alike     = 0.9
	leastLike = 4 // runes; shorter names must agree exactly, after folding
)

// Match finds candidates by a description such as `the "Sign in" button`, `Username field` or `Search`, without a
// model. A quoted text is the name; role words narrow. Candidates come best first; all of them agree with the
// description to the same degree or are listed after those that agree better. unique is true where exactly one agrees best;
// otherwise whoever asked should look closer, not guess.
func Match(s step.Screen, description string) (found []step.Candidate, unique bool) {
	name, roles := describe(description)
	if name == "" {
		if len(roles) == 0 {
			return nil, false
		}
		found = slices.DeleteFunc(slices.Clone(s.Items), func(c step.Candidate) bool { return !slices.Contains(roles, c.Role) })
		return found, len(found) == 1
	}
	found, best := ranked(s.Items, name, roles)
	if full := fold(description); len(found) == 0 && full != fold(name) {
		found, best = ranked(s.Items, description, nil) // the role word belongs to the name: "Send button"
	}
	return found, best == 1
}

// ranked returns the items that agree with a name, best first, and how many agree best.
func ranked(items []step.Candidate, name string, roles []step.Role) (found []step.Candidate, best int) {
	type graded struct {
		c     step.Candidate
		grade float64
	}
	var all []graded
	for _, c := range items {
		if g := agreement(c, name); g > 0 && (len(roles) == 0 || fits(c.Role, roles)) {
			if len(roles) > 0 && slices.Contains(roles, c.Role) {
				g += 10 // the very role beats the text that may stand for it
			} else if len(roles) == 0 && c.Role.Acts() {
				g += 0.05 // what can be acted on beats the text beside it
			}
			all = append(all, graded{c, g})
		}
	}
	slices.SortStableFunc(all, func(a, b graded) int { return cmp.Compare(b.grade, a.grade) })
	for _, g := range all {
		found = append(found, g.c)
		if g.grade == all[0].grade {
			best++
		}
	}
	return found, best
}

// agreement grades how well a candidate's name fits: 3 to the letter, 2 but for case, spacing and punctuation, less but
// for errors of OCR, 0 not at all. What has no name counts by its value.
func agreement(c step.Candidate, name string) float64 {
	texts := []string{c.Name}
	if c.Name == "" || c.Role == step.RoleCell {
		texts = append(texts, c.Value)
	}
	best := 0.0
	for _, t := range texts {
		switch {
		case t == "":
		case t == name:
			return 3
		case fold(t) == fold(name) && fold(t) != "":
			best = max(best, 2)
		default:
			best = max(best, misread(t, name))
		}
	}
	return best
}

// misread grades texts that may be the same but for errors of OCR: 1.5 where only characters differ that it confuses,
// less where others differ too. In a text with digits nothing else may differ: another number is another thing.
func misread(a, b string) float64 {
	x, y := confusable(a), confusable(b)
	switch {
	case len(x) > 1 && slices.Equal(x, y):
		return 1.5
	case min(len(x), len(y)) < leastLike || strings.ContainsFunc(a+b, unicode.IsDigit):
		return 0
	}
	if r := ratio(x, y); r >= alike {
		return r
	}
	return 0
}

// fits reports whether a candidate of role r may be what a word for roles means. Seen in pixels a link or button may be
// no more than text.
func fits(r step.Role, roles []step.Role) bool {
	if slices.Contains(roles, r) {
		return true
	}
	if r != step.RoleText && r != step.RoleBox && r != step.RoleHeading {
		return false
	}
	return slices.ContainsFunc(roles, func(w step.Role) bool {
		return w == step.RoleLink || w == step.RoleButton || w == step.RoleTab || w == step.RoleMenu || w == step.RoleOption
	})
}

var quoted = regexp.MustCompile(`"([^"]+)"|“([^”]+)”|«([^»]+)»|„([^“”]+)[“”]|(?:^|\s)'([^']+)'(?:\s|$)`)

// describe splits a description into the name and the roles that its words stand for.
func describe(description string) (name string, roles []step.Role) {
	rest := clean(description, maxName)
	if m := quoted.FindStringSubmatch(rest); m != nil && len(quoted.FindAllString(rest, -1)) == 1 {
		name = strings.TrimSpace(strings.Join(m[1:], ""))
		rest = strings.Replace(rest, m[0], " ", 1)
	}
	words := strings.Fields(rest)
	if len(words) > 0 && slices.Contains([]string{"the", "a", "an"}, strings.ToLower(words[0])) {
		words = words[1:]
	}
	if name != "" {
		for _, w := range words {
			roles = append(roles, rolesOf(w)...)
		}
		return name, roles
	}
	if n := len(words); n > 0 {
		if r := rolesOf(words[n-1]); r != nil {
			words, roles = words[:n-1], r
		} else if r := rolesOf(words[0]); r != nil && n > 1 {
			words, roles = words[1:], r
		}
	}
	if n := len(words); n > 0 && roles != nil && strings.EqualFold(words[n-1], "text") {
		words = words[:n-1] // "text field"
	}
	return strings.Join(words, " "), roles
}

func rolesOf(word string) []step.Role {
	switch strings.ToLower(strings.Trim(word, ".,;:")) {
	case "button":
		return []step.Role{step.RoleButton}
	case "link":
		return []step.Role{step.RoleLink}
	case "field", "input", "box", "textbox", "textarea":
		return []step.Role{step.RoleInput, step.RoleSelect}
	case "checkbox", "tick":
		return []step.Role{step.RoleCheckbox}
	case "radio":
		return []step.Role{step.RoleRadio}
	case "select", "dropdown", "list", "combobox":
		return []step.Role{step.RoleSelect}
	case "menu":
		return []step.Role{step.RoleMenu, step.RoleSelect}
	case "tab":
		return []step.Role{step.RoleTab}
	case "option":
		return []step.Role{step.RoleOption, step.RoleRadio}
	case "heading":
		return []step.Role{step.RoleHeading}
	case "slider":
		return []step.Role{step.RoleSlider}
	case "image", "picture", "icon":
		return []step.Role{step.RoleImage, step.RoleButton}
	case "cell":
		return []step.Role{step.RoleCell}
	}
	return nil
}

// fold is what remains of a text without case, spacing and punctuation.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// confusable folds further: characters that OCR takes for one another become one.
func confusable(s string) []rune {
	s = strings.NewReplacer("rn", "m", "vv", "w", "1", "l", "i", "l", "|", "l", "!", "l", "0", "o", "5", "s", "8", "b", "ß", "b",
		"ä", "a", "ö", "o", "ü", "u", "é", "e").Replace(fold(s))
	return []rune(s)
}

// ratio is one less the edit distance in terms of the longer text.
func ratio(a, b []rune) float64 {
	if len(a) == 0 && len(b) == 0 {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return 1 - float64(row[len(b)])/float64(max(len(a), len(b)))
}
