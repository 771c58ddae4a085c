package gen

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"chiron/mind"
	"chiron/step"
)

// Profile is how the product speaks to the model that is trained here.
func Profile() mind.Profile { return mind.Profile{Sight: step.SightText, Terse: true, NoRules: true} }

// Marks that stand around the parts of a prompt. Template writes the same.
const (
	Begin = "<|bos|>"
	Act   = "<|act|>"
	End   = "<|end|>"
)

// Template is the chat template, in Ollama's language, that turns the product's turns into the text that Render returns.
// Ollama joins neighbouring turns of one speaker by an empty line.
const Template = `<|bos|>{{ range .Messages }}{{ if eq .Role "assistant" }}<|act|>{{ .Content }}<|end|>{{ else }}{{ .Content }}
{{ end }}{{ end }}<|act|>`

// Renderer writes prompts as the product does: it is the product's own mind, whose model is the expert.
type Renderer struct {
	mind   *mind.Mind
	answer string
	turns  []mind.Turn
	schema json.RawMessage
}

// NewRenderer returns a renderer; it is used by one goroutine.
func NewRenderer() (*Renderer, error) {
	r := &Renderer{}
	m, err := mind.New(mind.Options{
		Profile: func(mind.Role, string) mind.Profile { return Profile() },
		Chat: func(_ context.Context, p mind.Prompt) (mind.Answer, error) {
			if len(p.Turns) > 0 && p.Turns[len(p.Turns)-1].Who == "user" && !strings.HasPrefix(p.Turns[len(p.Turns)-1].Text, "That answer cannot be used") {
				r.turns, r.schema = p.Turns, p.Schema
			}
			return mind.Answer{Text: r.answer, Model: "expert"}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	r.mind = m
	return r, nil
}

// Render returns the turns of the prompt for a look. The answer is read as the product would read it: one that refers to
// what is not there is an error.
func (r *Renderer) Render(ctx context.Context, look mind.Look, answer string) ([]mind.Turn, error) {
	r.answer = answer
	_, err := r.mind.Propose(ctx, look)
	return r.turns, err
}

// Schema is the JSON schema of the last prompt's answer.
func (r *Renderer) Schema() json.RawMessage { return r.schema }

// Text is what the model reads: the turns as Ollama's template joins them.
func Text(turns []mind.Turn) string {
	var b strings.Builder
	b.WriteString(Begin)
	for i, t := range turns {
		switch {
		case t.Who == "assistant":
			b.WriteString(Act + t.Text + End)
		case i+1 < len(turns) && turns[i+1].Who == t.Who:
			b.WriteString(t.Text + "\n\n")
		default:
			b.WriteString(t.Text + "\n")
		}
	}
	return b.String() + Act
}

// AnswerOf writes an act as the model must: compact, the fields in the order of the schema.
func AnswerOf(a step.Action) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	text := func(v string) string {
		b.Reset()
		if e.Encode(v) != nil {
			return `""`
		}
		return strings.TrimSpace(b.String())
	}
	switch a := a.(type) {
	case step.Click:
		return fmt.Sprintf(`{"action":"click","mark":%d}`, a.Mark), nil
	case step.Type:
		return fmt.Sprintf(`{"action":"type","mark":%d,"text":%s}`, a.Mark, text(a.Value)), nil
	case step.Select:
		return fmt.Sprintf(`{"action":"select","mark":%d,"option":%s}`, a.Mark, text(a.Option)), nil
	case step.Upload:
		return fmt.Sprintf(`{"action":"upload","mark":%d,"file":%s}`, a.Mark, text(a.File)), nil
	case step.Press:
		return fmt.Sprintf(`{"action":"press","key":%s}`, text(a.Key)), nil
	case step.Scroll:
		return fmt.Sprintf(`{"action":"scroll","direction":%s}`, text(a.Direction)), nil
	case step.Back:
		return `{"action":"back"}`, nil
	case step.Wait:
		return fmt.Sprintf(`{"action":"wait","seconds":%v}`, a.Seconds), nil
	case step.DialogAct:
		return fmt.Sprintf(`{"action":"dialog","accept":%v,"text":%s}`, a.Accept, text(a.Text)), nil
	case step.Fail:
		return fmt.Sprintf(`{"action":"fail","reason":%s}`, text(a.Reason)), nil
	case step.Done:
		return doneOf(a), nil
	}
	return "", fmt.Errorf("the expert does not %s", a.Kind())
}

func doneOf(a step.Done) string {
	if len(a.Result) == 0 {
		return `{"action":"done"}`
	}
	var names []string
	for name := range a.Result {
		names = append(names, name)
	}
	slices.Sort(names)
	var fields []string
	for _, name := range names {
		fields = append(fields, fmt.Sprintf(`%q:{"mark":%d}`, name, a.Result[name].Mark))
	}
	return `{"action":"done","result":{` + strings.Join(fields, ",") + `}}`
}
