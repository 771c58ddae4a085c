package sentence

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"chiron/step"
)

// form is one way to say something.
type form struct {
	pattern *regexp.Regexp
	make    func(match) (Sentence, error)
}

// match gives the parts of a sentence by the names that its form has for them.
type match struct {
	wording
	groups []string
	names  []string
}

func (m match) part(name string) string {
	for i, n := range m.names {
		if n == name && m.groups[i] != "" {
			return m.groups[i]
		}
	}
	return ""
}

func (m match) get(name string) string {
	text, _ := m.text(m.part(name))
	return text
}

func compile(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?is)^(?:` + pattern + `)$`) }

// What stands around the texts of several forms.
const (
	// lead begins an expectation. A bare "check" is one only before what is shown or compared.
	lead  = `(?:expect|verify|ensure|assert|confirm|make sure|see|check)(?:\s+(?:that|if|whether|for))?`
	ahead = `(?:\s+(?:there (?:is|are)|you see))?`
	noun  = `(?:\s+(?:the|a|an))?(?:\s+(?:text|message|words?|notice|heading|button|link|label))?`
	shown = `(?:is|are|be|to be)\s+(?:now\s+)?(?:shown|visible|displayed|present|there|on (?:the )?(?:screen|page))|` +
		`appears?|to appear|shows up|on (?:the )?(?:screen|page)`
	away = `(?:is not|isn['’]t|are not|aren['’]t|not to be|to not be|is no longer|are no longer)\s+(?:shown|visible|displayed|present|there|on (?:the )?(?:screen|page))|` +
		`(?:is|are|to be) gone|disappears?|to disappear|vanish(?:es)?|to vanish|goes away|go away|to go away|does not appear|not to appear`
	dialog = `(?:(?:the|this|that)\s+)?(?:dialog|dialogue|alert|confirmation|prompt|message box)(?:\s+box)?`
)

// forms are tried in order; the first that fits wins. The slice is never changed.
var forms = []form{
	{compile(`(?:type|enter|write|input|put)\s+(?P<text>` + oneQuote + `)\s+(?:into|in to|in|to)\s+(?P<thing>` + aThing + `)`), makeType},
	{compile(`fill(?:\s+in|\s+out)?\s+(?P<thing>` + aThing + `)\s+with\s+(?P<text>` + aText + `)`), makeType},
	{compile(`fill(?:\s+in)?\s+(?P<text>` + aText + `)\s+(?:into|in)\s+(?P<thing>` + aThing + `)`), makeType},
	{compile(`(?:type|enter|write|input|put)\s+(?P<text>[^\x{E000}-\x{F8FF}]+)\s+(?:into|in to)\s+(?P<thing>` + aThing + `)`), makeType},
	{compile(`(?:type|enter|write|input|put)\s+(?P<text>[^\x{E000}-\x{F8FF}]+)\s+(?:in|to)\s+(?P<thing>` + aThing + `)`), makeType},
	{compile(`(?:type|write|input)\s+.+`), refuse(`it does not say one text and one field, as in Type "dana" into "Username"`)},
	{compile(`(?:select|choose|pick)\s+(?P<text>` + aText + `)\s+(?:in|from|for|as)\s+(?P<thing>` + aThing + `)`), makeSelect},
	{compile(`(?:upload|attach)\s+(?P<text>` + aText + `)\s+(?:into|in|to|as|for)\s+(?P<thing>` + aThing + `)`), makeUpload},
	{compile(`(?:read|get|extract)\s+(?:the value of\s+)?(?P<thing>` + aThing + `)\s+as\s+(?P<name>\S.*)`), makeRead},
	{compile(`(?:read|get|extract)\s+.+`), refuse(`it does not say under which name the value is kept, as in Read "Total" as total`)},

	{compile(`wait\s+(?:for\s+)?(?P<n>\d{1,2}(?:\.\d{1,2})?)\s*(?:s|secs?|seconds?)`), whole(func(m match) (step.Action, error) {
		n, err := strconv.ParseFloat(m.get("n"), 64)
		return step.Wait{Seconds: n}, err
	})},
	{compile(`(?:accept|confirm|ok)\s+` + dialog + `(?:\s+with\s+(?P<text>` + aText + `))?|answer\s+` + dialog + `\s+with\s+(?P<text>` + aText + `)`),
		whole(func(m match) (step.Action, error) { return step.DialogAct{Accept: true, Text: m.get("text")}, nil })},
	{compile(`(?:dismiss|cancel|decline)\s+` + dialog), fixed(step.DialogAct{})},

	{compile(lead + ahead + `\s+no` + noun + `\s+(?P<gone>` + aText + `)(?:\s+(?:` + shown + `))?`), makeExpect(VerbExpect)},
	{compile(lead + ahead + noun + `\s+(?P<gone>` + aText + `)\s+(?:` + away + `)`), makeExpect(VerbExpect)},
	{compile(lead + ahead + noun + `\s+(?P<text>` + aText + `)\s+(?:` + shown + `)`), makeExpect(VerbExpect)},
	{compile(lead + `\s+the (?:page|screen)\s+(?:shows|says|has|contains)` + noun + `\s+(?P<text>` + aText + `)`), makeExpect(VerbExpect)},
	{compile(lead + `\s+(?P<thing>` + aThing + `)\s+(?:to be|to equal|to show|is|equals|shows|reads|has the value)\s+(?P<text>` + oneQuote + `|\{\{[a-z0-9_]{1,32}\}\})`), makeCompare},
	{compile(`(?:expect|verify|ensure|assert|make sure|see|check (?:that|if|whether|for))(?:\s+that)?` + ahead + noun + `\s+(?P<text>` + aText + `)`), makeExpect(VerbExpect)},
	{compile(`wait\s+(?:for|until|till)` + ahead + noun + `\s+(?P<gone>` + aText + `)\s+(?:` + away + `)`), makeExpect(VerbWaitFor)},
	{compile(`wait\s+(?:for|until|till)` + ahead + noun + `\s+(?P<text>` + aText + `)(?:\s+(?:` + shown + `))?`), makeExpect(VerbWaitFor)},

	{compile(`scroll\s+(?:to\s+the\s+)?(?P<dir>up|down|left|right|top|bottom|end)`), whole(makeScroll)},
	{compile(`(?:go\s+)?back`), fixed(step.Back{})},
	{compile(`(?:go\s+)?forward`), fixed(step.Forward{})},
	{compile(`(?:reload|refresh)(?:\s+(?:the\s+)?page)?`), fixed(step.Reload{})},
	{compile(`(?P<op>switch to|go to|close)\s+(?:the\s+)?(?:tab\s+(?P<n>\d{1,3})|(?P<nth>` + ordinal + `)\s+tab)`), whole(makeTab)},
	{compile(`open\s+a\s+new\s+tab`), fixed(step.TabAct{Op: "open"})},

	{compile(`(?:press|hit)\s+(?P<thing>.+)`), makePress},
	{compile(`(?P<how>open|go to|navigate to|browse to|visit)\s+(?:the\s+)?(?:(?:page|site|url|address)\s+)?(?P<text>` + oneQuote + `|[^\s\x{E000}-\x{F8FF}]+)`), makeOpen},
	{compile(`(?P<how>double[- ]?click|right[- ]?click|middle[- ]?click|click|tap|follow|open|go to|visit|choose|select|pick|hover|point|clear|empty)\s+` +
		`(?:(?:on|over|at)\s+)?(?P<thing>` + aThing + `)`), makePoint},
	{compile(`(?P<how>check|tick|turn on|switch on|uncheck|untick|turn off|switch off)\s+(?P<thing>` + aThing + `)`), makePoint},
}

func refuse(why string) func(match) (Sentence, error) {
	return func(match) (Sentence, error) { return Sentence{}, errors.New(why) }
}

// whole makes a sentence of an act that needs no target.
func whole(act func(match) (step.Action, error)) func(match) (Sentence, error) {
	return func(m match) (Sentence, error) {
		a, err := act(m)
		if err != nil {
			return Sentence{}, err
		}
		return Sentence{Verb: VerbAct, Kind: a.Kind(), Action: a}, a.Validate()
	}
}

func fixed(a step.Action) func(match) (Sentence, error) {
	return whole(func(match) (step.Action, error) { return a, nil })
}

func makePoint(m match) (Sentence, error) {
	on, err := m.thing("thing")
	s := Sentence{Verb: VerbAct, Kind: step.KindClick, On: on, Count: 1}
	yes, no := true, false
	switch how := strings.ToLower(m.get("how")); {
	case strings.HasPrefix(how, "double"):
		s.Count = 2
	case strings.HasPrefix(how, "right"), strings.HasPrefix(how, "middle"):
		s.Button, _, _ = strings.Cut(strings.ReplaceAll(how, "-", " "), "click")
		s.Button = strings.TrimSpace(s.Button)
	case how == "hover" || how == "point":
		s.Kind = step.KindHover
	case how == "clear" || how == "empty":
		s.Kind = step.KindType
	case how == "check" || how == "tick" || strings.HasSuffix(how, " on"):
		s.State = &yes
	case how == "uncheck" || how == "untick" || strings.HasSuffix(how, " off"):
		s.State = &no
	}
	return s, err
}

func makeType(m match) (Sentence, error) { return m.withText(step.KindType) }

func makeSelect(m match) (Sentence, error) { return m.withText(step.KindSelect) }

func makeUpload(m match) (Sentence, error) { return m.withText(step.KindUpload) }

func (m match) withText(kind step.Kind) (Sentence, error) {
	on, err := m.thing("thing")
	text := m.get("text")
	if err == nil && kind != step.KindType && strings.TrimSpace(text) == "" {
		err = fmt.Errorf("it does not say what to %s", kind)
	}
	return Sentence{Verb: VerbAct, Kind: kind, On: on, Text: text}, err
}

func makeRead(m match) (Sentence, error) {
	on, err := m.thing("thing")
	name := strings.ToLower(m.get("name"))
	if err == nil && !step.ValidName(name) {
		err = fmt.Errorf("%q is not a name; use letters, digits and _, at most 32", name)
	}
	return Sentence{Verb: VerbRead, On: on, Name: name}, err
}

func makeExpect(verb Verb) func(match) (Sentence, error) {
	return func(m match) (Sentence, error) {
		s := Sentence{Verb: verb, Gone: m.part("gone") != ""}
		var quoted bool
		s.Text, quoted = m.text(m.part("text") + m.part("gone"))
		words := " " + strings.ToLower(s.Text) + " "
		switch {
		case strings.TrimSpace(s.Text) == "":
			return s, errors.New("it does not say which text")
		case !quoted && (strings.Contains(words, " not ") || strings.Contains(words, "n't ") || strings.HasPrefix(words, " no ")):
			return s, errors.New(`it denies something unclear; say Expect no "Error" or Expect "Error" is gone`)
		}
		return s, nil
	}
}

func makeCompare(m match) (Sentence, error) {
	on, err := m.thing("thing")
	return Sentence{Verb: VerbExpect, On: on, Text: m.get("text")}, err
}

func makeScroll(m match) (step.Action, error) {
	switch dir := strings.ToLower(m.get("dir")); dir {
	case "top":
		return step.Scroll{Direction: "up", Pages: 20}, nil
	case "bottom", "end":
		return step.Scroll{Direction: "down", Pages: 20}, nil
	default:
		return step.Scroll{Direction: dir}, nil
	}
}

func makeTab(m match) (step.Action, error) {
	n, err := strconv.Atoi(m.get("n"))
	if nth := m.get("nth"); nth != "" {
		if n, err = nthOf(nth), nil; n < 1 {
			err = errors.New("tabs are counted from the first")
		}
	}
	op := "switch"
	if strings.EqualFold(m.get("op"), "close") {
		op = "close"
	}
	return step.TabAct{Op: op, Number: n}, err
}

var (
	// address is what is a URL wherever it stands, domain what is one where a sentence speaks of going there.
	address   = regexp.MustCompile(`(?i)^(?:[a-z][a-z0-9+.-]*://\S+|/\S*|www\.\S+|localhost(?::\d+)?(?:/\S*)?|[a-z0-9.-]+\.[a-z]{2,}(?::\d+)?/\S*)$`)
	domain    = regexp.MustCompile(`(?i)^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::\d+)?$`)
	reference = regexp.MustCompile(`^\{\{[a-z0-9_]{1,32}\}\}`)
)

// makeOpen opens a URL; what is none is a thing to click.
func makeOpen(m match) (Sentence, error) {
	text := m.get("text")
	opens := strings.EqualFold(m.get("how"), "open")
	s := Sentence{Verb: VerbAct, Kind: step.KindNavigate, Text: text}
	switch {
	case address.MatchString(text) || !opens && domain.MatchString(text):
		return s, nil
	case reference.MatchString(text):
		s.On, s.either = Thing{Label: text}, true
		return s, nil
	}
	return makePoint(match{m.wording, []string{m.part("text"), "click"}, []string{"thing", "how"}})
}
