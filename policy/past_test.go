package policy_test

import (
	"slices"
	"testing"

	"chiron/policy"
	"chiron/step"
)

func TestThePastOnlyGrows(t *testing.T) {
	w := newWorld(t)
	wide := func(t *step.Task) {
		t.Hosts = step.Hosts{Write: []string{"shop.example", "desk.example"}, Read: []string{"docs.example", "news.example"}}
		t.Files = []step.File{{Name: "receipt.pdf"}}
	}
	var past policy.Past
	admit := func(a step.Action, f step.Facts, want step.Decision) {
		t.Helper()
		r := request(a, f, wide)
		r.Past = past
		got := w.admit(t, r)
		if got.Verdict.Decision != want {
			t.Fatalf("want %s, got %+v", want, got.Verdict)
		}
		for _, was := range past.Opened {
			if !slices.Contains(got.Past.Opened, was) {
				t.Fatalf("%s was forgotten", was)
			}
		}
		old, now := past.Taint, got.Past.Taint
		if old.Untrusted && !now.Untrusted || old.Private && !now.Private || old.Secret && !now.Secret || old.File && !now.File {
			t.Fatalf("a taint went away: %+v, %+v", old, now)
		}
		past = got.Past
	}
	at := func(url string) step.Facts { return step.Facts{URL: url, Origin: url[:len(url)-1]} }
	admit(step.Navigate{URL: "https://docs.example/"}, facts(nil), step.Permit)
	if past.Taint != (policy.Past{}).Taint {
		t.Fatalf("tainted by a page that nobody has seen yet: %+v", past.Taint)
	}
	admit(step.Back{}, at("https://docs.example/"), step.Permit)
	if !past.Taint.Untrusted || past.Taint.Private {
		t.Fatalf("got %+v", past.Taint)
	}
	admit(step.Navigate{URL: "https://evil.example/"}, facts(nil), step.Deny)
	admit(typing("{{shop_password}}"), passwordField(), step.Permit)
	if !past.Taint.Private || !past.Taint.Secret {
		t.Fatalf("got %+v", past.Taint)
	}
	admit(step.Navigate{URL: "https://docs.example/"}, facts(nil), step.Permit) // known from before
	admit(step.Navigate{URL: "https://news.example/"}, facts(nil), step.AskOne)
	f := facts(element("Save"))
	f.Submits, f.Form = true, &step.Form{Action: "https://shop.example/x", Method: "POST"}
	admit(click(), f, step.AskOne)
}

func TestASiteIsKnownOnceAnActThereWasApproved(t *testing.T) {
	w := newWorld(t)
	there := func(name string) step.Facts {
		e := element(name)
		e.FrameOrigin = "https://desk.example"
		return step.Facts{URL: "https://desk.example/", Origin: "https://desk.example", Point: &step.Point{X: 20, Y: 20}, Element: e}
	}
	both := func(t *step.Task) { t.Hosts.Write = []string{"shop.example", "desk.example"} }
	r := request(click(), there("Next"), both)
	first := w.admit(t, r)
	if first.Question == nil || len(first.Past.Approved) != 0 {
		t.Fatalf("got %+v", first)
	}
	r.Past, r.Question = first.Past, first.Question
	r.Answer = &step.Answer{Question: r.Question.ID, Choice: step.Approve, By: "bob", At: w.clock.Now()}
	second := w.admit(t, r)
	if second.Permit == nil {
		t.Fatalf("got %+v", second.Verdict)
	}
	again := request(click(), there("More"), both)
	again.Past = second.Past
	w.permit(t, again)
	again.Past.Approved = nil
	if a := w.admit(t, again); a.Question == nil {
		t.Fatalf("the control: without the approval it asks: %+v", a.Verdict)
	}
}
