package mind

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"text/template"

	"chiron/step"
	"chiron/vision"
)

//go:embed prompts/*.txt
var promptFiles embed.FS

// Role names a brain. Several roles may be one model.
type Role string

// The roles.
const (
	RoleActor    Role = "actor"
	RoleVerifier Role = "verifier"
	RoleLocator  Role = "locator"
)

// Prompt is one call of a model.
type Prompt struct {
	Role      Role
	Task      string // for fairness between tasks
	Model     string // asked for by the task; "" is the configured one
	Turns     []Turn
	Schema    json.RawMessage
	MaxTokens int
}

// Turn is one message; images stand before its text.
type Turn struct {
	Who    string // system, user or assistant
	Text   string
	Images [][]byte
}

// Answer is what came back, complete.
type Answer struct {
	Text  string
	Model string // name@digest
	Usage step.Usage
}

// Chat calls a model. It returns ErrNoModel where none is configured for the role.
type Chat func(context.Context, Prompt) (Answer, error)

// ErrNoModel says that a role has no model.
var ErrNoModel = errors.New("no model is configured")

// Options are what a Mind needs.
type Options struct {
	Chat    Chat
	Profile func(role Role, model string) Profile
	Filter  func([]byte) []byte // redaction of everything that enters a prompt; nil changes nothing
	Logger  *slog.Logger
}

// Mind speaks with the models. It is safe for concurrent use and keeps nothing between calls.
type Mind struct {
	o       Options
	prompts *template.Template
}

// New checks the options and the prompt files.
func New(o Options) (*Mind, error) {
	if o.Chat == nil {
		return nil, errors.New("mind: option Chat is missing")
	}
	if o.Profile == nil {
		o.Profile = func(Role, string) Profile { return Profile{Sight: step.SightText} }
	}
	if o.Filter == nil {
		o.Filter = func(b []byte) []byte { return b }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	prompts, err := template.New("").Option("missingkey=error").ParseFS(promptFiles, "prompts/*.txt")
	if err != nil {
		return nil, fmt.Errorf("mind: read the prompts: %w", err)
	}
	return &Mind{o: o, prompts: prompts}, nil
}

// say fills a prompt file.
func (m *Mind) say(name string, data any) (string, error) {
	var b bytes.Buffer
	if err := m.prompts.ExecuteTemplate(&b, name+".txt", data); err != nil {
		return "", fmt.Errorf("fill the prompt %s: %w", name, err)
	}
	return string(m.o.Filter(bytes.TrimSpace(b.Bytes()))), nil
}

// Propose asks the actor for one act. An answer that cannot be used is asked for once more with the fault; then it is
// ErrUnusable. The proposal's Usage covers both calls, also beside an error.
func (m *Mind) Propose(ctx context.Context, l Look) (step.Proposal, error) {
	model := l.Task.Models[string(RoleActor)]
	p := m.o.Profile(RoleActor, model)
	if l.Task.Sight != "" {
		p.Sight = l.Task.Sight
	}
	all := offers(l, p)
	format, err := schema(all, p)
	if err != nil {
		return step.Proposal{}, err
	}
	turns, err := m.turns(l, p, all)
	if err != nil {
		return step.Proposal{}, err
	}
	out := step.Proposal{By: "actor"}
	prompt := Prompt{Role: RoleActor, Task: l.Task.ID, Model: model, Turns: turns, Schema: format, MaxTokens: p.MaxTokens}
	if prompt.MaxTokens == 0 {
		prompt.MaxTokens = 400
	}
	for range 2 {
		answer, err := m.o.Chat(ctx, prompt)
		out.Usage, out.Model = out.Usage.Add(answer.Usage), answer.Model
		if err != nil {
			return out, err
		}
		fault := decode(answer.Text, l, p, &out)
		if fault == nil {
			return out, nil
		}
		out.Action, err = step.Act{}, fault
		prompt.Turns = append(prompt.Turns, Turn{Who: "assistant", Text: clean(answer.Text, 600)},
			Turn{Who: "user", Text: "That answer cannot be used: " + fault.Error() + ". Answer again with one JSON object."})
		out.Note = fault.Error()
	}
	return out, fmt.Errorf("%w: %s", ErrUnusable, out.Note)
}

func (m *Mind) turns(l Look, p Profile, all []offer) ([]Turn, error) {
	var names []string
	for _, v := range l.Values {
		switch {
		case v.Secret:
			names = append(names, "{{"+v.Name+"}} (secret)")
		default:
			names = append(names, fmt.Sprintf("{{%s}} = %q", v.Name, clean(v.Value, 80)))
		}
	}
	rules := lines(all)
	if p.NoRules {
		rules = nil
	}
	system, err := m.say("actor", map[string]any{"Actions": rules, "Notes": !p.Terse, "Fields": strings.Join(resultNames(l.Task), ", "),
		"Goal": l.Goal, "Names": strings.Join(names, ", "), "Recall": l.Recall, "Plan": l.Plan.Subgoals})
	if err != nil {
		return nil, err
	}
	var past []string
	for _, e := range l.History {
		line := fmt.Sprintf("%d. %s", e.Step, clean(e.Act, 200))
		if e.Note != "" {
			line += " (" + clean(e.Note, 160) + ")"
		}
		past = append(past, line+": "+clean(e.Outcome, 200))
	}
	shown := "(see the picture)\n"
	var images [][]byte
	if p.Sight != step.SightPixels {
		shown = l.Screen.Text(l.Values)
	}
	if p.Sight != step.SightText && len(l.Observation.Frame.Data) > 0 {
		picture := l.Observation.Frame.Data
		if p.Sight == step.SightMarks {
			if picture, err = vision.Marks(l.Observation.Frame, l.Screen); err != nil {
				return nil, fmt.Errorf("draw the marks: %w", err)
			}
		}
		images = append(images, picture)
	}
	turn, err := m.say("turn", map[string]any{"History": past, "Messages": l.Messages, "Screen": shown, "Feedback": l.Feedback})
	if err != nil {
		return nil, err
	}
	return []Turn{{Who: "system", Text: system}, {Who: "user", Text: turn, Images: images}}, nil
}

// clean makes words of a model or a page harmless inside a prompt, and short.
func clean(text string, n int) string {
	braces := strings.NewReplacer("{ {", "{{")
	out := []rune(braces.Replace(step.Neutral(text)))
	if len(out) > n {
		return fmt.Sprintf("%s…+%d", string(out[:n]), len(out)-n)
	}
	return string(out)
}

// decode reads an answer into a proposal. What does not fit is an error in words that the model can act on.
func decode(text string, l Look, p Profile, out *step.Proposal) error {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(repair(text)), &fields); err != nil {
		return fmt.Errorf("it is not one JSON object (%w)", err)
	}
	for name, to := range map[string]*string{"note": &out.Note, "expect": &out.Expect} {
		*to = ""
		if raw, ok := fields[name]; ok {
			if err := json.Unmarshal(raw, to); err != nil {
				return fmt.Errorf("%q is not a text", name)
			}
			delete(fields, name)
		}
	}
	if err := pointOf(fields, l, p); err != nil {
		return err
	}
	rest, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	action, err := step.ParseAction(rest)
	if err != nil {
		return err
	}
	out.Action = step.Act{Action: action}
	return known(action, l)
}

