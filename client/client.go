// Package client speaks to the HTTP API of a Chiron server in the words of package step.
//
// A Client is safe for concurrent use, starts nothing and needs no Close. Every method takes a context that bounds the
// whole call. A refusal by the server is a *Problem; anything else (no connection, a reply that is not the API's) is
// a plain error that says so. Only Events repeats requests by itself, because reading twice changes nothing.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"chiron/step"
)

// Client is one server and the key to it.
type Client struct {
	base    *url.URL
	key     string
	http    *http.Client
	silence time.Duration // of an event stream, after which it counts as broken
	pause   time.Duration // before the first repeated connection
}

// Option changes how a Client works.
type Option func(*Client)

// WithHTTP replaces the HTTP client, for own transports and certificates. Its Timeout must be zero, or event streams
// end with it.
func WithHTTP(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithSilence says after how much silence an event stream counts as broken and is taken up again (zero: 45 s, three
// missed heartbeats of the server).
func WithSilence(d time.Duration) Option { return func(c *Client) { c.silence = d } }

// WithPause is the wait before an event stream is taken up again (zero: 250 ms); it doubles up to 5 s.
func WithPause(d time.Duration) Option { return func(c *Client) { c.pause = d } }

// New returns a client of the server at base, such as http://127.0.0.1:8787, with an API key.
func New(base, key string, options ...Option) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("server address: %q must look like http://127.0.0.1:8787", base)
	}
	c := &Client{base: u, key: key, http: &http.Client{Transport: http.DefaultTransport}, silence: 45 * time.Second,
		pause: 250 * time.Millisecond}
	for _, o := range options {
		o(c)
	}
	return c, nil
}

// Problem is a refusal by the server (RFC 9457). Status is the HTTP status.
type Problem struct {
	Status int      `json:"status"`
	Title  string   `json:"title"`
	Detail string   `json:"detail"`
	Errors []Detail `json:"errors,omitempty"`
}

// Detail is one fault of a request: the field it stands in, such as body.start, and what would be right.
type Detail struct {
	Location string `json:"location,omitempty"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Title)
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	for _, d := range p.Errors {
		b.WriteString("; ")
		if d.Location != "" {
			b.WriteString(d.Location + ": ")
		}
		b.WriteString(d.Message)
	}
	return b.String()
}

// StatusOf returns the HTTP status of the Problem in an error, or 0.
func StatusOf(err error) int {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status
	}
	return 0
}

const maxReply = 64 << 20 // bytes of one reply; the server's own bounds are far below

func (c *Client) url(path string, query url.Values) string {
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	return u.String()
}

func (c *Client) request(ctx context.Context, method, path string, query url.Values, body any) (*http.Request, error) {
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
		in = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url(path, query), in)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	return req, nil
}

// do sends a request and decodes a 2xx reply into out, which may be nil.
func (c *Client) do(req *http.Request, out any) (*http.Response, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return res, fmt.Errorf("read the reply: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return res, problem(res, data)
	}
	if out == nil || len(data) == 0 {
		return res, nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return res, fmt.Errorf("decode the reply to %s %s: %w", req.Method, req.URL.Path, err)
	}
	return res, nil
}

func unreachable(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if ctx := u.Err; errors.Is(ctx, context.Canceled) || errors.Is(ctx, context.DeadlineExceeded) {
			return ctx
		}
		err = u.Err
	}
	return fmt.Errorf("reach the server: %w", err)
}

func problem(res *http.Response, data []byte) error {
	p := &Problem{}
	if json.Unmarshal(data, p) != nil || p.Title == "" {
		p = &Problem{Title: http.StatusText(res.StatusCode), Detail: "the reply does not come from a Chiron server"}
	}
	p.Status = res.StatusCode
	return p
}

// call is request and do in one, for replies that need no header.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, body, out any) error {
	req, err := c.request(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	_, err = c.do(req, out)
	return err
}

func taskPath(id string, rest ...string) string {
	return strings.Join(append([]string{"/v1/tasks", url.PathEscape(id)}, rest...), "/")
}

// Create hands a task in. With a key, the same request repeated answers with the same task and created is false; the
// same key with another task is a Problem 409.
func (c *Client) Create(ctx context.Context, t step.Task, key string) (state step.State, created bool, err error) {
	req, err := c.request(ctx, http.MethodPost, "/v1/tasks", nil, t)
	if err != nil {
		return step.State{}, false, err
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.do(req, &state)
	if err != nil {
		return step.State{}, false, err
	}
	return state, res.StatusCode == http.StatusCreated, nil
}

// Get returns where a task stands.
func (c *Client) Get(ctx context.Context, id string) (step.State, error) {
	var s step.State
	err := c.call(ctx, http.MethodGet, taskPath(id), nil, nil, &s)
	return s, err
}

// Filter chooses tasks of a list. The zero Filter is all tasks, newest first.
type Filter struct {
	Status []step.Status     // any of these
	Label  map[string]string // all of these
	Cursor string            // Next of the page before
	Limit  int               // 1 to 200; zero is 50
}

// Page is a part of a list. Next is empty at its end.
type Page struct {
	Tasks []step.State `json:"tasks"`
	Next  string       `json:"next,omitempty"`
}

// List returns one page of tasks.
func (c *Client) List(ctx context.Context, f Filter) (Page, error) {
	q := url.Values{}
	for _, status := range f.Status {
		q.Add("status", string(status))
	}
	for name, value := range f.Label {
		q.Add("label", name+":"+value)
	}
	if f.Cursor != "" {
		q.Set("cursor", f.Cursor)
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	var p Page
	err := c.call(ctx, http.MethodGet, "/v1/tasks", q, nil, &p)
	return p, err
}
