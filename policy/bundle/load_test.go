package bundle_test

import (
	"testing"

	"chiron/configs"
	"chiron/policy/bundle"
)

func TestTheDefaultBundleLoads(t *testing.T) {
	b, err := bundle.Load(configs.Policy())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rules, %s", len(b.Rules()), b.Hash())
}
