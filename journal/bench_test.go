package journal_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"chiron/journal"
	"chiron/step"
)

// BenchmarkAppend measures one event of 2 KB until it is on disk.
func BenchmarkAppend(b *testing.B) {
	j, _ := open(b, journal.Options{Dir: b.TempDir()})
	create(b, j, "x")
	body := step.Noted{Text: strings.Repeat("x", 2000)}
	ctx := soon(b)
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		if _, err := j.Append(ctx, "x", 1, body); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkPicture measures a screenshot of 180 KB into the store and out again.
func BenchmarkPicture(b *testing.B) {
	j, _ := open(b, journal.Options{Dir: b.TempDir()})
	data := make([]byte, 180<<10)
	ctx := soon(b)
	for i := 0; b.Loop(); i++ {
		data[0], data[1], data[2] = byte(i), byte(i>>8), byte(i>>16)
		hash, err := j.PutPicture(ctx, data, "image/png")
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := j.Picture(ctx, hash); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReplay measures following a task of 300 events from its start to its end.
func BenchmarkReplay(b *testing.B) {
	j, _ := open(b, journal.Options{Dir: b.TempDir()})
	create(b, j, "x")
	for range 300 {
		note(b, j, "x", strings.Repeat("x", 2000))
	}
	end(b, j, "x")
	ctx := soon(b)
	for b.Loop() {
		if err := j.Follow(ctx, "x", 0, func(step.Event) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
