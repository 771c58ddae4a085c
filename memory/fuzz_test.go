package memory

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"chiron/step"
)

// FuzzItem holds that no name of an element becomes more than a short, quoted name.
func FuzzItem(f *testing.F) {
	f.Add("Sign in", "http://acme.test/login", "user")
	f.Add("www.evil.test \x1b[31m\u202e", "https://acme.test@evil.test/", "x y")
	f.Fuzz(func(t *testing.T, name, url, value string) {
		i, err := Item{Tenant: "a", Kind: Note, Site: "acme.test", Goal: name,
			Lines: []Line{{Act: step.KindClick, Role: step.RoleButton, Name: name, URL: url, Value: value}}}.prepare(time.Now())
		if err != nil {
			return
		}
		bad := strings.IndexFunc(i.Text+i.Goal, func(r rune) bool { return !unicode.IsPrint(r) })
		if len(i.Text) > MaxText || bad >= 0 || !utf8.ValidString(i.Text) || strings.Contains(strings.ToLower(i.Text), "evil.test/") {
			t.Fatalf("from %q and %q: %q", name, url, i.Text)
		}
		if value != "" && !strings.Contains(i.Text, "{{"+value+"}}") {
			t.Fatalf("the value %q is not a reference in %q", value, i.Text)
		}
	})
}
