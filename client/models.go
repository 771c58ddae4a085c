package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Model is a model of the server. Certificate is what its admission test found, null without one; Job is the newest work on it.
type Model struct {
	Name         string          `json:"name"`
	Digest       string          `json:"digest"`
	Size         int64           `json:"size"` // bytes on disk
	Parameters   string          `json:"parameters"`
	Quantization string          `json:"quantization"`
	Roles        []string        `json:"roles"`
	Certificate  json.RawMessage `json:"certificate"`
	Job          *ModelJob       `json:"job"`
}

// ModelJob is work on a model that takes a while. Total and Completed are bytes.
type ModelJob struct {
	Kind      string `json:"kind"`
	Status    string `json:"status"`
	Total     int64  `json:"total"`
	Completed int64  `json:"completed"`
	Done      bool   `json:"done"`
	Error     string `json:"error"`
}

// Models lists the models.
func (c *Client) Models(ctx context.Context) ([]Model, error) {
	var out struct {
		Models []Model `json:"models"`
	}
	err := c.call(ctx, http.MethodGet, "/v1/models", nil, nil, &out)
	return out.Models, err
}

// BeginModel begins to pull or certify a model; Models tells how it goes.
func (c *Client) BeginModel(ctx context.Context, kind, model string) error {
	return c.call(ctx, http.MethodPost, "/v1/models/"+kind, nil, map[string]string{"model": model}, nil)
}

// Lines are the places where models are asked, and the calls that are answered or wait there.
type Lines struct {
	Endpoints []struct {
		Endpoint string    `json:"endpoint"`
		OK       bool      `json:"ok"`
		Why      string    `json:"why"`
		Since    time.Time `json:"since"`
		Waiting  int       `json:"waiting"`
	} `json:"endpoints"`
	Calls []struct {
		Endpoint string    `json:"endpoint"`
		Model    string    `json:"model"`
		Task     string    `json:"task"`
		Owner    string    `json:"owner"`    // id of the key that made the task
		Urgent   bool      `json:"urgent"`   // a person waits for it
		Position int       `json:"position"` // 0 while it is answered
		Since    time.Time `json:"since"`
		Expected float64   `json:"expected_s"` // seconds until it is answered; 0 is not known
	} `json:"calls"`
}

// Queue says who waits for which model, and how the places do where they are asked. Owner keeps the calls for tasks of one key; "" all.
func (c *Client) Queue(ctx context.Context, owner string) (l Lines, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/models/queue", url.Values{"owner": {owner}}, nil, &l)
	return l, err
}
