package inference

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"
)

// TestWhatTheSchemaForcesIsNoDoubt says each answer as tokens with their probabilities, "token:probability".
func TestWhatTheSchemaForcesIsNoDoubt(t *testing.T) {
	const schema = `{"anyOf":[
		{"type":"object","properties":{"action":{"const":"click"},"mark":{"type":"integer"}}},
		{"type":"object","properties":{"action":{"const":"clear"},"mark":{"type":"integer"}}},
		{"type":"object","properties":{"action":{"const":"select"},"mark":{"const":3},"option":{"enum":["Meals","Media","Travel"]}}},
		{"type":"object","properties":{"action":{"const":"select"},"mark":{"const":4},"option":{"enum":["S","Small"]}}},
		{"type":"object","properties":{"action":{"const":"upload"},"file":{"enum":["receipt.pdf"]}}},
		{"type":"object","properties":{"action":{"const":"done"},"result":{"type":"object","properties":{"sum":{"type":"object","properties":{"mark":{"type":"integer"}}}}}}}]}`
	for _, c := range []struct {
		name, said string
		want       float64
	}{
		{"an option after its first own letter", `{":1|action:1|":":1|select:0.9|",":1|mark:1|":1|3:0.8|,":1|option:1|":":1|M:1|e:0.7|a:0.6|l:0.01|s:0.01|"}:0.01`, 0.6},
		{"a token with own letters before the forced ones", `{"option":":1|Meal:0.3|s:0.01|"}:0.01`, 0.3},
		{"an option that begins another", `{"option":":1|S:0.9|":0.2|}:0.9`, 0.2},
		{"the rest of the longer one", `{"option":":1|S:0.9|mall:0.5|"}:0.01`, 0.5},
		{"the only file", `{"action":":1|upload:0.8|","file":":1|receipt:0.01|.pdf:0.01|"}:0.01`, 0.8},
		{"which act", `{"action":":1|cl:0.9|i:0.4|ck:0.01|",":0.01|mark":1|:7:0.9|}:1`, 0.4},
		{"where a number ends", `{"action":":1|type:1|","mark":0.9|:12:0.9|,":0.3|text":1|:":1|x:1|"}:1`, 0.3},
		{"that there is a result", `{"action":":1|done:0.9|",":0.01|result:1|":{:1|":1|sum:0.01|":{:1|":1|mark:1|":1|12:0.6|}}}:1`, 0.6},
		{"words that no list holds", `{"option":":1|Other:0.3|"}:0.2`, 0.2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said []api.Logprob
			for _, part := range strings.Split(c.said, "|") {
				at := strings.LastIndex(part, ":")
				said = append(said, api.Logprob{TokenLogprob: api.TokenLogprob{Token: part[:at], Logprob: math.Log(number(t, part[at+1:]))}})
			}
			if got := sure(said, []byte(schema)); math.Abs(got-c.want) > 1e-9 {
				t.Errorf("sure is %v, want %v", got, c.want)
			}
		})
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func FuzzSure(f *testing.F) {
	f.Add(`{"action":"select","mark":3,"option":"Meals"}`, `{"properties":{"action":{"const":"select"},"option":{"enum":["Meals","Media"]}}}`)
	f.Add(`{"a":"b","":"","c":{"d":"\""}}`, `{"properties":{"":{"enum":["",1]},"a":{"const":"b"}}}`)
	f.Add(`"x":"`, `[`)
	f.Fuzz(func(t *testing.T, text, schema string) {
		last := 0
		for _, part := range forced(text, []byte(schema)) {
			if part[0] < last || part[1] < part[0] || part[1] > len(text) {
				t.Fatalf("part %v of %d bytes after %d", part, len(text), last)
			}
			last = part[1]
		}
	})
}
