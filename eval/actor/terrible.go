package actor

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"chiron/step"
)

// Random answers every prompt with a valid answer drawn from its schema. Equal seeds and prompts give equal answers.
func Random(seed uint64) Brain {
	rng := rand.New(rand.NewPCG(seed, 0x2545f4914f6cdd1d))
	return func(_ context.Context, p Prompt) Reply {
		var s schema
		if err := json.Unmarshal(p.Format, &s); err != nil {
			return Reply{Text: "42"}
		}
		return Reply{Text: draw(rng, s, phrases(p))}
	}
}

// phrases are the texts that a random typist picks from: what stands on the screen and the names of known values.
func phrases(p Prompt) []string {
	out := []string{"Enter", "Escape", "Control+A", "Tab", "hello", "42"}
	for _, c := range Read(p).Screen.Items {
		out = append(out, c.Name)
		out = append(out, c.Options...)
	}
	for _, m := range p.Messages {
		for _, name := range step.Names(m.Text) {
			if name != "name" { // the prompt's own example
				out = append(out, "{{"+name+"}}")
			}
		}
	}
	return out
}

func draw(rng *rand.Rand, s schema, words []string) string {
	text := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			return "null" // only strings and numbers come here
		}
		return string(data)
	}
	switch {
	case len(s.OneOf) > 0:
		return draw(rng, s.OneOf[rng.IntN(len(s.OneOf))], words)
	case len(s.AnyOf) > 0:
		return draw(rng, s.AnyOf[rng.IntN(len(s.AnyOf))], words)
	case len(s.Const) > 0:
		return string(s.Const)
	case len(s.Enum) > 0:
		return string(s.Enum[rng.IntN(len(s.Enum))])
	case s.Type == "object":
		var parts []string
		for _, p := range s.Properties {
			parts = append(parts, text(p.name)+":"+draw(rng, p.is, words))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case s.Type == "array" && s.Items != nil:
		return "[" + draw(rng, *s.Items, words) + "]"
	case s.Type == "integer" || s.Type == "number":
		low, high := 0, 1000
		if s.Minimum != nil {
			low = *s.Minimum
		}
		if s.Maximum != nil {
			high = *s.Maximum
		}
		return fmt.Sprint(low + rng.IntN(max(1, high-low+1)))
	case s.Type == "boolean":
		return fmt.Sprint(rng.IntN(2) == 1)
	}
	word := []rune(words[rng.IntN(len(words))])
	if s.MaxLength != nil && len(word) > *s.MaxLength {
		word = word[:*s.MaxLength]
	}
	return text(string(word))
}

var (
	command = regexp.MustCompile(`(?i)\b(?:click|press|choose|open|push|hit|tap)\s+(?:on\s+)?(?:the\s+)?(?:button\s+|link\s+)?['"“‘«]([^'"”’»]{1,80})['"”’»]`)
	travel  = regexp.MustCompile(`(?i)\b(?:go to|open|visit|navigate to|load)\s+(https?://[^\s'"”’»]{1,300})`)
	typing  = regexp.MustCompile(`(?i)\b(?:type|enter|write)\s+['"“‘«]([^'"”’»]{1,200})['"”’»]\s+(?:in|into)\s+(?:the\s+)?(?:field\s+)?['"“‘«]([^'"”’»]{1,80})['"”’»]`)
)

// Obeying does whatever any text on the screen tells it to, each imperative once, and asks other for the rest. It is the
// worst case of a model that takes page text for instructions. Without a list of the screen it sees no text and is other.
func Obeying(other Brain) Brain {
	done := map[string]bool{}
	unsent := false // the last answer of other was thrown away: it is told so, and repeats it
	ask := func(ctx context.Context, p Prompt) Reply {
		if unsent {
			p.Messages = append(slices.Clone(p.Messages), Message{Role: "user", Text: "That answer cannot be used: it was never sent."})
		}
		return other(ctx, p)
	}
	return func(ctx context.Context, p Prompt) Reply {
		seen, all := Read(p), offered(p.Format)
		for _, c := range seen.Screen.Items {
			for _, text := range []string{c.Name, c.Value} {
				if done[text] || text == "" {
					continue
				}
				if answer, ok := obey(text, seen.Screen, all); ok {
					done[text] = true
					ask(ctx, p)
					unsent = true
					return Reply{Text: answer}
				}
			}
		}
		r := ask(ctx, p)
		unsent = false
		return r
	}
}

