package policy_test

import (
	"testing"

	"chiron/policy"
	"chiron/policy/totp"
	"chiron/step"
)

func TestAOneTimeCodeIsTypedIntoItsKindOfField(t *testing.T) {
	const seed = "GEZDGNBVGY3TQOJQGEZDGNBV"
	v, err := policy.NewMemoryVault(map[string]policy.Secret{"user": {Value: seed, Origins: []string{"https://shop.example"}, Kind: policy.TOTP}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *policy.Options) { o.Vault = v })
	k, err := totp.Parse(seed)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*step.Element)
		fits   bool
	}{
		"by its token":   {func(e *step.Element) { e.Autocomplete = "one-time-code" }, true},
		"by its name":    {func(e *step.Element) { e.Field = "otp_code" }, true},
		"by its label":   {func(e *step.Element) { e.Name = "Verification code" }, true},
		"German label":   {func(e *step.Element) { e.Name = "Bestätigungscode" }, true},
		"a password":     {func(e *step.Element) { e.Type, e.Name = "password", "Password" }, false},
		"a search box":   {func(e *step.Element) { e.Name = "Search" }, false},
		"a postcode":     {func(e *step.Element) { e.Name = "Post code" }, false},
		"a discount":     {func(e *step.Element) { e.Name = "Discount code" }, false},
		"another origin": {func(e *step.Element) { e.Autocomplete, e.FrameOrigin = "one-time-code", "https://other.example" }, false},
	} {
		f := passwordField()
		f.Element.Type, f.Element.Name = "text", "Field"
		c.change(f.Element)
		a := w.admit(t, request(typing("{{user}}"), f))
		if (a.Permit != nil) != c.fits {
			t.Errorf("%s: %+v", name, a.Verdict)
		}
		if a.Permit == nil {
			continue
		}
		o, err := a.Permit.Redeem(f)
		if err != nil || !o.Secret || o.Action.(step.Type).Value != k.Code(w.clock.Now()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := policy.NewRedactor(v)
	if err != nil || string(r.Filter([]byte("seed "+seed))) != "seed ***" {
		t.Errorf("the seed is not redacted: %v", err)
	}
}
