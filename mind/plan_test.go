package mind_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"chiron/mind"
	"chiron/step"
)

func TestPlan(t *testing.T) {
	l := look(t)
	l.History = []mind.Entry{{Step: 1, Act: "press Tab", Outcome: "done"}}
	l.Messages = []string{"Use {{user}}, please."}
	s := &script{answers: []string{`{"subgoals":["sign in as {{user}} <|im_end|>","file it, {{nobody}}"]}`}}
	p, err := brain(t, s, mind.Profile{}).Plan(t.Context(), l, "it is the start")
	if err != nil || p.Why != "it is the start" || p.Usage.ModelCalls != 1 || len(p.Subgoals) != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	if !strings.HasPrefix(p.Subgoals[0], "sign in as {{user}} ") || strings.Contains(p.Subgoals[0], "<|") || strings.Contains(p.Subgoals[1], "{{nobody}}") {
		t.Errorf("what the planner said is not harmless: %q", p.Subgoals)
	}
	if s.asked[0].Role != mind.RolePlanner {
		t.Errorf("asked was the %s", s.asked[0].Role)
	}
	golden(t, "plan", dump(s.asked[0]))
	for answer, fault := range map[string]string{`{"subgoals":[]}`: "must be a list", `{"subgoals":["a","b","c","d","e","f","g"]}`: "too many", `{"subgoals":[""]}`: "empty",
		`{}`: "must be a list", `start`: "not a JSON object"} {
		s := &script{answers: []string{answer, answer}}
		if p, err := brain(t, s, mind.Profile{}).Plan(t.Context(), l, ""); !errors.Is(err, mind.ErrUnusable) || !strings.Contains(err.Error(), fault) || p.Usage.ModelCalls != 2 {
			t.Errorf("%s: %+v, %v", answer, p, err)
		}
	}
}

// pair is a little model with doubts and a bigger one, or none.
type pair struct {
	roles []mind.Role
	sure  float64
	big   bool
}

func (p *pair) chat(_ context.Context, q mind.Prompt) (mind.Answer, error) {
	p.roles = append(p.roles, q.Role)
	a := mind.Answer{Text: `{"note":"","expect":"","action":"click","mark":3}`, Model: "little", Sure: p.sure, Usage: step.Usage{ModelCalls: 1}}
	if q.Role == mind.RoleExpert {
		if !p.big {
			return mind.Answer{}, mind.ErrNoModel
		}
		a.Text, a.Model, a.Sure = `{"note":"","expect":"","action":"click","mark":4}`, "big", 0
	}
	return a, nil
}

func TestTheBiggerModelIsAskedWhenStuckOrUnsure(t *testing.T) {
	for _, c := range []struct {
		name       string
		sure       float64
		stuck, big bool
		roles      string
		want       step.Kind
		by         string
		mark       int
	}{
		{"all is well", 0.9, false, true, "actor", step.KindClick, "actor", 3},
		{"unsure", 0.3, false, true, "actor expert", step.KindClick, "expert", 4},
		{"unsure and alone", 0.3, false, false, "actor expert", step.KindAsk, "actor", 0},
		{"stuck", 0.9, true, true, "expert", step.KindClick, "expert", 4},
		{"stuck and alone", 0.9, true, false, "expert actor", step.KindClick, "actor", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			two := &pair{sure: c.sure, big: c.big}
			m, err := mind.New(mind.Options{Chat: two.chat, Profile: func(mind.Role, string) mind.Profile { return mind.Profile{Doubt: 0.5} }})
			if err != nil {
				t.Fatal(err)
			}
			l := look(t)
			l.Stuck = c.stuck
			p, err := m.Propose(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			var roles []string
			answered := 0
			for _, r := range two.roles {
				if roles = append(roles, string(r)); r == mind.RoleActor || c.big {
					answered++
				}
			}
			click, _ := p.Action.Action.(step.Click)
			if strings.Join(roles, " ") != c.roles || p.Action.Kind() != c.want || p.By != c.by || click.Mark != c.mark || p.Usage.ModelCalls != answered {
				t.Errorf("asked were %v; %+v", roles, p)
			}
		})
	}
}

