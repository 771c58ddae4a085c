package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chiron/configs"
	"chiron/policy"
	"chiron/step"
)

func TestAPermitIsRedeemedOnce(t *testing.T) {
	w := newWorld(t)
	f := facts(element("Next"))
	p := w.permit(t, request(click(), f))
	if p.Action().Kind() != step.KindClick || p.Verdict().Digest != step.ActionDigest(click()) {
		t.Fatalf("the permit is for another act: %+v", p.Verdict())
	}
	order, err := p.Redeem(f)
	if err != nil || order.Action.Kind() != step.KindClick || order.Verdict.ID != p.Verdict().ID || order.Secret {
		t.Fatalf("got %v, %v", order, err)
	}
	_, err = p.Redeem(f)
	want(t, err, policy.ErrSpent)
}

func TestPermitsThatAreNone(t *testing.T) {
	var none *policy.Permit
	for name, p := range map[string]*policy.Permit{"nil": none, "zero": new(policy.Permit)} {
		_, err := p.Redeem(facts(nil))
		want(t, err, policy.ErrNoPermit)
		if p.Action() != nil || p.Verdict().ID != "" {
			t.Errorf("%s: a permit that is none knows an act", name)
		}
	}
}

func TestCopiesShareOneRedemption(t *testing.T) {
	w := newWorld(t)
	f := facts(element("Next"))
	p := w.permit(t, request(click(), f))
	one, two := *p, *p
	if _, err := one.Redeem(f); err != nil {
		t.Fatal(err)
	}
	_, err := two.Redeem(f)
	want(t, err, policy.ErrSpent)
	_, err = p.Redeem(f)
	want(t, err, policy.ErrSpent)
}

func TestOneOfManyRedeemersWins(t *testing.T) {
	w := newWorld(t)
	f := facts(element("Next"))
	for range 50 {
		p := w.permit(t, request(click(), f))
		var won, spent atomic.Int32
		var start, end sync.WaitGroup
		start.Add(1)
		for range 64 {
			mine := *p
			end.Go(func() {
				start.Wait()
				switch _, err := mine.Redeem(f); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, policy.ErrSpent):
					spent.Add(1)
				}
			})
		}
		start.Done()
		end.Wait()
		if won.Load() != 1 || spent.Load() != 63 {
			t.Fatalf("%d redeemed, %d found it spent", won.Load(), spent.Load())
		}
	}
}

func TestAPermitExpires(t *testing.T) {
	w := newWorld(t)
	f := facts(element("Next"))
	early, late := w.permit(t, request(click(), f)), w.permit(t, request(click(), f))
	w.clock.Move(30*time.Second - 1)
	if _, err := early.Redeem(f); err != nil {
		t.Fatal(err)
	}
	w.clock.Move(1)
	_, err := late.Redeem(f)
	want(t, err, policy.ErrExpired)
}

func TestAPermitIsForTheScreenThatWasJudged(t *testing.T) {
	was := facts(element("Next"))
	was.Form = &step.Form{Action: "https://shop.example/", Method: "POST", Fields: []string{"a"}}
	changes := map[string]func(*step.Facts){
		"renamed":      func(f *step.Facts) { f.Element.Name = "Delete everything" },
		"replaced":     func(f *step.Facts) { f.Element.Node = "8/1" },
		"covered":      func(f *step.Facts) { f.Element = element("Overlay"); f.Element.Node = "9/1" },
		"gone":         func(f *step.Facts) { f.Element = nil },
		"resized":      func(f *step.Facts) { f.Element.Box.W = 400 },
		"relinked":     func(f *step.Facts) { f.Element.Href = "https://evil.example/" },
		"other frame":  func(f *step.Facts) { f.Element.FrameOrigin = "https://ads.example" },
		"other origin": func(f *step.Facts) { f.Origin = "https://evil.example" },
		"dialog":       func(f *step.Facts) { f.Dialog = &step.Dialog{Type: "confirm", Message: "Sure?"} },
		"form target":  func(f *step.Facts) { f.Form.Action = "https://evil.example/" },
		"form fields":  func(f *step.Facts) { f.Form.Fields[0] = "password" },
		"submits now":  func(f *step.Facts) { f.Submits = true },
		"leads away":   func(f *step.Facts) { f.Leads = "https://shop.example/other" },
		"other point":  func(f *step.Facts) { f.Point = &step.Point{X: 1, Y: 1} },
		"certificate":  func(f *step.Facts) { f.CertError = "net::ERR_CERT_DATE_INVALID" },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.permit(t, request(click(), was))
			now := facts(element("Next"))
			now.Form = &step.Form{Action: "https://shop.example/", Method: "POST", Fields: []string{"a"}}
			change(&now)
			_, err := p.Redeem(now)
			want(t, err, policy.ErrStale)
			_, err = p.Redeem(was)
			want(t, err, policy.ErrSpent)
		})
	}
}

func TestFactsCannotBeChangedBehindThePermit(t *testing.T) {
	w := newWorld(t)
	f := facts(element("Next"))
	at := &step.Point{X: 20, Y: 20}
	p := w.permit(t, request(step.Click{Target: step.Target{Point: at}}, f))
	f.Element.Name, at.X = "Delete everything", 500
	_, err := p.Redeem(f)
	want(t, err, policy.ErrStale)
	if got := p.Action().(step.Click).Point.X; got != 20 {
		t.Fatalf("the act moved to %d", got)
	}
}

