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

func open(t *testing.T, slots int) *scale.Scale {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := inferencetest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	s, err := scale.Open(t.Context(), scale.Options{Ollama: binary, Self: []string{exe, "guard"}, Source: "../..", Dir: t.TempDir(), Slots: slots})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestTasksThatTakeTurnsKeepTheirPrompts has two tasks read in turn: with a slot for each, both find what they had; with one, which
// is the control, only what they share.
func TestTasksThatTakeTurnsKeepTheirPrompts(t *testing.T) {
	rules := strings.Repeat("You operate a web browser for a person. ", 30)
	for slots, keeps := range map[int]bool{2: true, 1: false} {
		s := open(t, slots)
		shared, err := s.Count(rules)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range []string{"one", "two", "three"} {
			for _, task := range []string{"File an expense report. ", "Read the last letter. "} {
				past := strings.Repeat(task, 40)
				whole, err := s.Count(rules + past)
				if err != nil {
					t.Fatal(err)
				}
				_, kept, err := s.Read(t.Context(), []inference.Message{{Role: inference.System, Text: rules + past}, {Role: inference.User, Text: page}})
				if err != nil {
					t.Fatal(err)
				}
				if page != "one" && (kept >= whole-1) != keeps || page != "one" && kept < shared-1 {
					t.Errorf("%d slots, page %s of %q: %d tokens were kept of %d, of which %d are shared", slots, page, task, kept, whole, shared)
				}
			}
		}
	}
}

// TestTheRunnersOwnCounts has two steps of a task read by a real runner: the second makes it read what changed alone. A third that
// changes at its head, as a prompt without a stable prefix would, is read whole.
func TestTheRunnersOwnCounts(t *testing.T) {
	s := open(t, 1)
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
