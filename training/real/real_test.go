package real_test

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
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

// TestPhotosShowIcons takes pictures of pages: what is said to stand somewhere is drawn there, icons too, and every icon has its names.
func TestPhotosShowIcons(t *testing.T) {
	r, err := gen.NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	var pictures, things, icons int
	o := real.Options{Self: browsertest.Self(t), Dir: browsertest.Dir(t), Sources: []step.Source{step.SourceLayout}, Photo: func(f step.Frame, all []real.Shown) error {
		pictures++
		img, err := png.Decode(bytes.NewReader(f.Data))
		if err != nil {
			return err
		}
		for _, s := range all {
			things++
			if s.Role == "icon" {
				icons++
			}
			if len(s.Names) == 0 || s.Names[0] == "" || s.Box.X < 0 || s.Box.X+s.Box.W > f.Size.W || s.Box.Y < 0 || s.Box.Y+s.Box.H > f.Size.H {
				t.Errorf("%+v", s)
			}
			seen := map[color.Color]bool{}
			for y := s.Box.Y; y < s.Box.Y+s.Box.H; y++ {
				for x := s.Box.X; x < s.Box.X+s.Box.W; x++ {
					seen[img.At(x, y)] = true
				}
			}
			if len(seen) < 2 {
				t.Errorf("nothing is drawn at %+v", s)
			}
		}
		return nil
	}}
	err = real.Run(t.Context(), o, func(s *real.Studio) error {
		for seed := range uint64(4) {
			samples(t, r, seed, s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pictures, %d things, %d icons", pictures, things, icons)
	if pictures < 8 || things < 5*pictures || icons < pictures {
		t.Errorf("%d pictures, %d things, %d icons", pictures, things, icons)
	}
}
