package admission

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"chiron/mind"
	"chiron/step"
	"chiron/vision"
)

// pupil answers from what it can do.
type pupil struct {
	all    []question
	reads  bool         // it finds the right mark in the list
	points vision.Space // it names the right point, always in this convention
	knows  bool         // even when the picture is empty
	broken bool         // it writes no JSON
}

func (p pupil) chat(_ context.Context, in mind.Prompt) (mind.Answer, error) {
	a := mind.Answer{Usage: step.Usage{ModelCalls: 1, PromptTokens: len(in.Turns[0].Text) / 4, AnswerTokens: 20, ModelTime: time.Second}}
	var said strings.Builder
	var images [][]byte
	for _, t := range in.Turns {
		said.WriteString(t.Text)
		images = append(images, t.Images...)
	}
	var q question
	for _, each := range p.all {
		if each.putIn(said.String()) {
			q = each
		}
	}
	blank := len(images) > 0 && bytes.Equal(images[0], q.blank.Data)
	act := `{"note":"","expect":"","action":"click","mark":1}`
	aim := ""
	switch pixels := strings.Contains(string(in.Schema), `"x"`); {
	case p.broken:
		act = "I would click it."
	case pixels && p.points != "" && (p.knows || !blank):
		x, y, err := vision.Whole(q.frame.Size).FromPage(p.points, q.target.Box.Center())
		if err != nil {
			return a, err
		}
		aim = fmt.Sprintf(`"x":%d,"y":%d`, int(x), int(y))
	case pixels:
		aim = `"x":3,"y":3`
	case p.reads:
		aim = fmt.Sprintf(`"mark":%d`, q.target.Mark)
	}
	if aim != "" {
		act = fmt.Sprintf(`{"note":"","expect":"","action":"click",%s}`, aim)
		if q.kind == step.KindType {
			act = fmt.Sprintf(`{"note":"","expect":"","action":"type",%s,"text":"alpha"}`, aim)
		}
	}
	a.Text = act
	return a, nil
}

// putIn reports whether a prompt asks this question: its goal stands there with the values taken out, and so do the values.
func (q question) putIn(prompt string) bool {
	l := q.look(nil, false)
	for _, v := range l.Values {
		if !strings.Contains(prompt, fmt.Sprintf("{{%s}} = %q", v.Name, v.Value)) {
			return false
		}
	}
	return strings.Contains(prompt, l.Goal)
}

func TestExamine(t *testing.T) {
	all, err := questions(4)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d questions, %v", len(all), err)
	}
	for name, c := range map[string]struct {
		pupil
		vision bool
		sight  step.Sight
		space  vision.Space
		sees   bool
		ok     bool
	}{
		"reads the list":            {pupil{reads: true}, false, step.SightText, "", false, true},
		"sees, in thousandths":      {pupil{points: vision.Space1000}, true, step.SightPixels, vision.Space1000, true, true},
		"reads and sees, in pixels": {pupil{reads: true, points: vision.SpacePixels}, true, step.SightText, vision.SpacePixels, true, true},
		"knows the answers blindly": {pupil{points: vision.Space1000, knows: true}, true, "", "", false, false},
		"answers at random":         {pupil{}, true, "", "", false, false},
		"writes prose":              {pupil{broken: true}, false, "", "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.all = all
			got, err := Examine(t.Context(), Options{Chat: c.chat, Model: "pupil", Digest: "d", Ollama: "0.17.4", Vision: c.vision, Each: 4})
			if err != nil {
				t.Fatal(err)
			}
			if got.Sight != c.sight || got.Space != c.space || got.Sees != c.sees || got.OK != c.ok || got.OK == (len(got.Why) > 0) {
				t.Errorf("%+v", got)
			}
			if c.sees && got.Error > 3 || c.ok && (got.Context == 0 || got.Speed == 0) || c.broken && got.Valid != 0 {
				t.Errorf("%+v", got)
			}
			if got.Key() != Key("d", "0.17.4", step.Viewport()) || got.Key() == Key("d", "0.17.5", step.Viewport()) {
				t.Errorf("key %s", got.Key())
			}
			t.Log(got)
		})
	}
	broken := errors.New("no runtime")
	if _, err := Examine(t.Context(), Options{Each: 1, Chat: func(context.Context, mind.Prompt) (mind.Answer, error) { return mind.Answer{}, broken }}); !errors.Is(err, broken) {
		t.Errorf("a broken runtime: %v", err)
	}
}
