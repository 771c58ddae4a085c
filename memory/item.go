package memory

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"chiron/step"
)

// Kind is what an item is.
type Kind string

// The kinds.
const (
	Lesson   Kind = "lesson"   // what to do, or not to do, for a goal
	Workflow Kind = "workflow" // the acts that reached a goal
	Note     Kind = "note"     // how a site behaves
)

// Status says whether an item may be recalled.
type Status string

// The statuses.
const (
	Quarantined Status = "quarantined" // waits to be admitted
	Active      Status = "active"
	Revoked     Status = "revoked" // and must not come back
)

// Item is one piece of memory. Remember fills ID, Text and Created.
type Item struct {
	ID         string     `json:"id"`
	Tenant     string     `json:"tenant"`
	Kind       Kind       `json:"kind"`
	Site       string     `json:"site"`           // host or host:port it was learned on and is good for
	Goal       string     `json:"goal,omitempty"` // the requester's words; a key to find it by, never shown to a model
	Lines      []Line     `json:"lines"`
	Text       string     `json:"text"` // written from Lines; at most MaxText bytes
	Provenance Provenance `json:"provenance"`
	Status     Status     `json:"status"`
	Trust      int        `json:"trust"` // 0 to 100; higher first
	Created    time.Time  `json:"created"`
	Used       int        `json:"used"`
	Succeeded  int        `json:"succeeded"`
	Failed     int        `json:"failed"`
}

// Provenance is where an item comes from.
type Provenance struct {
	Task    string   `json:"task"`
	Origins []string `json:"origins,omitempty"` // seen by the session
	Taint   []string `json:"taint,omitempty"`   // labels of the session at the time
	Model   string   `json:"model,omitempty"`   // that extracted it
	Bundle  string   `json:"bundle,omitempty"`  // policy in force
}

// Line is one sentence of an item, by its slots. It says "type {{user}} into input "Username" -> worked".
type Line struct {
	Act   step.Kind `json:"act"`
	Role  step.Role `json:"role,omitempty"`
	Name  string    `json:"name,omitempty"`  // visible name of the element, cut to MaxName and quoted
	Value string    `json:"value,omitempty"` // name of a value, without braces
	URL   string    `json:"url,omitempty"`   // on the item's site
	Then  Then      `json:"then,omitempty"`
	Near  []Thing   `json:"near,omitempty"` // what else stood there in reading order, the element itself among it; for examples, not part of Text
}

// Thing is what a line tells of something on a page.
type Thing struct {
	Role step.Role `json:"role"`
	Name string    `json:"name,omitempty"` // cut to MaxName
}

// Then is how an act ended, in one of a few words.
type Then string

// What may follow an act.
const (
	Worked  Then = "worked"
	Nothing Then = "nothing happened"
	Failed  Then = "failed"
	Refused Then = "refused by policy"
	Asked   Then = "asks a person"
)

// Bounds of an item, in bytes.
const (
	MaxText = 480
	MaxName = 48
	MaxGoal = 480
	MaxNear = 8 // things beside one line
)

var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("chiron/memory"))

// prepare checks an item and fills what Remember promises.
func (i Item) prepare(now time.Time) (Item, error) {
	if i.Tenant == "" {
		return i, ErrTenant
	}
	refuse := func(format string, args ...any) (Item, error) {
		return i, fmt.Errorf("%w: %w", ErrItem, fmt.Errorf(format, args...))
	}
	if !slices.Contains([]Kind{Lesson, Workflow, Note}, i.Kind) {
		return refuse("kind %.40q is not lesson, workflow or note", i.Kind)
	}
	site, err := cleanSite(i.Site)
	if err != nil {
		return refuse("%w", err)
	}
	i.Site = site
	if len(i.Lines) == 0 {
		return refuse("it has no lines")
	}
	lines := make([]string, 0, len(i.Lines))
	i.Lines = slices.Clone(i.Lines)
	for n, l := range i.Lines {
		s, err := l.write(site)
		if err == nil {
			i.Lines[n].Near, err = around(l.Near, site)
		}
		if err != nil {
			return refuse("line %d: %w", n+1, err)
		}
		lines = append(lines, s)
	}
	i.Text = strings.Join(lines, "\n")
	if len(i.Text) > MaxText {
		return refuse("its text has %d bytes, the limit is %d", len(i.Text), MaxText)
	}
	i.Goal = clean(i.Goal, MaxGoal)
	if i.Status != Active || len(i.Provenance.Taint) > 0 {
		i.Status = Quarantined
	}
	i.Trust = min(max(i.Trust, 0), 100)
	i.Used, i.Succeeded, i.Failed = 0, 0, 0
	i.Created = now.UTC().Truncate(time.Millisecond)
	content := strings.ToLower(strings.Join(strings.Fields(i.Text), " "))
	i.ID = uuid.NewSHA1(space, []byte(strings.Join([]string{i.Tenant, string(i.Kind), i.Site, content}, "\x00"))).String()
	return i, nil
}

