// Package server is the front door: the HTTP API of Chiron (OpenAPI 3.1, problem+json), its keys and sessions, the event
// streams and live pictures of tasks, and the pages for people.
//
// It only reads and passes on: what a task is and where it stands is the journal's, what may happen is the gate's.
// Watching costs the work nothing (package live). Everything but the sign-in page, its assets and the two health checks
// needs a key; a test walks all routes and holds that.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"chiron/journal"
	"chiron/server/keys"
	"chiron/server/live"
	"chiron/server/meter"
	"chiron/server/web"
	"chiron/step"
)

// Tasks are the tasks and the way to whoever works on them; *journal.Journal is one.
type Tasks interface {
	Create(ctx context.Context, t step.Task, idempotencyKey string) (step.State, bool, error)
	State(ctx context.Context, task string) (step.State, error)
	List(ctx context.Context, f journal.Filter) ([]step.State, string, error)
	Send(ctx context.Context, task string, o step.Order, by string) error
}

// Record is what happened and what was seen; *journal.Journal is one.
type Record interface {
	// Follow replays events after a sequence number, then live ones, until ctx ends, fn fails, or the task has ended.
	Follow(ctx context.Context, task string, after uint64, fn func(step.Event) error) error
	Picture(ctx context.Context, hash string) (data []byte, mime string, err error)
}

// Switch is the kill switch; *policy.Gate is one.
type Switch interface {
	Stop() // no act is admitted and no permit redeemed once it has returned
	Resume()
	Stopped() bool
}

// Part is one part of the product as readiness sees it. Why says what is wrong and what to do.
type Part struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Why   string `json:"why,omitempty"`
}

// Options are what a Server needs. Tasks, Record, Frames, Keys, Switch and Ready are required.
type Options struct {
	Tasks    Tasks
	Record   Record
	Frames   live.Frames
	Keys     keys.Table
	Switch   Switch
	Models   Models // nil: no routes for models
	Wheel    Wheel  // nil: nobody can drive
	Ready    func(context.Context) []Part
	FourEyes bool  // every task's acts are approved, and its mouse taken, with another key than the one that handed it in
	Rules    Rules // nil: the rules are not to be seen or changed here

	Listen string      // host:port, default 127.0.0.1:8787
	TLS    *tls.Config // nil: plain HTTP
	Remote bool        // permits an address beyond loopback; needs TLS, or TLSElsewhere
	// TLSElsewhere says that clients reach this server through something that ends TLS (or publishes the port on
	// loopback only), so that plain HTTP beyond loopback is the operator's own decision. Cookies become Secure.
	TLSElsewhere bool
	Hosts        []string // names, without port, that a Host header may carry beside loopback names and Listen's own
	Base         string   // path prefix behind a reverse proxy, such as /chiron

	Version    string
	Logger     *slog.Logger         // nil: discard
	Registry   *prometheus.Registry // served at /metrics; nil: an own one
	Errors     []Mapping            // of rooms above or beside, tried before the table of this room
	Clock      func() time.Time     // nil: time.Now
	MaxBody    int64                // bytes of a request, default 16 MiB
	SessionTTL time.Duration        // default 12 h
	Heartbeat  time.Duration        // of event streams, default 15 s
	Timeout    time.Duration        // to read a request, and to write a reply or one event of a stream, default 1 min
	Grace      time.Duration        // for requests in hand at the end, default 10 s
}

// Server is the front door. It is made by New and works while Run runs.
type Server struct {
	Options
	log      *slog.Logger
	api      huma.API
	patterns []string
	handler  http.Handler
	sessions *keys.Sessions
	pages    *web.Pages
	live     *live.Handler
	metrics  *meter.HTTP
	hosts    map[string]bool
	csrf     *http.CrossOriginProtection

	life context.Context // of streams: they end when shutdown begins
	end  context.CancelCauseFunc

	mu       sync.Mutex
	listener net.Listener
	stopped  stopped
}

// ErrShutdown is the cause with which streams end when the server goes down.
var ErrShutdown = errors.New("the server is going down")

