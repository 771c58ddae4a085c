package agent_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"strings"
	"testing"

	"chiron/agent"
	"chiron/mind"
	"chiron/step"
)

// The little actor is stuck twice: before the bigger model saves, and after it, before that sees that all is done.
func TestThePlannerIsAskedAtTheStartAndWhenStuckAndThenTheBiggerModelActs(t *testing.T) {
	h := newHouse(t, nil, `{"action":"press","key":"Escape"}`)
	var why []string
	acted := 0
	h.bigger = func(p mind.Prompt) (string, error) {
		last := p.Turns[len(p.Turns)-1].Text
		if p.Role == mind.RolePlanner {
			for line := range strings.Lines(last) {
				if rest, ok := strings.CutPrefix(line, "Why a plan is needed now: "); ok {
					why = append(why, strings.TrimSpace(rest))
				}
			}
			return `{"subgoals":["send the order","stop there"]}`, nil
		}
		if !strings.Contains(p.Turns[0].Text, "Plan: send the order\nPlan: stop there") {
			t.Errorf("the expert is not told of the plan:\n%s", p.Turns[0].Text)
		}
		if acted++; strings.Contains(last, "Saved") {
			return `{"action":"done"}`, nil
		}
		return `{"action":"click","mark":` + h.mark(last, `"Save"`) + `}`, nil
	}
	url, _ := page(t)
	r := h.do(step.Task{Goal: "save", Start: url, Limits: step.Limits{NoWork: 6, Steps: 12}, DoneWhen: []step.Predicate{{URL: "*/save"}}})
	if r.Status != step.StatusDone || len(why) != 3 || acted != 2 || why[0] != "it is the start" || !strings.Contains(why[1], "stuck: nothing changed for 3 steps") {
		t.Errorf("%+v; the planner was asked because %q, the expert acted %d times", r, why, acted)
	}
}

func TestATaskGoesOnWithoutAPlannerAndWithOneThatFails(t *testing.T) {
	for name, bigger := range map[string]func(mind.Prompt) (string, error){
		"none": nil,
		"fails": func(p mind.Prompt) (string, error) {
			if p.Role == mind.RolePlanner {
				return "", errors.New("it is down")
			}
			return "", mind.ErrNoModel
		},
		"says nonsense": func(p mind.Prompt) (string, error) {
			if p.Role == mind.RolePlanner {
				return "I would start.", nil
			}
			return "", mind.ErrNoModel
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil, `{"action":"click","mark":%"Save"%}`, `{"action":"done"}`)
			h.bigger = bigger
			url, _ := page(t)
			if r := h.do(step.Task{Goal: "save", Start: url, DoneWhen: []step.Predicate{{URL: "*/save"}}}); r.Status != step.StatusDone {
				t.Errorf("%+v", r)
			}
		})
	}
}

// describing says where to click in words, as an actor without marks does.
type describing struct{ agent.Mind }

func (d describing) Propose(ctx context.Context, l mind.Look) (step.Proposal, error) {
	if strings.Contains(l.Observation.URL, "/save") {
		return step.Proposal{Action: step.Act{Action: step.Done{}}}, nil
	}
	return step.Proposal{Action: step.Act{Action: step.Click{Target: step.Target{Text: "the Save button"}}}}, nil
}

func TestALocatedTargetLeavesAPictureOfHowItWasFound(t *testing.T) {
	h := newHouse(t, func(o *agent.Options) { o.Mind = describing{o.Mind} })
	url, _ := page(t)
	if r := h.do(step.Task{ID: "found", Goal: "save", Start: url, DoneWhen: []step.Predicate{{URL: "*/save"}}}); r.Status != step.StatusDone {
		t.Fatalf("%+v", r)
	}
	var found *step.Found
	frames := map[string]bool{}
	enough := errors.New("enough")
	err := h.journal.Follow(t.Context(), "found", 0, func(e step.Event) error {
		switch b := e.Body.(type) {
		case step.Saw:
			frames[b.Observation.Frame.Hash] = true
		case step.Proposed:
			if b.Proposal.Located != nil {
				found = b.Proposal.Located
			}
		case step.Ended:
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || found == nil || found.Picture == "" || frames[found.Picture] {
		t.Fatalf("found %+v, %v", found, err)
	}
	data, _, err := h.journal.Picture(t.Context(), found.Picture)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := img.At(found.Point.X, found.Point.Y).RGBA(); r>>8 < 200 || g>>8 > 40 || b>>8 > 40 {
		t.Errorf("the point of the act is %d,%d,%d, not red", r>>8, g>>8, b>>8)
	}
}