// cleanSite returns the site as it is compared: a lower-case host, with its port if it has one.
func cleanSite(site string) (string, error) {
	u, err := url.Parse("http://" + strings.ToLower(strings.TrimSpace(site)))
	if err != nil || u.Host == "" || u.Host != strings.ToLower(strings.TrimSpace(site)) || u.Hostname() == "" || len(site) > 255 {
		return "", fmt.Errorf("site %.80q is not a host", site)
	}
	return u.Host, nil
}

// write makes the sentence of a line, or says which slot holds what no slot may hold.
func (l Line) write(site string) (string, error) {
	if !slices.Contains(step.Kinds(), l.Act) {
		return "", fmt.Errorf("act %.40q is unknown", l.Act)
	}
	if l.Role != "" && !l.Role.Known() {
		return "", fmt.Errorf("role %.40q is unknown", l.Role)
	}
	if l.Then != "" && !slices.Contains([]Then{Worked, Nothing, Failed, Refused, Asked}, l.Then) {
		return "", fmt.Errorf("then %.40q is unknown", l.Then)
	}
	if l.Value != "" && !step.ValidName(l.Value) {
		return "", fmt.Errorf("value %.40q is not the name of a value", l.Value)
	}
	if err := foreign(l.Name, site); err != nil {
		return "", fmt.Errorf("name: %w", err)
	}
	words := []string{string(l.Act)}
	if l.Value != "" {
		words = append(words, "{{"+l.Value+"}}")
	}
	if l.Role != "" {
		words = append(words, string(l.Role))
	}
	if name := clean(l.Name, MaxName); name != "" {
		words = append(words, `"`+strings.ReplaceAll(name, `"`, "'")+`"`)
	}
	if l.URL != "" {
		u, err := url.Parse(l.URL)
		if err != nil || !strings.EqualFold(u.Host, site) || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
			return "", fmt.Errorf("url %.80q is not on %s", l.URL, site)
		}
		words = append(words, "at", clean(u.EscapedPath(), 2*MaxName)) // queries hold values
	}
	if l.Then != "" {
		words = append(words, "->", string(l.Then))
	}
	return strings.Join(words, " "), nil
}

// around cleans what stood beside a line, by the rules of names.
func around(near []Thing, site string) (clear []Thing, err error) {
	if len(near) > MaxNear {
		return nil, fmt.Errorf("near: %d things are more than %d", len(near), MaxNear)
	}
	for _, n := range near {
		if !n.Role.Known() {
			return nil, fmt.Errorf("near: role %.40q is unknown", n.Role)
		}
		if err := foreign(n.Name, site); err != nil {
			return nil, fmt.Errorf("near: name: %w", err)
		}
		clear = append(clear, Thing{n.Role, clean(n.Name, MaxName)})
	}
	return clear, nil
}

// example is what a line teaches by showing; false where it went wrong, is of a kind that cannot be shown, or nothing is known of
// what stood there.
func (l Line) example() (step.Example, bool) {
	var e step.Example
	var t step.Target
	for n, thing := range l.Near {
		if t.Mark == 0 && thing.Role == l.Role && thing.Name == clean(l.Name, MaxName) {
			t.Mark = n + 1
		}
		e.Items = append(e.Items, step.Candidate{Mark: n + 1, Role: thing.Role, Name: thing.Name})
	}
	value := "{{" + l.Value + "}}"
	switch {
	case t.Mark == 0, l.Then != "" && l.Then != Worked:
		return e, false
	case l.Act == step.KindClick && l.Value == "":
		e.Action.Action = step.Click{Target: t}
	case l.Act == step.KindType && l.Value != "":
		e.Action.Action = step.Type{Target: t, Value: value}
	case l.Act == step.KindSelect && l.Value != "":
		e.Action.Action = step.Select{Target: t, Option: value}
	default:
		return e, false
	}
	return e, true
}

// foreign reports an address of another site inside a text.
func foreign(text, site string) error {
	for _, found := range regexp.MustCompile(`(?i)(?:[a-z][a-z0-9+.-]*://|www\.)[^\s"'<>]*`).FindAllString(text, -1) {
		if !strings.Contains(found, "://") {
			found = "http://" + found
		}
		u, err := url.Parse(found)
		if err != nil || !strings.EqualFold(u.Host, site) {
			return errors.New("it holds an address of another site")
		}
	}
	return nil
}

// clean drops control and invisible characters, joins white space, and cuts to a number of bytes.
func clean(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r), r == utf8.RuneError:
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// searched is the text by which an item is found.
func (i Item) searched() string { return i.Goal + "\n" + i.Text }
