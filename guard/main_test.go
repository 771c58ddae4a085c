package guard_test

import (
	"fmt"
	"os"
	"testing"

	"chiron/guard"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play three parts: the guard, a parent that is going to die, and the tests.
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
		t.Fatal(fmt.Errorf("own path: %w", err))
	}
	return []string{exe, "guard"}
}
