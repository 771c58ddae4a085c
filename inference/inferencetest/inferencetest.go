// Package inferencetest gives tests a real Ollama with the tiny model of package tiny.
package inferencetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"chiron/inference"
	"chiron/inference/tiny"
)

// Model is the name under which the tiny model is created.
const Model = "tiny:latest"

// Profile is how the tiny model is run: one byte is one token.
func Profile() inference.Profile {
	return inference.Profile{NumCtx: tiny.ContextLength, ImageTokens: tiny.ImageTokens(1344, 896), CharsPerToken: 1}
}

// Binary is the path of the built Ollama, found from the working directory upwards.
func Binary() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working directory")
		}
	}
	path := filepath.Join(dir, "build", "bin", "ollama")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("build/bin/ollama is missing; run `make setup`: %w", err)
	}
	return path, nil
}

// Open runs Ollama below dir and creates the tiny model in it. self is the argv that reaches guard.Main. The returned
// function stops Ollama and waits for it.
func Open(ctx context.Context, self []string, dir string) (*inference.Client, func() error, error) {
	binary, err := Binary()
	if err != nil {
		return nil, nil, err
	}
	c, err := inference.New(inference.Options{
		Binary: binary, Dir: dir, Self: self, Profiles: map[string]inference.Profile{Model: Profile()},
	})
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		err := c.Run(ctx)
		cancel(err) // whoever waits for a failed start hears why
		ended <- err
	}()
	stop := func() error {
		cancel(nil)
		return errors.Join(<-ended, c.Close())
	}
	gguf := filepath.Join(dir, "tiny.gguf")
	if err := errors.Join(tiny.Write(gguf, 1), c.Create(ctx, inference.Recipe{Model: Model, GGUF: gguf, Template: tiny.Template}, nil)); err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return c, stop, nil
}

// Start is Open for the length of a test; it fails the test when Ollama does not come up.
func Start(tb testing.TB, self []string) *inference.Client {
	tb.Helper()
	// The directory outlives the test's context, so that Ollama can end in order.
	c, stop, err := Open(context.WithoutCancel(tb.Context()), self, tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Error(err)
		}
	})
	return c
}

// Add creates another tiny model under a running client, as r says beside its name and file. Its profile is that of the client for
// unknown models: 3.2 bytes per token, though one is one, so prompts stay short.
func Add(tb testing.TB, c *inference.Client, m tiny.Manner, r inference.Recipe) {
	tb.Helper()
	r.GGUF = filepath.Join(tb.TempDir(), "model.gguf")
	if r.Template == "" {
		r.Template = tiny.Template
	}
	if err := errors.Join(tiny.WriteLike(r.GGUF, 1, m), c.Create(tb.Context(), r, nil)); err != nil {
		tb.Fatal(err)
	}
}
