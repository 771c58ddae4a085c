package mind

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chiron/step"
	"chiron/vision"
)

// Caps of texts in prompts, in runes. What is cut is counted in place.
const (
	maxAct     = 240
	maxNote    = 160
	maxOutcome = 240
	maxWords   = 600 // of a person or of memory
	maxValue   = 80
)

// say fills a prompt file.
func (m *Mind) say(name string, data any) (string, error) {
	var b bytes.Buffer
	if err := m.prompts.ExecuteTemplate(&b, name+".txt", data); err != nil {
		return "", fmt.Errorf("fill the prompt %s: %w", name, err)
	}
	return m.filter(strings.TrimSpace(b.String())), nil
}

func (m *Mind) filter(text string) string { return string(m.o.Filter([]byte(text))) }

// turns writes what the actor is shown: the rules, the goal and what is known, then the past, then the page. Only the last
// turn changes freely; the past grows at its end, and loses its oldest half at once when it is too long. cut counts the
// steps left out.
func (m *Mind) turns(l Look, p Profile, all []offer, s sample) (turns []Turn, cut int, err error) {
	system, err := m.say("actor", m.rules(l, p, all))
	if err != nil {
		return nil, 0, err
	}
	turns = []Turn{{Who: "system", Text: system}}
	past, cut := history(l, p)
	if len(past) > 0 {
		text, err := m.say("history", map[string]any{"Past": past, "Cut": cut})
		if err != nil {
			return nil, 0, err
		}
		turns = append(turns, Turn{Who: "user", Text: text})
	}
	page, images, err := view(l.Screen, l.Observation, l.Values, p)
	if err != nil {
		return nil, 0, err
	}
	var messages []string
	for _, text := range l.Messages {
		messages = append(messages, own(text, maxWords, l.Values))
	}
	wording, closer := 0, ""
	if s.n > 0 && !p.NoRules {
		wording = (s.n-1)%wordings + 1
	}
	if len(images) > 0 && p.Sight == step.SightPixels && !s.near.Empty() {
		picture, said, err := l.closer(s.near, p)
		if err != nil {
			return nil, 0, err
		}
		images, closer = append(images, picture), said
	}
	text, err := m.say("turn", map[string]any{"Messages": messages, "Page": page, "Feedback": foreign(l.Feedback, maxWords), "Wording": wording, "Closer": closer})
	if err != nil {
		return nil, 0, err
	}
	return append(turns, Turn{Who: "user", Text: text, Images: images}), cut, nil
}

// closer is a part of the frame enlarged, and where it lies in the numbers that the model uses.
func (l Look) closer(area step.Rect, p Profile) (picture []byte, where string, err error) {
	part, err := vision.Crop(l.size(), area, 0)
	if err != nil {
		return nil, "", fmt.Errorf("look closer: %w", err)
	}
	if picture, err = part.Picture(l.Observation.Frame); err != nil {
		return nil, "", fmt.Errorf("look closer: %w", err)
	}
	whole := vision.Whole(l.size())
	whole.Size = p.Seen
	var corners []string
	for _, c := range []step.Point{{X: part.Area.X, Y: part.Area.Y}, {X: part.Area.X + part.Area.W - 1, Y: part.Area.Y + part.Area.H - 1}} {
		first, second, err := whole.FromPage(p.Space, c)
		if err != nil {
			return nil, "", fmt.Errorf("look closer: %w", err)
		}
		form := "(%.0f,%.0f)"
		if p.Space == vision.SpaceUnit {
			form = "(%.2f,%.2f)"
		}
		corners = append(corners, fmt.Sprintf(form, first, second))
	}
	return picture, corners[0] + " to " + corners[1], nil
}

// rules are the parts of the prompt that stay the same from step to step.
func (m *Mind) rules(l Look, p Profile, all []offer) map[string]any {
	data := map[string]any{
		"Rules": !p.NoRules, "Actions": lines(all), "Notes": !p.Terse, "Sight": string(p.Sight), "Aim": aim(p, l.seen(p)),
		"Result": len(resultNames(l.Task)) > 0, "Goal": own(l.Goal, step.MaxGoal, l.Values),
	}
	var recall, plan []string
	for _, text := range l.Recall.Texts {
		recall = append(recall, own(text, maxWords, l.Values))
	}
	for _, text := range l.Plan.Subgoals {
		plan = append(plan, own(text, maxWords, l.Values))
	}
	data["Known"], data["Recall"], data["Plan"], data["Examples"] = valueList(l.Values), recall, plan, examples(l, p)
	return data
}

// examples writes acts of past tasks. Where there are no marks they would teach what cannot be answered, as would one with a value that
// this task does not know.
func examples(l Look, p Profile) []string {
	var out []string
	for _, e := range l.Recall.Examples {
		if p.NoRules || p.Sight == step.SightPixels || len(out) >= p.Examples {
			break
		}
		if known(e.Action.Action, Look{Screen: step.Screen{Items: e.Items}, Values: l.Values}, p) == nil {
			out = append(out, e.Text(l.Values))
		}
	}
	return out
}

