package inference

import (
	"math"
	"regexp"
	"strings"

	"github.com/ollama/ollama/api"
)

// fieldName is the name of a field in a JSON object.
var fieldName = regexp.MustCompile(`"(?:[^"\\]|\\.)*"\s*:`)

// sure is the smallest probability of a token that touches something else than names of fields and white space; 0 when there
// is no such token.
func sure(said []api.Logprob) float64 {
	var text strings.Builder
	for _, l := range said {
		text.WriteString(l.Token)
	}
	names := fieldName.FindAllStringIndex(text.String(), -1)
	least, at, found := 0.0, 0, false
	for _, l := range said {
		from, to := at, at+len(l.Token)
		at = to
		for len(names) > 0 && names[0][1] <= from {
			names = names[1:]
		}
		inside := len(names) > 0 && names[0][0] <= from && to <= names[0][1]
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
