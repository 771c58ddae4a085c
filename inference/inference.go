// Package inference is the only room that knows Ollama. A Client speaks to one endpoint: a configured one, or an Ollama of
// its own that it runs as a guarded child (Run).
//
// Every call is whole or an error: prompts are never cut silently, an answer without its end mark is no answer, and every
// failure is one of the package's sentinels. One call per model is in flight at a time; tenants and tasks take turns (Queue).
package inference

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"chiron/inference/gate"
)

// Profile is how a model is run. Ollama reloads a model whenever one of these differs between two calls, so a Client holds
// one profile per model and sends it with every call.
type Profile struct {
	NumCtx    int // context in tokens, prompt and answer together; 0 = DefaultNumCtx
	NumBatch  int // prompt tokens per batch; 0 = DefaultNumBatch
	NumThread int // threads on the CPU; 0 = Ollama's choice
	NumGPU    int // layers on the GPU; 0 = Ollama's choice, negative = none

	ImageTokens   int     // tokens of one picture, for the budget; 0 = DefaultImageTokens
	CharsPerToken float64 // bytes of text per token before the model's own are known; 0 = DefaultCharsPerToken

	// Think switches thinking on or off for models that can; nil leaves it to the model. Ollama 0.17 drops the grammar
	// of some models when it is off, so instruct variants are better than switching it off.
	Think *bool
}

// Defaults of a Profile. 1344×896 costs 1568 tokens in the dearest of the supported architectures; 3.2 bytes per token is
// a low average over English and markup.
const (
	DefaultNumCtx        = 16384
	DefaultNumBatch      = 512
	DefaultImageTokens   = 1568
	DefaultCharsPerToken = 3.2
)

func (p Profile) withDefaults() Profile {
	if p.NumCtx == 0 {
		p.NumCtx = DefaultNumCtx
	}
	if p.NumBatch == 0 {
		p.NumBatch = DefaultNumBatch
	}
	if p.ImageTokens == 0 {
		p.ImageTokens = DefaultImageTokens
	}
	if p.CharsPerToken == 0 {
		p.CharsPerToken = DefaultCharsPerToken
	}
	return p
}

// Options configure a Client. Either Endpoint is set, or Binary, Dir and Self are.
type Options struct {
	Endpoint string // base URL of a running Ollama; "" = a managed one

	Binary string   // path of the ollama program, for the managed one
	Dir    string   // directory that the managed Ollama writes to: its models, its key, its temporary files
	Self   []string // argv that reaches guard.Main
	Env    []string // more environment for the managed Ollama, for example CUDA_VISIBLE_DEVICES; nothing is inherited

	Profile  Profile            // of models that have none of their own
	Profiles map[string]Profile // by model name

	// Prompt is told of every prompt that the managed Ollama reads, in the order in which it does: how many tokens it has,
	// and how many of them the runner still had from before. It makes Ollama say more, prompts included, so it is for
	// measurements alone. nil asks for nothing.
	Prompt func(tokens, kept int)

	// Slots is how many prompts the managed Ollama keeps in memory for each model, one for each task that goes on at the same time;
	// each takes a context of its own. 0 = 1: then tasks that take turns make it read their prompts anew.
	Slots int

	Queue int // most calls that wait; 0 = DefaultQueue

	KeepAlive  time.Duration // how long a model stays loaded after a call; 0 = for ever
	Load       time.Duration // longest wait for a model to be loaded; 0 = 30 min
	FirstToken time.Duration // longest wait for the first token of a loaded model's answer, its prompt included; 0 = 15 min
	Idle       time.Duration // longest wait between two tokens; 0 = 2 min
	Start      time.Duration // longest wait for the managed Ollama to come up; 0 = 1 min

	Logger *slog.Logger // nil = discard
}

// Waiting is one call in a queue; Call is on whose behalf it is made. FullError is a queue that takes no more.
type (
	Waiting   = gate.Waiting
	Call      = gate.Call
	FullError = gate.FullError
)

// DefaultQueue is how many calls may wait at one endpoint.
const DefaultQueue = 64

