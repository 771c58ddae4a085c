package browser_test

import (
	"context"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/step"
)

// BenchmarkOpen measures Open where a spare is ready (session.warm_ms) and where none is (session.cold_ms).
func BenchmarkOpen(b *testing.B) {
	for name, spares := range map[string]int{"warm": 1, "cold": -1} {
		b.Run(name, func(b *testing.B) {
			br := browsertest.Start(b, func(o *browser.Options) { o.Spares = spares })
			o := browser.SessionOptions{Task: "t", Hosts: step.Hosts{Write: []string{"127.0.0.1:1"}}, Locale: "de-DE", TimeZone: "Europe/Berlin"}
			var spent time.Duration
			open := br.OpenSpare
			if spares < 0 {
				open = func(ctx context.Context, o browser.SessionOptions) (*browser.Session, time.Duration, error) {
					begun := time.Now()
					s, err := br.Open(ctx, o)
					return s, time.Since(begun), err
				}
			}
			for b.Loop() {
				s, took, err := open(b.Context(), o)
				spent += took
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(spent.Milliseconds())/float64(b.N), "ms/open")
		})
	}
}
