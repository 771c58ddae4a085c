package policy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"chiron/configs"
	"chiron/policy/address"
	"chiron/policy/bundle"
	"chiron/step"
)

// Ledger writes verdicts down.
type Ledger interface {
	// Record returns nil only when the verdict is durable.
	Record(ctx context.Context, task string, stepNo int, v step.Verdict) error
}

// Options of a Gate. Zero fields take the defaults named beside them.
type Options struct {
	Ledger      Ledger            // needed
	Vault       Vault             // default: an empty one
	Bundle      fs.FS             // rules and their cases; default: those that are shipped
	Protected   []string          // the product's own places, "host:port"; no task reaches them; see Protect
	Switch      Switch            // where the kill switch is kept; default: in memory only; see Restore
	Able        []step.Obligation // obligations that this build carries out; default: all of step.Obligations
	PermitTTL   time.Duration     // how long a permit may wait to be redeemed; default 30 s
	FourEyes    bool              // no approval counts that comes from the owner of the task, whatever the task says
	QuestionTTL time.Duration     // how long a question stays open unless the task says; default 10 min
	AnswerTTL   time.Duration     // how long after an approval the act must be asked for; default 2 min
	Clock       func() time.Time  // default time.Now
	Logger      *slog.Logger      // default: none
}

// Gate decides what may happen, and is the only maker of permits.
type Gate struct {
	opt       Options
	vault     Vault
	protected atomic.Pointer[address.Protected]
	rules     atomic.Pointer[bundle.Bundle]
	stopped   atomic.Bool
	epoch     atomic.Uint64 // counts stops; a permit of an older one is void
	restored  atomic.Bool   // the switch's stored position was taken over
	turning   sync.Mutex    // orders Stop, Resume and Restore

	mu   sync.Mutex
	used map[string]time.Time // questions whose approval was used, until it would be too old anyway
}

// NewGate loads and checks the rules. An error names every fault in them.
func NewGate(o Options) (*Gate, error) {
	if o.Ledger == nil {
		return nil, errors.New("new gate: a ledger is needed: no permit without a record")
	}
	g := &Gate{opt: o, vault: o.Vault, used: map[string]time.Time{}}
	if g.vault == nil {
		g.vault = &MemoryVault{}
	}
	if g.opt.Bundle == nil {
		g.opt.Bundle = configs.Policy()
	}
	if g.opt.Able == nil {
		g.opt.Able = step.Obligations()
	}
	g.opt.PermitTTL = orDefault(g.opt.PermitTTL, 30*time.Second)
	g.opt.QuestionTTL = orDefault(g.opt.QuestionTTL, 10*time.Minute)
	g.opt.AnswerTTL = orDefault(g.opt.AnswerTTL, 2*time.Minute)
	if g.opt.Clock == nil {
		g.opt.Clock = time.Now
	}
	if g.opt.Logger == nil {
		g.opt.Logger = slog.New(slog.DiscardHandler)
	}
	if err := g.Protect(o.Protected); err != nil {
		return nil, fmt.Errorf("new gate: %w", err)
	}
	if err := g.Replace(g.opt.Bundle); err != nil {
		return nil, fmt.Errorf("new gate: %w", err)
	}
	return g, nil
}

func orDefault(d, standard time.Duration) time.Duration {
	if d <= 0 {
		return standard
	}
	return d
}

// Replace loads other rules and puts them into force at once; permits and approvals of the old ones are void. With an error
// the old rules stay in force.
func (g *Gate) Replace(rules fs.FS) error {
	b, err := bundle.Load(rules)
	if err != nil {
		return err
	}
	g.rules.Store(b)
	return nil
}

// Protect replaces Options.Protected, for places that are known only after the start. Permits that were handed out stand: the
// browser's egress is asked about them once more.
func (g *Gate) Protect(places []string) error {
	p, err := address.ParseProtected(places)
	if err != nil {
		return err
	}
	g.protected.Store(&p)
	return nil
}

// Rules returns the rules in force and the hash of their bundle.
func (g *Gate) Rules() ([]bundle.Rule, string) {
	b := g.rules.Load()
	return b.Rules(), b.Hash()
}

func (g *Gate) now() time.Time { return g.opt.Clock().UTC() }

// Admission is the outcome: a Permit, or a Question to a person, or neither, and then Verdict says why not.
type Admission struct {
	Permit   *Permit
	Question *step.Question
	Verdict  step.Verdict
	Past     Past // of the session from now on, for its next request
}

