package inference

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/ollama/ollama/api"
)

// fieldName is the name of a field in a JSON object, with what stands around it whatever the field says. A comma behind a digit
// is none of it: it is the model's word that a number ends.
var fieldName = regexp.MustCompile(`[{,\s]*"((?:[^"\\]|\\.)*)"\s*:\s*[{"]?`)

// Sure is Reply.Sure of an answer that another client asked Ollama for: logprobs is that field of the reply as it came, schema what
// the answer was held to.
func Sure(logprobs, schema json.RawMessage) (float64, error) {
	var said []api.Logprob
	if err := json.Unmarshal(logprobs, &said); err != nil {
		return 0, fmt.Errorf("read the probabilities: %w", err)
	}
	return sure(said, schema), nil
}

// sure is the smallest probability of a token that the model chose: of none that is the name of a field, white space, or the
// rest of a word that could only go on in one way under the schema. 0 is returned when there is no such token.
func sure(said []api.Logprob, schema json.RawMessage) float64 {
	if len(said) == 0 {
		return 0
	}
	var text strings.Builder
	for _, l := range said {
		text.WriteString(l.Token)
	}
	given := forced(text.String(), schema)
	least, at, found := 0.0, 0, false
	for _, l := range said {
		from, to := at, at+len(l.Token)
		at = to
		for len(given) > 0 && given[0][1] <= from {
			given = given[1:]
		}
		inside := len(given) > 0 && given[0][0] <= from && to <= given[0][1]
		if inside || strings.TrimSpace(l.Token) == "" {
			continue
		}
		if !found || l.Logprob < least {
			least, found = l.Logprob, true
		}
	}
	if !found {
		return 0
	}
	return math.Exp(least)
}

// forced are the parts of an answer that say nothing about the model, as offsets in order.
func forced(text string, schema json.RawMessage) [][2]int {
	var tree any
	v := vocabulary{map[string][]string{}, map[string][][]string{}}
	if json.Unmarshal(schema, &tree) == nil {
		v.read(tree, "")
	}
	var out [][2]int
	add := func(from, to int) {
		if last := len(out) - 1; last >= 0 && out[last][1] >= from { // one token may touch both
			out[last][1] = max(out[last][1], to)
			return
		}
		out = append(out, [2]int{from, to})
	}
	for _, m := range fieldName.FindAllStringSubmatchIndex(text, -1) {
		if m[0] > 0 && text[m[0]] == ',' && text[m[0]-1] >= '0' && text[m[0]-1] <= '9' {
			m[0]++
		}
		add(m[0], m[1])
		if text[m[1]-1] != '"' {
			continue
		}
		value, after, closed := strings.Cut(text[m[1]:], `"`)
		field := text[m[2]:m[3]]
		from, known := decided(value, append(v.enums[field], v.consts[field]))
		if closed && known {
			end := len(text) - len(strings.TrimLeft(after, "}] \n"))
			add(m[1]+from, end)
		}
	}
	return out
}

// vocabulary is what the fields of a schema may say, by name. A field's constants tell the alternatives of the schema apart.
type vocabulary struct {
	consts map[string][]string
	enums  map[string][][]string
}

// read collects what a part of a schema says about a field.
func (v vocabulary) read(tree any, field string) {
	switch t := tree.(type) {
	case []any:
		for _, part := range t {
			v.read(part, field)
		}
	case map[string]any:
		if properties, ok := t["properties"].(map[string]any); ok {
			for name, part := range properties {
				v.read(part, name)
			}
		}
		if c, ok := t["const"].(string); ok {
			v.consts[field] = append(v.consts[field], c)
		}
		if list, ok := t["enum"].([]any); ok {
			var all []string
			for _, part := range list {
				if s, ok := part.(string); ok {
					all = append(all, s)
				}
			}
			v.enums[field] = append(v.enums[field], all)
		}
		for _, key := range []string{"anyOf", "oneOf", "allOf", "items"} {
			v.read(t[key], field)
		}
	}
}

// decided is the length of the part of a value that tells it from all others that its lists hold; known is false where it is
// in no list.
func decided(value string, lists [][]string) (n int, known bool) {
	for _, list := range lists {
		if !slices.Contains(list, value) {
			continue
		}
		known = true
		for _, other := range list {
			if other != value {
				n = max(n, common(value, other)+1)
			}
		}
	}
	return n, known
}

// common is the length of the longest common beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
