// Package memory keeps what tasks have taught: lessons, workflows and notes about a site. It lives in Qdrant, or in SQLite
// when no Qdrant is configured; both behave alike and one suite of tests holds them to it.
//
// Three rules keep pages from writing it. Texts are built from slots (what was done to what), never from page prose.
// An item is found on the site it was learned on and by the tenant it was learned for, nowhere else. And nothing is used
// before it was admitted. Memory advises; it widens nobody's rights.
package memory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"
)

// EmbedFunc turns texts into vectors of one length, one for each text.
type EmbedFunc func(ctx context.Context, texts []string) ([][]float32, error)

// Qdrant says where a Qdrant server (1.17 or 1.18) listens for gRPC.
type Qdrant struct {
	Address string // host:port; the port is 6334 when missing
	APIKey  string
	TLS     bool
}

// Options say where memory lives. Give Path or Qdrant.Address.
type Options struct {
	Path     string        // SQLite file; made when missing
	Qdrant   Qdrant        //
	Embedder string        // name of the embedding model; needed with Embed
	Embed    EmbedFunc     // nil: words alone decide what is found, and recall says so
	MaxAge   time.Duration // older items are not recalled; 0 is DefaultMaxAge
	Logger   *slog.Logger  // nil: discard
}

// DefaultMaxAge is how long an item is recalled: sites change.
const DefaultMaxAge = 90 * 24 * time.Hour

// The errors callers tell apart.
var (
	// ErrTenant is wrapped when no tenant is given. Nothing is ever read or written without one.
	ErrTenant = errors.New("memory: a tenant is needed")
	// ErrItem is wrapped when an item must not become memory.
	ErrItem = errors.New("this cannot be remembered")
	// ErrPick is wrapped when it is not said which items are meant.
	ErrPick = errors.New("memory: say which items: by ids, task, site, or all")
	// ErrUnavailable is wrapped when the database does not answer.
	ErrUnavailable = errors.New("memory is not available")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("memory is closed")
)

// backend is what SQLite and Qdrant have to do. Every call but insert is limited by a scope.
type backend interface {
	insert(ctx context.Context, i Item, vector []float32) error // nothing when the ID is there
	search(ctx context.Context, s scope, words []string, vector []float32, limit int) (byWords, byMeaning []Item, err error)
	list(ctx context.Context, s scope) ([]Item, error)
	change(ctx context.Context, s scope, c change) (int, error)
}

// change is what happens to all items of a scope. One field is set.
type change struct {
	status  Status
	outcome *bool // used once, and with which success
	forget  bool
}

// Memory may be used from any goroutine. The database is opened at the first use and again after a failure.
type Memory struct {
	o   Options
	log *slog.Logger

	mu     sync.Mutex
	closed bool
	back   backend
	shut   func() error
}

// New checks the options. Nothing is opened.
func New(o Options) (*Memory, error) {
	switch {
	case (o.Path == "") == (o.Qdrant.Address == ""):
		return nil, errors.New("memory: give the path of an SQLite file or the address of a Qdrant server, and not both")
	case o.Embed != nil && o.Embedder == "":
		return nil, errors.New("memory: the embedding model needs its name")
	case o.MaxAge < 0:
		return nil, errors.New("memory: the maximal age must not be negative")
	}
	if o.Qdrant.Address != "" {
		if _, _, err := o.Qdrant.split(); err != nil {
			return nil, fmt.Errorf("memory: qdrant: %w", err)
		}
	}
	if o.MaxAge == 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Memory{o: o, log: o.Logger.With("room", "memory")}, nil
}

// Check reports whether the database can be used.
func (m *Memory) Check(ctx context.Context) error {
	_, err := m.open(ctx)
	return err
}

// Close closes the database. Later calls return ErrClosed.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.shut == nil {
		return nil
	}
	err := m.shut()
	m.back, m.shut = nil, nil
	return err
}

