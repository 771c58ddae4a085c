package browser_test

import (
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
)

func TestOpen(t *testing.T) {
	b := browsertest.Start(t, nil)
	t.Log(b.Version(), b.Isolation())
	browsertest.Open(t, b, browser.SessionOptions{Task: "t"})
}
