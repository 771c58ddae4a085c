package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Key is an API key without its secret.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created"`
	Revoked bool      `json:"revoked,omitempty"`
}

// AddKey makes a key with an id of lower-case letters and digits and returns it in plain, the only time that it can be seen. Only
// the admin key may; an id that was given before is a Problem 409.
func (c *Client) AddKey(ctx context.Context, id, name string) (string, error) {
	var out struct {
		Key string `json:"key"`
	}
	err := c.call(ctx, http.MethodPost, "/v1/keys", nil, map[string]string{"id": id, "name": name}, &out)
	return out.Key, err
}

// Keys returns all keys, the revoked ones among them.
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	var out struct {
		Keys []Key `json:"keys"`
	}
	err := c.call(ctx, http.MethodGet, "/v1/keys", nil, nil, &out)
	return out.Keys, err
}

// RevokeKey ends a key and its sessions. Only the admin key may.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/v1/keys/"+url.PathEscape(id), nil, nil, nil)
}