// valueList says which values are known by name.
func valueList(v step.Values) string {
	var out []string
	for _, n := range v {
		if n.Secret {
			out = append(out, "{{"+n.Name+"}} (secret)")
		} else {
			out = append(out, fmt.Sprintf("{{%s}} = %q", n.Name, foreign(n.Value, maxValue)))
		}
	}
	return strings.Join(out, ", ")
}

// aim says how targets are given in pixels sight.
func aim(p Profile, size step.Size) string {
	switch {
	case p.Sight != step.SightPixels:
		return ""
	case p.Describe:
		return `"target" names one thing in the picture in a few words, such as the "Sign in" button.`
	case p.Space == vision.Space1000 || p.Space == vision.Space1000YX:
		return `"x" and "y" are thousandths of the picture's width and height, from its upper left corner.`
	case p.Space == vision.Space999:
		return `"x" and "y" go from 0 at the picture's upper left corner to 999 at its lower right one.`
	case p.Space == vision.SpaceUnit:
		return `"x" and "y" are shares of the picture's width and height, from 0 to 1, from its upper left corner.`
	}
	return fmt.Sprintf(`"x" and "y" are pixels from the upper left corner of the picture, which is %d wide and %d high.`, size.W, size.H)
}

// history returns the lines of the past, at most the newest p.History of them. It drops half at once, so that the lines stay
// where they are for as many steps. A model without rules reads bare acts, with an outcome only where it is not the plain
// one, and nothing of how the start page was opened.
func history(l Look, p Profile) (lines []string, cut int) {
	if over := len(l.History) - p.History; over > 0 {
		block := max(1, p.History/2)
		cut = (over + block - 1) / block * block
	}
	for _, e := range l.History[cut:] {
		if p.NoRules {
			if e.Step != 1 || !strings.HasPrefix(e.Act, "go to ") {
				lines = append(lines, bare(e, l.Values))
			}
			continue
		}
		line := fmt.Sprintf("%d. %s", e.Step, own(e.Act, maxAct, l.Values))
		if e.Note != "" {
			line += " (" + foreign(e.Note, maxNote) + ")"
		}
		lines = append(lines, line+": "+foreign(e.Outcome, maxOutcome))
	}
	return lines, cut
}

// bare is a line of the past in the fewest words. Known values stand in it by name, as they do in the goal and on the page.
func bare(e Entry, v step.Values) string {
	line := own(e.Act, maxAct, v)
	for _, n := range v {
		if !n.Secret && n.Value != "" {
			line = strings.ReplaceAll(line, fmt.Sprintf("%q", n.Value), `"{{`+n.Name+`}}"`)
		}
	}
	if outcome := strings.TrimPrefix(strings.TrimPrefix(e.Outcome, string(step.Executed)), ", "); outcome != "" {
		line += ": " + foreign(outcome, maxOutcome)
	}
	return line
}

// view is what a model sees of the page: its text form, a picture, or both. A model without rules reads no address.
func view(s step.Screen, o step.Observation, v step.Values, p Profile) (text string, images [][]byte, err error) {
	picture := o.Frame.Data
	if p.NoRules {
		s.URL = ""
	}
	switch p.Sight {
	case step.SightMarks:
		if len(picture) > 0 {
			if picture, err = vision.Marks(o.Frame, s); err != nil {
				return "", nil, fmt.Errorf("draw the marks: %w", err)
			}
		}
	case step.SightPixels:
		s.Items, s.Cut = nil, 0
	default:
		picture = nil
	}
	if len(picture) > 0 {
		images = [][]byte{picture}
	}
	return s.Text(v), images, nil
}

// The runes that stand for references while a text is made harmless.
const (
	firstRef = '\uE000'
	lastRef  = '\uF8FF'
)

// own makes words of the task's own side (a person, the plan, the actor's last act) fit for a prompt: harmless and short as
// foreign does, but references to known values stay references.
func own(text string, n int, v step.Values) string {
	var refs []string
	text = unmarked(text)
	for i, name := range step.Names(text) {
		if _, ok := v.Lookup(name); ok && i <= lastRef-firstRef {
			text = strings.ReplaceAll(text, "{{"+name+"}}", string(firstRef+rune(len(refs))))
			refs = append(refs, "{{"+name+"}}")
		}
	}
	text = harmless(text, n)
	for i, ref := range refs {
		text = strings.ReplaceAll(text, string(firstRef+rune(i)), ref)
	}
	return text
}

// foreign makes any text harmless inside a prompt, and short: one line, no tags of pictures, no special tokens, no
// references. What is cut is counted.
func foreign(text string, n int) string { return harmless(unmarked(text), n) }

// harmless is foreign for a text whose runes in place of references stay.
func harmless(text string, n int) string {
	runes := []rune(step.Neutral(text))
	if len(runes) <= n {
		return string(runes)
	}
	return fmt.Sprintf("%s…+%d", string(runes[:n]), len(runes)-n)
}

// unmarked drops the runes that own uses.
func unmarked(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= firstRef && r <= lastRef {
			return -1
		}
		return r
	}, text)
}

// results writes the claimed fields of a result.
func results(values map[string]step.Value) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		shown := string(values[name].Value)
		var text string
		if json.Unmarshal(values[name].Value, &text) == nil {
			shown = text
		}
		out = append(out, fmt.Sprintf("%s = %q", foreign(name, 40), foreign(shown, 120)))
	}
	return out
}
