package site_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
)

// verbs are the places of a sentence that are filled in.
var verbs = regexp.MustCompile(`%(\[\d\])?[ds]`)

func TestLanguagesSayTheSame(t *testing.T) {
	words := map[string]map[string]string{}
	for _, lang := range []string{"en", "de", "ja"} {
		raw, err := os.ReadFile("strings/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		words[lang] = m
	}
	for _, lang := range []string{"de", "ja"} {
		if len(words[lang]) != len(words["en"]) {
			t.Errorf("%d sentences in %s, %d in en", len(words[lang]), lang, len(words["en"]))
		}
		for key, text := range words["en"] {
			if !slices.Equal(verbs.FindAllString(text, -1), verbs.FindAllString(words[lang][key], -1)) {
				t.Errorf("%s in %s: %q for %q", key, lang, words[lang][key], text)
			}
		}
	}
}
