package intent

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// TextClass is a kind of data that a text holds.
type TextClass string

// The classes of text.
const (
	Card       TextClass = "card"       // payment card number, Luhn
	IBAN       TextClass = "iban"       // account number, mod 97
	Email      TextClass = "email"      // e-mail address
	Credential TextClass = "credential" // private key or access token
	Password   TextClass = "password"   // looks like a password: letters of both cases, digits and signs without spaces
)

// TextClasses returns the closed list.
func TextClasses() []TextClass { return []TextClass{Card, IBAN, Email, Credential, Password} }

var (
	digitRun  = regexp.MustCompile(`\d(?:[ -]?\d){12,18}`)
	ibanLike  = regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b`)
	emailLike = regexp.MustCompile(`[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+`)
	tokenLike = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\bAGE-SECRET-KEY-1[0-9A-Z]{20,}|\bAIza[\w-]{30,}|\bhf_\w{20,}|\bnpm_\w{20,}|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)[-_][\w-]{12,}|` +
		`\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bAKIA[0-9A-Z]{16}\b|\bxox[abprs]-[\w-]{10,}|` +
		`\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}`)
)

// TextClassesOf returns the classes that a text belongs to, in the order of TextClasses.
func TextClassesOf(text string) []TextClass {
	var out []TextClass
	if slices.ContainsFunc(digitRun.FindAllString(text, 64), luhn) {
		out = append(out, Card)
	}
	if slices.ContainsFunc(ibanLike.FindAllString(strings.ToUpper(text), 64), iban) {
		out = append(out, IBAN)
	}
	if emailLike.MatchString(text) {
		out = append(out, Email)
	}
	if tokenLike.MatchString(text) {
		out = append(out, Credential)
	}
	if passwordLike(text) {
		out = append(out, Password)
	}
	return out
}

func luhn(s string) bool {
	sum, n := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, n = sum+d, n+1
	}
	// The schemes number their cards from 2 to 6; 9 begins book numbers, 1 telephone numbers of North America.
	return n >= 13 && n <= 19 && sum%10 == 0 && s[0] >= '2' && s[0] <= '6'
}

func iban(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	if n := ibanLength(s[:2]); n > 0 && len(s) > n {
		s = s[:n]
	}
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}

// ibanLength returns the length of the account numbers of a country, from the registry of ISO 13616; 0: not known here.
func ibanLength(country string) int {
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "DK", "FI", "NL":
		return 18
	case "AT", "LU":
		return 20
	case "CH", "LI":
		return 21
	case "DE", "GB", "IE":
		return 22
	case "CZ", "ES", "SE", "SK":
		return 24
	case "PT":
		return 25
	case "FR", "GR", "IT":
		return 27
	case "HU", "PL":
		return 28
	}
	return 0
}

func passwordLike(s string) bool {
	if len(s) < 8 || len(s) > 64 || strings.ContainsFunc(s, unicode.IsSpace) || emailLike.MatchString(s) ||
		strings.Contains(s, "://") {
		return false
	}
	return strings.ContainsFunc(s, unicode.IsLower) && strings.ContainsFunc(s, unicode.IsUpper) &&
		strings.ContainsFunc(s, unicode.IsDigit) && strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
