package mind_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"chiron/mind"
	"chiron/step"
	"chiron/vision"
)

// TestSamplesThatDisputeAPlaceAreShownItCloser lets a seeing model point at three places where no candidate stands: the third sample,
// and no earlier one, is shown the disputed part enlarged, with where it lies in the model's own numbers.
func TestSamplesThatDisputeAPlaceAreShownItCloser(t *testing.T) {
	for space, c := range map[vision.Space]struct {
		answers []string
		where   string
	}{
		vision.SpacePixels: {[]string{`"x":600,"y":400`, `"x":700,"y":400`, `"x":603,"y":404`}, "the part (576,352) to (724,448) of the first"},
		vision.Space1000YX: {[]string{`"y":446,"x":446`, `"y":446,"x":520`, `"y":448,"x":448`}, "of the first"},
	} {
		var answers []string
		for _, at := range c.answers {
			answers = append(answers, `{"action":"click",`+at+`}`)
		}
		s := &script{answers: answers}
		m, err := mind.New(mind.Options{Chat: s.chat, Votes: 3, Profile: func(mind.Role, string) mind.Profile {
			return mind.Profile{Sight: step.SightPixels, Space: space, Terse: true}
		}})
		if err != nil {
			t.Fatal(err)
		}
		l := look(t)
		l.Failed, l.Screen.Items = true, nil
		p, err := m.Propose(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		click, ok := p.Action.Action.(step.Click)
		if !ok || click.Point == nil || p.Agree != 2 || p.Samples != 3 {
			t.Fatalf("%s: %+v", space, p)
		}
		for i, q := range s.asked {
			last := q.Turns[len(q.Turns)-1]
			if closer := i == 2; len(last.Images) != 1+map[bool]int{true: 1}[closer] || strings.Contains(last.Text, "enlarged") != closer {
				t.Errorf("%s: sample %d is shown %d pictures and told\n%s", space, i, len(last.Images), last.Text)
			}
		}
		last := s.asked[2].Turns[len(s.asked[2].Turns)-1]
		size, err := png.DecodeConfig(bytes.NewReader(last.Images[1]))
		if err != nil || size.Width%224 != 0 || size.Height%224 != 0 || !strings.Contains(last.Text, c.where) {
			t.Errorf("%s: a closer look of %d×%d (%v), told\n%s", space, size.Width, size.Height, err, last.Text)
		}
	}
}

// TestSamplesAgreeByWhatTheyComeTo: words to people differ, and so may pixels on one thing, but not values or things.
func TestSamplesAgreeByWhatTheyComeTo(t *testing.T) {
	for _, c := range []struct {
		name   string
		points bool
		a, b   string
		agree  bool
	}{
		{"one thing", false, `"action":"click","mark":3`, `"action":"click","mark":3`, true},
		{"two things", false, `"action":"click","mark":3`, `"action":"click","mark":4`, false},
		{"two kinds", false, `"action":"click","mark":3`, `"action":"hover","mark":3`, false},
		{"one text", false, `"action":"type","mark":3,"text":"42.50"`, `"action":"type","mark":3,"text":" 42.50 "`, true},
		{"a value and its name", false, `"action":"type","mark":3,"text":"dana"`, `"action":"type","mark":3,"text":"{{user}}"`, true},
		{"two texts", false, `"action":"type","mark":3,"text":"42.50"`, `"action":"type","mark":3,"text":"42.05"`, false},
		{"two questions", false, `"action":"ask","question":"Which one?"`, `"action":"ask","question":"What now?"`, true},
		{"two places on one button", true, `"action":"click","x":205,"y":405`, `"action":"click","x":285,"y":425`, true},
		{"two buttons next to each other", true, `"action":"click","x":158,"y":415`, `"action":"click","x":202,"y":415`, false},
		{"a place beside one", true, `"action":"click","x":900,"y":415`, `"action":"click","x":908,"y":420`, true},
		{"two places on nothing", true, `"action":"click","x":900,"y":415`, `"action":"click","x":920,"y":415`, false},
	} {
		s := &script{answers: []string{"{" + c.a + "}", "{" + c.b + "}", "{" + c.a + "}"}}
		p := mind.Profile{Terse: true}
		if c.points {
			p.Sight = step.SightPixels
		}
		m, err := mind.New(mind.Options{Chat: s.chat, Votes: 2, Profile: func(mind.Role, string) mind.Profile { return p }})
		if err != nil {
			t.Fatal(err)
		}
		l := look(t)
		l.Failed = true
		if got, err := m.Propose(t.Context(), l); err != nil || (got.Samples == 2) != c.agree {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}