// repair cuts an answer down to its outermost braces: fences and words around them are the commonest fault.
func repair(text string) string {
	from, to := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if from < 0 || to < from {
		return text
	}
	return text[from : to+1]
}

// pointOf turns x and y into a point in page pixels. Outside is an error: no clamp, no snap.
func pointOf(fields map[string]json.RawMessage, l Look, p Profile) error {
	if fields["x"] == nil && fields["y"] == nil {
		return nil
	}
	var x, y int
	if json.Unmarshal(fields["x"], &x) != nil || json.Unmarshal(fields["y"], &y) != nil {
		return errors.New("x and y must be whole numbers")
	}
	size := l.size()
	limit := step.Size{W: 1000, H: 1000}
	if p.Convention == Absolute {
		limit = step.Size{W: size.W - 1, H: size.H - 1}
	}
	if x < 0 || y < 0 || x > limit.W || y > limit.H {
		return fmt.Errorf("the point (%d,%d) is outside; x goes to %d and y to %d", x, y, limit.W, limit.H)
	}
	if p.Convention != Absolute {
		x, y = min(x*size.W/1000, size.W-1), min(y*size.H/1000, size.H-1)
	}
	delete(fields, "x")
	delete(fields, "y")
	point, err := json.Marshal(step.Point{X: x, Y: y})
	fields["point"] = point
	return err
}

// known checks what an action refers to: marks of this screen and names of known values.
func known(action step.Action, l Look) error {
	data, err := json.Marshal(step.Act{Action: action})
	if err != nil {
		return err
	}
	for _, name := range step.Names(string(data)) {
		if _, ok := l.Values.Lookup(name); !ok {
			return fmt.Errorf("there is no value {{%s}}", name)
		}
	}
	var aim struct {
		Mark   int `json:"mark"`
		Result map[string]step.Cited
	}
	if err := json.Unmarshal(data, &aim); err != nil {
		return err
	}
	marks := []int{aim.Mark}
	for _, c := range aim.Result {
		marks = append(marks, c.Mark)
	}
	for _, mark := range marks {
		if _, ok := l.Screen.Item(mark); mark != 0 && !ok {
			return fmt.Errorf("there is no mark %d; marks go from 1 to %d", mark, len(l.Screen.Items))
		}
	}
	return nil
}
