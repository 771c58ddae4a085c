package inference

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// Model is an installed model.
type Model struct {
	Name         string
	Digest       string // sha256 of its manifest
	Size         int64  // bytes on disk
	Family       string
	Parameters   string // for example "4.4B"
	Quantization string // for example "Q4_K_M"
	Modified     time.Time
}

// Details is what a model can do.
type Details struct {
	Capabilities  []string // "completion", "vision", "tools", "thinking", "embedding", …
	Architecture  string
	ContextLength int // longest context it was trained for, in tokens; 0 = unknown
	Template      string
	Renderer      string
	Parser        string
}

// Vision reports whether the model takes pictures.
func (d Details) Vision() bool { return d.has("vision") }

// Embedding reports whether the model makes embeddings rather than answers.
func (d Details) Embedding() bool { return d.has("embedding") }

func (d Details) has(capability string) bool {
	for _, c := range d.Capabilities {
		if c == capability {
			return true
		}
	}
	return false
}

// Loaded is a model in memory.
type Loaded struct {
	Name          string
	Digest        string
	Size          int64 // bytes in memory
	SizeVRAM      int64 // of those, bytes on the GPU
	ContextLength int   // the context it runs with, in tokens
	Expires       time.Time
}

// Progress is one step of a pull or a create. Total and Completed are bytes of the blob Digest, 0 when none is meant.
type Progress struct {
	Status           string
	Digest           string
	Total, Completed int64
}

// Version is Ollama's own version, for example "0.17.4".
func (c *Client) Version(ctx context.Context) (string, error) {
	var v struct {
		Version string `json:"version"`
	}
	if err := c.ask(ctx, http.MethodGet, "/api/version", nil, &v); err != nil {
		return "", fmt.Errorf("version: %w", err)
	}
	return v.Version, nil
}

// List returns the installed models.
func (c *Client) List(ctx context.Context) ([]Model, error) {
	var l api.ListResponse
	if err := c.ask(ctx, http.MethodGet, "/api/tags", nil, &l); err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	all := make([]Model, 0, len(l.Models))
	for _, m := range l.Models {
		all = append(all, Model{
			Name: m.Name, Digest: m.Digest, Size: m.Size, Family: m.Details.Family, Parameters: m.Details.ParameterSize,
			Quantization: m.Details.QuantizationLevel, Modified: m.ModifiedAt,
		})
	}
	return all, nil
}

// PS returns the models in memory.
func (c *Client) PS(ctx context.Context) ([]Loaded, error) {
	var p api.ProcessResponse
	if err := c.ask(ctx, http.MethodGet, "/api/ps", nil, &p); err != nil {
		return nil, fmt.Errorf("loaded models: %w", err)
	}
	all := make([]Loaded, 0, len(p.Models))
	for _, m := range p.Models {
		all = append(all, Loaded{
			Name: m.Name, Digest: m.Digest, Size: m.Size, SizeVRAM: m.SizeVRAM, ContextLength: m.ContextLength, Expires: m.ExpiresAt,
		})
	}
	return all, nil
}

// Show describes an installed model; ErrNoModel when there is none of that name.
func (c *Client) Show(ctx context.Context, model string) (Details, error) {
	var s api.ShowResponse
	if err := c.ask(ctx, http.MethodPost, "/api/show", api.ShowRequest{Model: model}, &s); err != nil {
		return Details{}, fmt.Errorf("show %s: %w", model, err)
	}
	d := Details{Template: s.Template, Renderer: s.Renderer, Parser: s.Parser}
	for _, capability := range s.Capabilities {
		d.Capabilities = append(d.Capabilities, string(capability))
	}
	d.Architecture, _ = s.ModelInfo["general.architecture"].(string)
	if n, ok := s.ModelInfo[d.Architecture+".context_length"].(float64); ok {
		d.ContextLength = int(n)
	}
	return d, nil
}

// Pull downloads a model and tells its progress; a broken-off pull goes on where it stopped when it is made again.
func (c *Client) Pull(ctx context.Context, model string, tell func(Progress)) error {
	if err := c.work(ctx, "/api/pull", api.PullRequest{Model: model}, tell); err != nil {
		return fmt.Errorf("pull %s: %w", model, err)
	}
	return nil
}

