package bundled_test

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
