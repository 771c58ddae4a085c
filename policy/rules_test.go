package policy_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"chiron/configs"
)

// defaultRules returns the shipped rules as files that a test can change.
func defaultRules(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(configs.Policy(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(configs.Policy(), name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
