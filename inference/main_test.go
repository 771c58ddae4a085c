package inference_test

import (
	"os"
	"testing"

	"chiron/guard"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be the guard of the managed Ollama.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard.Main(os.Args[2:]))
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
