package step

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Named is a value that is referred to by name: what a small model copies, it garbles; what it names, it gets right.
type Named struct {
	Name   string `json:"name"`
	Value  string `json:"value,omitempty"` // "" for secrets, whose values only the vault knows
	Secret bool   `json:"secret,omitempty"`
}

// Values are the named values of a task, in order.
type Values []Named

// ErrReference is wrapped by errors about a {{name}} that names nothing.
var ErrReference = errors.New("unknown reference")

// NewValues names everything that a task brings: its inputs and secrets by their names, then what a deterministic
// extractor finds in the goal (quoted spans, e-mail addresses, dates, numbers) as 1, 2, 3… It also returns the goal
// with the values replaced by their references, which is how a model is shown it.
func NewValues(t Task) (Values, string) {
	var v Values
	for _, name := range slices.Sorted(maps.Keys(t.Inputs)) {
		v = append(v, Named{Name: name, Value: t.Inputs[name]})
	}
	for _, name := range t.Secrets {
		v = append(v, Named{Name: name, Secret: true})
	}
	next := 1
	for _, found := range extract(t.Goal) {
		if v.nameOf(found) != "" {
			continue
		}
		for v.has(strconv.Itoa(next)) {
			next++
		}
		v = append(v, Named{Name: strconv.Itoa(next), Value: found})
	}
	return v, v.Refer(t.Goal)
}

var (
	reference = regexp.MustCompile(`\{\{([a-z0-9_]{1,32})\}\}`)
	valueLike = regexp.MustCompile(strings.Join([]string{
		`"([^"\n]{1,200})"`, `“([^”\n]{1,200})”`, `„([^“”\n]{1,200})[“”]`, `«([^»\n]{1,200})»`, `「([^」\n]{1,200})」`,
		`\B'([^'\n]{1,200})'\B`,
		`([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})`,
		`\b(\d{4}-\d{2}-\d{2})\b`, `\b(\d{1,2}[./]\d{1,2}[./]\d{2,4})\b`,
		`(\b\d{1,3}(?:[.,]\d{3})*[.,]\d{1,2}\b|\b\d{1,12}\b)`,
	}, "|"))
)

// extract returns the values found in a goal, in order of appearance, each once.
func extract(goal string) []string {
	plain := reference.ReplaceAllStringFunc(goal, func(r string) string { return strings.Repeat(" ", len(r)) })
	var found []string
	for _, m := range valueLike.FindAllStringSubmatch(plain, 64) {
		for _, g := range m[1:] {
			if g = strings.TrimSpace(g); g != "" && !slices.Contains(found, g) {
				found = append(found, g)
			}
		}
	}
	return found
}

// Lookup returns the value of that name.
func (v Values) Lookup(name string) (Named, bool) {
	for _, n := range v {
		if n.Name == name {
			return n, true
		}
	}
	return Named{}, false
}

func (v Values) has(name string) bool {
	_, ok := v.Lookup(name)
	return ok
}

func (v Values) nameOf(value string) string {
	for _, n := range v {
		if !n.Secret && n.Value == value && value != "" {
			return n.Name
		}
	}
	return ""
}

// Names returns the names a text refers to, in order, each once, known or not.
func Names(text string) []string {
	var names []string
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// Expand replaces every {{name}} by its value. Secrets are asked of secret; nil means that none may be released. An
// unknown name is ErrReference. Expanded text is not expanded again.
func (v Values) Expand(text string, secret func(name string) (string, error)) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	var failed error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-2]
		n, ok := v.Lookup(name)
		switch {
		case !ok:
			failed = errors.Join(failed, fmt.Errorf("%w {{%s}}", ErrReference, name))
		case !n.Secret:
			return n.Value
		case secret == nil:
			failed = errors.Join(failed, fmt.Errorf("the secret {{%s}} may not be released here", name))
		default:
			value, err := secret(name)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("secret {{%s}}: %w", name, err))
			}
			return value
		}
		return ""
	})
	if failed != nil {
		return "", failed
	}
	return out, nil
}

// Refer is the way back: known values in a text are replaced by their references. A value of one or two characters
// counts only when it is the whole text; longer ones count as whole words. Secrets are never looked for.
func (v Values) Refer(text string) string {
	if name := v.nameOf(text); name != "" {
		return "{{" + name + "}}"
	}
	known := slices.Clone(v)
	slices.SortStableFunc(known, func(a, b Named) int { return len(b.Value) - len(a.Value) })
	for _, n := range known {
		if !n.Secret && utf8.RuneCountInString(n.Value) > 2 {
			text = replaceWords(text, n.Value, "{{"+n.Name+"}}")
		}
	}
	return text
}

// replaceWords replaces old by new where it is not part of a longer word and not inside a reference.
func replaceWords(text, old, new string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, old)
		if i < 0 {
			return b.String() + text
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(old):])
		first, _ := utf8.DecodeRuneInString(old)
		last, _ := utf8.DecodeLastRuneInString(old)
		b.WriteString(text[:i])
		if joined(before, first) || joined(last, after) || strings.HasSuffix(text[:i], "{{") {
			b.WriteString(old)
		} else {
			b.WriteString(new)
		}
		text = text[i+len(old):]
	}
}

// joined reports whether two neighbouring runes belong to one word. Scripts without spaces are cut anywhere.
func joined(a, b rune) bool {
	word := func(r rune) bool {
		return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	}
	return word(a) && word(b)
}
