package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"chiron/inference"
	"chiron/mind"
	"chiron/training/gen"
)

// Turn is one line of play: what the model is shown in one episode.
type Turn struct {
	Episode int             `json:"episode"` // number, from 0
	Kind    string          `json:"kind"`
	Prompt  string          `json:"prompt,omitempty"`
	System  string          `json:"system,omitempty"` // the prompt's turns, for engines with a template of their own
	Past    string          `json:"past,omitempty"`
	Page    string          `json:"page,omitempty"`
	Schema  json.RawMessage `json:"schema,omitempty"`
	Fields  []string        `json:"fields,omitempty"` // of the result; the schema forces them
	Expert  string          `json:"expert,omitempty"` // the right answer, for scoring
	Over    bool            `json:"over,omitempty"`
	Success bool            `json:"success,omitempty"`
	Claimed bool            `json:"claimed,omitempty"`    // the model said done
	Asked   bool            `json:"asked,omitempty"`      // it was not sure of an act, which a person is asked for
	No      bool            `json:"impossible,omitempty"` // the goal cannot be reached
}

// Reply is one line of play the other way.
type Reply struct {
	Episode int    `json:"episode"`
	Answer  string `json:"answer"`
	// Logprobs are those of Ollama's reply. With -doubt they decide whether the answer is believed.
	Logprobs json.RawMessage `json:"logprobs,omitempty"`
}

// maxFaults is how many answers in a row may be unusable, and maxTurns how long an episode may go on.
const (
	maxFaults = 3
	maxTurns  = 30
)

type game struct {
	*gen.Episode
	turns, faults int
	claimed       bool
	asked         bool
	turn          Turn
	trust         mind.Profile // of answers
	schema        json.RawMessage
}

// play runs episodes against a model that answers on stdin: first it writes a turn of every episode, then, for every
// reply, the next turn of that episode.
func play(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flag.NewFlagSet("play", flag.ContinueOnError)
	split := f.String("split", "words", "train, words, wordings or kinds")
	n := f.Int("episodes", 200, "episodes")
	seed := f.Uint64("seed", HeldSeed+1<<19, "seed of the first")
	var trust mind.Profile
	f.Float64Var(&trust.Doubt, "doubt", 0, "end an episode at an act that the model is less sure of, as the product does, which asks a person")
	f.Float64Var(&trust.Claim, "claim", 0, "the same for claims that the goal is reached")
	f.Float64Var(&trust.Consent, "consent", 0, "the same for a yes to a question of the page")
	no := f.Bool("impossible", false, "only episodes whose goal cannot be reached")
	if err := f.Parse(args); err != nil {
		return err
	}
	r, err := gen.NewRenderer()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	var games []*game
	for next := *seed; len(games) < *n; next++ {
		e, err := gen.New(gen.Split(*split), next)
		if err != nil {
			return err
		}
		if *no && !e.Impossible() {
			continue
		}
		g := &game{Episode: e, trust: trust, turn: Turn{Episode: len(games), Kind: e.Kind, No: e.Impossible(), Fields: e.Fields()}}
		if err := g.show(ctx, r, lines); err != nil {
			return err
		}
		games = append(games, g)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for d := json.NewDecoder(in); ; {
		var reply Reply
		if err := d.Decode(&reply); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if reply.Episode < 0 || reply.Episode >= len(games) {
			return fmt.Errorf("there is no episode %d", reply.Episode)
		}
		g := games[reply.Episode]
		if err := g.answer(reply); err != nil {
			return err
		}
		if err := g.show(ctx, r, lines); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
}

// answer plays what the model said.
func (g *game) answer(reply Reply) error {
	g.turns++
	act, err := gen.Parse(reply.Answer)
	if err != nil {
		g.faults++
		return nil
	}
	g.faults = 0
	if g.trust != (mind.Profile{}) && len(reply.Logprobs) > 0 { // a model that says nothing of them is believed
		sure, err := inference.Sure(reply.Logprobs, g.schema)
		if err != nil {
			return fmt.Errorf("episode %d: %w", reply.Episode, err)
		}
		if g.asked = !g.trust.Believes(act, sure); g.asked {
			return nil
		}
	}
	g.claimed = g.claimed || act.Kind() == "done"
	g.Do(act)
	return nil
}

// show writes the turn as it is now.
func (g *game) show(ctx context.Context, r *gen.Renderer, lines *json.Encoder) error {
	t := g.turn
	over, success := g.Over()
	if over || g.asked || g.faults >= maxFaults || g.turns >= maxTurns {
		t.Over, t.Success, t.Claimed, t.Asked, t.Fields = true, success, g.claimed, g.asked, nil
		return lines.Encode(t)
	}
	act, err := g.Expert()
	if err != nil {
		return err
	}
	if t.Expert, err = gen.AnswerOf(act); err != nil {
		return err
	}
	turns, err := r.Render(ctx, g.Look(), t.Expert)
	if err != nil {
		return err
	}
	g.schema = r.Schema()
	t.Prompt, t.Schema = gen.Text(turns), g.schema
	t.System, t.Past, t.Page = turns[0].Text, "", turns[len(turns)-1].Text
	if len(turns) > 2 {
		t.Past = turns[1].Text
	}
	return lines.Encode(t)
}
