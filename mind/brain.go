package mind

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"text/template"

	"chiron/mind/question"
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
	RoleExpert   Role = "expert" // acts where the actor is stuck or unsure
	RolePlanner  Role = "planner"
	RoleVerifier Role = "verifier"
	RoleLocator  Role = "locator"
)

// Prompt is one call of a model. From one step of a task to the next the turns agree up to the end of the past, and what
// is new stands behind it, so that an engine can keep what it has read.
type Prompt struct {
	Role      Role
	Task      string // for fairness between tasks
	Tenant    string // whose task it is
	Model     string // asked for by the task; "" is the configured one
	Turns     []Turn
	Schema    json.RawMessage // of the answer, never nil
	Sample    int             // 0 asks for the likeliest answer; every other number for one drawn by chance, each with a seed of its own
	MaxTokens int             // of the answer
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
	Model string  // name@digest
	Sure  float64 // the smallest probability of a token that the model chose; 0 when it is not known
	Usage step.Usage
}

// Chat calls a model. It returns ErrNoModel where none is configured for the role. An answer that was cut off or is empty is
// no error: what there is comes back, and the model is asked once more. The answer's Usage counts beside every error.
type Chat func(context.Context, Prompt) (Answer, error)

// ErrNoModel says that a role has no model. ErrTooLong is what a Chat returns, before anything was asked, for a prompt that does
// not fit the model's context: the actor's is then cut, and the cut counted.
var (
	ErrNoModel = errors.New("no model is configured")
	ErrTooLong = errors.New("the prompt is too long for the model's context")
)

// Profile is how one model is spoken to. Its certificate will say so; the zero Profile suits a model without eyes.
type Profile struct {
	Sight     step.Sight   // "" is text
	Space     vision.Space // how points are counted in pixels sight; "" is pixels of the picture
	Seen      step.Size    // size at which the model's processor sees a whole frame; zero is unscaled
	Points    bool         // as a locator it is shown vision.Placed pictures and says a point, and nothing else
	Describe  bool         // in pixels sight, targets are described in words, which the locator finds
	Terse     bool         // neither note nor expect is asked for
	NoRules   bool         // the model was trained on the form of answers: the prompt holds goal, past and page alone
	MaxTokens int          // of an answer; 0 is DefaultMaxTokens
	Doubt     float64      // an act that the model is less sure of goes to a person instead; 0 believes everything
	Claim     float64      // the same for a claim to have reached a goal that nothing but the claim speaks for; 0 is Doubt
	Consent   float64      // the same for a yes to a question of the page, which often cannot be taken back; 0 is Doubt
	Examples  int          // most acts of past tasks that are shown; 0 shows none
	History   int          // most steps of the past in a prompt; 0 is DefaultHistory
}

// Believes reports whether an act is to be carried out that a model was so sure of; 0 is not known, and believed.
func (p Profile) Believes(act step.Action, sure float64) bool {
	least := p.Doubt
	switch a := act.(type) {
	case step.Done:
		least = max(least, p.Claim)
	case step.DialogAct:
		if a.Accept {
			least = max(least, p.Consent)
		}
	}
	return sure == 0 || sure >= least
}

// Defaults of a Profile. An action with note and expectation takes about 60 tokens.
const (
	DefaultMaxTokens = 400
	DefaultHistory   = 40
)

// Options are what a Mind needs. Only Chat is required.
type Options struct {
	Chat    Chat
	Profile func(role Role, model string) Profile // of a model by the name that the task gave, "" the configured one
	Filter  func([]byte) []byte                   // redaction of everything that enters a prompt; nil changes nothing
	Logger  *slog.Logger

	// Votes is how often an act is asked for that is risky or follows a failure; only what more than half of the answers say is
	// proposed. 0 and 1 ask once.
	Votes int
}

// Mind speaks with the models. It is safe for concurrent use and keeps nothing between calls.
type Mind struct {
	o       Options
	log     *slog.Logger
	prompts *template.Template
}

