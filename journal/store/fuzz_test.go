package store

import "testing"

func FuzzKey(f *testing.F) {
	f.Add("a b=ü.*>")
	f.Fuzz(func(t *testing.T, key string) {
		name := EscapeKey(key)
		back, err := UnescapeKey(name)
		if err != nil || back != key {
			t.Fatalf("%q became %q, then %q, %v", key, name, back, err)
		}
		_, _ = UnescapeKey(key)
	})
}
