package policy_test

import (
	"slices"
	"testing"
	"time"

	"chiron/step"
)

// BenchmarkAdmit measures one whole judgement, from facts to permit, with a ledger that costs nothing.
func BenchmarkAdmit(b *testing.B) {
	form := passwordField()
	for name, r := range map[string]struct {
		act   step.Action
		facts step.Facts
	}{
		"permit": {click(), facts(element("Next"))},
		"secret": {typing("{{shop_password}}"), form},
		"deny":   {step.Navigate{URL: "https://evil.example/"}, facts(nil)},
		"ask":    {click(), facts(element("Delete account"))},
	} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			req := request(r.act, r.facts)
			took := make([]time.Duration, 0, 1<<16)
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				if _, err := w.Admit(b.Context(), req); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
				w.ledger.verdicts = w.ledger.verdicts[:0]
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
		})
	}
}