func (m *Memory) open(ctx context.Context) (backend, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	if m.back != nil {
		return m.back, nil
	}
	var err error
	if m.o.Path != "" {
		m.back, m.shut, err = openSQLite(ctx, m.o)
	} else {
		m.back, m.shut, err = openQdrant(ctx, m.o)
	}
	if err != nil {
		m.back, m.shut = nil, nil
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return m.back, nil
}

// embed returns the vector of a text, or why there is none.
func (m *Memory) embed(ctx context.Context, text string) (vector []float32, degraded string) {
	if m.o.Embed == nil {
		return nil, "no embedding model: found by words alone"
	}
	got, err := m.o.Embed(ctx, []string{text})
	switch {
	case err != nil:
		return nil, "the embedding model failed, found by words alone: " + err.Error()
	case len(got) != 1 || len(got[0]) == 0:
		return nil, "the embedding model gave no vector, found by words alone"
	}
	return got[0], ""
}

const defaultQdrantPort = "6334"

func (q Qdrant) split() (host, port string, err error) {
	if !strings.Contains(q.Address, ":") {
		return q.Address, defaultQdrantPort, nil
	}
	return net.SplitHostPort(q.Address)
}

// Remember keeps an item and returns its ID. The same content on the same site is one item: it is kept once, and a revoked one
// stays revoked. What a tainted session taught is quarantined, whatever Status says.
func (m *Memory) Remember(ctx context.Context, i Item) (id string, err error) {
	if i, err = i.prepare(time.Now()); err != nil {
		return "", fmt.Errorf("remember: %w", err)
	}
	back, err := m.open(ctx)
	if err != nil {
		return "", fmt.Errorf("remember: %w", err)
	}
	vector, degraded := m.embed(ctx, i.searched())
	if degraded != "" && m.o.Embed != nil {
		m.log.Warn("remembered without a vector", "task", i.Provenance.Task, "error", degraded)
	}
	if err := back.insert(ctx, i, vector); err != nil {
		return "", fmt.Errorf("remember: %w: %w", ErrUnavailable, err)
	}
	return i.ID, nil
}

// Pick says which items of a tenant are meant: all fields given must agree. All alone means every item.
type Pick struct {
	Tenant string
	IDs    []string
	Task   string // all that was learned from it
	Site   string
	All    bool
}

func (p Pick) scope() (scope, error) {
	if len(p.IDs) == 0 && p.Task == "" && p.Site == "" && !p.All {
		return scope{}, ErrPick
	}
	return newScope(p.Tenant, limits{site: p.Site, ids: p.IDs, task: p.Task})
}

// Admit lets items be recalled and returns how many there were.
func (m *Memory) Admit(ctx context.Context, p Pick) (int, error) {
	return m.change(ctx, "admit", p, change{status: Active})
}

// Revoke keeps items from ever being recalled, or learned anew, and returns how many there were.
func (m *Memory) Revoke(ctx context.Context, p Pick) (int, error) {
	return m.change(ctx, "revoke", p, change{status: Revoked})
}

// Forget erases items and returns how many there were.
func (m *Memory) Forget(ctx context.Context, p Pick) (int, error) {
	return m.change(ctx, "forget", p, change{forget: true})
}

func (m *Memory) change(ctx context.Context, verb string, p Pick, c change) (int, error) {
	s, err := p.scope()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", verb, err)
	}
	back, err := m.open(ctx)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", verb, err)
	}
	n, err := back.change(ctx, s, c)
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %w", verb, ErrUnavailable, err)
	}
	m.log.Info("memory changed", "what", verb, "tenant", p.Tenant, "items", n)
	return n, nil
}

// demoteAfter is by how much failures may exceed successes before an item goes back to quarantine.
const demoteAfter = 1

// Used tells how tasks that were given these items ended. An item that fails more often than it helps is quarantined.
func (m *Memory) Used(ctx context.Context, tenant string, ids []string, success bool) error {
	p := Pick{Tenant: tenant, IDs: ids}
	if _, err := m.change(ctx, "used", p, change{outcome: &success}); err != nil || success {
		return err
	}
	s, err := newScope(tenant, limits{ids: ids, status: Active})
	if err != nil {
		return err
	}
	back, err := m.open(ctx)
	if err != nil {
		return err
	}
	items, err := back.list(ctx, s)
	if err != nil {
		return fmt.Errorf("used: %w: %w", ErrUnavailable, err)
	}
	var bad []string
	for _, i := range items {
		if i.Failed > i.Succeeded+demoteAfter {
			bad = append(bad, i.ID)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	_, err = m.change(ctx, "demote", Pick{Tenant: tenant, IDs: bad}, change{status: Quarantined})
	return err
}
