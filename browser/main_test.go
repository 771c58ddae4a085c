package browser_test

import (
	"os"
	"testing"

	"chiron/browser/browsertest"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play three parts: the guard, a parent that is going to be killed, and the tests.
func TestMain(m *testing.M) {
	browsertest.Main()
	if len(os.Args) == 3 && os.Args[1] == "parent" {
		os.Exit(parent(os.Args[2]))
	}
	goleak.VerifyTestMain(m)
}
