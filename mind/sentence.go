package mind

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"chiron/step"
)

// Verb is what a step sentence asks for.
type Verb string

// The verbs of step sentences. Expect, Read and WaitFor touch nothing; the others become acts.
const (
	VerbAct     Verb = "act"
	VerbExpect  Verb = "expect"
	VerbWaitFor Verb = "wait for"
	VerbRead    Verb = "read"
)

// Sentence is one imperative sentence of a task's steps, understood.
type Sentence struct {
	Verb   Verb
	Kind   step.Kind   // of the act
	On     Thing       // what it aims at; zero for acts without a target
	Text   string      // what to type, the option, the text to expect or wait for, the URL, key or file; may hold references
	Name   string      // result field a reading is kept under
	Action step.Action // the whole act where it needs no target and no screen
	Count  int         // clicks
	Button string
	State  *bool // check (true) or uncheck (false): already right means nothing to do
	Source string
}

// Thing is a description of something on the screen.
type Thing struct {
	Label string
	Role  string // role word as written, "" any
	Row   string // text in the same row
	Nth   int    // 1 first, 2 second, -1 last; 0: it must be the only one
}

func (t Thing) String() string {
	s := strconv.Quote(t.Label)
	if t.Role != "" {
		s = t.Role + " " + s
	}
	if t.Row != "" {
		s += " in the row of " + strconv.Quote(t.Row)
	}
	return s
}

const (
	quotedText = `"([^"]*)"|'([^']*)'|“([^”]*)”|(\{\{[a-z0-9_]{1,32}\}\})`
	anyText    = `(?:` + quotedText + `|(.+?))`
)

// form is one way to say something.
type form struct {
	re   *regexp.Regexp
	make func(m match) (Sentence, error)
}

// match gives the n-th text of a form, whichever quotes it stood in.
type match struct {
	groups []string
	names  []string
}

func (m match) get(name string) string {
	for i, n := range m.names {
		if n == name {
			return m.groups[i]
		}
	}
	return ""
}

