package mind_test

import (
	"context"
	"fmt"
	"testing"

	"chiron/mind"
	"chiron/step"
)

// BenchmarkPropose is all that a step costs beside the model in text sight: rendering a prompt of 40 past steps and a
// screen of 120 candidates, its schema, and decoding the answer.
func BenchmarkPropose(b *testing.B) {
	m, err := mind.New(mind.Options{Chat: func(context.Context, mind.Prompt) (mind.Answer, error) {
		return mind.Answer{Text: `{"note":"the amount","expect":"it shows","action":"type","mark":3,"text":"{{1}}"}`}, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	l := look(b)
	for n := range 40 {
		l.History = append(l.History, mind.Entry{Step: n + 1, Act: `type "{{user}}" into mark 3`, Note: "the name is missing", Outcome: "done"})
	}
	var items []step.Candidate
	for n := range 120 {
		items = append(items, item(step.RoleCell, "Description", fmt.Sprintf("Night train %d to Vienna", n), 0, 7*n, 200, 6))
	}
	l.Screen = page(step.SourceLayout, items...)
	for b.Loop() {
		if _, err := m.Propose(b.Context(), l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseStep(b *testing.B) {
	for b.Loop() {
		if _, err := mind.ParseStep(`Read "Amount" in the row of "Night train to Vienna" as amount`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	s, err := mind.ParseStep(`Click "Delete" in the row of "Night train"`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Resolve(table(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