// Recipe is how Create makes a model. Either GGUF or From is set.
type Recipe struct {
	Model      string
	GGUF       string // path of a file, which is uploaded when Ollama does not have it
	From       string // name of an installed model
	Template   string
	System     string
	Renderer   string
	Parser     string
	Quantize   string         // "", "q4_K_S", "q4_K_M" or "q8_0"
	Parameters map[string]any // for example "stop"
}

// Create makes a model out of a GGUF file or another model, and tells its progress.
func (c *Client) Create(ctx context.Context, r Recipe, tell func(Progress)) error {
	q := api.CreateRequest{
		Model: r.Model, From: r.From, Template: r.Template, System: r.System, Renderer: r.Renderer, Parser: r.Parser,
		Quantize: r.Quantize, Parameters: r.Parameters,
	}
	if r.GGUF != "" {
		digest, err := c.upload(ctx, r.GGUF)
		if err != nil {
			return fmt.Errorf("create %s: upload: %w", r.Model, err)
		}
		q.Files = map[string]string{filepath.Base(r.GGUF): digest}
	}
	if err := c.work(ctx, "/api/create", q, tell); err != nil {
		return fmt.Errorf("create %s: %w", r.Model, err)
	}
	return nil
}

func (c *Client) upload(ctx context.Context, path string) (digest string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	digest = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	err = c.ask(ctx, http.MethodHead, "/api/blobs/"+digest, nil, nil)
	if refused := (*StatusError)(nil); err == nil || !errors.As(err, &refused) {
		return digest, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return digest, c.ask(ctx, http.MethodPost, "/api/blobs/"+digest, io.Reader(f), nil)
}

// Delete removes a model; ErrNoModel when there is none of that name.
func (c *Client) Delete(ctx context.Context, model string) error {
	if err := c.ask(ctx, http.MethodDelete, "/api/delete", api.DeleteRequest{Model: model}, nil); err != nil {
		return fmt.Errorf("delete %s: %w", model, err)
	}
	return nil
}

// work runs a streamed job that is done only when it says "success".
func (c *Client) work(ctx context.Context, path string, body any, tell func(Progress)) error {
	r, err := c.open(ctx, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	defer r.Close()
	err = readStream(r, func(line []byte) (bool, error) {
		var p api.ProgressResponse
		if err := json.Unmarshal(line, &p); err != nil {
			return false, fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		if tell != nil {
			tell(Progress{Status: p.Status, Digest: p.Digest, Total: p.Total, Completed: p.Completed})
		}
		return p.Status == "success", nil
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrRunner) && (strings.Contains(err.Error(), "file does not exist") || strings.Contains(err.Error(), "not found")):
		return fmt.Errorf("%w: %w", ErrNoModel, err)
	}
	return err
}

// Embed returns one unit vector per text. A text that is longer than the model's context is ErrContext.
func (c *Client) Embed(ctx context.Context, model, task string, texts []string) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	vectors, err := c.embed(ctx, model, task, texts)
	if err != nil {
		return nil, fmt.Errorf("embed with %s: %w", model, err)
	}
	return vectors, nil
}

func (c *Client) embed(ctx context.Context, model, task string, texts []string) ([][]float32, error) {
	leave, err := c.gate.Enter(ctx, model, Call{Task: task})
	if err != nil {
		return nil, err
	}
	defer leave()
	no := false
	q := api.EmbedRequest{
		Model: model, Input: texts, Truncate: &no, KeepAlive: &api.Duration{Duration: c.opts.KeepAlive},
		Options: runnerOptions(c.Profile(model)),
	}
	limit := c.opts.Load + c.opts.FirstToken // the model may have to be loaded
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w (no vectors for %v)", ErrSlow, limit))
	defer cancel()
	var answer api.EmbedResponse
	if err := c.ask(ctx, http.MethodPost, "/api/embed", q, &answer); err != nil {
		return nil, err
	}
	if len(answer.Embeddings) != len(texts) {
		return nil, fmt.Errorf("%w: %d vectors for %d texts", ErrProtocol, len(answer.Embeddings), len(texts))
	}
	for _, v := range answer.Embeddings {
		if len(v) == 0 || len(v) != len(answer.Embeddings[0]) {
			return nil, fmt.Errorf("%w: vectors of different length", ErrProtocol)
		}
	}
	return answer.Embeddings, nil
}