func compile(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?is)^` + pattern + `$`) }

// forms are tried in order; the first that fits wins.
func forms() []form {
	return append(screenForms(), pageForms()...)
}

func screenForms() []form {
	return []form{
		{compile(`(?P<how>double-?click|right-?click|click|follow|open the|hover over|hover|clear|check|tick|uncheck|untick)\s+(?:on\s+)?(?P<thing>.+)`), makePoint},
		{compile(`(?:type|enter|write|fill(?: in)?)\s+(?P<text>` + anyText + `)\s+(?:in|into|to)\s+(?P<thing>.+)`), makeType},
		{compile(`(?:select|choose|pick)\s+(?P<text>` + anyText + `)\s+(?:in|from|for|as)\s+(?P<thing>.+)`), makeSelect},
		{compile(`upload\s+(?P<text>` + anyText + `)\s+(?:in|into|to)\s+(?P<thing>.+)`), makeUpload},
		{compile(`read\s+(?P<thing>.+?)\s+as\s+(?P<name>[a-z0-9_]{1,32})`), makeRead},
		{compile(`(?:expect|verify|make sure(?: that)?(?: there is)?|see)\s+(?P<text>` + anyText + `)`), func(m match) (Sentence, error) {
			return Sentence{Verb: VerbExpect, Text: unquote(m.get("text"))}, nil
		}},
		{compile(`wait\s+(?:for|until)\s+(?P<text>` + anyText + `)`), func(m match) (Sentence, error) {
			return Sentence{Verb: VerbWaitFor, Text: unquote(m.get("text"))}, nil
		}},
	}
}

func pageForms() []form {
	whole := func(a func(m match) (step.Action, error)) func(m match) (Sentence, error) {
		return func(m match) (Sentence, error) {
			act, err := a(m)
			if err != nil {
				return Sentence{}, err
			}
			return Sentence{Verb: VerbAct, Kind: act.Kind(), Action: act}, act.Validate()
		}
	}
	fixed := func(a step.Action) func(m match) (Sentence, error) {
		return whole(func(match) (step.Action, error) { return a, nil })
	}
	return []form{
		{compile(`(?:go to|navigate to|open)\s+(?P<text>` + anyText + `)`), func(m match) (Sentence, error) {
			return Sentence{Verb: VerbAct, Kind: step.KindNavigate, Text: unquote(m.get("text"))}, nil
		}},
		{compile(`press\s+(?P<text>` + anyText + `)`), whole(func(m match) (step.Action, error) {
			return step.Press{Key: unquote(m.get("text"))}, nil
		})},
		{compile(`wait\s+(?P<n>\d{1,2}(?:\.\d)?)\s*(?:s|sec|seconds?)`), whole(func(m match) (step.Action, error) {
			n, err := strconv.ParseFloat(m.get("n"), 64)
			return step.Wait{Seconds: n}, err
		})},
		{compile(`accept\s+(?:the\s+)?dialog(?:\s+with\s+(?P<text>` + anyText + `))?`), whole(func(m match) (step.Action, error) {
			return step.DialogAct{Accept: true, Text: unquote(m.get("text"))}, nil
		})},
		{compile(`(?:dismiss|cancel)\s+(?:the\s+)?dialog`), fixed(step.DialogAct{})},
		{compile(`scroll\s+(?P<dir>up|down|left|right)`), whole(func(m match) (step.Action, error) {
			return step.Scroll{Direction: strings.ToLower(m.get("dir"))}, nil
		})},
		{compile(`(?:go\s+)?back`), fixed(step.Back{})},
		{compile(`(?:go\s+)?forward`), fixed(step.Forward{})},
		{compile(`reload(?:\s+the\s+page)?`), fixed(step.Reload{})},
		{compile(`(?P<op>switch to|close)\s+(?:the\s+)?tab\s+(?P<n>\d{1,3})`), whole(func(m match) (step.Action, error) {
			n, err := strconv.Atoi(m.get("n"))
			op := strings.ToLower(strings.TrimSuffix(m.get("op"), " to"))
			return step.TabAct{Op: op, Number: n}, err
		})},
	}
}

// ParseStep understands one sentence, or says what sentences look like.
func ParseStep(sentence string) (Sentence, error) {
	text := strings.TrimRight(strings.TrimSpace(sentence), " .")
	for _, f := range forms() {
		groups := f.re.FindStringSubmatch(text)
		if groups == nil {
			continue
		}
		s, err := f.make(match{groups, f.re.SubexpNames()})
		if err != nil {
			return Sentence{}, fmt.Errorf("step %q: %w", sentence, err)
		}
		s.Source = sentence
		return s, nil
	}
	return Sentence{}, fmt.Errorf(`step %q is not understood; sentences look like: Click "Save" · Type {{user}} into "Username" · `+
		`Select "Travel" in "Category" · Press Enter · Wait for "Saved" · Read "Total" as total · Expect "Done" · Accept the dialog`, sentence)
}

// ParseSteps understands all sentences of a task.
func ParseSteps(sentences []string) ([]Sentence, error) {
	out := make([]Sentence, len(sentences))
	for i, text := range sentences {
		s, err := ParseStep(text)
		if err != nil {
			return nil, fmt.Errorf("steps[%d]: %w", i, err)
		}
		out[i] = s
	}
	return out, nil
}

func makePoint(m match) (Sentence, error) {
	on, err := parseThing(m.get("thing"))
	s := Sentence{Verb: VerbAct, Kind: step.KindClick, On: on, Count: 1}
	yes, no := true, false
	switch how := strings.ToLower(m.get("how")); {
	case strings.HasPrefix(how, "double"):
		s.Count = 2
	case strings.HasPrefix(how, "right"):
		s.Button = "right"
	case strings.HasPrefix(how, "hover"):
		s.Kind = step.KindHover
	case how == "clear":
		s.Kind = step.KindType
	case how == "check" || how == "tick":
		s.State = &yes
	case how == "uncheck" || how == "untick":
		s.State = &no
	}
	return s, err
}

func makeType(m match) (Sentence, error) {
	on, err := parseThing(m.get("thing"))
	return Sentence{Verb: VerbAct, Kind: step.KindType, On: on, Text: unquote(m.get("text"))}, err
}

func makeSelect(m match) (Sentence, error) {
	on, err := parseThing(m.get("thing"))
	return Sentence{Verb: VerbAct, Kind: step.KindSelect, On: on, Text: unquote(m.get("text"))}, err
}

func makeUpload(m match) (Sentence, error) {
	on, err := parseThing(m.get("thing"))
	return Sentence{Verb: VerbAct, Kind: step.KindUpload, On: on, Text: unquote(m.get("text"))}, err
}

func makeRead(m match) (Sentence, error) {
	on, err := parseThing(m.get("thing"))
	return Sentence{Verb: VerbRead, On: on, Name: strings.ToLower(m.get("name"))}, err
}

const roleWords = `button|link|field|input|box|checkbox|radio|option|tab|menu|select|dropdown|list|heading|cell|column|image|text`

var (
	thingForm = compile(`(?:the\s+)?(?:(?P<nth>first|second|third|last)\s+)?(?:(?P<role>` + roleWords + `)\s+)?(?P<label>` + anyText + `)` +
		`(?:\s+(?P<role2>` + roleWords + `))?(?:\s+(?:in|of)\s+(?:the\s+)?row\s+(?:of\s+|with\s+)?(?P<row>` + anyText + `))?`)
	quotedWhole = compile(quotedText)
)

func parseThing(text string) (Thing, error) {
	groups := thingForm.FindStringSubmatch(strings.TrimSpace(text))
	if groups == nil {
		return Thing{}, fmt.Errorf("%q names nothing", text)
	}
	m := match{groups, thingForm.SubexpNames()}
	t := Thing{Label: unquote(m.get("label")), Role: strings.ToLower(m.get("role") + m.get("role2")), Row: unquote(m.get("row"))}
	t.Nth = map[string]int{"first": 1, "second": 2, "third": 3, "last": -1}[strings.ToLower(m.get("nth"))]
	if t.Label == "" {
		return Thing{}, fmt.Errorf("%q names nothing", text)
	}
	return t, nil
}

// unquote drops the quotes around a text; a bare reference or unquoted text stays as it is.
func unquote(text string) string {
	text = strings.TrimSpace(text)
	if groups := quotedWhole.FindStringSubmatch(text); groups != nil {
		return groups[1] + groups[2] + groups[3] + groups[4]
	}
	return text
}
