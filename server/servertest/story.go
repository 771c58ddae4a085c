// Package servertest plays the history of a task into a journal, for tests of what people see.
package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"time"

	"chiron/step"
)

// Journal is the part of a journal that a story needs; *journal.Journal is one.
type Journal interface {
	Create(ctx context.Context, t step.Task, key string) (step.State, bool, error)
	Append(ctx context.Context, task string, stepNo int, body step.Body) (step.Event, error)
	PutPicture(ctx context.Context, data []byte, mime string) (string, error)
}

// Picture draws a page with one field and one button, and a shade that tells one picture from another.
func Picture(shade uint8) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 1344, 896))
	fill := func(r image.Rectangle, c color.Color) { draw.Draw(m, r, &image.Uniform{C: c}, image.Point{}, draw.Src) }
	fill(m.Bounds(), color.RGBA{245, 246, 248, 255})
	fill(image.Rect(0, 0, 1344, 64), color.RGBA{30, 41, shade, 255})
	fill(image.Rect(472, 240, 872, 620), color.White)
	fill(image.Rect(512, 340, 832, 384), color.RGBA{232, 236, 242, 255})
	fill(image.Rect(512, 420, 832, 464), color.RGBA{232, 236, 242, 255})
	fill(image.Rect(512, 520, 832, 568), color.RGBA{37, 99, 235, 255})
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// Teller adds one event after another and keeps the first error.
type Teller struct {
	Journal Journal
	Task    string
	Err     error
	step    int
	hash    string
	verdict step.Verdict
}

// Tell creates a task and returns its teller.
func Tell(ctx context.Context, j Journal, t step.Task) *Teller {
	s, _, err := j.Create(ctx, t.Normalise(), "")
	return &Teller{Journal: j, Task: s.Task.ID, Err: err}
}

// Add appends an event to the step in hand.
func (w *Teller) Add(ctx context.Context, b step.Body) {
	if w.Err == nil {
		_, w.Err = w.Journal.Append(ctx, w.Task, w.step, b)
	}
}

// See begins a step with a look at a page.
func (w *Teller) See(ctx context.Context, url string, picture []byte, items ...step.Candidate) {
	w.step++
	if w.Err != nil {
		return
	}
	if w.hash, w.Err = w.Journal.PutPicture(ctx, picture, "image/png"); w.Err != nil {
		return
	}
	id := fmt.Sprintf("o%d", w.step)
	w.Add(ctx, step.Saw{Observation: step.Observation{ID: id, URL: url, Title: "Sign in", Settle: step.Settle{Reason: "quiet", Took: 180 * time.Millisecond},
		Frame: step.Frame{Hash: w.hash, MIME: "image/png", Size: step.Viewport(), At: time.Now().UTC()}}})
	for i := range items {
		items[i].Mark = i + 1
	}
	w.Add(ctx, step.Read{Screen: step.Screen{Observation: id, Version: 1, URL: url, Title: "Sign in", Source: step.SourceBoth, Items: items}, Took: 40 * time.Millisecond})
}

// Picture is the hash of the last picture seen.
func (w *Teller) Picture() string { return w.hash }

// Judge proposes an act on an element and judges it.
func (w *Teller) Judge(ctx context.Context, a step.Action, note string, at step.Rect, name string, d step.Decision, effect step.Effect, rule, reason string) {
	p := at.Center()
	w.Add(ctx, step.Proposed{Proposal: step.Proposal{Action: step.Act{Action: a}, Note: note, Expect: "the page moves on", By: "actor", Model: "tiny@0f3a",
		Located: &step.Found{Point: p, Box: at, Method: "mark"},
		Usage:   step.Usage{ModelCalls: 1, PromptTokens: 1180, AnswerTokens: 46, Images: 1, ModelTime: 900 * time.Millisecond}}})
	w.verdict = step.Verdict{ID: fmt.Sprintf("v%d-%s", w.step, d), Decision: d, Reason: reason, Rules: []string{rule}, Action: step.Act{Action: a}, Effect: effect,
		Digest: step.ActionDigest(a), Principal: "agent", Bundle: "b1", Took: 25 * time.Microsecond,
		Facts: step.Facts{URL: "http://127.0.0.1/", Origin: "http://127.0.0.1", Point: &p, At: time.Now().UTC(),
			Element: &step.Element{Tag: "button", Role: step.RoleButton, Name: name, FrameOrigin: "http://127.0.0.1", Box: at, Node: "7"}}}
	w.Add(ctx, step.Judged{Verdict: w.verdict})
}

// Ask puts the act that was judged to a person.
func (w *Teller) Ask(ctx context.Context, id, text string, fields map[string]string) {
	f := w.verdict.Facts
	act := w.verdict.Action
	w.Add(ctx, step.Asked{Question: step.Question{ID: id, About: step.AboutAct, Text: text, Action: &act, Digest: w.verdict.Digest, Facts: &f, Rules: w.verdict.Rules,
		Picture: w.hash, Sends: &step.Sends{Method: "POST", Host: "127.0.0.1", Fields: fields}, Expires: time.Now().UTC().Add(10 * time.Minute)}})
}

// Do says how the act ended and what changed.
func (w *Teller) Do(ctx context.Context, status step.OutcomeStatus, reason string) {
	w.Add(ctx, step.Did{Verdict: w.verdict.ID, Outcome: step.Outcome{Status: status, Reason: reason, Took: 140 * time.Millisecond}})
	met := true
	w.Add(ctx, step.Checked{Expect: "the page moves on", Met: &met, Change: 0.22})
}

// End closes the task with one value and one check, both with evidence.
func (w *Teller) End(ctx context.Context, status step.Status, reason string, at step.Rect, text string) {
	value, err := json.Marshal(text)
	if err != nil && w.Err == nil {
		w.Err = err
	}
	e := &step.Evidence{Observation: fmt.Sprintf("o%d", w.step), Picture: w.hash, Box: at, Text: text, Source: step.SourcePixels}
	w.Add(ctx, step.Ended{Result: step.Result{Status: status, Reason: reason, Values: map[string]step.Value{"total": {Value: value, Evidence: e}, "note": {Value: value}},
		Checks: []step.Check{{What: fmt.Sprintf("%q is on the screen", text), OK: true, Evidence: e}, {What: "a file \"*.csv\" was downloaded", OK: status == step.StatusDone, Why: "see files"}},
		Files:  []step.Download{{Name: "invoice.csv", URL: "http://127.0.0.1/invoice.csv", Bytes: 1204, SHA256: "00"}},
		Usage:  step.Usage{Steps: w.step, Acts: w.step - 1, ModelCalls: w.step, PromptTokens: 4720, AnswerTokens: 184, ModelTime: 4 * time.Second, Wall: 12 * time.Second}}})
}
