package keys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chiron/server/fault"
)

// ErrAdmin is somebody else at the admin's work.
var ErrAdmin = errors.New("keys are made and revoked, rules changed and a stop released with the admin key alone")

// Allows returns ErrAdmin for an operation that only the admin key may ask for, and another key. Who could change the rules could do
// without the second pair of eyes.
func Allows(operation, key string) error {
	switch operation {
	case "add-key", "revoke-key", "put-rules", "roll-back-rules", "release":
		if key != adminKey {
			return ErrAdmin
		}
	}
	return nil
}

// Office makes, lists and revokes keys over HTTP.
type Office struct {
	Table Table
	Clock func() time.Time
}

// Operations describes the three routes of an Office: Add, List and Revoke.
func Operations() (add, list, revoke huma.Operation) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"keys"}, Summary: summary, Errors: []int{401, 403, 404, 409, 422}}
	}
	add = op("add-key", http.MethodPost, "/v1/keys", "Make a key for somebody")
	add.DefaultStatus = http.StatusCreated
	add.Description = "With the admin key alone. The reply is the only time that the key can be seen. Its id is the name under which tasks, answers and acts are recorded; it is never given twice."
	return add, op("list-keys", http.MethodGet, "/v1/keys", "List keys, without their secrets"),
		op("revoke-key", http.MethodDelete, "/v1/keys/{id}", "Revoke a key and end its sessions")
}

// KeyIn names a new key.
type KeyIn struct {
	Body struct {
		ID   string `json:"id" minLength:"1" maxLength:"32" doc:"lower-case letters and digits"`
		Name string `json:"name,omitempty" maxLength:"200" doc:"whose it is, and what for"`
	}
}

// KeyOut is a new key.
type KeyOut struct {
	Body struct {
		ID  string `json:"id"`
		Key string `json:"key" doc:"in plain, this once"`
	}
}

// Add makes a key.
func (o Office) Add(ctx context.Context, in *KeyIn) (*KeyOut, error) {
	if !keyID.MatchString(in.Body.ID) {
		return nil, fault.Of("body.id", "must be 1 to 32 lower-case letters and digits")
	}
	if slices.Contains(taken(), in.Body.ID) {
		return nil, fault.Of("body.id", "is what the record calls something that is no person; choose another")
	}
	plain, err := New(ctx, o.Table, in.Body.ID, in.Body.Name, o.Clock())
	if err != nil {
		return nil, err
	}
	out := &KeyOut{}
	out.Body.ID, out.Body.Key = in.Body.ID, plain
	return out, nil
}

// taken are names by which the record means no key.
func taken() []string {
	return []string{"agent", "expiry", "stop", "lease", "operator", "system", "nobody"}
}

// KnownKey is a key without its secret.
type KnownKey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created"`
	Revoked bool      `json:"revoked,omitempty"`
}

// KeysOut are the keys.
type KeysOut struct {
	Body struct {
		Keys []KnownKey `json:"keys"`
	}
}

// List returns all keys, the revoked ones among them.
func (o Office) List(ctx context.Context, _ *struct{}) (*KeysOut, error) {
	ids, err := o.Table.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	out := &KeysOut{}
	out.Body.Keys = []KnownKey{}
	for _, id := range ids {
		k, err := read(ctx, o.Table, id)
		if err != nil {
			return nil, err
		}
		out.Body.Keys = append(out.Body.Keys, KnownKey{k.ID, k.Name, k.Created, k.Revoked})
	}
	return out, nil
}

// KeyID names a key.
type KeyID struct {
	ID string `path:"id" maxLength:"32" doc:"id of the key"`
}

// Revoke ends a key. Its entry stays, so that nobody else is ever taken for its holder.
func (o Office) Revoke(ctx context.Context, in *KeyID) (*struct{}, error) {
	if in.ID == adminKey {
		return nil, fault.Of("path.id", "must not be the admin's: nobody could make keys any more")
	}
	k, err := read(ctx, o.Table, in.ID)
	if err != nil {
		return nil, err
	}
	k.Revoked, k.Hash = true, ""
	data, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	if err := o.Table.Put(ctx, in.ID, data); err != nil {
		return nil, fmt.Errorf("revoke the key: %w", err)
	}
	return nil, nil
}
