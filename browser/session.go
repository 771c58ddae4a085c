package browser

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"chiron/browser/chromium"
	"chiron/browser/egress"
	"chiron/browser/files"
	"chiron/browser/hold"
	"chiron/browser/wire"
	"chiron/step"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
)

// SessionOptions describe one task's session. Hosts is what it may reach; the zero Hosts reach nothing.
type SessionOptions struct {
	Task     string // id, for logs
	Profile  string // name of a profile that is kept, with a Chromium of its own; "" = nothing is
	Hosts    step.Hosts
	Locale   string // BCP 47; "" = en-US
	TimeZone string // IANA name; "" = UTC

	Masked     []string    // to mask beside password and card fields: names or ids of fields, regions as "css:" and a selector
	Files      []step.File // what may be uploaded
	MaxBytes   int64       // over the network, both ways; 0 = no limit
	Quarantine string      // directory for finished downloads that outlives the session; "" = one that Close removes
}

// Session is one task's browser: a context of its own with its own proxy, cookies, tabs and downloads. Methods are safe
// for concurrent use; acts and observations should come from one goroutine, since a person sees one screen at a time.
type Session struct {
	id      string // prefix of its observations
	browser *Browser
	process *chromium.Process
	profile *chromium.Profile // nil unless named; process is this session's alone then
	log     *slog.Logger

	proxy     *egress.Proxy
	gate      *hold.Gate
	door      string // where Chromium finds the proxy; under browser.mu
	context   proto.BrowserBrowserContextID
	root      proto.TargetSessionID // of the browser itself, for downloads of this context alone
	view      *wire.View
	feed      *wire.Feed
	rod       *rod.Browser
	store     *files.Store
	transfers files.Transfers
	logins    hold.Logins

	ctx     context.Context // ends with Close
	cancel  context.CancelCauseFunc
	work    sync.WaitGroup
	casting atomic.Bool
	seeing  sync.Mutex // held while a picture is taken
	once    sync.Once
	closed  error

	mu      sync.Mutex
	opts    SessionOptions
	tabs    []*tab
	active  *tab
	changed chan struct{} // closed and replaced when tabs change
	joining []*tab        // being adopted
	refused int           // new tabs that were not adopted
	notices []string
	looks   int
}

