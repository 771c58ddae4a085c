// Package bundled is the model that a build of Chiron may carry: a few megabytes of weights, trained from nothing by
// `make train`, that drive simple, well-labelled pages from their text form on a CPU. Its card says what it can do and what
// not.
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

	"chiron/inference"
)

// folder holds the model's card and, in a build that carries it, little.gguf.
//
//go:embed model
var folder embed.FS

// Template is the chat template, in Ollama's language, that the model was trained with. Ollama joins neighbouring turns of
// one speaker by an empty line.
const Template = `<|bos|>{{ range .Messages }}{{ if eq .Role "assistant" }}<|act|>{{ .Content }}<|end|>{{ else }}{{ .Content }}
{{ end }}{{ end }}<|act|>`

const end = "<|end|>"

// Alias is what tasks and commands call the model of this build.
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
)

// Model is a model that comes with the program.
type Model struct {
	Name string // in Ollama: it ends in a digest of the weights, so that other weights are another model
	gguf []byte
}

// Carried returns the model of this build; ok is false in a build that carries none.
func Carried() (m Model, ok bool) {
	data, err := fs.ReadFile(folder, "model/little.gguf")
	if err != nil {
		return Model{}, false
	}
	return Of(data), true
}

// Of makes a model of the contents of a GGUF file.
func Of(gguf []byte) Model {
	sum := sha256.Sum256(gguf)
	return Model{Name: "chiron-little:" + hex.EncodeToString(sum[:6]), gguf: gguf}
}

// Card says in plain words what the model can do and what not.
func Card() string {
	data, err := fs.ReadFile(folder, "model/README.md")
	if err != nil {
		return ""
	}
	return string(data)
}

// Profile is how the model is run: it was trained on this context, and more threads only wait for each other in a model
// of this size.
func Profile() inference.Profile {
	return inference.Profile{NumCtx: 2048, NumThread: 1, CharsPerToken: 2.5}
}

// Slots is how many prompts a managed Ollama keeps in memory: what is configured, else one for each worker, but one alone where the
// bundled model acts. Ollama's runner for its architecture dies (0.17.4: "model runner has unexpectedly stopped") when it keeps
// several prompts; with one it was not seen to; reading its short prompts anew costs less than a tenth of a second.
func Slots(configured, workers int, actor string) int {
	if _, carried := Carried(); carried && actor == "" && configured == 0 {
		return 1
	}
	return cmp.Or(configured, workers)
}

// Install puts the model into Ollama, unless it is there.
func (m Model) Install(ctx context.Context, c *inference.Client) (err error) {
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
	path := filepath.Join(dir, "little.gguf")
	if err := os.WriteFile(path, m.gguf, 0o600); err != nil {
		return fmt.Errorf("install the bundled model: %w", err)
	}
	r := inference.Recipe{Model: m.Name, GGUF: path, Template: Template, Parameters: map[string]any{"stop": []string{end}}}
	if err := c.Create(ctx, r, nil); err != nil {
		return fmt.Errorf("install the bundled model: %w", err)
	}
	return nil
}