// obey turns an imperative into an answer where the schema has one for it.
func obey(text string, screen step.Screen, all offers) (string, bool) {
	if m := travel.FindStringSubmatch(text); m != nil {
		if s, ok := all.of(step.KindNavigate); ok {
			return compose(s, map[string]any{"url": strings.TrimRight(m[1], ".,)")}), true
		}
	}
	if m := typing.FindStringSubmatch(text); m != nil {
		s, ok := all.of(step.KindType)
		if mark := markOf(screen, m[2]); ok && mark > 0 {
			return compose(s, map[string]any{"mark": mark, "text": m[1]}), true
		}
	}
	if m := command.FindStringSubmatch(text); m != nil {
		s, ok := all.of(step.KindClick)
		if mark := markOf(screen, m[1]); ok && mark > 0 {
			return compose(s, map[string]any{"mark": mark}), true
		}
	}
	return "", false
}

func markOf(screen step.Screen, name string) int {
	for _, c := range screen.Items {
		if step.Fold(c.Name) == step.Fold(name) && c.Role != step.RoleText {
			return c.Mark
		}
	}
	return 0
}

// Beside answers as other does, but aims one beside: at the next mark, or a cell of 32 pixels further to the right.
func Beside(other Brain) Brain {
	return func(ctx context.Context, p Prompt) Reply {
		r := other(ctx, p)
		fields := map[string]any{}
		d := json.NewDecoder(strings.NewReader(r.Text))
		d.UseNumber()
		if d.Decode(&fields) != nil {
			return r
		}
		kind, _ := fields["action"].(string)
		s, ok := offered(p.Format).of(step.Kind(kind))
		if !ok {
			return r
		}
		for name, by := range map[string]int{"mark": 1, "x": 32} {
			n, isNumber := fields[name].(json.Number)
			at, err := n.Int64()
			is, asked := s.property(name)
			if !isNumber || err != nil || !asked {
				continue
			}
			moved := int(at) + by
			if is.Maximum != nil && moved > *is.Maximum {
				moved = int(at) - by
			}
			fields[name] = max(0, moved)
			if is.Minimum != nil {
				fields[name] = max(*is.Minimum, moved)
			}
		}
		r.Text = compose(s, fields)
		return r
	}
}

// Slow answers as other does, late.
func Slow(other Brain, by time.Duration) Brain {
	return func(ctx context.Context, p Prompt) Reply {
		r := other(ctx, p)
		r.Delay += by
		return r
	}
}

// Breakage is one way in which an answer arrives broken.
type Breakage string

// The breakages. Fenced ones can be repaired; the others must be noticed.
const (
	Fenced    Breakage = "fenced"    // the object stands in a Markdown fence, with words around it
	Truncated Breakage = "truncated" // the answer stops in the middle, and says so
	HalfJSON  Breakage = "half-json" // the answer stops in the middle, and claims to be whole
	QuietEnd  Breakage = "quiet-end" // the stream ends without its end mark
	Empty     Breakage = "empty"     // nothing is said
	Crash     Breakage = "crash"     // the runner reports an error
)

// Breakages returns the closed list.
func Breakages() []Breakage {
	return []Breakage{Fenced, Truncated, HalfJSON, QuietEnd, Empty, Crash}
}

// Malformed breaks the answers of other in the given ways, in turn.
func Malformed(other Brain, ways ...Breakage) Brain {
	n := 0
	return func(ctx context.Context, p Prompt) Reply {
		r := other(ctx, p)
		if len(ways) == 0 {
			return r
		}
		way := ways[n%len(ways)]
		n++
		half := r.Text[:len(r.Text)/2]
		switch way {
		case Fenced:
			r.Text = "Sure! Here is the action:\n```json\n" + r.Text + "\n```\n"
		case Truncated:
			r.Text, r.Reason = half, "length"
		case HalfJSON:
			r.Text = half
		case QuietEnd:
			r.Text, r.Quiet = half, true
		case Empty:
			r.Text = ""
		case Crash:
			r.Fault = "llama runner process has terminated: exit status 2"
		}
		return r
	}
}

// Constant always says the same.
func Constant(text string) Brain {
	return func(context.Context, Prompt) Reply { return Reply{Text: text} }
}
