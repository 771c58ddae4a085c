package real_test

import (
	"testing"

	"chiron/browser/browsertest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	browsertest.Main()
	goleak.VerifyTestMain(m)
}