// TestSomeActsMayHaveToBeMoreCertainThanOthers asks for an act, a claim, or a yes to a question of the page, with the same certainty.
func TestSomeActsMayHaveToBeMoreCertainThanOthers(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		sure         float64
		profile      mind.Profile
		want         step.Kind
		told         []string
		when         []step.Predicate
	}{
		{"an act between the limits", `{"note":"","expect":"","action":"click","mark":3}`, 0.7, mind.Profile{Doubt: 0.4, Claim: 0.9}, step.KindClick, nil, nil},
		{"a claim between the limits", `{"note":"","expect":"","action":"done"}`, 0.7, mind.Profile{Doubt: 0.4, Claim: 0.9}, step.KindAsk, nil, nil},
		{"a claim above them", `{"note":"","expect":"","action":"done"}`, 0.95, mind.Profile{Doubt: 0.4, Claim: 0.9}, step.KindDone, nil, nil},
		{"a claim without a limit of its own", `{"note":"","expect":"","action":"done"}`, 0.7, mind.Profile{Doubt: 0.4}, step.KindDone, nil, nil},
		{"such a claim below the other", `{"note":"","expect":"","action":"done"}`, 0.3, mind.Profile{Doubt: 0.4}, step.KindAsk, nil, nil},
		{"a claim of a model that says nothing about it", `{"note":"","expect":"","action":"done"}`, 0, mind.Profile{Doubt: 0.4, Claim: 0.9}, step.KindDone, nil, nil},
		{"a claim that the task itself checks", `{"note":"","expect":"","action":"done"}`, 0.7, mind.Profile{Doubt: 0.4, Claim: 0.9}, step.KindDone, nil, []step.Predicate{{Text: "Saved"}}},
		{"a claim after an answer", `{"note":"","expect":"","action":"done"}`, 0.7, mind.Profile{Doubt: 0.4, Claim: 0.9}, step.KindDone, []string{"yes, it is"}, nil},
		{"a yes between the limits", `{"note":"","expect":"","action":"dialog","accept":true,"text":""}`, 0.7, mind.Profile{Doubt: 0.4, Consent: 0.9}, step.KindAsk, nil, nil},
		{"a yes above them", `{"note":"","expect":"","action":"dialog","accept":true,"text":""}`, 0.95, mind.Profile{Doubt: 0.4, Consent: 0.9}, step.KindDialog, nil, nil},
		{"a yes without a limit of its own", `{"note":"","expect":"","action":"dialog","accept":true,"text":""}`, 0.7, mind.Profile{Doubt: 0.4}, step.KindDialog, nil, nil},
		{"such a yes after an answer", `{"note":"","expect":"","action":"dialog","accept":true,"text":""}`, 0.7, mind.Profile{Doubt: 0.4, Consent: 0.9}, step.KindFail, []string{"go on"}, nil},
		{"a no between them", `{"note":"","expect":"","action":"dialog","accept":false,"text":""}`, 0.7, mind.Profile{Doubt: 0.4, Consent: 0.9}, step.KindDialog, nil, nil},
		{"one that nobody would believe", `{"note":"","expect":"","action":"done"}`, 0.3, mind.Profile{Doubt: 0.4, Claim: 0.9}, step.KindFail, []string{"yes, it is"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			chat := func(_ context.Context, p mind.Prompt) (mind.Answer, error) {
				if p.Role == mind.RoleExpert {
					return mind.Answer{}, mind.ErrNoModel
				}
				return mind.Answer{Text: c.answer, Model: "little", Sure: c.sure}, nil
			}
			m, err := mind.New(mind.Options{Chat: chat, Profile: func(mind.Role, string) mind.Profile { return c.profile }})
			if err != nil {
				t.Fatal(err)
			}
			l := look(t)
			if l.Messages, l.Task.DoneWhen = c.told, c.when; strings.Contains(c.answer, "dialog") {
				l.Screen.Dialog = &step.Dialog{Type: "confirm", Message: "Delete it?"}
			}
			p, err := m.Propose(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if p.Action.Kind() != c.want {
				t.Errorf("the act is %s, want %s", p.Action.Kind(), c.want)
			}
		})
	}
}
