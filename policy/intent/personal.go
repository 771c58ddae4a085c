package intent

import (
	"regexp"
	"strings"
)

// Phone is a telephone number in its international form. It is a class of Hide alone: no rule asks about it.
const Phone TextClass = "phone"

// phoneLike begins with + or 00, a country, and holds 8 to 15 digits in groups.
var phoneLike = regexp.MustCompile(`(?:\+|\b00)[1-9]\d{0,2}(?:[ \-./]?\(?\d{1,5}\)?){2,6}`)

// Personal returns the classes that Hide knows.
func Personal() []TextClass { return []TextClass{Card, IBAN, Email, Phone} }

// Hide replaces what in a text is of one of the classes by ***.
func Hide(text string, classes ...TextClass) string {
	for _, c := range classes {
		switch c {
		case Card:
			text = digitRun.ReplaceAllStringFunc(text, replaceIf(luhn))
		case IBAN:
			text = ibanLike.ReplaceAllStringFunc(text, replaceIf(iban))
		case Email:
			text = emailLike.ReplaceAllString(text, hidden)
		case Phone:
			text = phoneLike.ReplaceAllStringFunc(text, replaceIf(phone))
		}
	}
	return text
}

const hidden = "***"

func replaceIf(is func(string) bool) func(string) string {
	return func(s string) string {
		if is(s) {
			return hidden
		}
		return s
	}
}

func phone(s string) bool {
	n := len(s) - strings.Count(s, " ") - strings.Count(s, "-") - strings.Count(s, ".") - strings.Count(s, "/") - strings.Count(s, "(") - strings.Count(s, ")")
	return n >= 9 && n <= 17
}
