package step

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrText is wrapped by errors about a text form that does not read as one.
var ErrText = errors.New("not the text form of a screen")

// ParseText reads a screen back from its text form. Boxes, sources and scores are not in it; references stand as
// {{name}} in Name and Value. For any screen s, ParseText(s.Text(nil)) writes the same text again.
func ParseText(text string) (Screen, error) {
	s := Screen{Version: TextVersion}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	head, ok := strings.CutPrefix(lines[0], "page: ")
	title, url, cut := cutLast(head, " | ")
	if !ok || !cut {
		return Screen{}, fmt.Errorf("%w: line 1: want page: title | url", ErrText)
	}
	s.Title, s.URL = title, url
	for i, line := range lines[1:] {
		if err := s.parseLine(line); err != nil {
			return Screen{}, fmt.Errorf("%w: line %d: %w", ErrText, i+2, err)
		}
	}
	return s, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func (s *Screen) parseLine(line string) error {
	var err error
	switch first, rest, _ := strings.Cut(line, " "); first {
	case "dialog:":
		p := reader{rest: rest}
		kind := p.word()
		p.expect(" ")
		s.Dialog = &Dialog{Type: kind, Message: p.quoted()}
		return p.end()
	case "tab:":
		_, err = fmt.Sscanf(rest, "%d of %d", &s.Tab, &s.Tabs)
	case "scroll:":
		_, err = fmt.Sscanf(rest, "%d above, %d below", &s.Above, &s.Below)
	case "cut:":
		_, err = fmt.Sscanf(rest, "%d", &s.Cut)
	default:
		return s.parseItem(first, rest)
	}
	return err
}

func (s *Screen) parseItem(first, rest string) error {
	mark, err := strconv.Atoi(first)
	if err != nil || mark < 0 {
		return fmt.Errorf("%q is not a mark", first)
	}
	p := reader{rest: rest}
	c := Candidate{Mark: mark, Role: Role(p.word())}
	p.expect(" ")
	c.Name = p.quoted()
	if p.take(" = ") {
		c.Value, c.Secret = p.value()
	}
	if c.Role.Checkable() {
		c.States.Checked = p.take(" on")
		if !c.States.Checked {
			p.expect(" off")
		}
	}
	if p.take(" of ") {
		c.Options = append(c.Options, p.quoted())
		for p.take(", ") {
			if p.take("+") {
				c.More = p.number()
				break
			}
			c.Options = append(c.Options, p.quoted())
		}
	}
	for _, st := range stateWords() {
		*st.of(&c.States) = p.take(" " + st.word)
	}
	s.Items = append(s.Items, c)
	return p.end()
}

// reader takes a line apart; the first thing that does not fit is remembered and ends everything.
type reader struct {
	rest string
	err  error
}

func (p *reader) fail(want string) {
	if p.err == nil {
		p.err = fmt.Errorf("want %s at %q", want, p.rest)
	}
	p.rest = ""
}

func (p *reader) take(s string) bool {
	rest, ok := strings.CutPrefix(p.rest, s)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *reader) expect(s string) {
	if !p.take(s) {
		p.fail(strconv.Quote(s))
	}
}

func (p *reader) word() string {
	n := strings.IndexFunc(p.rest, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
	if n < 0 {
		n = len(p.rest)
	}
	w := p.rest[:n]
	if w == "" {
		p.fail("a word")
		return ""
	}
	p.rest = p.rest[n:]
	return w
}

func (p *reader) number() int {
	n := 0
	for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
		n++
	}
	v, err := strconv.Atoi(p.rest[:n])
	if err != nil {
		p.fail("a number")
		return 0
	}
	p.rest = p.rest[n:]
	return v
}

func (p *reader) quoted() string {
	if !p.take(`"`) {
		p.fail("a quoted text")
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	p.fail("a closing quote")
	return ""
}

// value reads what stands behind the equals sign: a quoted text, a bare reference, or *** for a secret.
func (p *reader) value() (text string, secret bool) {
	if p.take("***") {
		return "***", true
	}
	if strings.HasPrefix(p.rest, "{{") {
		end := strings.Index(p.rest, "}}")
		if end < 0 {
			p.fail("}}")
			return "", false
		}
		ref := p.rest[:end+2]
		p.rest = p.rest[end+2:]
		return ref, false
	}
	return p.quoted(), false
}

func (p *reader) end() error {
	if p.err == nil && p.rest != "" {
		p.fail("the end of the line")
	}
	return p.err
}
