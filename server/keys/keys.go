// Package keys knows who may come in: API keys for programs, and sessions for people who signed in with one.
package keys

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"chiron/journal"
)

// Table is a small durable table; *journal.Table is one.
type Table interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, value []byte) error
	Create(ctx context.Context, key string, value []byte) error // fails when the key is present
	Keys(ctx context.Context) ([]string, error)
}

// Key is an API key as it is kept: its secret is known to its holder alone.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Hash    string    `json:"hash"` // lower-case hex SHA-256 of the whole key
	Created time.Time `json:"created"`
	Revoked bool      `json:"revoked,omitempty"` // then nothing opens it
}

// adminKey is the id of the first key; that it is fixed makes "the first" one of one, whoever starts at the same time.
const adminKey = "admin"

// First makes the admin key of an empty table and returns it in plain. This is the only time it can be seen.
// With a table that has keys it returns "" and changes nothing.
func First(ctx context.Context, t Table, now time.Time) (string, error) {
	have, err := t.Keys(ctx)
	if err != nil {
		return "", fmt.Errorf("list keys: %w", err)
	}
	if len(have) > 0 {
		return "", nil
	}
	plain, err := New(ctx, t, adminKey, "made at first start", now)
	if errors.Is(err, journal.ErrExists) {
		return "", nil
	}
	return plain, err
}

// New makes a key with an id of lower-case letters and digits, and returns it in plain.
func New(ctx context.Context, t Table, id, name string, now time.Time) (string, error) {
	if !keyID.MatchString(id) {
		return "", fmt.Errorf("key id %q: use 1 to 32 lower-case letters and digits", id)
	}
	plain := "ck_" + id + "_" + secret()
	data, err := json.Marshal(Key{ID: id, Name: name, Hash: hash(plain), Created: now.UTC()})
	if err != nil {
		return "", err
	}
	if err := t.Create(ctx, id, data); err != nil {
		return "", fmt.Errorf("store the key: %w", err)
	}
	return plain, nil
}

var keyID = regexp.MustCompile(`^[a-z0-9]{1,32}$`)

// secret returns 32 random bytes as 52 lower-case letters and digits.
func secret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program where the system has no randomness
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

func hash(plain string) string {
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}

// ErrUnauthorised is a request without a valid key or session.
var ErrUnauthorised = errors.New("give an API key as \"Authorization: Bearer ck_…\", or sign in")

// Check returns the id of a valid key, or ErrUnauthorised. Other errors mean that the table could not be read.
func Check(ctx context.Context, t Table, plain string) (string, error) {
	parts := strings.Split(plain, "_")
	if len(parts) != 3 || parts[0] != "ck" || !keyID.MatchString(parts[1]) || len(parts[2]) != 52 {
		return "", ErrUnauthorised
	}
	key, err := Load(ctx, t, parts[1])
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(key.Hash), []byte(hash(plain))) != 1 {
		return "", ErrUnauthorised
	}
	return key.ID, nil
}

// Load returns what is kept of a key, or ErrUnauthorised when there is none or it was revoked.
func Load(ctx context.Context, t Table, id string) (Key, error) {
	key, err := read(ctx, t, id)
	if errors.Is(err, journal.ErrNotFound) || err == nil && key.Revoked {
		return Key{}, ErrUnauthorised
	}
	return key, err
}

func read(ctx context.Context, t Table, id string) (Key, error) {
	data, err := t.Get(ctx, id)
	if err != nil {
		return Key{}, fmt.Errorf("read the key: %w", err)
	}
	var key Key
	if err := json.Unmarshal(data, &key); err != nil {
		return Key{}, fmt.Errorf("read the key: %w", err)
	}
	return key, nil
}