// Admit judges an act. It never waits for people. Whatever the outcome, its verdict is durable when Admit returns without an
// error; with an error there is neither permit nor question, and the act must not happen.
func (g *Gate) Admit(ctx context.Context, r Request) (Admission, error) {
	began, epoch, rules := g.now(), g.epoch.Load(), g.rules.Load()
	r, err := r.own()
	if err != nil {
		return Admission{}, fmt.Errorf("admit: %w", err)
	}
	v := step.Verdict{ID: rand.Text(), Action: step.Act{Action: r.Action}, Digest: step.ActionDigest(r.Action), Facts: r.Facts,
		Principal: r.Principal, Bundle: rules.Hash()}
	if r.Principal != Agent { // whatever becomes of it: a digest would tell a short text, too
		v.Action.Action = Unspoken(r.Action)
		v.Digest = step.ActionDigest(v.Action.Action)
	}
	question, past := g.judge(&v, r, rules, began)
	if v.Decision == step.Permit {
		v.Expires = began.Add(g.opt.PermitTTL)
	}
	v.Took = g.now().Sub(began)
	if err := g.opt.Ledger.Record(ctx, r.Task.ID, r.Step, v); err != nil {
		v.Decision, v.Reason, v.Expires = step.Deny, "The verdict could not be written down.", time.Time{}
		return Admission{Verdict: v, Past: past}, fmt.Errorf("admit: record the verdict: %w", err)
	}
	g.opt.Logger.Debug("judged", "task", r.Task.ID, "step", r.Step, "room", "policy", "action", r.Action.Kind(),
		"decision", v.Decision, "rules", v.Rules)
	a := Admission{Verdict: v, Question: question, Past: past}
	if v.Decision == step.Permit {
		a.Permit = &Permit{&grant{gate: g, epoch: epoch, rules: rules, secrets: r.Task.Secrets, values: r.Values, action: r.Action,
			verdict: v}}
	}
	return a, nil
}

// judge fills in the verdict and returns the question, if one has to be asked, and the past from now on.
func (g *Gate) judge(v *step.Verdict, r Request, rules *bundle.Bundle, now time.Time) (*step.Question, Past) {
	v.Decision, v.Effect = step.Deny, step.EffectIrreversible // until something better is known
	if g.Stopped() {
		v.Reason, v.Rules = "Everything is stopped by an operator.", []string{RuleStopped}
		return nil, r.Past
	}
	if r.Principal != Agent && r.Task.NeedsAnother(g.opt.FourEyes, r.Principal) { // who drives is asked nothing, so this is as good as approving
		v.Reason, v.Rules = "Who handed the task in cannot drive it: two people are needed.", []string{RuleFourEyes}
		return nil, r.Past
	}
	s := bundle.Subject{Task: r.Task, Principal: r.Principal, Action: r.Action, Facts: r.Facts, Values: r.Values,
		Usage: r.Usage, Past: r.Past, Protected: *g.protected.Load(), Secrets: g.describe}
	in, err := bundle.Describe(s)
	if err != nil {
		v.Reason, v.Errors = "The act cannot be judged.", []string{err.Error()}
		return nil, r.Past
	}
	v.Intent, v.Effect = string(in.Intent), step.Effect(in.Effect)
	word := g.weigh(r, v, now)
	if word.refused != "" {
		v.Answer, v.Reason = r.Question.ID, word.refused
		return nil, r.Past.After(s, in, v.Decision, false)
	}
	if v.Input, err = bundle.Record(in); err != nil {
		v.Reason, v.Errors = "The act cannot be judged.", []string{err.Error()}
		return nil, r.Past
	}
	g.decide(v, r, rules.Decide(s, in, word.approved), word, now)
	if typed, ok := r.Action.(step.Type); ok && slices.Contains(v.Obligations, step.RedactText) && len(step.Names(typed.Value)) == 0 {
		v.Action.Action = Unspoken(typed) // the digest still names the act
	}
	past := r.Past.After(s, in, v.Decision, word.approved)
	if v.Decision == step.AskOne {
		if r.Principal != Agent {
			r.Action = Unspoken(r.Action)
		}
		return g.question(r, v, in, now), past
	}
	return nil, past
}

// Unspoken is an act without the text that is typed in it.
func Unspoken(a step.Action) step.Action {
	switch a := a.(type) {
	case step.Type:
		if a.Value != "" {
			a.Value = "***"
		}
		return a
	case step.DialogAct:
		if a.Text != "" {
			a.Text = "***"
		}
		return a
	}
	return a
}

// decide takes the rules' decision over into the verdict, if it can be carried out.
func (g *Gate) decide(v *step.Verdict, r Request, d bundle.Decision, word word, now time.Time) {
	v.Decision, v.Reason, v.Rules, v.Obligations, v.Errors = d.Outcome, d.Reason, d.Rules, d.Obligations, d.Errors
	for _, o := range d.Obligations {
		if !slices.Contains(g.opt.Able, o) {
			v.Decision, v.Reason = step.Deny, fmt.Sprintf("The obligation %s cannot be carried out here.", o)
			return
		}
	}
	if word.approved {
		v.Answer = r.Question.ID
		if v.Decision == step.Permit && !g.use(r.Question.ID, now) {
			v.Decision, v.Reason = step.Deny, "This approval was used already."
		}
	}
}

// describe tells the rules of a secret, without its value.
func (g *Gate) describe(name string) (origins []string, field string, ok bool) {
	s, err := g.vault.Secret(name)
	if s.Kind == TOTP && s.Field == "" {
		s.Field = bundle.CodeField
	}
	return s.Origins, s.Field, err == nil
}
