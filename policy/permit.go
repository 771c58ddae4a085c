package policy

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"chiron/policy/bundle"
	"chiron/step"
)

// The reasons for which a permit does not let an act happen.
var (
	ErrNoPermit = errors.New("there is no permit")                // nil, zero or not made by a gate
	ErrSpent    = errors.New("the permit is spent")               // redeemed before, with or without success
	ErrExpired  = errors.New("the permit has expired")            // too long since the verdict
	ErrVoid     = errors.New("the permit is void")                // everything was stopped, or the rules were replaced
	ErrStale    = errors.New("the screen is not what was judged") // other element, origin, frame, form or dialog
	ErrSecret   = errors.New("a secret may not be released here") // the vault lacks it, or this is not its place
)

// Permit lets one act happen once. Only Gate makes one; the zero Permit permits nothing. Copies share their fate: whichever is
// redeemed first spends them all.
type Permit struct{ grant *grant }

// grant is what a permit stands for. All but spent is fixed when it is made.
type grant struct {
	gate    *Gate
	epoch   uint64
	rules   *bundle.Bundle
	secrets []string // that the task names
	values  step.Values
	action  step.Action
	verdict step.Verdict // with the facts that were judged
	spent   atomic.Bool
}

// Order is an act ready to be carried out. It may hold secrets: it is never logged, stored or sent.
type Order struct {
	Action  step.Action // with every reference replaced by its value
	Verdict step.Verdict
	Secret  bool // Action holds the value of a secret
}

// String keeps a secret out of careless prints.
func (o Order) String() string {
	if o.Action == nil {
		return "no act"
	}
	return fmt.Sprintf("%s by verdict %s", o.Action.Kind(), o.Verdict.ID)
}

// GoString implements fmt.GoStringer as String does.
func (o Order) GoString() string { return o.String() }

// LogValue implements slog.LogValuer as String does.
func (o Order) LogValue() slog.Value { return slog.StringValue(o.String()) }

// Action returns the act with its references unexpanded, nil for a permit that is none.
func (p *Permit) Action() step.Action {
	if p == nil || p.grant == nil {
		return nil
	}
	return p.grant.action
}

// Verdict returns the recorded verdict, the zero one for a permit that is none.
func (p *Permit) Verdict() step.Verdict {
	if p == nil || p.grant == nil {
		return step.Verdict{}
	}
	return p.grant.verdict
}

// Redeem spends the permit and returns the order, if now, the facts of this very moment, are those that were judged. The
// first call decides, whatever it returns: an act that failed here is looked at and judged again. Errors wrap ErrNoPermit,
// ErrSpent, ErrExpired, ErrVoid, ErrStale or ErrSecret.
func (p *Permit) Redeem(now step.Facts) (Order, error) {
	if p == nil || p.grant == nil {
		return Order{}, fmt.Errorf("redeem: %w", ErrNoPermit)
	}
	g := p.grant
	if !g.spent.CompareAndSwap(false, true) {
		return Order{}, fmt.Errorf("redeem: %w", ErrSpent)
	}
	if err := g.current(g.gate.now()); err != nil {
		return Order{}, fmt.Errorf("redeem: %w", err)
	}
	if what := changed(g.verdict.Facts, now); what != "" {
		return Order{}, fmt.Errorf("redeem: %w: another %s", ErrStale, what)
	}
	order, err := g.order(now)
	if err != nil {
		return Order{}, fmt.Errorf("redeem: %w", err)
	}
	if err := g.current(g.gate.now()); err != nil { // Stop may have come meanwhile
		return Order{}, fmt.Errorf("redeem: %w", err)
	}
	return order, nil
}

// current reports whether the permit still stands.
func (g *grant) current(now time.Time) error {
	switch {
	case g.gate.Stopped(), g.gate.epoch.Load() != g.epoch:
		return fmt.Errorf("%w: everything was stopped", ErrVoid)
	case g.gate.rules.Load() != g.rules:
		return fmt.Errorf("%w: the rules were replaced", ErrVoid)
	case !now.Before(g.verdict.Expires):
		return ErrExpired
	}
	return nil
}

// changed names the first difference between the facts that were judged and those of now that makes it another act.
func changed(was, now step.Facts) string {
	switch {
	case was.Origin != now.Origin:
		return "origin"
	case !reflect.DeepEqual(was.Dialog, now.Dialog):
		return "dialog"
	case (was.Element == nil) != (now.Element == nil):
		return "element"
	case was.Element != nil && was.Element.FrameOrigin != now.Element.FrameOrigin:
		return "frame"
	case was.Fingerprint() != now.Fingerprint():
		return "element"
	case !samePoint(was.Point, now.Point):
		return "point"
	case was.Leads != now.Leads:
		return "destination"
	case was.CertError != now.CertError:
		return "certificate"
	}
	return ""
}

func samePoint(a, b *step.Point) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// order expands the act's texts. Secrets are released one by one, each only where its own list names page, frame and form
// target of this moment, and only into text that is typed.
func (g *grant) order(now step.Facts) (Order, error) {
	o := Order{Verdict: g.verdict}
	secret := func(name string) (string, error) {
		value, err := g.release(name, now)
		o.Secret = true
		return value, err
	}
	var err error
	switch a := g.action.(type) {
	case step.Type:
		a.Value, err = g.values.Expand(a.Value, secret)
		o.Action = a
	case step.DialogAct:
		if now.Dialog == nil || now.Dialog.Type != "login" {
			secret = nil
		}
		a.Text, err = g.values.Expand(a.Text, secret)
		o.Action = a
	case step.Select:
		a.Option, err = g.values.Expand(a.Option, nil)
		o.Action = a
	case step.Navigate:
		a.URL, err = g.values.Expand(a.URL, nil)
		o.Action = a
	case step.TabAct:
		a.URL, err = g.values.Expand(a.URL, nil)
		o.Action = a
	default:
		o.Action = a
	}
	if err != nil {
		return Order{}, err
	}
	return o, nil
}

func (g *grant) release(name string, now step.Facts) (string, error) {
	if !slices.Contains(g.secrets, name) {
		return "", fmt.Errorf("%w: the task does not name it", ErrSecret)
	}
	s, err := g.gate.vault.Secret(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSecret, err)
	}
	if to := bundle.ReleasedTo(s.Origins, now); !to.Page || !to.Frame || !to.Target {
		return "", fmt.Errorf("%w: page, frame and form target are not all on its list", ErrSecret)
	}
	value, err := s.typed(g.gate.now())
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSecret, err)
	}
	return value, nil
}
