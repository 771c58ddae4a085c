package scale_test

import (
	"os"
	"strings"
	"testing"

	"chiron/cmd/scale"
	"chiron/guard"
	"chiron/inference"
	"chiron/inference/inferencetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard.Main(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// TestTheRunnersOwnCounts has two steps of a task read by a real runner: the second makes it read what changed alone. A third that
// changes at its head, as a prompt without a stable prefix would, is read whole.
func TestTheRunnersOwnCounts(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := inferencetest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	s, err := scale.Open(t.Context(), scale.Options{Ollama: binary, Self: []string{exe, "guard"}, Source: "../..", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	rules := strings.Repeat("You operate a web browser for a person. ", 40)
	prompt := func(head, tail string) []inference.Message {
		return []inference.Message{{Role: inference.System, Text: head + rules}, {Role: inference.User, Text: tail}}
	}
	stable, err := s.Count(rules)
	if err != nil || stable < 300 || stable > 500 {
		t.Fatalf("%d tokens for %d bytes: %v", stable, len(rules), err)
	}
	for _, c := range []struct {
		head, tail  string
		least, most int // tokens that are kept
	}{
		{"", "1 button \"Sign in\"", 0, 0}, {"", "1 text \"Welcome back\"", stable, stable + 10}, {"Step 3. ", "1 text \"Welcome back\"", 0, 3},
	} {
		tokens, kept, err := s.Read(t.Context(), prompt(c.head, c.tail))
		if err != nil || tokens < stable || kept < c.least || kept > c.most {
			t.Errorf("%q: %d of %d tokens were kept, want %d to %d: %v", c.tail, kept, tokens, c.least, c.most, err)
		}
	}
}
