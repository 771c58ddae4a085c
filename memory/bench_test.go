package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"chiron/memory"
	"chiron/step"
)

// BenchmarkRecall20k measures advice for a goal out of 20,000 items of one tenant on one site, in SQLite, with vectors of 384
// numbers that cost nothing to make.
func BenchmarkRecall20k(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	m, err := memory.New(memory.Options{Path: filepath.Join(b.TempDir(), "memory.db"), Embedder: "random", Embed: func(_ context.Context, texts []string) ([][]float32, error) {
		out := make([][]float32, len(texts))
		for i := range out {
			out[i] = make([]float32, 384)
			for j := range out[i] {
				out[i][j] = random.Float32() - 0.5
			}
		}
		return out, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			b.Error(err)
		}
	}()
	kinds, verbs := []memory.Kind{memory.Lesson, memory.Workflow, memory.Note}, []string{"file", "find", "cancel", "approve", "print"}
	for n := range 20_000 {
		_, err := m.Remember(b.Context(), memory.Item{Tenant: "t", Kind: kinds[n%3], Site: "desk.example", Status: memory.Active, Trust: n % 100,
			Goal:       fmt.Sprintf("%s report %d", verbs[n%5], n),
			Lines:      []memory.Line{{Act: step.KindClick, Role: step.RoleButton, Name: fmt.Sprintf("Button %d", n), Then: memory.Worked}},
			Provenance: memory.Provenance{Task: fmt.Sprintf("task-%d", n)}})
		if err != nil {
			b.Fatal(err)
		}
	}
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		r, err := m.Recall(b.Context(), memory.Query{Tenant: "t", Site: "desk.example", Goal: "approve the report of last week"})
		if err != nil || len(r.Items) == 0 {
			b.Fatalf("%d items, %v", len(r.Items), err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
