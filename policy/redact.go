package policy

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"

	"chiron/policy/totp"
)

// Redactor replaces known secret values by *** in everything that is written or sent: events, logs, prompts, memory. It is
// immutable.
type Redactor struct{ replacer *strings.Replacer }

// NewRedactor makes a filter for all secrets of a vault. They are found as they are and as URL, HTML, JSON and base64 text.
func NewRedactor(v Vault) (*Redactor, error) {
	var forms []string
	for _, name := range v.Names() {
		s, err := v.Secret(name)
		if err != nil {
			return nil, fmt.Errorf("new redactor: %w", err)
		}
		forms = append(forms, spellings(s.Value)...)
		if s.Kind == TOTP {
			k, err := totp.Parse(s.Value)
			if err != nil {
				return nil, fmt.Errorf("new redactor: secret %q: %w", name, err)
			}
			forms = append(forms, spellings(k.Seed)...)
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, f := range slices.Compact(forms) {
		pairs = append(pairs, f, "***")
	}
	return &Redactor{strings.NewReplacer(pairs...)}, nil
}

// Filter returns data without secrets. It never changes data itself.
func (r *Redactor) Filter(data []byte) []byte { return []byte(r.replacer.Replace(string(data))) }

// spellings returns the forms in which a value may stand in a text.
func spellings(value string) []string {
	if len(value) < MinSecret {
		return nil
	}
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), strings.ReplaceAll(url.QueryEscape(value), "+", "%20"),
		strings.ToLower(url.QueryEscape(value)), html.EscapeString(value)}
	if text, err := json.Marshal(value); err == nil {
		forms = append(forms, string(text[1:len(text)-1]))
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			forms = append(forms, inside(enc, value, shift))
		}
	}
	return slices.DeleteFunc(forms, func(f string) bool { return len(f) < MinSecret })
}

// inside returns the part of a base64 text that depends on value alone when value stands shift bytes after a group of three.
func inside(enc *base64.Encoding, value string, shift int) string {
	coded := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + value))
	head := (shift*8 + 5) / 6
	tail := len(coded)
	if rest := (shift + len(value)) % 3; rest != 0 {
		tail-- // its last sign also depends on what follows
	}
	if head >= tail {
		return ""
	}
	return coded[head:tail]
}