// Open waits for a running Chromium and opens a fresh context with one tab at about:blank, a spare one when it is ready. A
// session with a profile gets a Chromium of its own, once no other session holds the profile.
func (b *Browser) Open(ctx context.Context, o SessionOptions) (*Session, error) {
	s, err := b.unbound(ctx, o)
	if err == nil {
		if err = s.bind(ctx, o); err != nil {
			err = errors.Join(s.gone(err), s.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	return s, nil
}

func (b *Browser) unbound(ctx context.Context, o SessionOptions) (*Session, error) {
	for {
		p, err := b.keeper.Process(ctx)
		if err != nil {
			return nil, err
		}
		if o.Profile != "" {
			return b.openProfile(ctx, o)
		}
		if s := b.spare(p); s != nil {
			return s, nil
		}
		s, err := b.warm(ctx, p, nil)
		if !errors.Is(err, errRetired) {
			return s, err
		}
	}
}

// errRetired says that a Chromium takes no new sessions: another takes its place.
var errRetired = errors.New("the browser Chromium is being replaced")

// warm makes a session that belongs to no task yet: it reaches nothing. One with a profile owns the process.
func (b *Browser) warm(ctx context.Context, p *chromium.Process, profile *chromium.Profile) (*Session, error) {
	if !p.Hold() {
		return nil, errRetired
	}
	s := &Session{
		id: "o" + strings.ToLower(rand.Text()[:6]), browser: b, process: p, profile: profile, feed: wire.NewFeed(),
		changed: make(chan struct{}),
	}
	s.log = b.log.With("session", s.id)
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	b.mu.Lock()
	b.sessions[s] = struct{}{}
	closing := b.closing
	b.mu.Unlock()
	if closing {
		return nil, errors.Join(ErrClosed, s.Close())
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(s.gone(err), s.Close())
	}
	return s, nil
}

// bind makes a warm session a task's.
func (s *Session) bind(ctx context.Context, o SessionOptions) error {
	rules, err := s.browser.opts.Rules(o.Hosts)
	if err != nil {
		return fmt.Errorf("egress rules: %w", err)
	}
	o.Masked = slices.Concat(s.browser.opts.Masked, o.Masked)
	if err := s.store.Bind(o.Quarantine, o.Files); err != nil {
		return err
	}
	s.mu.Lock()
	s.opts = o
	t := s.active
	s.mu.Unlock()
	if t == nil {
		return errors.New("its tab has closed")
	}
	if o.Locale != "" || o.TimeZone != "" {
		locale, zone := o.place()
		for _, cmd := range chromium.Place(locale, zone, s.process.Agent) {
			if err := s.call(ctx, t.session, cmd, nil); err != nil {
				return fmt.Errorf("locale and time zone: %w", err)
			}
		}
	}
	t.eyes.Mask(o.Masked)
	s.proxy.Bind(rules, o.MaxBytes)
	s.log.Info("session opened", "task", o.Task)
	return nil
}

// place returns the locale and the time zone.
func (o SessionOptions) place() (locale, zone string) {
	return cmp.Or(o.Locale, "en-US"), cmp.Or(o.TimeZone, "UTC")
}

func (s *Session) start(ctx context.Context) error {
	var err error
	s.store, err = files.New(files.Options{
		Shared: s.process.Downloads(), Private: s.process.Quarantine(),
		UID: s.browser.opts.UID, GID: s.browser.opts.GID, Limit: s.browser.opts.MaxDownload,
	})
	if err != nil {
		return err
	}
	address, err := s.serveProxy()
	if err != nil {
		return err
	}
	if s.context, err = s.newContext(ctx, address); err != nil {
		return err
	}
	s.view = s.process.Conn.View(s.context, s.browser.opts.Timeout)
	s.work.Go(s.pump)
	s.rod = rod.New().Client(client{s}).NoDefaultDevice().Context(s.ctx)
	s.rod.BrowserContextID = s.context
	if err := s.rod.Connect(); err != nil {
		return err
	}
	if err := s.settings(ctx); err != nil {
		return err
	}
	_, err = s.newTab(ctx)
	return err
}

// newContext makes the session's browser context, or finds the one of its profile.
func (s *Session) newContext(ctx context.Context, proxy string) (proto.BrowserBrowserContextID, error) {
	if s.profile != nil {
		return s.process.DefaultContext(ctx)
	}
	var made proto.TargetCreateBrowserContextResult
	err := s.process.Conn.Do(ctx, proto.TargetCreateBrowserContext{
		DisposeOnDetach: true, ProxyServer: "http://" + proxy, ProxyBypassList: "<-loopback>",
	}, &made)
	if err != nil {
		return "", fmt.Errorf("create context: %w", err)
	}
	return made.BrowserContextID, nil
}

// client is what rod sees: the view's calls, and its events after the session has taken note of them.
type client struct{ s *Session }

// Event implements rod.CDPClient.
func (c client) Event() <-chan *cdp.Event { return c.s.feed.Events() }

// Call implements rod.CDPClient.
func (c client) Call(ctx context.Context, session, method string, params any) ([]byte, error) {
	data, err := c.s.view.Call(ctx, session, method, params)
	if err != nil {
		return nil, c.s.gone(err)
	}
	return data, nil
}

// gone names the reason when an error comes from a Chromium or session that has ended.
func (s *Session) gone(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(s.ctx), ErrClosed):
		return fmt.Errorf("%w (%v)", ErrClosed, err)
	case errors.Is(err, wire.ErrClosed):
		return fmt.Errorf("%w (%v)", ErrGone, err)
	}
	if s.process.Dead() {
		return fmt.Errorf("%w (%v)", ErrGone, err)
	}
	return err
}

// serveProxy opens the session's only way out and returns its address as Chromium sees it.
func (s *Session) serveProxy() (string, error) {
	var err error
	s.proxy, err = egress.New(egress.Options{Own: s.browser.owns, Upstream: s.browser.opts.Upstream, Logger: s.log})
	if err != nil {
		return "", err
	}
	s.gate = hold.New(s.proxy.Judge)
	relay, err := s.process.Relay()
	if err != nil {
		return "", err
	}
	s.browser.mu.Lock()
	s.door = relay.Addr().String()
	s.browser.mu.Unlock()
	s.work.Go(func() {
		if err := s.proxy.Serve(relay); err != nil {
			s.log.Error("the session's proxy has ended", "err", err)
		}
	})
	return relay.Addr().String(), nil
}

// settings makes the context refuse permissions and put downloads away.
func (s *Session) settings(ctx context.Context) error {
	var at proto.TargetAttachToBrowserTargetResult
	if err := s.call(ctx, "", proto.TargetAttachToBrowserTarget{}, &at); err != nil {
		return err
	}
	s.root = at.SessionID
	s.view.Own(s.root)
	err := s.call(ctx, s.root, proto.BrowserSetDownloadBehavior{
		Behavior: proto.BrowserSetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: s.context,
		DownloadPath: s.store.Incoming(), EventsEnabled: true,
	}, nil)
	if err != nil {
		return fmt.Errorf("downloads: %w", err)
	}
	// An empty grant refuses everything else.
	err = s.call(ctx, s.root, proto.BrowserGrantPermissions{
		Permissions: []proto.BrowserPermissionType{}, BrowserContextID: s.context,
	}, nil)
	if err != nil {
		return fmt.Errorf("permissions: %w", err)
	}
	return nil
}

// call runs one DevTools command and decodes its answer into result, unless that is nil.
func (s *Session) call(ctx context.Context, session proto.TargetSessionID, cmd proto.Request, result any) error {
	data, err := client{s}.Call(ctx, string(session), cmd.ProtoReq(), cmd)
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(data, result)
}

// spawn runs f beside the caller; Close waits for it.
func (s *Session) spawn(f func()) {
	select {
	case <-s.ctx.Done():
	default:
		s.work.Go(f)
	}
}

// notice keeps a fact for the next observation.
func (s *Session) notice(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	s.log.Info("noticed", "what", line)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.notices) < maxNotices {
		s.notices = append(s.notices, line)
	}
}

