package gen_test

import (
	"testing"

	"chiron/training/gen"
)

func TestEpisodes(t *testing.T) {
	r, err := gen.NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]int{}
	n, tot := 0, 0
	for _, split := range gen.Splits() {
		for seed := range uint64(1500) {
			e, err := gen.New(split, seed)
			if err != nil {
				t.Error(err)
				continue
			}
			ss, err := e.Samples(t.Context(), r)
			if err != nil {
				if bad[e.Kind]++; bad[e.Kind] < 4 {
					t.Error(e.Kind, err)
				}
				continue
			}
			n += len(ss)
			for _, s := range ss {
				tot += len(s.Prompt)
			}
			if seed < 6 {
				t.Log(ss[len(ss)-1].Prompt, ss[len(ss)-1].Answer)
			}
		}
	}
	t.Log(bad, n, tot/max(n, 1))
}
