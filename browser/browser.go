// Package browser is the hands: it runs Chromium and carries out what the policy permitted.
//
// A Browser keeps one Chromium alive: started from its own binary with flags built from nothing, sandbox on, below a
// guard, in a network namespace whose only way out are the proxies of the sessions. A Session is one task's part of it: a
// browser context with its own proxy, quarantine and tabs. It observes, tells facts, and acts on permits alone.
package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chiron/browser/chromium"
	"chiron/browser/egress"
	"chiron/browser/paint"
	"chiron/step"
)

// DefaultPath is Debian's Chromium itself; the wrapper in /usr/bin adds keys and extensions.
const DefaultPath = "/usr/lib/chromium/chromium"

const (
	defaultUser     = 64201            // a user that no machine gives to anybody
	defaultTimeout  = 40 * time.Second // for one DevTools call; a slow navigation is one
	defaultDownload = 100 << 20
	defaultTabs     = 10
	startTimeout    = 30 * time.Second
	firstBackoff    = 100 * time.Millisecond
	lastBackoff     = 30 * time.Second
	calmAfter       = time.Minute // a Chromium that lived this long starts the backoff anew
)

// Options configure a Browser. Self and Rules are required.
type Options struct {
	Self []string // argv that reaches guard.Main, for example {os.Executable(), "guard"}
	Path string   // the Chromium binary; "" = DefaultPath
	Dir  string   // where profile directories are made and swept; "" = os.TempDir()

	// UID and GID are the numeric user and group that Chromium runs as when this process is root; 0 = one that is nobody
	// else's. They are ignored otherwise.
	UID, GID int

	// Namespace says whether Chromium gets its own user and network namespace: NamespaceAuto, the default, where the system
	// can; NamespaceRequire or Run fails; NamespaceOff never.
	Namespace string

	// Rules makes the egress rules of one session from its hosts.
	Rules func(step.Hosts) (egress.Rules, error)

	// Timeout bounds every DevTools call; 0 = 40 s. Looking and input have shorter ones.
	Timeout time.Duration
	// MaxDownload bounds one downloaded file in bytes; 0 = 100 MiB.
	MaxDownload int64
	// MaxTabs bounds the open tabs of one session; a further one is closed and noticed. 0 = 10.
	MaxTabs int
	// Spares is how many sessions are kept ready for the next tasks, each about 60 MiB; 0 = 1, negative = none.
	Spares int

	Logger *slog.Logger // nil = discard
}

// The choices of Options.Namespace.
const (
	NamespaceAuto    = chromium.NamespaceAuto
	NamespaceRequire = chromium.NamespaceRequire
	NamespaceOff     = chromium.NamespaceOff
)

// Isolation says how well Chromium is walled in.
type Isolation = chromium.Isolation

// Browser runs Chromium and opens sessions in it. All methods are safe for concurrent use.
type Browser struct {
	opts  Options
	log   *slog.Logger
	ready chan struct{}
	brush paint.Brush

	mu        sync.Mutex
	isolation Isolation
	current   *chromium.Process // nil while there is none
	changed   chan struct{}
	ended     error // set when Run returns
	sessions  map[*Session]struct{}
	shelf     chan *Session // hands over a spare session
}

// New checks the options and starts nothing.
func New(o Options) (*Browser, error) {
	if len(o.Self) == 0 {
		return nil, errors.New("browser: Options.Self is empty")
	}
	if o.Rules == nil {
		return nil, errors.New("browser: Options.Rules is nil")
	}
	o.Namespace = cmp.Or(o.Namespace, NamespaceAuto)
	if !slices.Contains([]string{NamespaceAuto, NamespaceRequire, NamespaceOff}, o.Namespace) {
		return nil, fmt.Errorf("browser: Options.Namespace is %q, not auto, require or off", o.Namespace)
	}
	o.Path = cmp.Or(o.Path, DefaultPath)
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	switch {
	case os.Geteuid() != 0:
		o.UID, o.GID = os.Geteuid(), os.Getegid()
	case o.UID == 0:
		o.UID, o.GID = defaultUser, defaultUser
	}
	o.Timeout = cmp.Or(max(o.Timeout, 0), defaultTimeout)
	o.MaxDownload = cmp.Or(max(o.MaxDownload, 0), defaultDownload)
	o.Spares = max(cmp.Or(o.Spares, 1), 0)
	o.MaxTabs = cmp.Or(max(o.MaxTabs, 0), defaultTabs)
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Browser{
		opts: o, log: log.With("room", "browser"), ready: make(chan struct{}), changed: make(chan struct{}),
		sessions: map[*Session]struct{}{}, shelf: make(chan *Session),
	}, nil
}

