package inference_test

import (
	"os"
	"testing"

	"chiron/guard"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be the guard of the managed Ollama, and a parent of one that is going to die.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "guard":
			os.Exit(guard.Main(os.Args[2:]))
		case "parent":
			os.Exit(parent(os.Args[2]))
		}
	}
	goleak.VerifyTestMain(m)
}

func self(t testing.TB) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{exe, "guard"}
}
