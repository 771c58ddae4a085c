package policy

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"chiron/policy/bundle"
)

// Table is a small durable table; *journal.Table is one.
type Table interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, value []byte) error
	Keys(ctx context.Context) ([]string, error)
}

// What is refused.
var (
	ErrBadBundle = errors.New("the bundle is not usable")
	ErrNoVersion = errors.New("there is no such version of the rules")
	ErrNoVerdict = errors.New("there is no such decision")
)

// ShelfOptions of a Shelf. Gate, Base, Table and Stream are required.
type ShelfOptions struct {
	Gate   *Gate
	Base   fs.FS // the rules of the configuration, or the shipped ones
	Table  Table
	Stream Stream
	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default: none
}

// Shelf keeps the versions of the rules: which are in force, which were before, and what was decided by them. A version that
// does not pass its own checks never comes into force, and every one that did can come back. It is safe for concurrent use.
type Shelf struct {
	o    ShelfOptions
	base string     // hash of Base
	mu   sync.Mutex // orders changes
}

// RulesVersion is one kept version of the rules.
type RulesVersion struct {
	Hash  string            `json:"hash"`
	By    string            `json:"by"` // who put it into force first; "configuration" for those that a start found there
	At    time.Time         `json:"at"`
	Files map[string]string `json:"files,omitempty"`
	Now   bool              `json:"in_force"`
}

// force says which version is in force, and over which rules of the configuration it was put there.
type force struct {
	Hash string `json:"hash"`
	Base string `json:"base"`
}

const forceKey = "in-force"

// byConfiguration is who brings the rules of the configuration.
const byConfiguration = "configuration"

// NewShelf checks the options and the base.
func NewShelf(o ShelfOptions) (*Shelf, error) {
	if o.Gate == nil || o.Base == nil || o.Table == nil || o.Stream == nil {
		return nil, errors.New("new shelf: a gate, rules, a table and a stream are needed")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b, err := bundle.Load(o.Base)
	if err != nil {
		return nil, fmt.Errorf("new shelf: %w", err)
	}
	return &Shelf{o: o, base: b.Hash()}, nil
}

// Restore puts the version into force that was there before the last stop. Rules of the configuration that were changed
// meanwhile outweigh it: they are the newer word.
func (s *Shelf) Restore(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := func(err error) error { return fmt.Errorf("restore the rules: %w", err) }
	files, err := BundleFiles(s.o.Base)
	if err != nil {
		return fail(err)
	}
	if err := s.keep(ctx, s.base, files, byConfiguration); err != nil {
		return fail(err)
	}
	data, err := s.o.Table.Get(ctx, forceKey)
	if err != nil {
		keys, kerr := s.o.Table.Keys(ctx)
		if kerr == nil && !slices.Contains(keys, forceKey) {
			return nil
		}
		return fail(errors.Join(err, kerr))
	}
	var f force
	if err := json.Unmarshal(data, &f); err != nil {
		return fail(err)
	}
	if f.Hash == s.base || f.Base != s.base {
		return nil
	}
	v, err := s.version(ctx, f.Hash)
	if err == nil {
		err = s.replace(v.Files)
	}
	if err != nil { // for example after an update, whose schema is another one
		s.o.Logger.Error("the rules that were in force cannot be used any more; those of the configuration are", "room", "policy", "hash", f.Hash, "error", err)
	}
	return nil
}

// CheckBundle loads a bundle, runs its cases, and returns its hash and its rules. The error wraps ErrBadBundle and names every fault.
func CheckBundle(files map[string]string) (*bundle.Bundle, error) {
	fsys, err := bundleFS(files)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadBundle, err)
	}
	return b, nil
}

// replace puts rules into force.
func (s *Shelf) replace(files map[string]string) error {
	fsys, err := bundleFS(files)
	if err != nil {
		return err
	}
	if err := s.o.Gate.Replace(fsys); err != nil {
		return fmt.Errorf("%w: %w", ErrBadBundle, err)
	}
	return nil
}

