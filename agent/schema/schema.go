// Package schema fits what was read on a screen to the JSON schema of a task's result. Nothing is guessed: a text that
// does not say exactly one fitting value is an error.
package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"chiron/step"
)

// Conform converts values to the types of the result schema, where they can be, and reports what is missing or unfit.
func Conform(schema json.RawMessage, values map[string]step.Value, locale string) error {
	if len(schema) == 0 {
		return nil
	}
	var s struct {
		Properties map[string]struct {
			Type string `json:"type"`
		} `json:"properties"`
		Required []string `json:"required"`
	}
	if err := json.Unmarshal(schema, &s); err != nil {
		return fmt.Errorf("the schema: %w", err)
	}
	for _, name := range s.Required {
		if _, ok := values[name]; !ok {
			return fmt.Errorf("%s is missing", name)
		}
	}
	for name, v := range values {
		want := s.Properties[name].Type
		if is := kindOf(v.Value); want == "" || is == want || is == "number" && want == "integer" && !strings.ContainsAny(string(v.Value), ".eE") {
			continue
		}
		var text string
		if json.Unmarshal(v.Value, &text) != nil {
			return fmt.Errorf("%s: is no %s", name, want)
		}
		converted, err := convert(text, want, locale)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		v.Value = converted
		values[name] = v
	}
	return nil
}

// kindOf names the JSON type of a value.
func kindOf(v json.RawMessage) string {
	switch strings.TrimSpace(string(v) + " ")[:min(1, len(v))] {
	case `"`:
		return "string"
	case "{":
		return "object"
	case "[":
		return "array"
	case "t", "f":
		return "boolean"
	case "n", "":
		return "null"
	}
	return "number"
}

func convert(text, want, locale string) (json.RawMessage, error) {
	switch want {
	case "integer", "number":
		n, err := number(text, locale)
		if err != nil {
			return nil, err
		}
		if want == "integer" && n != float64(int64(n)) {
			return nil, fmt.Errorf("%q is no whole number", text)
		}
		return json.RawMessage(strconv.FormatFloat(n, 'f', -1, 64)), nil
	case "boolean":
		switch step.Fold(text) {
		case "true", "yes", "on", "ja", "はい":
			return json.RawMessage("true"), nil
		case "false", "no", "off", "nein", "いいえ":
			return json.RawMessage("false"), nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", text)
	}
	return nil, fmt.Errorf("%q cannot be turned into %s", text, want)
}

var amount = regexp.MustCompile(`[-−]?\d(?:[\d.,'’   ]*\d)?`)

// number reads the one amount in a text, as people of the locale write it, with a currency or unit around it. A text with
// several numbers, or with one that is part of a word such as INV-1042, is none: nothing is guessed.
func number(text, locale string) (float64, error) {
	found := amount.FindAllStringIndex(text, -1)
	if len(found) != 1 {
		return 0, fmt.Errorf("%q holds %d numbers, not one", text, len(found))
	}
	before, _ := utf8.DecodeLastRuneInString(text[:found[0][0]])
	after, _ := utf8.DecodeRuneInString(text[found[0][1]:])
	if unicode.IsLetter(before) || unicode.IsLetter(after) && !strings.HasPrefix(strings.TrimSpace(text), text[found[0][0]:found[0][1]]) {
		return 0, fmt.Errorf("the number in %q is part of a word", text)
	}
	s := strings.NewReplacer("−", "-", "'", "", "’", "", " ", "", " ", "", " ", "").Replace(text[found[0][0]:found[0][1]])
	point, group := ".", ","
	if lang, _, _ := strings.Cut(locale, "-"); slices.Contains([]string{"de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ru"}, lang) {
		point, group = group, point
	}
	// The separator that stands last, alone, and not before exactly three digits is a decimal one in every locale.
	if i := strings.LastIndexAny(s, ".,"); i >= 0 && strings.Count(s, s[i:i+1]) == 1 && (len(s)-i-1 != 3 || strings.ContainsAny(s[:i], ".,")) {
		point, group = s[i:i+1], map[string]string{".": ",", ",": "."}[s[i:i+1]]
	}
	n, err := strconv.ParseFloat(strings.Replace(strings.ReplaceAll(s, group, ""), point, ".", 1), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return n, nil
}