func TestStopVoidsPermits(t *testing.T) {
	w := newWorld(t)
	f := facts(element("Next"))
	p := w.permit(t, request(click(), f))
	w.Stop()
	a := w.admit(t, request(click(), f))
	if a.Permit != nil || a.Verdict.Decision != step.Deny || !w.Stopped() {
		t.Fatalf("permitted while stopped: %+v", a.Verdict)
	}
	w.Resume()
	_, err := p.Redeem(f)
	want(t, err, policy.ErrVoid)
	if _, err := w.permit(t, request(click(), f)).Redeem(f); err != nil {
		t.Fatal(err)
	}
}

func TestStopWhileAVerdictIsWrittenVoidsItsPermit(t *testing.T) {
	w := newWorld(t)
	w.ledger.before = func() { w.Stop(); w.Resume() }
	f := facts(element("Next"))
	_, err := w.permit(t, request(click(), f)).Redeem(f)
	want(t, err, policy.ErrVoid)
}

func TestNewRulesVoidPermits(t *testing.T) {
	w := newWorld(t)
	f := facts(element("Next"))
	p := w.permit(t, request(click(), f))
	if err := w.Replace(configs.Policy()); err != nil {
		t.Fatal(err)
	}
	_, err := p.Redeem(f)
	want(t, err, policy.ErrVoid)
}

func passwordField() step.Facts {
	f := facts(&step.Element{Tag: "input", Role: step.RoleInput, Type: "password", Name: "Password", Editable: true,
		FrameOrigin: "https://shop.example", Node: "9/1"})
	f.Form = &step.Form{Action: "https://shop.example/login", Method: "POST", Fields: []string{"user", "password"}, Password: true}
	return f
}

func typing(text string) step.Action {
	return step.Type{Target: step.Target{Point: &step.Point{X: 20, Y: 20}}, Value: text}
}

func TestRedeemExpandsReferences(t *testing.T) {
	w := newWorld(t)
	f := passwordField()
	p := w.permit(t, request(typing("{{shop_password}}"), f))
	if got := p.Action().(step.Type).Value; got != "{{shop_password}}" {
		t.Fatalf("the permit shows %q", got)
	}
	order, err := p.Redeem(f)
	if err != nil || order.Action.(step.Type).Value != password || !order.Secret {
		t.Fatalf("got %v", err)
	}
	if printed := fmt.Sprintf("%v %+v %#v %s", order, order, order, order); strings.Contains(printed, "horse") {
		t.Fatalf("an order prints its secret: %s", printed)
	}

	f.Element.Type = "text"
	order, err = w.permit(t, request(typing("{{note}}, please"), f)).Redeem(f)
	if err != nil || order.Action.(step.Type).Value != "two cups, please" || order.Secret {
		t.Fatalf("got %v, %v", order, err)
	}
}

func TestTextForAPasswordFieldIsNotWrittenDown(t *testing.T) {
	w := newWorld(t)
	f := passwordField()
	given := func(t *step.Task) { t.Goal = `sign in with the password "Winter-2026"` }
	p := w.permit(t, request(typing("Winter-2026"), f, given))
	v := w.ledger.verdicts[len(w.ledger.verdicts)-1]
	if v.Action.Action.(step.Type).Value != "***" || v.Digest != step.ActionDigest(typing("Winter-2026")) || strings.Contains(string(v.Input), "Winter") {
		t.Errorf("written down: %+v %s", v.Action.Action, v.Input)
	}
	if order, err := p.Redeem(f); err != nil || order.Action.(step.Type).Value != "Winter-2026" {
		t.Errorf("the act itself: %v, %v", order.Action, err)
	}
}

func TestASecretIsReleasedOnlyAtItsPlaces(t *testing.T) {
	places := map[string]func(*step.Facts){
		"other page":   func(f *step.Facts) { f.URL, f.Origin = "https://other.example/", "https://other.example" },
		"other frame":  func(f *step.Facts) { f.Element.FrameOrigin, f.Element.CrossOrigin = "https://other.example", true },
		"other target": func(f *step.Facts) { f.Form.Action = "https://other.example/login" },
		"no target":    func(f *step.Facts) { f.Form.Action = "javascript:void 0" },
		"plain http":   func(f *step.Facts) { f.URL, f.Origin = "http://shop.example/", "http://shop.example" },
		"search box":   func(f *step.Facts) { f.Element.Type = "search" },
		"get":          func(f *step.Facts) { f.Form.Method = "GET" },
	}
	everywhere := func(t *step.Task) { t.Hosts.Write = []string{"shop.example", "other.example"} }
	for name, change := range places {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			f := passwordField()
			change(&f)
			if a := w.admit(t, request(typing("{{shop_password}}"), f, everywhere)); a.Permit != nil || a.Question != nil {
				t.Fatalf("admitted: %+v", a.Verdict)
			}
		})
	}
	t.Run("not named by the task", func(t *testing.T) {
		w := newWorld(t)
		r := request(typing("{{shop_password}}"), passwordField())
		r.Task.Secrets = nil
		if a := w.admit(t, r); a.Permit != nil {
			t.Fatalf("admitted: %+v", a.Verdict)
		}
	})
	t.Run("into an address", func(t *testing.T) {
		w := newWorld(t)
		a := w.admit(t, request(step.Navigate{URL: "https://shop.example/?q={{shop_password}}"}, facts(nil)))
		if a.Permit != nil {
			t.Fatalf("admitted: %+v", a.Verdict)
		}
	})
}