// Run keeps a Chromium running until ctx ends, launching again with growing pauses when it crashes. It returns an error
// when the first launch fails, and nil after ctx has ended, with every session closed and nothing left behind.
func (b *Browser) Run(ctx context.Context) error {
	err := b.run(ctx)
	b.mu.Lock()
	b.ended = ErrClosed
	if err != nil {
		b.ended = err
	}
	close(b.changed)
	b.changed = make(chan struct{})
	b.mu.Unlock()
	return err
}

func (b *Browser) run(ctx context.Context) error {
	if n, err := chromium.Sweep(b.opts.Dir); err != nil {
		return fmt.Errorf("browser: %w", err)
	} else if n > 0 {
		b.log.Info("removed profile directories of an earlier run", "count", n)
	}
	if err := b.probe(ctx); err != nil {
		return fmt.Errorf("browser: %w", err)
	}
	pause := firstBackoff
	for first := true; ; first = false {
		start, cancel := context.WithTimeout(ctx, startTimeout)
		p, err := chromium.Start(start, chromium.Options{
			Self: b.opts.Self, Path: b.opts.Path, Dir: b.opts.Dir, UID: b.opts.UID, GID: b.opts.GID,
			Isolate: b.Isolation().Namespace, Logger: b.log,
		})
		cancel()
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil && first:
			return fmt.Errorf("browser: %w", err)
		case err != nil:
			b.log.Error("Chromium could not be launched again", "err", err, "pause", pause)
		default:
			begun := time.Now()
			if err := b.keep(ctx, p); err != nil || ctx.Err() != nil {
				return err
			}
			if time.Since(begun) > calmAfter {
				pause = firstBackoff
			}
			b.log.Warn("Chromium has ended; launching again", "pause", pause, "output", p.Output())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, lastBackoff)
	}
}

// probe finds out whether namespaces can be had.
func (b *Browser) probe(ctx context.Context) error {
	found, err := chromium.Probe(ctx, b.opts.Self, b.opts.Namespace)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isolation = found; !found.Namespace {
		b.log.Warn("Chromium runs without a network namespace: proxy flags and held requests alone hold it", "reason", found.Reason)
	}
	return nil
}

// keep offers p until it ends or ctx does, then closes its sessions and removes what is left of it.
func (b *Browser) keep(ctx context.Context, p *chromium.Process) error {
	b.set(p)
	var stock sync.WaitGroup
	for range b.opts.Spares {
		stock.Go(func() { b.stock(ctx, p) })
	}
	select {
	case <-ctx.Done():
	case <-p.Gone():
	}
	b.set(nil)
	stock.Wait()
	var errs []error
	if ctx.Err() != nil {
		for _, s := range b.open() {
			errs = append(errs, s.Close())
		}
	}
	errs = append(errs, p.Stop())
	if err := errors.Join(errs...); err != nil {
		if ctx.Err() == nil {
			b.log.Error("cleaning up after Chromium failed", "err", err)
			return nil
		}
		return fmt.Errorf("browser: close: %w", err)
	}
	return nil
}

func (b *Browser) set(p *chromium.Process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current = p
	close(b.changed)
	b.changed = make(chan struct{})
	if p != nil {
		select {
		case <-b.ready:
		default:
			close(b.ready)
		}
	}
}

func (b *Browser) open() []*Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*Session
	for s := range b.sessions {
		all = append(all, s)
	}
	return all
}

// owns reports whether a port of this machine's loopback is a session's proxy. In a namespace the proxies have their ports
// there and this machine's are nobody's.
func (b *Browser) owns(port int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.sessions {
		if !b.isolation.Namespace && strings.HasSuffix(s.door, ":"+strconv.Itoa(port)) {
			return true
		}
	}
	return false
}

// Ready is closed when the first Chromium answers.
func (b *Browser) Ready() <-chan struct{} { return b.ready }

// Isolation says what walls Chromium in. It is known once Ready is closed.
func (b *Browser) Isolation() Isolation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.isolation
}

// Version names the running Chromium, as in "Chrome/156.0.8078.79"; "" while there is none.
func (b *Browser) Version() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == nil {
		return ""
	}
	return b.current.Version
}

// process waits for a running Chromium.
func (b *Browser) process(ctx context.Context) (*chromium.Process, error) {
	for {
		b.mu.Lock()
		p, changed, ended := b.current, b.changed, b.ended
		b.mu.Unlock()
		switch {
		case ended != nil:
			return nil, ended
		case p != nil && !p.Dead():
			return p, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
