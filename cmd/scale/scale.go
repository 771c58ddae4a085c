// Package scale weighs prompts: a real Ollama reads them with a tiny model whose vocabulary is as large as that of real ones, and
// says how many tokens it had to read anew.
package scale

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"chiron/inference"
	"chiron/inference/tiny"
)

// Options say where things are.
type Options struct {
	Ollama string   // the program
	Self   []string // argv that reaches guard.Main
	Source string   // directory of the source: the vocabulary is Ollama's own for its tests, found through its go.mod
	Dir    string   // for what Ollama writes
	Slots  int      // prompts that are kept; as inference.Options.Slots
}

const (
	model  = "tiny-words:latest"
	window = tiny.ContextLength
	// patience is how long what a runner says of a prompt may come after its answer.
	patience = 10 * time.Second
)

// Scale is a running Ollama. Read is called by one goroutine at a time.
type Scale struct {
	client *inference.Client
	words  *tiny.Words
	said   chan reading
	stop   func() error
}

type reading struct{ tokens, kept int }

// Open begins the directory anew, starts Ollama and puts the model into it. Close must be called.
func Open(ctx context.Context, o Options) (*Scale, error) {
	s := &Scale{said: make(chan reading, 64)}
	if o.Source == "" {
		return nil, errors.New("prompts are weighed from the source directory; name it with --module")
	}
	if err := errors.Join(os.RemoveAll(o.Dir), os.MkdirAll(o.Dir, 0o700)); err != nil {
		return nil, err
	}
	module, err := ollamaModule(ctx, o.Source)
	if err != nil {
		return nil, err
	}
	if s.words, err = tiny.ReadWords(tiny.WordsIn(module)); err != nil {
		return nil, err
	}
	s.client, err = inference.New(inference.Options{Binary: o.Ollama, Self: o.Self, Dir: o.Dir, Slots: o.Slots,
		Profile: inference.Profile{NumCtx: window, CharsPerToken: 3.2}, Prompt: func(tokens, kept int) { s.said <- reading{tokens, kept} }})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		err := s.client.Run(ctx)
		cancel(err)
		ended <- err
	}()
	s.stop = func() error {
		cancel(nil)
		return errors.Join(<-ended, s.client.Close())
	}
	if err := s.make(ctx, filepath.Join(o.Dir, "words.gguf")); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *Scale) make(ctx context.Context, path string) error {
	if err := s.client.WaitReady(ctx); err != nil {
		return err
	}
	if err := s.words.WriteText(path, 1); err != nil {
		return err
	}
	return s.client.Create(ctx, inference.Recipe{Model: model, GGUF: path, Template: tiny.Template}, nil)
}

// Read has the runner read a prompt and returns its own counts.
func (s *Scale) Read(ctx context.Context, prompt []inference.Message) (tokens, kept int, err error) {
	reply, err := s.client.Chat(ctx, inference.Request{Model: model, Messages: prompt, MaxTokens: 1})
	if reply.Usage.PromptTokens == 0 {
		return 0, 0, fmt.Errorf("weigh: %w", err)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case r := <-s.said:
		if r.tokens != reply.Usage.PromptTokens {
			return 0, 0, fmt.Errorf("weigh: the runner read %d tokens and Ollama counts %d", r.tokens, reply.Usage.PromptTokens)
		}
		return r.tokens, r.kept, nil
	case <-late.C:
		return 0, 0, errors.New("weigh: the runner says nothing of its prompts")
	case <-ctx.Done():
		return 0, 0, context.Cause(ctx)
	}
}

// Count is how many tokens a text has.
func (s *Scale) Count(text string) (int, error) { return s.words.Count(text) }

// Close stops Ollama and waits for it.
func (s *Scale) Close() error { return s.stop() }

// ollamaModule is where the module cache keeps Ollama's source.
func ollamaModule(ctx context.Context, source string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/ollama/ollama")
	cmd.Dir = source
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find Ollama's module (prompts are weighed from the source directory, with Go installed): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
