package admission

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"chiron/mind"
	"chiron/step"
	"chiron/vision"
)

//go:embed screens
var files embed.FS

// question asks for one thing on one screen.
type question struct {
	goal   string
	kind   step.Kind
	target step.Candidate
	screen step.Screen
	frame  step.Frame
	blank  step.Frame
}

// questions makes at most n questions, taken in turn from the bundled screens.
func questions(n int) ([]question, error) {
	var decks [][]question
	for _, name := range []string{"login", "dark", "shop"} {
		deck, err := deckOf(name)
		if err != nil {
			return nil, fmt.Errorf("read the screen %s: %w", name, err)
		}
		decks = append(decks, deck)
	}
	var out []question
	for i := 0; len(out) < n; i++ {
		before := len(out)
		for _, deck := range decks {
			if i < len(deck) && len(out) < n {
				out = append(out, deck[i])
			}
		}
		if len(out) == before {
			break
		}
	}
	return out, nil
}

func deckOf(name string) ([]question, error) {
	var truth struct {
		Size   step.Size   `json:"size"`
		Title  string      `json:"title"`
		Layout []step.Node `json:"layout"`
	}
	data, err := files.ReadFile("screens/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(data, &truth)
	}
	if err != nil {
		return nil, err
	}
	picture, err := files.ReadFile("screens/" + name + ".png")
	if err != nil {
		return nil, err
	}
	frame := step.Frame{Data: picture, MIME: "image/png", Size: truth.Size, Hash: step.PictureHash(picture)}
	eyes, err := vision.New(vision.Options{})
	if err != nil {
		return nil, err
	}
	o := step.Observation{ID: name, Title: truth.Title, URL: "http://127.0.0.1/" + name, Layout: truth.Layout, Frame: frame}
	s, err := eyes.Read(context.Background(), o, step.SourceLayout)
	if err != nil {
		return nil, err
	}
	blank, err := empty(truth.Size)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, c := range s.Items {
		count[c.Name]++
	}
	var out []question
	for _, c := range s.Items {
		q := question{kind: step.KindClick, target: c, screen: s, frame: frame, blank: blank}
		if c.Name == "" || count[c.Name] > 1 {
			continue
		}
		switch c.Role {
		case step.RoleButton, step.RoleLink, step.RoleCheckbox, step.RoleRadio:
			q.goal = fmt.Sprintf("Click the %q %s", c.Name, c.Role)
		case step.RoleInput:
			q.kind, q.goal = step.KindType, fmt.Sprintf(`Type "alpha" into %q`, c.Name)
		default:
			continue
		}
		out = append(out, q)
	}
	return out, nil
}

func empty(size step.Size) (step.Frame, error) {
	img := image.NewRGBA(image.Rect(0, 0, size.W, size.H))
	draw.Draw(img, img.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return step.Frame{Data: b.Bytes(), MIME: "image/png", Size: size, Hash: step.PictureHash(b.Bytes())}, err
}

// look is the question as an actor meets it, behind a past.
func (q question) look(past []mind.Entry, blind bool) mind.Look {
	task := step.Task{ID: "certify", Goal: q.goal, Start: q.screen.URL}
	values, goal := step.NewValues(task)
	frame := q.frame
	if blind {
		frame = q.blank
	}
	return mind.Look{Task: task, Goal: goal, Values: values, History: past, Screen: q.screen,
		Observation: step.Observation{ID: q.screen.Observation, URL: q.screen.URL, Title: q.screen.Title, Frame: frame}}
}

// answered reports whether an act is the one asked for, and how far its point lies from the middle of the target, -1 without one.
func (q question) answered(a step.Action) (hit bool, off int) {
	var t step.Target
	switch a := a.(type) {
	case step.Click:
		t = a.Target
	case step.Type:
		t = a.Target
	}
	off = -1
	if t.Point != nil {
		mid := q.target.Box.Center()
		off = int(math.Hypot(float64(t.Point.X-mid.X), float64(t.Point.Y-mid.Y)))
		return a.Kind() == q.kind && t.Point.In(q.target.Box), off
	}
	return a.Kind() == q.kind && t.Mark == q.target.Mark, off
}
