package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"chiron/step"
)

func (c *Client) command(ctx context.Context, id, verb string, body any) error {
	return c.call(ctx, http.MethodPost, taskPath(id, verb), nil, body, nil)
}

// Cancel asks for the end of a task. It returns when the order is recorded; the end itself is an event.
func (c *Client) Cancel(ctx context.Context, id, reason string) error {
	return c.command(ctx, id, "cancel", map[string]string{"reason": reason})
}

// Pause parks a task after the act in hand.
func (c *Client) Pause(ctx context.Context, id string) error { return c.command(ctx, id, "pause", nil) }

// Resume takes a paused task up again.
func (c *Client) Resume(ctx context.Context, id string) error {
	return c.command(ctx, id, "resume", nil)
}

// Message tells the agent something while it works.
func (c *Client) Message(ctx context.Context, id, text string) error {
	return c.command(ctx, id, "message", map[string]string{"text": text})
}

// Answer answers the open question of a task. By and At are set by the server. A question that is no longer open is
// a Problem 409.
func (c *Client) Answer(ctx context.Context, id string, a step.Answer) error {
	return c.command(ctx, id, "answers", map[string]string{"question": a.Question, "choice": string(a.Choice), "text": a.Text})
}

// Open is a question that waits for a person.
type Open struct {
	Task     string        `json:"task"`
	Goal     string        `json:"goal"`
	Step     int           `json:"step"`
	Question step.Question `json:"question"`
}

// Questions returns all open questions.
func (c *Client) Questions(ctx context.Context) ([]Open, error) {
	var out struct {
		Questions []Open `json:"questions"`
	}
	err := c.call(ctx, http.MethodGet, "/v1/questions", nil, nil, &out)
	return out.Questions, err
}

// History is a stretch of a task's events. Seq is the newest event the task has; More says that events between the last
// one here and Seq are left.
type History struct {
	Events []step.Event `json:"events"`
	Seq    uint64       `json:"seq"`
	More   bool         `json:"more,omitempty"`
}

// History returns events after a sequence number without waiting for new ones, at most limit (zero: 500).
func (c *Client) History(ctx context.Context, id string, after uint64, limit int) (History, error) {
	q := url.Values{"after": {strconv.FormatUint(after, 10)}}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	var h History
	err := c.call(ctx, http.MethodGet, taskPath(id, "events"), q, nil, &h)
	return h, err
}

// Picture returns a picture by its hash and its media type.
func (c *Client) Picture(ctx context.Context, hash string) (data []byte, mime string, err error) {
	req, err := c.request(ctx, http.MethodGet, "/v1/pictures/"+url.PathEscape(hash), nil, nil)
	if err != nil {
		return nil, "", err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, "", unreachable(err)
	}
	defer res.Body.Close()
	data, err = io.ReadAll(io.LimitReader(res.Body, maxReply))
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("read the picture: %w", err)
	case res.StatusCode != http.StatusOK:
		return nil, "", problem(res, data)
	}
	return data, res.Header.Get("Content-Type"), nil
}

// Stop engages the kill switch: no act is admitted and no permit redeemed anywhere until Release.
func (c *Client) Stop(ctx context.Context, reason string) error {
	return c.call(ctx, http.MethodPost, "/v1/stop", nil, map[string]string{"reason": reason}, nil)
}

// Release lets work go on after Stop.
func (c *Client) Release(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/v1/stop/release", nil, nil, nil)
}

// Part is one part of the server. Why is empty when it is ready.
type Part struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Why   string `json:"why,omitempty"`
}

// Readiness says whether the server can work, part by part.
type Readiness struct {
	Ready bool   `json:"ready"`
	Parts []Part `json:"parts,omitempty"`
}

// Ready returns the readiness of the server; a server that is up but not ready is no error.
func (c *Client) Ready(ctx context.Context) (Readiness, error) {
	var r Readiness
	err := c.call(ctx, http.MethodGet, "/readyz", url.Values{"always": {"200"}}, nil, &r)
	return r, err
}

// Version returns the server's version.
func (c *Client) Version(ctx context.Context) (string, error) {
	var v struct {
		Version string `json:"version"`
	}
	err := c.call(ctx, http.MethodGet, "/v1/version", nil, nil, &v)
	return v.Version, err
}

// Take takes the mouse of a task from its agent, which lets go of it after the act in hand, and returns the lease that acts carry.
func (c *Client) Take(ctx context.Context, id string) (lease string, err error) {
	var out struct {
		Lease string `json:"lease"`
	}
	err = c.call(ctx, http.MethodPost, taskPath(id, "control"), nil, nil, &out)
	return out.Lease, err
}

// Drive does one act with the mouse that is held under the lease. Its target must be a point. A denial is in the verdict; then there is no outcome.
func (c *Client) Drive(ctx context.Context, id string, act step.Driving) (done step.Driven, err error) {
	err = c.call(ctx, http.MethodPost, taskPath(id, "control/acts"), nil, act, &done)
	return done, err
}

// Return gives the mouse back to the agent.
func (c *Client) Return(ctx context.Context, id, lease string) error {
	return c.call(ctx, http.MethodDelete, taskPath(id, "control"), url.Values{"lease": {lease}}, nil, nil)
}
