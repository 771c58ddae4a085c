package real_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"chiron/browser/browsertest"
	"chiron/step"
	"chiron/training/gen"
	"chiron/training/real"
)

// TestEpisodesInChromium plays episodes whose pages are shown in Chromium: nearly every step is found in both readings, and the
// mark that the answer names stands before the words that it stands before on the page of the generator.
func TestEpisodesInChromium(t *testing.T) {
	r, err := gen.NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	o := real.Options{Self: browsertest.Self(t), Dir: browsertest.Dir(t), Sources: []step.Source{step.SourceLayout, step.SourcePixels}}
	var all, kept, marks, same int
	err = real.Run(t.Context(), o, func(s *real.Studio) error {
		for seed := range uint64(6) {
			made := samples(t, r, seed, nil)
			seen := samples(t, r, seed, s)
			all, kept = all+2*len(made), kept+len(seen)
			want := map[string]bool{}
			for _, m := range made {
				want[about(m)] = true
			}
			for _, m := range seen {
				if m.Target == 0 {
					continue
				}
				if marks++; want[about(m)] {
					same++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d steps are read, %d of %d marks stand before the same words", kept, all, same, marks)
	if kept*10 < 8*all || kept > all {
		t.Errorf("%d of %d steps are read; 8 of 10 are wanted", kept, all)
	}
	if marks == 0 || same*100 < 85*marks {
		t.Errorf("%d of %d marks stand before the same words; 85 %% are wanted, the rest is misread", same, marks)
	}
}

func samples(t *testing.T, r *gen.Renderer, seed uint64, eye gen.Eye) []gen.Sample {
	t.Helper()
	e, err := gen.New(gen.HeldWord, 1<<20+seed)
	if err != nil {
		t.Fatal(err)
	}
	if eye != nil {
		e.Through(eye)
	}
	out, err := e.Samples(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// about is what an answer is about: the act without its mark, and the words at the mark.
func about(s gen.Sample) string {
	page := s.Prompt[strings.LastIndex(s.Prompt, "\npage:"):]
	line := regexp.MustCompile(`(?m)^` + strconv.Itoa(s.Target) + ` \w+ (.*)$`).FindStringSubmatch(page)
	if line == nil {
		return "nothing"
	}
	name := regexp.MustCompile(`"[^"]*"|\{\{\w+\}\}`).FindAllString(line[1], -1)
	words := strings.Join(name, " ")
	if len(name) > 0 && !strings.Contains(s.Answer, "result") {
		words = name[0]
	} else if len(name) > 0 { // a cell's value, or the words themselves
		words = name[len(name)-1]
	}
	return fmt.Sprint(regexp.MustCompile(`"mark":\d+`).ReplaceAllString(s.Answer, ""), " ", words)
}
