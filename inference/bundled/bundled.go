// Package bundled is the models that a build of Chiron may carry: a few megabytes of weights, trained from nothing. One, by
// `make train`, drives simple, well-labelled pages from their text form on a CPU; one with eyes says where on a picture something is.
// Their cards say what they can do and what not.
package bundled

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"chiron/inference"
)

// folder holds the models' cards and, in a build that carries them, little.gguf and eyes.gguf.
//
//go:embed model
var folder embed.FS

// Template is the chat template, in Ollama's language, that the model was trained with. Ollama joins neighbouring turns of
// one speaker by an empty line.
const Template = `<|bos|>{{ range .Messages }}{{ if eq .Role "assistant" }}<|act|>{{ .Content }}<|end|>{{ else }}{{ .Content }}
{{ end }}{{ end }}<|act|>`

// EyesTemplate is that of the model with eyes. The picture stands before the words.
const EyesTemplate = `{{- range .Messages }}[INST]{{ .Content }}[/INST]{{- end }}`

// Alias is what tasks and commands call the models of this build.
const Alias = "bundled"

// How the model is spoken to. Its answers are short, and its context holds about as much of the past as it was trained on.
const (
	MaxTokens = 96
	History   = 16
	// Doubt is the probability below which an act of the model goes to a person, Claim the same for its claim that the goal is
	// reached: see the card for what they catch. Consent is the same for a yes to a question such as "Delete it?":
	// of 172 on held-out pages the model is 74 % sure of the only wrong one, and at least 96 % of the right ones, but of one.
	Doubt   = 0.4
	Claim   = 0.9
	Consent = 0.9
	// Glimpse is the same for a point: of 467 questions on held-out pages it holds back 18 of the 28 wrong points and 42 of the 387 right ones.
	Glimpse = 0.35
)

// Model is a model that comes with the program.
type Model struct {
	Name           string            // in Ollama: it ends in a digest of the weights, so that other weights are another model
	Profile        inference.Profile // how it is run
	template, stop string
	gguf           []byte
}

// Set is the models of a build, nil where there is none: Little acts, Eyes finds.
type Set struct{ Little, Eyes *Model }

// Carried returns the models of this build.
func Carried() Set {
	var s Set
	if data, err := fs.ReadFile(folder, "model/little.gguf"); err == nil {
		s.Little = Of(data)
	}
	if data, err := fs.ReadFile(folder, "model/eyes.gguf"); err == nil {
		s.Eyes = OfEyes(data)
	}
	return s
}

// Of makes a model that acts of the contents of a GGUF file. It was trained on this context, and more threads only wait for each other
// in a model of this size.
func Of(gguf []byte) *Model {
	return &Model{Name: "chiron-little:" + digest(gguf), Profile: inference.Profile{NumCtx: 2048, NumThread: 1, CharsPerToken: 2.5}, template: Template, stop: "<|end|>", gguf: gguf}
}

// OfEyes makes a model that finds. A picture of the viewport's size is 28 rows of 42 tokens and a mark.
func OfEyes(gguf []byte) *Model {
	return &Model{Name: "chiron-eyes:" + digest(gguf), Profile: inference.Profile{NumCtx: 2048, CharsPerToken: 1, ImageTokens: 28 * 43}, template: EyesTemplate, stop: "</s>", gguf: gguf}
}

func digest(gguf []byte) string {
	sum := sha256.Sum256(gguf)
	return hex.EncodeToString(sum[:6])
}

// All are the models of the set.
func (s Set) All() []*Model {
	return slices.DeleteFunc([]*Model{s.Little, s.Eyes}, func(m *Model) bool { return m == nil })
}

// Has reports whether a model, by its name in Ollama, is one of the set.
func (s Set) Has(model string) bool {
	return slices.ContainsFunc(s.All(), func(m *Model) bool { return m.Name == model })
}

// Profiles is how the models of the set are run, by their names, with so many threads where they do not say it; 0 is Ollama's choice.
func (s Set) Profiles(threads int) map[string]inference.Profile {
	out := map[string]inference.Profile{}
	for _, m := range s.All() {
		p := m.Profile
		p.NumThread = cmp.Or(p.NumThread, threads)
		out[m.Name] = p
	}
	return out
}

// Cards say in plain words what the models can do and what not.
func Cards() string {
	var out []string
	for _, name := range []string{"model/README.md", "model/EYES.md"} {
		if data, err := fs.ReadFile(folder, name); err == nil {
			out = append(out, string(data))
		}
	}
	return strings.Join(out, "\n")
}

// Slots is how many prompts a managed Ollama keeps in memory: what is configured, else one for each worker, but one alone where the
// bundled model acts. Ollama's runner for its architecture dies (0.17.4: "model runner has unexpectedly stopped") when it keeps
// several prompts; with one it was not seen to; reading its short prompts anew costs less than a tenth of a second.
func Slots(configured, workers int, actor string) int {
	if _, err := fs.Stat(folder, "model/little.gguf"); err == nil && actor == "" && configured == 0 {
		return 1
	}
	return cmp.Or(configured, workers)
}

// Install puts the model into Ollama, unless it is there.
func (m *Model) Install(ctx context.Context, c *inference.Client) (err error) {
	installed, err := c.List(ctx)
	if err != nil {
		return fmt.Errorf("install the bundled model: %w", err)
	}
	if slices.ContainsFunc(installed, func(i inference.Model) bool { return i.Name == m.Name }) {
		return nil
	}
	dir, err := os.MkdirTemp("", "chiron-model-*")
	if err != nil {
		return fmt.Errorf("install the bundled model: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.gguf")
	if err := os.WriteFile(path, m.gguf, 0o600); err != nil {
		return fmt.Errorf("install the bundled model: %w", err)
	}
	r := inference.Recipe{Model: m.Name, GGUF: path, Template: m.template, Parameters: map[string]any{"stop": []string{m.stop}}}
	if err := c.Create(ctx, r, nil); err != nil {
		return fmt.Errorf("install the bundled model: %w", err)
	}
	return nil
}
