package browser_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"chiron/browser/browsertest"
	"chiron/configs"
	"chiron/policy"
	"chiron/step"
)

// without returns the shipped rules without some of them.
func without(t *testing.T, ids ...string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(configs.Policy(), "*.cedar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(configs.Policy(), name)
		if err != nil {
			t.Fatal(err)
		}
		rules := slices.DeleteFunc(strings.SplitAfter(string(data), ";\n"), func(rule string) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(rule, fmt.Sprintf("@id(%q)", id)) })
		})
		out[name] = &fstest.MapFile{Data: []byte(strings.Join(rules, ""))}
	}
	return out
}

// TestTextAtAButtonPressesNothing: acts that click before they do what they are called are no way around the judgement of
// that click. The control takes the rules out: then the gate permits, and the hands still refuse.
func TestTextAtAButtonPressesNothing(t *testing.T) {
	b := browsertest.Start(t, nil)
	receipt := step.File{Name: "receipt.pdf", Data: []byte("x")}
	web := newCounting(t, map[string]string{"/": fmt.Sprintf(heldForm, "")})
	for _, c := range []struct {
		act  step.Action
		rule string
	}{
		{step.Type{Target: at(60, 95), Value: "hello"}, "F17-not-a-field"},
		{step.Select{Target: at(60, 95), Option: "hello"}, "F18-not-a-list"},
		{step.Upload{Target: at(60, 95), File: receipt.Name}, "F19-not-a-file-field"},
	} {
		t.Run(string(c.act.Kind()), func(t *testing.T) {
			s, g := web.open(t, b)
			g.task.Files = []step.File{receipt}
			f, err := s.Facts(t.Context(), c.act)
			if err != nil {
				t.Fatal(err)
			}
			ask := policy.Request{Task: g.task, Step: 1, Principal: policy.Agent, Action: c.act, Facts: f}
			got, err := g.Admit(t.Context(), ask)
			if err != nil || got.Permit != nil || got.Question != nil || !slices.Contains(got.Verdict.Rules, c.rule) {
				t.Fatalf("%+v, %v", got.Verdict, err)
			}
			loose, err := policy.NewGate(policy.Options{Ledger: ledger{}, Bundle: without(t, c.rule, "A5-upload")})
			if err != nil {
				t.Fatal(err)
			}
			if got, err = loose.Admit(t.Context(), ask); err != nil || got.Permit == nil {
				t.Fatalf("the control: %+v, %v", got.Verdict, err)
			}
			out, err := s.Do(t.Context(), got.Permit)
			if err != nil || out.Status != step.NotExecuted {
				t.Fatalf("%+v, %v", out, err)
			}
			if observe(t, s); web.posts() != 0 {
				t.Fatalf("the server got %v", web.got)
			}
		})
	}
	s, g := web.open(t, b) // the site can count
	out := g.do(t, s, press())
	if observe(t, s); web.posts() != 1 {
		t.Fatalf("a click: %+v; the server got %v", out, web.got)
	}
}
