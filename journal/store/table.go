package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Table is a small durable table of keys and values.
type Table struct {
	name string
	use  func(context.Context) (*Store, error)
}

// NewTable names a table (letters, digits, - and _), which is made when it is first used, in the store that use returns.
func NewTable(name string, use func(context.Context) (*Store, error)) *Table {
	return &Table{name, use}
}

// Get returns the value of a key, or ErrNotFound.
func (t *Table) Get(ctx context.Context, key string) ([]byte, error) {
	kv, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	got, err := kv.Get(ctx, EscapeKey(key))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, fmt.Errorf("%s %.80q: %w", t.name, key, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: get: %w", t.name, Explain(err))
	}
	return got.Value(), nil
}

// Put sets the value of a key. When it returns nil the value is on disk.
func (t *Table) Put(ctx context.Context, key string, value []byte) error {
	kv, err := t.open(ctx)
	if err == nil {
		_, err = kv.Put(ctx, EscapeKey(key), value)
	}
	if err != nil {
		return fmt.Errorf("%s: put: %w", t.name, Explain(err))
	}
	return nil
}

// Create sets the value of a key that must be new; ErrExists says that it is not. Of several callers one succeeds.
func (t *Table) Create(ctx context.Context, key string, value []byte) error {
	kv, err := t.open(ctx)
	if err == nil {
		_, err = kv.Create(ctx, EscapeKey(key), value)
	}
	if errors.Is(err, jetstream.ErrKeyExists) {
		return fmt.Errorf("%s %.80q: %w", t.name, key, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("%s: create: %w", t.name, Explain(err))
	}
	return nil
}

// Delete removes a key. One that is not there is no error.
func (t *Table) Delete(ctx context.Context, key string) error {
	kv, err := t.open(ctx)
	if err == nil {
		err = kv.Purge(ctx, EscapeKey(key))
	}
	if err != nil {
		return fmt.Errorf("%s: delete: %w", t.name, Explain(err))
	}
	return nil
}

// Keys returns all keys, sorted.
func (t *Table) Keys(ctx context.Context) ([]string, error) {
	kv, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	names, err := kv.Keys(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, fmt.Errorf("%s: keys: %w", t.name, Explain(err))
	}
	keys := make([]string, 0, len(names))
	for _, n := range names {
		k, err := UnescapeKey(n)
		if err != nil {
			return nil, fmt.Errorf("%s: key %.80q: %w", t.name, n, err)
		}
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys, nil
}

func (t *Table) open(ctx context.Context) (jetstream.KeyValue, error) {
	s, err := t.use(ctx)
	if err != nil {
		return nil, err
	}
	kv, err := s.Bucket(ctx, t.name)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.name, Explain(err))
	}
	return kv, nil
}

// Bucket opens the bucket of a table.
func (s *Store) Bucket(ctx context.Context, name string) (jetstream.KeyValue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kv := s.buckets[name]; kv != nil {
		return kv, nil
	}
	kv, err := s.JS.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: "chiron_" + name, History: 1, Storage: jetstream.FileStorage, Replicas: s.o.Replicas,
	})
	if err != nil {
		return nil, err
	}
	s.buckets[name] = kv
	return kv, nil
}

// EscapeKey writes any text as a key that NATS allows: letters, digits, - and _ stay, other bytes become =XX. The empty
// key is "=".
func EscapeKey(key string) string {
	if key == "" {
		return "="
	}
	var b strings.Builder
	for _, c := range []byte(key) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

// UnescapeKey undoes EscapeKey.
func UnescapeKey(name string) (string, error) {
	if name == "=" {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '=' {
			b.WriteByte(name[i])
			continue
		}
		if i+3 > len(name) {
			return "", errors.New("an escape is cut off")
		}
		raw, err := hex.DecodeString(name[i+1 : i+3])
		if err != nil {
			return "", err
		}
		b.WriteByte(raw[0])
		i += 2
	}
	return b.String(), nil
}