// maxNotices bounds the facts kept between two observations; a page can crash or pop up without end.
const maxNotices = 50

// Report returns what the session connected to and what was refused so far.
func (s *Session) Report() egress.Report { return s.proxy.Report() }

// File opens a finished download by its SHA-256 in lower-case hex. The caller closes it.
func (s *Session) File(sha256 string) (io.ReadCloser, error) { return s.store.Open(sha256) }

// Close ends the session: its pages, its connections, and its quarantine unless that outlives it. It waits until nothing
// is left and may be called more than once, from anywhere.
func (s *Session) Close() error {
	s.once.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *Session) close() error {
	var errs []error
	s.cancel(ErrClosed)
	if s.profile != nil {
		errs = append(errs, s.process.Leave(s.context, s.profile))
	} else if s.view != nil {
		errs = append(errs, s.dispose())
	}
	if s.view != nil {
		s.view.Close()
	}
	if s.proxy != nil {
		errs = append(errs, s.proxy.Close())
	}
	s.work.Wait()
	if s.store != nil {
		errs = append(errs, s.store.Remove())
	}
	s.browser.mu.Lock()
	delete(s.browser.sessions, s)
	s.browser.mu.Unlock()
	s.process.Release()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close session: %w", err)
	}
	return nil
}

// dispose removes the context from a Chromium that other sessions use.
func (s *Session) dispose() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var errs []error
	for _, cmd := range []proto.Request{
		proto.TargetDisposeBrowserContext{BrowserContextID: s.context}, proto.TargetDetachFromTarget{SessionID: s.root},
	} {
		if err := s.process.Conn.Do(ctx, cmd, nil); err != nil && !errors.Is(err, wire.ErrClosed) {
			errs = append(errs, fmt.Errorf("%s: %w", cmd.ProtoReq(), err))
		}
	}
	return errors.Join(errs...)
}

// closeTimeout bounds what Close asks of Chromium.
const closeTimeout = 5 * time.Second