// New checks the options and the prompt files.
func New(o Options) (*Mind, error) {
	if o.Chat == nil {
		return nil, errors.New("mind: option Chat is missing")
	}
	if o.Profile == nil {
		o.Profile = func(Role, string) Profile { return Profile{} }
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
	return &Mind{o: o, log: o.Logger.With("room", "mind"), prompts: prompts}, nil
}

// profile returns the model of a role as the task names it and how it is spoken to, defaults filled.
func (m *Mind) profile(role Role, t step.Task) (model string, p Profile) {
	model = t.Models[string(role)]
	if role == RoleExpert && model == "" {
		model = t.Models[string(RolePlanner)]
	}
	p = m.o.Profile(role, model)
	if (role == RoleActor || role == RoleExpert) && t.Sight != "" {
		p.Sight = t.Sight
	}
	if p.Sight == "" {
		p.Sight = step.SightText
	}
	if p.Space == "" {
		p.Space = vision.SpacePixels
	}
	if p.MaxTokens == 0 {
		p.MaxTokens = DefaultMaxTokens
	}
	if p.History == 0 {
		p.History = DefaultHistory
	}
	return model, p
}

// Propose asks the actor for one act; where it is stuck, or does not itself believe in its act, a bigger model is asked instead, if
// there is one, else a person. A risky act, and one after a failure, is asked for several times (Options.Votes). An answer that
// cannot be used is asked for once more with the fault; then it is ErrUnusable. A prompt that does not fit the model's context loses
// the oldest half of the past, again and again; Usage.Cut counts what was left out, and only a prompt without any past that still
// does not fit is ErrTooLong. The proposal's Usage covers all calls, also beside an error; ErrSpent where Look.Left ends the asking.
func (m *Mind) Propose(ctx context.Context, l Look) (step.Proposal, error) {
	if l.Stuck {
		if out, doubt, err := m.consider(ctx, RoleExpert, l); !errors.Is(err, ErrNoModel) {
			return settled(l, out, doubt), err
		}
	}
	out, doubt, err := m.consider(ctx, RoleActor, l)
	if err != nil || doubt == "" {
		return out, err
	}
	m.log.Info("the actor is not sure", "task", l.Task.ID, "act", string(out.Action.Kind()), "why", doubt)
	l.Left = left(l, out.Usage)
	better, still, err := m.consider(ctx, RoleExpert, l)
	better.Usage = better.Usage.Add(out.Usage)
	if errors.Is(err, ErrNoModel) {
		return settled(l, out, doubt), nil
	}
	return settled(l, better, still), err
}

// propose asks one model once. doubt says why it should not be believed; "" where nothing speaks against it.
func (m *Mind) propose(ctx context.Context, role Role, l Look, s sample) (out step.Proposal, doubt string, err error) {
	model, p := m.profile(role, l.Task)
	all := offers(l, p)
	format, err := schema(all, p)
	if err != nil {
		return step.Proposal{}, "", err
	}
	sure := 0.0
	out = step.Proposal{By: string(role)}
	for {
		turns, cut, err := m.turns(l, p, all, s)
		if err != nil {
			return step.Proposal{}, "", err
		}
		prompt := Prompt{Role: role, Task: l.Task.ID, Tenant: l.Task.Owner, Model: model, Turns: turns, Schema: format, MaxTokens: p.MaxTokens, Sample: s.n}
		used, err := m.ask(ctx, prompt, l.Values, func(a Answer) error {
			out.Model, sure = a.Model, a.Sure
			return decode(a.Text, l, p, all, &out)
		})
		out.Usage = out.Usage.Add(used)
		if left := len(l.History) - cut; errors.Is(err, ErrTooLong) && left > 0 {
			p.History = left / 2
			continue
		}
		out.Usage.Cut += cut
		if err != nil {
			out.Action, out.Note, out.Expect = step.Act{}, "", ""
			return out, "", fmt.Errorf("propose: %w", err)
		}
		break
	}
	if len(l.Messages) > 0 || len(l.Task.DoneWhen) > 0 { // somebody was asked already, or the evidence will say
		p.Claim = 0
	}
	if !p.Believes(out.Action.Action, sure) {
		doubt = fmt.Sprintf("am only %.0f %% sure", 100*sure)
	}
	return out, doubt, nil
}

// settled is what becomes of an act that the models themselves do not believe in: a question to a person, and after that a failure.
func settled(l Look, p step.Proposal, doubt string) step.Proposal {
	switch {
	case doubt == "":
	case len(l.Messages) > 0:
		p.Action = step.Act{Action: step.Fail{Reason: "The model is not sure what to do next."}}
	default:
		p.Action = step.Act{Action: step.Ask{Question: question.Of(p.Action.Action, l.Screen, doubt)}}
	}
	return p
}

// ask calls a model until read takes its answer, at most twice; the second time the model is told what was wrong. The
// usage is that of all calls, also beside an error.
func (m *Mind) ask(ctx context.Context, p Prompt, v step.Values, read func(Answer) error) (step.Usage, error) {
	var used step.Usage
	for again := false; ; again = true {
		answer, err := m.o.Chat(ctx, p)
		used = used.Add(answer.Usage)
		if err != nil {
			return used, err
		}
		if err = read(answer); err == nil {
			return used, nil
		}
		fault := foreign(err.Error(), 300)
		m.log.Debug("unusable answer", "task", p.Task, "role", string(p.Role), "again", again, "fault", fault)
		if again {
			return used, fmt.Errorf("%w: %s", ErrUnusable, fault)
		}
		if answer.Text != "" {
			p.Turns = append(p.Turns, Turn{Who: "assistant", Text: m.filter(own(answer.Text, 600, v))})
		}
		p.Turns = append(p.Turns, Turn{Who: "user", Text: m.filter("That answer cannot be used: " + fault + ". Answer again with one JSON object.")})
	}
}