// New validates the options and builds the routes. It listens nowhere yet.
func New(o Options) (*Server, error) {
	if o.Tasks == nil || o.Record == nil || o.Frames == nil || o.Keys == nil || o.Switch == nil || o.Ready == nil {
		return nil, errors.New("server: Tasks, Record, Frames, Keys, Switch and Ready are required")
	}
	o = o.withDefaults()
	if err := o.checkListen(); err != nil {
		return nil, err
	}
	if o.Base != "" && (!strings.HasPrefix(o.Base, "/") || strings.HasSuffix(o.Base, "/")) {
		return nil, fmt.Errorf("server: base path %q must begin with / and not end with it", o.Base)
	}
	s := &Server{Options: o, log: o.Logger.With("room", "server"), csrf: http.NewCrossOriginProtection()}
	s.sessions = keys.NewSessions(o.Clock, o.SessionTTL)
	s.hosts = o.allowedHosts()
	s.life, s.end = context.WithCancelCause(context.Background())
	var err error
	if s.metrics, err = meter.New(o.Registry); err != nil {
		return nil, err
	}
	if s.pages, err = web.New(web.Options{Base: o.Base, Version: o.Version}); err != nil {
		return nil, err
	}
	s.live, err = live.New(live.Options{Frames: o.Frames, Logger: o.Logger, Registry: o.Registry})
	if err != nil {
		return nil, err
	}
	s.handler = s.routes()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:8787"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.MaxBody == 0 {
		o.MaxBody = 16 << 20
	}
	if o.SessionTTL == 0 {
		o.SessionTTL = 12 * time.Hour
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Grace == 0 {
		o.Grace = 10 * time.Second
	}
	return o
}

// ErrExposed is wrapped when Listen reaches beyond loopback and the options do not allow it.
var ErrExposed = errors.New("would listen beyond loopback")

func (o Options) checkListen() error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("server: listen address %q must look like 127.0.0.1:8787: %w", o.Listen, err)
	}
	if loopback(host) {
		return nil
	}
	switch {
	case !o.Remote:
		return fmt.Errorf("server: %w: %s; allow it explicitly, and with TLS, or use 127.0.0.1", ErrExposed, o.Listen)
	case o.TLS == nil && !o.TLSElsewhere:
		return fmt.Errorf("server: %w: %s without TLS; give a certificate, or say that TLS ends elsewhere", ErrExposed, o.Listen)
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (o Options) allowedHosts() map[string]bool {
	hosts := map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}
	for _, h := range o.Hosts {
		hosts[strings.ToLower(h)] = true
	}
	if host, _, err := net.SplitHostPort(o.Listen); err == nil && host != "" {
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsUnspecified() {
			hosts[strings.ToLower(host)] = true
		}
	}
	return hosts
}

// Handler serves everything; Run uses it, and tests may.
func (s *Server) Handler() http.Handler { return s.handler }

// Bind takes the address, so that a busy port is told before anything else starts. Run does it where nobody did.
func (s *Server) Bind() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", s.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("the address %s is in use: stop what uses it, perhaps another Chiron, or set listen to another one (%w)", s.Listen, syscall.EADDRINUSE)
	case err != nil:
		return fmt.Errorf("listen on %s: %w; set listen to an address of this machine", s.Listen, err)
	}
	s.listener = l
	return nil
}

// URL is where the server answers, with the base path; before Bind it holds the address of the options.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr, scheme := s.Listen, "http"
	if s.listener != nil {
		addr = s.listener.Addr().String()
	}
	if s.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + addr + s.Base
}

// Run serves until ctx ends, then ends the streams, lets requests in hand finish within Grace, and returns nil or what
// went wrong. A Server runs once.
func (s *Server) Run(ctx context.Context) error {
	if err := s.Bind(); err != nil {
		return err
	}
	defer s.end(ErrShutdown)
	srv := &http.Server{
		Handler: s.handler, TLSConfig: s.TLS, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: s.Timeout,
		WriteTimeout: s.Timeout, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() {
		if s.TLS != nil {
			served <- srv.ServeTLS(s.listener, "", "")
			return
		}
		served <- srv.Serve(s.listener)
	}()
	s.log.Info("serving", "url", s.URL())
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.end(ErrShutdown)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Grace)
	defer cancel()
	err := srv.Shutdown(grace)
	if err != nil {
		err = errors.Join(fmt.Errorf("shut down: %w", err), srv.Close())
	}
	s.live.Wait()
	if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve: %w", serveErr))
	}
	return err
}

// stream returns a context that ends with the request or with the server, whichever is first.
func (s *Server) stream(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	stop := context.AfterFunc(s.life, func() { cancel(ErrShutdown) })
	return ctx, func() { stop(); cancel(nil) }
}
