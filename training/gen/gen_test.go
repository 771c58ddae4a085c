package gen_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"chiron/step"
	"chiron/training/gen"
)

var update = flag.Bool("update", false, "write the goldens")

func renderer(t testing.TB) *gen.Renderer {
	t.Helper()
	r, err := gen.NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func samples(t testing.TB, r *gen.Renderer, split gen.Split, seed uint64) []gen.Sample {
	t.Helper()
	e, err := gen.New(split, seed)
	if err != nil {
		t.Fatal(err)
	}
	list, err := e.Samples(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// page is the text form of the screen inside a prompt.
func page(t *testing.T, prompt string) step.Screen {
	t.Helper()
	text := prompt[strings.LastIndex(prompt, "\npage: ")+1 : strings.LastIndex(prompt, "\n"+gen.Act)]
	text, _, _ = strings.Cut(text, "\n\nLast time: ")
	s, err := step.ParseText(text + "\n")
	if err != nil {
		t.Fatalf("%v in\n%s", err, prompt)
	}
	return s
}

func TestEveryAnswerIsAnActOnTheScreenItAnswers(t *testing.T) {
	r := renderer(t)
	kinds, acts := map[string]int{}, map[step.Kind]int{}
	for _, split := range gen.Splits() {
		for seed := range uint64(160) {
			list := samples(t, r, split, seed)
			kinds[list[0].Kind]++
			for _, s := range list {
				act, err := step.ParseAction([]byte(s.Answer))
				if err != nil {
					t.Fatalf("%s: %v", s.Episode, err)
				}
				acts[act.Kind()]++
				screen := page(t, s.Prompt)
				var aims struct {
					Mark   int
					Result map[string]struct{ Mark int }
				}
				if err := json.Unmarshal([]byte(s.Answer), &aims); err != nil {
					t.Fatal(err)
				}
				marks := []int{aims.Mark, s.Target}
				for c := range maps.Values(aims.Result) {
					marks = append(marks, c.Mark)
				}
				for _, m := range marks {
					if _, ok := screen.Item(m); !ok && m != 0 {
						t.Errorf("%s: %s: there is no mark %d", s.Episode, s.Answer, m)
					}
				}
				for _, name := range step.Names(s.Answer) {
					if !strings.Contains(s.Prompt, "Known values: {{"+name+"}}") && !strings.Contains(s.Prompt, ", {{"+name+"}}") {
						t.Errorf("%s: %s names an unknown value\n%s", s.Episode, s.Answer, s.Prompt)
					}
				}
			}
			if last := list[len(list)-1].Answer; strings.HasSuffix(list[0].Kind, "-no") != strings.Contains(last, `"fail"`) {
				t.Errorf("%s: a goal of kind %s ends with %s", list[0].Episode, list[0].Kind, last)
			}
		}
	}
	for _, k := range []step.Kind{step.KindClick, step.KindType, step.KindSelect, step.KindUpload, step.KindPress, step.KindScroll, step.KindBack, step.KindDialog, step.KindWait, step.KindDone, step.KindFail} {
		if acts[k] == 0 {
			t.Errorf("nobody has to %s", k)
		}
	}
	t.Logf("%d kinds: %v; acts: %v", len(kinds), kinds, acts)
}

func TestTheSameSeedMakesTheSameEpisode(t *testing.T) {
	r := renderer(t)
	for seed := range uint64(40) {
		a, b := samples(t, r, gen.Train, seed), samples(t, r, gen.Train, seed)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("seed %d made two episodes", seed)
		}
		if c := samples(t, r, gen.Train, seed+1); reflect.DeepEqual(a, c) {
			t.Fatalf("seeds %d and %d made one episode", seed, seed+1)
		}
	}
}

func TestEpisodesStayAsTheyWere(t *testing.T) {
	r := renderer(t)
	for _, c := range []struct {
		split gen.Split
		seed  uint64
	}{{gen.Train, 3}, {gen.Train, 12}, {gen.HeldWord, 5}, {gen.HeldSay, 8}, {gen.HeldKind, 1}} {
		name := fmt.Sprintf("%s-%d.txt", c.split, c.seed)
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, s := range samples(t, r, c.split, c.seed) {
				fmt.Fprintf(&b, "%s%s\n\n", s.Prompt, s.Answer)
			}
			path := filepath.Join("testdata", "episodes", name)
			if *update {
				if err := errorsOf(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(b.String()), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("the episode has changed; -update if that is meant. Now:\n%s", b.String())
			}
		})
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestTheSuccessOfAnEpisodeIsEarned plays wrong policies: what counts as success must not be had for nothing.
func TestTheSuccessOfAnEpisodeIsEarned(t *testing.T) {
	for name, policy := range map[string]func(n int) step.Action{
		"claims done at once": func(int) step.Action { return step.Done{} },
		"gives up at once":    func(int) step.Action { return step.Fail{Reason: "no"} },
		"clicks, then claims": func(n int) step.Action {
			if n < 6 {
				return step.Click{Target: step.Target{Mark: 1 + n}}
			}
			return step.Done{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			won := 0
			for seed := range uint64(200) {
				e, err := gen.New(gen.HeldWord, seed)
				if err != nil {
					t.Fatal(err)
				}
				for n := 0; n < 10; n++ {
					e.Do(policy(n))
					if over, success := e.Over(); over {
						if success {
							won++
						}
						break
					}
				}
			}
			if won > 40 {
				t.Errorf("won %d of 200 episodes", won)
			}
			t.Logf("won %d of 200", won)
		})
	}
}

// TestAnEpisodeBearsAnyAct throws acts at episodes that no expert would think of.
func TestAnEpisodeBearsAnyAct(t *testing.T) {
	r := renderer(t)
	for seed := range uint64(80) {
		e, err := gen.New(gen.Train, seed)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 25 {
			mark := step.Target{Mark: 1 + (n*7+int(seed))%30}
			acts := []step.Action{step.Click{Target: mark}, step.Type{Target: mark, Value: "x"}, step.Select{Target: mark, Option: "y"}, step.Back{},
				step.Press{Key: "Enter"}, step.Scroll{Direction: "up"}, step.DialogAct{Accept: n%2 == 0}, step.Type{Target: mark, Value: "{{nobody}}"}}
			e.Do(acts[(n+int(seed))%len(acts)])
			act, err := e.Expert()
			if err != nil {
				t.Fatalf("seed %d: after %T: %v", seed, acts[(n+int(seed))%len(acts)], err)
			}
			answer, err := gen.AnswerOf(act)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Render(t.Context(), e.Look(), answer); err != nil {
				t.Fatalf("seed %d: the expert's %s: %v", seed, answer, err)
			}
		}
	}
}