// Put checks a bundle and puts it into force at once, for all acts from now on; permits and approvals under the old one are
// void. With an error the old one stays.
func (s *Shelf) Put(ctx context.Context, files map[string]string, by string) (string, error) {
	b, err := CheckBundle(files)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keep(ctx, b.Hash(), files, by); err != nil {
		return "", fmt.Errorf("keep the rules: %w", err)
	}
	return b.Hash(), s.enforce(ctx, b.Hash(), files)
}

// Back puts a kept version into force again, whose hash begins with the given signs.
func (s *Shelf) Back(ctx context.Context, hash string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.o.Table.Keys(ctx)
	if err != nil {
		return "", fmt.Errorf("list the rules: %w", err)
	}
	all = slices.DeleteFunc(all, func(k string) bool { return k == forceKey || !strings.HasPrefix(k, hash) })
	if len(all) != 1 || hash == "" {
		return "", fmt.Errorf("%w: %d begin with %q", ErrNoVersion, len(all), hash)
	}
	v, err := s.version(ctx, all[0])
	if err != nil {
		return "", err
	}
	return v.Hash, s.enforce(ctx, v.Hash, v.Files)
}

// enforce swaps the rules and writes down which are in force; the lock is held. Where that cannot be written the old ones
// come back: a restart must not change what is in force.
func (s *Shelf) enforce(ctx context.Context, hash string, files map[string]string) error {
	_, before := s.o.Gate.Rules()
	if err := s.replace(files); err != nil {
		return err
	}
	data, err := json.Marshal(force{hash, s.base})
	if err == nil {
		err = s.o.Table.Put(ctx, forceKey, data)
	}
	if err == nil {
		s.o.Logger.Warn("other rules are in force", "room", "policy", "hash", hash, "before", before)
		return nil
	}
	err = fmt.Errorf("write down which rules are in force: %w", err)
	old, verr := s.version(ctx, before)
	if verr == nil {
		verr = s.replace(old.Files)
	}
	return errors.Join(err, verr)
}

// Versions returns every kept version without its files, the newest first.
func (s *Shelf) Versions(ctx context.Context) ([]RulesVersion, error) {
	keys, err := s.o.Table.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the rules: %w", err)
	}
	_, now := s.o.Gate.Rules()
	var out []RulesVersion
	for _, key := range keys {
		if key == forceKey {
			continue
		}
		v, err := s.version(ctx, key)
		if err != nil {
			return nil, err
		}
		v.Files, v.Now = nil, v.Hash == now
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b RulesVersion) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Hash, b.Hash)) })
	return out, nil
}

func (s *Shelf) version(ctx context.Context, hash string) (RulesVersion, error) {
	var v RulesVersion
	data, err := s.o.Table.Get(ctx, hash)
	if err != nil {
		return v, fmt.Errorf("%w: %s: %w", ErrNoVersion, hash, err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("read version %s of the rules: %w", hash, err)
	}
	return v, nil
}

// keep writes a version down, unless it is there.
func (s *Shelf) keep(ctx context.Context, hash string, files map[string]string, by string) error {
	if _, err := s.version(ctx, hash); err == nil {
		return nil
	}
	data, err := json.Marshal(RulesVersion{Hash: hash, By: by, At: s.o.Clock().UTC(), Files: files})
	if err != nil {
		return err
	}
	return s.o.Table.Put(ctx, hash, data)
}

// BundleFiles reads the files of a bundle.
func BundleFiles(fsys fs.FS) (map[string]string, error) {
	out := map[string]string{}
	for _, pattern := range []string{"*.cedar", "tests/*.yaml"} {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			out[name] = string(data)
		}
	}
	return out, nil
}

// bundleFS is a bundle's files as a file system.
func bundleFS(files map[string]string) (fs.FS, error) {
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		cedar, err := path.Match("*.cedar", name)
		cases, err2 := path.Match("tests/*.yaml", name)
		if err != nil || err2 != nil || !cedar && !cases {
			return nil, fmt.Errorf("%w: %q is neither a file *.cedar nor one tests/*.yaml", ErrBadBundle, name)
		}
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, files[name])
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(data.Bytes()), int64(data.Len()))
}
