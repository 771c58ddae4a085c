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
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chiron/browser/chromium"
	"chiron/browser/egress"
	"chiron/browser/paint"
	"chiron/browser/trust"
	"chiron/step"
)

// DefaultPath is Debian's Chromium itself; the wrapper in /usr/bin adds keys and extensions.
const DefaultPath = "/usr/lib/chromium/chromium"

const (
	defaultUser     = 64201            // a user that no machine gives to anybody
	defaultTimeout  = 40 * time.Second // for one DevTools call; a slow navigation is one
	defaultDownload = 100 << 20
	defaultTabs     = 10
)

// Options configure a Browser. Self and Rules are required.
type Options struct {
	Self []string // argv that reaches guard.Main, for example {os.Executable(), "guard"}
	Path string   // the Chromium binary; "" = DefaultPath
	Dir  string   // where profile directories are made and swept; "" = os.TempDir()

	// Profiles is where named profiles are kept; "" = sessions that name one are refused. It must be a place that UID may
	// enter.
	Profiles string

	// UID and GID are the numeric user and group that Chromium runs as when this process is root; 0 = one that is nobody
	// else's. They are ignored otherwise.
	UID, GID int

	// Namespace says whether Chromium gets its own user and network namespace: NamespaceAuto, the default, where the system
	// can; NamespaceRequire or Run fails; NamespaceOff never.
	Namespace string

	// Rules makes the egress rules of one session from its hosts.
	Rules func(step.Hosts) (egress.Rules, error)

	// Upstream is an HTTP proxy behind the sessions' own ones, with the user's name and password where it wants them; nil = none.
	Upstream *url.URL

	// Trust are authorities and client certificates beside Chromium's own; nil = none.
	Trust *trust.Trust

	// Filter takes secrets out of a text; where a page shows one, the picture is painted over and the text is filtered. nil
	// knows of none.
	Filter func([]byte) []byte
	// Hide finds what only pictures must not show: where it changes a text, the picture is painted over and the text stays. nil
	// finds nothing.
	Hide func([]byte) []byte

	// Timeout bounds every DevTools call; 0 = 40 s. Looking and input have shorter ones.
	Timeout time.Duration
	// MaxDownload bounds one downloaded file in bytes; 0 = 100 MiB.
	MaxDownload int64
	// MaxTabs bounds the open tabs of one session; a further one is closed and noticed. 0 = 10.
	MaxTabs int
	// Masked is painted over in every session's pictures, beside what SessionOptions.Masked names.
	Masked []string
	// Spares is how many sessions are kept ready for the next tasks, each about 60 MiB; 0 = 1, negative = none.
	Spares int
	// Limits bound what one Chromium is used for before a fresh one takes its place. A zero field has a default: 12 h, 500
	// sessions, 6 GiB; a negative one is no limit.
	Limits Limits

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

// Rules decide what a session may reach.
type Rules = egress.Rules

// Limits bound what one Chromium is used for.
type Limits = chromium.Limits

// Browser runs Chromium and opens sessions in it. All methods are safe for concurrent use.
type Browser struct {
	opts   Options
	log    *slog.Logger
	keeper *chromium.Keeper
	brush  *paint.Brush

	mu       sync.Mutex
	sessions map[*Session]struct{}
	closing  bool          // Run is ending
	shelf    chan *Session // hands over a spare session
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
	for _, f := range []*func([]byte) []byte{&o.Filter, &o.Hide} {
		if *f == nil {
			*f = func(text []byte) []byte { return text }
		}
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
	o.Limits.Age = max(cmp.Or(o.Limits.Age, 12*time.Hour), 0)
	o.Limits.Sessions = max(cmp.Or(o.Limits.Sessions, 500), 0)
	o.Limits.Memory = max(cmp.Or(o.Limits.Memory, 6<<30), 0)
	o.MaxTabs = cmp.Or(max(o.MaxTabs, 0), defaultTabs)
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := &Browser{opts: o, log: log.With("room", "browser"), brush: paint.NewBrush(), sessions: map[*Session]struct{}{}, shelf: make(chan *Session)}
	b.keeper = chromium.NewKeeper(chromium.KeeperOptions{
		Start:     chromium.Options{Self: o.Self, Path: o.Path, Dir: o.Dir, UID: o.UID, GID: o.GID, Trust: o.Trust, Logger: b.log},
		Namespace: o.Namespace, Limits: o.Limits, Beside: b.stock, Close: b.closeAll, Closed: ErrClosed,
	})
	return b, nil
}

// Run keeps a Chromium running until ctx ends, launching again with growing pauses when it crashes and replacing one that
// has reached its limits. It returns an error when the first launch fails, and nil after ctx has ended, with every session
// closed and nothing left behind.
func (b *Browser) Run(ctx context.Context) error {
	if err := b.keeper.Run(ctx); err != nil {
		return fmt.Errorf("browser: %w", err)
	}
	return nil
}

// closeAll closes every session that is open.
func (b *Browser) closeAll() error {
	b.mu.Lock()
	b.closing = true
	all := slices.Collect(maps.Keys(b.sessions))
	b.mu.Unlock()
	var errs []error
	for _, s := range all {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// owns reports whether a port of this machine's loopback is a session's proxy. In a namespace the proxies have their ports
// there and this machine's are nobody's.
func (b *Browser) owns(port int) bool {
	if b.Isolation().Namespace {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.sessions {
		if strings.HasSuffix(s.door, ":"+strconv.Itoa(port)) {
			return true
		}
	}
	return false
}

// Ready is closed when the first Chromium answers.
func (b *Browser) Ready() <-chan struct{} { return b.keeper.Ready() }

// Isolation says what walls Chromium in. It is known once Ready is closed.
func (b *Browser) Isolation() Isolation { return b.keeper.Isolation() }

// Version names the running Chromium, as in "Chrome/156.0.8078.79"; "" while there is none.
func (b *Browser) Version() string {
	if p := b.keeper.Current(); p != nil {
		return p.Version
	}
	return ""
}
