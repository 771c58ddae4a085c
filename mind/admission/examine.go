package admission

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chiron/mind"
	"chiron/step"
	"chiron/vision"
)

// Options of an examination.
type Options struct {
	Chat    mind.Chat
	Profile mind.Profile // how the model is spoken to; sight and space are varied
	Model   string
	Digest  string
	Ollama  string
	Vision  bool              // it takes pictures
	Each    int               // questions by sight; 0 is 12
	Tell    func(what string) // progress; nil says nothing
	Now     func() time.Time  // nil is time.Now
}

// longest is how many tokens an answer may take here: an act with its note and expectation takes about 60.
const longest = 160

// exam is one examination under way.
type exam struct {
	o     Options
	all   []question
	c     Certificate
	valid int
	used  step.Usage
	minds map[mind.Profile]*mind.Mind
}

// Examine asks the model. An error is about the runtime, never about the model's answers: those are in the certificate.
func Examine(ctx context.Context, o Options) (Certificate, error) {
	if o.Each == 0 {
		o.Each = 12
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	all, err := questions(o.Each)
	if err != nil {
		return Certificate{}, fmt.Errorf("certify: %w", err)
	}
	e := &exam{o: o, all: all, minds: map[mind.Profile]*mind.Mind{}, c: Certificate{Model: o.Model, Digest: o.Digest, Ollama: o.Ollama, Size: step.Viewport(), At: o.Now().UTC(), Seen: o.Profile.Seen}}
	if err := e.run(ctx); err != nil {
		return e.c, fmt.Errorf("certify %s: %w", o.Model, err)
	}
	if e.c.Asked > 0 {
		e.c.Valid = float64(e.valid) / float64(e.c.Asked)
	}
	if s := e.used.ModelTime.Seconds(); s > 0 {
		e.c.Speed = float64(e.used.AnswerTokens) / s
	}
	e.c.judge()
	return e.c, nil
}

func (e *exam) run(ctx context.Context) (err error) {
	if e.c.Text, _, err = e.sight(ctx, "text", e.profile(step.SightText, ""), false); err != nil {
		return err
	}
	if e.o.Vision {
		if err := e.pictures(ctx); err != nil {
			return err
		}
	}
	if e.c.choose(); e.c.Sight == "" {
		return nil
	}
	return e.memory(ctx, e.profile(e.c.Sight, e.c.Space))
}

// pictures examines marks, coordinates in every convention until one fits, and what guessing gives.
func (e *exam) pictures(ctx context.Context) (err error) {
	if e.c.Marks, _, err = e.sight(ctx, "marks", e.profile(step.SightMarks, ""), false); err != nil {
		return err
	}
	for i, space := range []vision.Space{vision.SpacePixels, vision.Space1000, vision.SpaceUnit} {
		right, off, err := e.sight(ctx, "pixels as "+string(space), e.profile(step.SightPixels, space), false)
		if err != nil {
			return err
		}
		if i == 0 || right > e.c.Pixels {
			e.c.Pixels, e.c.Error, e.c.Space = right, off, space
		}
		if right >= LeastRight {
			break // one convention fits: the others cannot
		}
	}
	e.c.Blind, _, err = e.sight(ctx, "an empty picture", e.profile(step.SightPixels, e.c.Space), true)
	return err
}

func (e *exam) profile(sight step.Sight, space vision.Space) mind.Profile {
	p := e.o.Profile
	p.Sight, p.Space, p.Describe = sight, space, false
	if p.MaxTokens == 0 {
		p.MaxTokens = longest
	}
	return p
}

// sight asks all questions in one way and returns the share of right answers and the median error in page pixels.
func (e *exam) sight(ctx context.Context, name string, p mind.Profile, blind bool) (right float64, off int, err error) {
	hits := 0
	var offs []int
	for i, q := range e.all {
		e.o.Tell(fmt.Sprintf("%s %d/%d", name, i+1, len(e.all)))
		hit, d, _, err := e.ask(ctx, q.look(nil, blind), q, p, !blind)
		if err != nil {
			return 0, 0, err
		}
		if hit {
			hits++
		}
		if d >= 0 {
			offs = append(offs, d)
		}
	}
	if len(offs) > 0 {
		slices.Sort(offs)
		off = offs[len(offs)/2]
	}
	return float64(hits) / float64(len(e.all)), off, nil
}

// memory asks one question behind a past of growing length.
func (e *exam) memory(ctx context.Context, p mind.Profile) error {
	q := e.all[0]
	for _, steps := range []int{10, mind.DefaultHistory} {
		e.o.Tell(fmt.Sprintf("behind %d steps", steps))
		var past []mind.Entry
		for i := range steps {
			past = append(past, mind.Entry{Step: i + 1, Act: fmt.Sprintf(`click the "Report %d" link`, i+1), Outcome: "done; nothing of interest changed on the page"})
		}
		hit, _, tokens, err := e.ask(ctx, q.look(past, false), q, p, false)
		if errors.Is(err, mind.ErrTooLong) {
			return nil
		}
		if err != nil {
			return err
		}
		if hit {
			e.c.Context = tokens
		}
	}
	return nil
}

// ask puts one question. off is the distance from the target's middle, -1 where no point was given.
func (e *exam) ask(ctx context.Context, l mind.Look, q question, p mind.Profile, counts bool) (hit bool, off, tokens int, err error) {
	m := e.minds[p]
	if m == nil {
		if m, err = mind.New(mind.Options{Chat: e.o.Chat, Profile: func(mind.Role, string) mind.Profile { return p }}); err != nil {
			return false, -1, 0, err
		}
		e.minds[p] = m
	}
	l.Task.Models = map[string]string{string(mind.RoleActor): e.o.Model}
	l.Task.Sight = p.Sight
	out, err := m.Propose(ctx, l)
	e.used = e.used.Add(out.Usage)
	tokens = out.Usage.PromptTokens
	if n := out.Usage.ModelCalls; n > 1 {
		tokens /= n
	}
	if counts {
		e.c.Asked++
	}
	if errors.Is(err, mind.ErrUnusable) {
		return false, -1, tokens, nil
	}
	if err != nil {
		return false, -1, tokens, err
	}
	if counts {
		e.valid++
	}
	hit, off = q.answered(out.Action.Action)
	return hit, off, tokens, nil
}
