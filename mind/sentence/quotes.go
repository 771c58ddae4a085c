package sentence

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// wording is a sentence whose quoted texts are set aside, so that words inside quotes are never taken for the sentence's
// own: each quoted text is one rune of the private use area in plain.
type wording struct {
	plain  string
	quotes []string
}

const (
	firstQuote = '\uE000'
	lastQuote  = '\uF8FF'

	oneQuote = `[\x{E000}-\x{F8FF}]`                         // in a pattern: a quoted text
	aText    = `(?:` + oneQuote + `|[^\x{E000}-\x{F8FF}]+?)` // in a pattern: a quoted text or plain words
	aThing   = `.+?`
)

var (
	quotation = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"|“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»|「([^」]*)」|‘((?:[^’]|\b’\b)*)’|\B'((?:[^'\n]|\b'\b)*)'\B`)
	numbered  = regexp.MustCompile(`(?i)^(?:\d{1,3}[.)]\s+|[-*•]\s+)?(?:(?:please|then|next|now|finally|and)\b,?\s+)*`)
	spaces    = regexp.MustCompile(`\s+`)
)

// readWording sets the quoted texts of a sentence aside, and drops list numbers, courtesies and the full stop.
func readWording(sentence string) (wording, error) {
	var w wording
	text := strings.Map(func(r rune) rune {
		if r >= firstQuote && r <= lastQuote {
			return -1
		}
		return r
	}, strings.ToValidUTF8(sentence, "�"))
	text = quotation.ReplaceAllStringFunc(text, func(q string) string {
		m := quotation.FindStringSubmatch(q)
		inside := strings.Join(m[1:], "")
		if m[1] != "" {
			inside = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(inside)
		}
		if len(w.quotes) > lastQuote-firstQuote {
			return q
		}
		w.quotes = append(w.quotes, inside)
		return string(firstQuote + rune(len(w.quotes)-1))
	})
	if strings.ContainsAny(text, `"“”„«»「」`) {
		return w, errors.New("a quotation mark has no partner")
	}
	text = spaces.ReplaceAllString(strings.TrimSpace(text), " ")
	text = strings.TrimRight(numbered.ReplaceAllString(text, ""), " .!")
	if text == "" {
		return w, errors.New("it says nothing")
	}
	w.plain = text
	return w, nil
}

// text returns what a part of the plain sentence means: what stood in the quotes, or the words themselves.
func (w wording) text(part string) (text string, quoted bool) {
	part = strings.TrimSpace(part)
	if r := []rune(part); len(r) == 1 && r[0] >= firstQuote && r[0] <= lastQuote {
		return w.quotes[r[0]-firstQuote], true
	}
	return part, false
}

// original writes a part of the plain sentence with its quotes again, for messages.
func (w wording) original(part string) string {
	var b strings.Builder
	for _, r := range part {
		if r >= firstQuote && r <= lastQuote {
			fmt.Fprintf(&b, "%q", w.quotes[r-firstQuote])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
