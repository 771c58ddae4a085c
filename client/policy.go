package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"chiron/step"
)

// Rule is what one rule has to do with a decision.
type Rule struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Effect string `json:"effect"`
}

// Would is what rules say to an act.
type Would struct {
	Bundle      string            `json:"bundle"`
	Decision    step.Decision     `json:"decision"`
	Reason      string            `json:"reason"`
	Rules       []string          `json:"rules,omitempty"`
	Obligations []step.Obligation `json:"obligations,omitempty"`
	Errors      []string          `json:"errors,omitempty"`
}

// Explained is a decision as it was, and as the rules in force would take it now; Now is nil where no rule was asked.
type Explained struct {
	Task    string          `json:"task"`
	Step    int             `json:"step"`
	At      time.Time       `json:"at"`
	Verdict step.Verdict    `json:"verdict"`
	Rules   []Rule          `json:"rules,omitempty"`
	Now     *Would          `json:"now,omitempty"`
	Input   json.RawMessage `json:"input,omitempty"`
}

// Change is one decision that a bundle would take otherwise.
type Change struct {
	Decision string        `json:"decision"`
	Task     string        `json:"task"`
	Step     int           `json:"step"`
	At       time.Time     `json:"at"`
	Act      step.Kind     `json:"act"`
	Origin   string        `json:"origin,omitempty"`
	Element  string        `json:"element,omitempty"`
	Was      step.Decision `json:"was"`
	By       []string      `json:"by,omitempty"`
	Would    Would         `json:"would"`
}

// Difference is what a bundle would change of the last decisions.
type Difference struct {
	Bundle  string   `json:"bundle"`
	Asked   int      `json:"asked"`
	Skipped int      `json:"skipped"`
	Changes []Change `json:"changes"`
}

// Explain returns a decision by the id of its verdict.
func (c *Client) Explain(ctx context.Context, decision string) (Explained, error) {
	var e Explained
	err := c.call(ctx, http.MethodGet, "/v1/policy/decisions/"+url.PathEscape(decision), nil, nil, &e)
	return e, err
}

// WhatIf asks a bundle, given by its files, about the last acts that were judged.
func (c *Client) WhatIf(ctx context.Context, files map[string]string, last int) (Difference, error) {
	var d Difference
	err := c.call(ctx, http.MethodPost, "/v1/policy/what-if", nil, map[string]any{"files": files, "last": last}, &d)
	return d, err
}

// PutRules puts a bundle into force and returns its hash. A bad one is a Problem 422 that names its faults.
func (c *Client) PutRules(ctx context.Context, files map[string]string) (string, error) {
	return c.rules(ctx, http.MethodPut, "/v1/policy", map[string]any{"files": files})
}

// RollBackRules puts an earlier version into force again, whose hash begins with the given signs.
func (c *Client) RollBackRules(ctx context.Context, hash string) (string, error) {
	return c.rules(ctx, http.MethodPost, "/v1/policy/rollback", map[string]any{"hash": hash})
}

func (c *Client) rules(ctx context.Context, method, path string, body any) (string, error) {
	var out struct {
		Hash string `json:"hash"`
	}
	err := c.call(ctx, method, path, nil, body, &out)
	return out.Hash, err
}
