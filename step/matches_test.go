package step_test

import (
	"testing"

	"chiron/step"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*/expenses/EX-*", "http://a/expenses/EX-1065", true}, {"*/save", "http://a/save", true}, {"*/save", "http://a/save?x", false},
		{"http://a/", "http://a/", true}, {"http://a", "http://a/", false}, {"*", "", true}, {"a*b*c", "abc", true}, {"a*b*c", "acb", false},
	} {
		if step.Matches(c.pattern, c.text) != c.want {
			t.Errorf("%q on %q: not %v", c.pattern, c.text, c.want)
		}
	}
}
