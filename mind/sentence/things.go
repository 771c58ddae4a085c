package sentence

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chiron/step"
)

const (
	ordinal = `first|second|third|fourth|fifth|last|\d{1,2}(?:st|nd|rd|th)`
	// roleWords stand before or after the name of a thing.
	roleWords = `text (?:field|box|area)|input (?:field|box)|check ?box|tick ?box|radio(?: button)?|drop-?down(?: list| menu)?|combo ?box|menu item|` +
		`button|link|field|input|box|select|list|option|menu|tab|slider|heading|cell|column|image|picture|icon|file field|file input|text|label|value|dialog|page|item|entry`
)

var (
	thingForm = compile(`(?:(?:the|a|an)\s+)?(?:(?P<nth>` + ordinal + `)\s+)?(?:(?P<role>` + roleWords + `)\s+(?:(?:called|named|labell?ed)\s+)?)?` +
		`(?P<label>` + aText + `)(?:\s+(?P<role2>` + roleWords + `))?`)
	onlyRole = compile(roleWords)
	article  = regexp.MustCompile(`(?i)^(?:the|a|an)\s+`)
	reads    = compile(`(?:read|get|extract)\s.*`)
	rowFirst = compile(`in\s+(?:the\s+)?row\s+(?:(?:of|with|for|containing)\s+)?(?P<row>` + oneQuote + `|[^,\x{E000}-\x{F8FF}]+,)\s*,?\s*(?P<head>.+)`)
	rowLast  = compile(`(?P<head>.*\S)\s+(?:in|of|on|at|from|for)\s+(?:the\s+)?(?:table\s+)?row\s+(?:(?:of|with|for|containing|that (?:has|contains|shows|says))\s+)?` +
		`(?P<row>` + aText + `)(?P<tail>\s+as\s+\S+|\s+(?:to be|is|equals|shows)\s+` + oneQuote + `|\s+(?:` + shown + `|` + away + `))?`)
)

// cutRow takes the words about a row out of a sentence.
func (w wording) cutRow() (plain, row string) {
	for _, f := range []*regexp.Regexp{rowFirst, rowLast} {
		groups := f.FindStringSubmatch(w.plain)
		if groups == nil {
			continue
		}
		m := match{w, groups, f.SubexpNames()}
		head, tail, row := m.part("head"), m.part("tail"), strings.TrimSuffix(m.part("row"), ",")
		if strings.HasPrefix(tail, " as ") && !reads.MatchString(head) {
			row, tail = row+tail, ""
		}
		row, _ = w.text(row)
		return head + tail, row
	}
	return w.plain, ""
}

// thing reads the description of something on the screen.
func (m match) thing(name string) (Thing, error) {
	part := m.part(name)
	groups := thingForm.FindStringSubmatch(part)
	if groups == nil {
		return Thing{}, fmt.Errorf(`%s does not name one thing; say its name in quotes, with "in the row of …" where there are several`, m.original(part))
	}
	p := match{m.wording, groups, thingForm.SubexpNames()}
	label, quoted := p.text(p.part("label"))
	t := Thing{Label: label, Role: roleWord(p.part("role2")), Nth: nthOf(p.part("nth"))}
	if t.Role == "" {
		t.Role = roleWord(p.part("role"))
	}
	t.icon = strings.EqualFold(strings.TrimSpace(p.part("role2")+p.part("role")), "icon")
	switch {
	case strings.TrimSpace(label) == "":
		return Thing{}, fmt.Errorf("%s names nothing", m.original(part))
	case !quoted && onlyRole.MatchString(label) && p.part("role")+p.part("role2") == "":
		t.Label, t.Role = "", roleWord(label)
		if t.Role == "" {
			t.Label = label
		}
	case !quoted && p.part("role")+p.part("role2")+p.part("nth") != "":
		t.phrase = article.ReplaceAllString(part, "")
	}
	return t, nil
}

// roleWord is the word that vision knows for a role; words that say nothing about the role are "".
func roleWord(word string) string {
	word = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(word))
	switch word {
	case "textfield", "textbox", "textarea", "inputfield", "inputbox", "input", "box":
		return "field"
	case "checkbox", "tickbox":
		return "checkbox"
	case "radiobutton":
		return "radio"
	case "dropdown", "dropdownlist", "dropdownmenu", "combobox", "list":
		return "select"
	case "menuitem":
		return "menu"
	case "picture", "icon":
		return "image"
	case "column":
		return "cell"
	case "filefield", "fileinput", "text", "label", "value", "dialog", "page", "item", "entry":
		return ""
	}
	return word
}

func nthOf(word string) int {
	word = strings.ToLower(word)
	if n := slices.Index([]string{"first", "second", "third", "fourth", "fifth"}, word); n >= 0 {
		return n + 1
	}
	if word == "last" {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimRight(word, "stndrh"))
	if err != nil {
		return 0
	}
	return n
}

// makePress presses a key where the words name one; everything else is pressed with the pointer.
func makePress(m match) (Sentence, error) {
	part := strings.TrimSpace(m.part("thing"))
	if len(part) > 4 && strings.EqualFold(part[:4], "the ") {
		part = part[4:]
	}
	named, isKey := part, false
	if i := strings.LastIndex(part, " "); i > 0 && (strings.EqualFold(part[i:], " key") || strings.EqualFold(part[i:], " keys")) {
		named, isKey = part[:i], true
	}
	text, quoted := m.text(named)
	chord, err := step.ParseChord(text)
	key, ok := chord.String(), err == nil
	switch {
	case isKey && !ok:
		return Sentence{}, fmt.Errorf("%q is not a key; keys are like Enter, Tab, F5 and Control+A", text)
	case !isKey && ok && slices.Contains([]string{"Delete", "Home", "End", "Insert"}, key):
		return Sentence{}, fmt.Errorf("%q may be a key or a thing on the page; say Press the %s key or Click %q", text, key, text)
	case ok && (isKey || !quoted || len([]rune(text)) > 1):
		return Sentence{Verb: VerbAct, Kind: step.KindPress, Action: step.Press{Key: key}}, nil
	}
	return makePoint(match{m.wording, []string{strings.TrimPrefix(part, "on "), "click"}, []string{"thing", "how"}})
}