// Client speaks to one Ollama. It is safe for concurrent use.
type Client struct {
	opts  Options
	log   *slog.Logger
	http  *http.Client
	gate  *gate.Keeper
	meter meter

	mu   sync.Mutex
	warm map[string]time.Time // when a model last answered, while nothing says that it was unloaded since
	base string               // "" while a managed Ollama is down
	up   chan struct{}        // closed while base is usable
}

// New validates the options. It neither connects nor starts anything.
func New(o Options) (*Client, error) {
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{{&o.Load, 30 * time.Minute}, {&o.FirstToken, 15 * time.Minute}, {&o.Idle, 2 * time.Minute}, {&o.Start, time.Minute}} {
		if *d.value <= 0 {
			*d.value = d.fallback
		}
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = -1
	}
	if o.Queue <= 0 {
		o.Queue = DefaultQueue
	}
	c := &Client{opts: o, log: o.Logger, gate: gate.New(o.Queue), warm: map[string]time.Time{}, up: make(chan struct{})}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.log = c.log.With("room", "inference")
	if o.Endpoint == "" {
		if o.Binary == "" || o.Dir == "" || len(o.Self) == 0 {
			return nil, errors.New("inference: without an endpoint, Binary, Dir and Self must be set")
		}
	} else {
		u, err := url.Parse(o.Endpoint)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, fmt.Errorf("inference: endpoint %q is not an http or https URL such as http://127.0.0.1:11434", o.Endpoint)
		}
		c.setUp(strings.TrimRight(o.Endpoint, "/"))
	}
	c.http = &http.Client{
		Transport: &http.Transport{
			Proxy:               nil, // nothing leaves for anywhere but the endpoint
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close gives back idle connections. A Client that is running (Run) is ended by its context first.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Profile is what the client sends with every call of model.
func (c *Client) Profile(model string) Profile {
	if p, ok := c.opts.Profiles[model]; ok {
		return p.withDefaults()
	}
	return c.opts.Profile.withDefaults()
}

// Queue lists the calls in flight and those that wait, model by model, in the order in which they will be answered.
func (c *Client) Queue() []Waiting {
	all := c.gate.List()
	for i := range all {
		all[i].Endpoint = c.Name()
	}
	return all
}

// Waiting is how many calls are answered or wait.
func (c *Client) Waiting() int { return c.gate.Len() }

// Full reports whether no more calls may wait, and when one probably may.
func (c *Client) Full() (after time.Duration, full bool) { return c.gate.Full() }

// Name is what people know the endpoint by: its address, or "managed".
func (c *Client) Name() string {
	if c.opts.Endpoint == "" {
		return "managed"
	}
	return c.opts.Endpoint
}

// Base is the address of Ollama at this moment; "" while a managed one is down.
func (c *Client) Base() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base
}

func (c *Client) setUp(base string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = base
	close(c.up)
}

func (c *Client) setDown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.base != "" {
		c.base, c.up = "", make(chan struct{})
	}
	clear(c.warm)
}

// address waits for the managed Ollama at most Options.Start long.
func (c *Client) address(ctx context.Context) (string, error) {
	timer := time.NewTimer(c.opts.Start)
	defer timer.Stop()
	for {
		c.mu.Lock()
		base, up := c.base, c.up
		c.mu.Unlock()
		if base != "" {
			return base, nil
		}
		select {
		case <-up:
		case <-timer.C:
			return "", fmt.Errorf("%w (the managed Ollama is not up)", ErrUnreachable)
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// open sends one request and returns the body of its successful response, which the caller closes.
func (c *Client) open(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	base, err := c.address(ctx)
	if err != nil {
		return nil, err
	}
	var payload io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		payload = b
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, payload)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%w (%s: %v)", ErrUnreachable, base, errors.Unwrap(err))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp.Body, nil
}

func refusal(resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return classify(resp.StatusCode, "")
	}
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(text, &said) == nil && said.Error != "" {
		return classify(resp.StatusCode, said.Error)
	}
	return classify(resp.StatusCode, string(text))
}

// ask sends one request and decodes its one JSON answer into into, unless that is nil.
func (c *Client) ask(ctx context.Context, method, path string, body, into any) error {
	r, err := c.open(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer r.Close()
	if into == nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(r, maxAnswer))
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("%w: %w", ErrQuietEnd, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return nil
}

// maxAnswer bounds one JSON answer in bytes; the largest are batches of embeddings.
const maxAnswer = 256 << 20
