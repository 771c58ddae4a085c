// Package egress is the only way out of a browser session: an HTTP proxy that connects to nothing but what the session's
// rules allow.
//
// A name is resolved once, every address it has is judged, and one of exactly these is dialled, so that no later answer of
// a name server can lead elsewhere. Plain HTTP is forwarded; everything else (TLS, WebSocket) is tunnelled unread.
package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	headerTimeout = 30 * time.Second
	idleTimeout   = 60 * time.Second
	dialTimeout   = 15 * time.Second
)

// Rules decide where a session may connect. Scheme is "http", or "https" for a tunnel, whose content is unknown. Resolved
// are all addresses of host. A refusal comes with one plain sentence.
type Rules interface {
	Allow(scheme, host string, port int, resolved []netip.Addr) (bool, string)
}

// Options configure a Proxy.
type Options struct {
	Rules    Rules // nil = nothing passes until Bind
	MaxBytes int64 // over all connections, both ways; 0 = no limit

	// Resolve returns all addresses of a name; nil = the system's resolver.
	Resolve func(ctx context.Context, name string) ([]netip.Addr, error)

	// Own says whether a port of this machine's loopback is one that no session may reach, whatever the rules say, such as
	// those of the proxies themselves; nil = none is.
	Own func(port int) bool

	// Upstream is a proxy that everything goes through but what lies in a private network or on this machine; nil = none.
	// It is asked for names, so it may know some that this machine cannot look up; those are judged by their name.
	Upstream *url.URL

	Logger *slog.Logger // nil = discard
}

// Proxy serves one session. All methods are safe for concurrent use.
type Proxy struct {
	opts      Options
	rules     atomic.Pointer[Rules]
	log       *slog.Logger
	server    *http.Server
	transport *http.Transport
	forward   *httputil.ReverseProxy
	book      book

	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}
	work   sync.WaitGroup
}

// New returns a proxy that serves nothing yet.
func New(o Options) (*Proxy, error) {
	if o.Resolve == nil {
		o.Resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	p := &Proxy{opts: o, log: o.Logger, conns: map[net.Conn]struct{}{}, book: newBook()}
	p.Bind(o.Rules, o.MaxBytes)
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			host, port, err := splitHostPort(addr)
			if err != nil {
				return nil, err
			}
			return p.dial(ctx, "http", host, port)
		},
		DisableCompression: true, MaxIdleConnsPerHost: 6, IdleConnTimeout: idleTimeout,
	}
	silent := log.New(io.Discard, "", 0)
	p.forward = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.Host = r.In.URL.Host },
		Transport: p.transport, FlushInterval: -1, ErrorLog: silent, ErrorHandler: p.failed,
	}
	p.server = &http.Server{
		Handler: p, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, ErrorLog: silent,
		BaseContext: func(net.Listener) context.Context { return p.ctx },
	}
	return p, nil
}

// Bind replaces the rules and the byte limit, 0 = none. Connections that are open stay.
func (p *Proxy) Bind(r Rules, maxBytes int64) {
	p.book.limit.Store(maxBytes)
	if r != nil {
		p.rules.Store(&r)
	}
}

func (p *Proxy) allow(scheme, host string, port int, addrs []netip.Addr) (bool, string) {
	r := p.rules.Load()
	if r == nil {
		return false, "no task is here yet"
	}
	return (*r).Allow(scheme, host, port, addrs)
}

// Serve answers on l until Close. It returns nil then, and the listener's error when that ends first.
func (p *Proxy) Serve(l net.Listener) error {
	err := p.server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("egress: %w", err)
}

// Close ends every connection and waits until none is left. It may be called more than once.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	err := p.server.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil // the listener's other end went first
	}
	p.cut()
	p.work.Wait()
	p.transport.CloseIdleConnections()
	return err
}

// cut closes every connection that was dialled or taken over.
func (p *Proxy) cut() {
	p.mu.Lock()
	all := slices.Collect(maps.Keys(p.conns))
	p.mu.Unlock()
	for _, c := range all {
		c.Close()
	}
}

// keep notes a connection for cut. When the proxy is closed already it is closed too.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.conns[c] = struct{}{}
	}
	p.mu.Unlock()
	if closed {
		c.Close()
	}
	return !closed
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// begin enters one request unless the proxy is closed.
func (p *Proxy) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.work.Add(1)
	}
	return !p.closed
}

// ServeHTTP implements http.Handler: CONNECT and absolute http URLs, nothing else.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.begin() {
		return
	}
	defer p.work.Done()
	switch {
	case r.Method == http.MethodConnect:
		p.tunnel(w, r)
	case r.URL.Scheme == "http" && r.URL.Host != "":
		p.forward.ServeHTTP(w, r)
	default:
		http.Error(w, "this is a proxy: send an absolute http URL or CONNECT", http.StatusBadRequest)
	}
}

func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	host, port, err := splitHostPort(r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// Not the request's own context: that ends when the client has nothing more to send.
	far, err := p.dial(p.ctx, "https", host, port)
	if err != nil {
		p.failed(w, r, err)
		return
	}
	defer far.Close()
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer near.Close()
	if !p.keep(near) {
		return
	}
	defer p.drop(near)
	near.SetDeadline(time.Time{})
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(far, buffered) // what was read ahead comes first
		closeWrite(far)
	}()
	io.Copy(near, far)
	closeWrite(near)
	far.Close()
	near.Close()
	<-done
}

func closeWrite(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		h.CloseWrite()
		return
	}
	c.Close()
}

// Refused is why a connection was not opened.
type Refused struct{ Reason string }

// Error implements error.
func (r *Refused) Error() string { return r.Reason }

func (p *Proxy) failed(w http.ResponseWriter, r *http.Request, err error) {
	var refused *Refused
	if errors.As(err, &refused) {
		http.Error(w, "Chiron does not open this connection: "+refused.Reason, http.StatusForbidden)
		return
	}
	http.Error(w, "Chiron could not connect to "+r.URL.Host, http.StatusBadGateway)
}

// stranger is a public address. A host that is refused even there is refused by its name and is never looked up, since a
// look-up alone would tell a name server something.
func stranger() []netip.Addr { return []netip.Addr{netip.AddrFrom4([4]byte{1, 1, 1, 1})} }

// dial connects to one of the addresses of host, all of which the rules allow.
func (p *Proxy) dial(ctx context.Context, scheme, host string, port int) (net.Conn, error) {
	place := net.JoinHostPort(host, strconv.Itoa(port))
	refuse := func(why string) error {
		p.book.block(place, why)
		p.log.Info("connection refused", "host", place, "reason", why)
		return &Refused{Reason: why}
	}
	if p.book.full() {
		return nil, refuse("the task's byte limit is reached")
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var addrs []netip.Addr
	if ip, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{ip}
	} else {
		if ok, why := p.allow(scheme, host, port, stranger()); !ok {
			return nil, refuse(why)
		}
		if addrs, err = p.opts.Resolve(ctx, host); err != nil {
			if p.opts.Upstream == nil {
				return nil, fmt.Errorf("resolve %s: %w", host, err)
			}
			addrs = stranger()
		}
	}
	if ok, why := p.allow(scheme, host, port, addrs); !ok {
		return nil, refuse(why)
	}
	if p.opts.Own != nil && slices.ContainsFunc(addrs, local) && p.opts.Own(port) {
		return nil, refuse("it is a port of Chiron itself")
	}
	conn, err := p.reach(ctx, place, port, addrs)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", place, err)
	}
	c := &counted{Conn: conn, proxy: p, traffic: p.book.connect(place)}
	if !p.keep(c) {
		return nil, net.ErrClosed
	}
	return c, nil
}

// reach connects to the first address that answers, or through the upstream proxy.
func (p *Proxy) reach(ctx context.Context, place string, port int, addrs []netip.Addr) (net.Conn, error) {
	if p.opts.Upstream != nil && !slices.ContainsFunc(addrs, near) {
		return through(ctx, p.opts.Upstream, place)
	}
	var errs []error
	for _, ip := range addrs {
		conn, err := p.connect(ctx, ip, port, len(addrs))
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// local reports an address that leads to the loopback of this machine.
func local(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsUnspecified()
}

// Judge says, without connecting or looking anything up, whether the rules could let a connection pass; a refusal is kept in
// the books. What it lets pass is judged again, with its addresses, when it is dialled.
func (p *Proxy) Judge(scheme, host string, port int) (ok bool, why string) {
	addrs := stranger()
	if ip, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{ip}
	}
	if ok, why = p.allow(scheme, host, port, addrs); !ok {
		p.book.block(net.JoinHostPort(host, strconv.Itoa(port)), why)
	}
	return ok, why
}

// connect dials one address; each of several gets its share of the time.
func (p *Proxy) connect(ctx context.Context, ip netip.Addr, port, among int) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout / time.Duration(among)}
	return d.DialContext(ctx, "tcp", netip.AddrPortFrom(ip, uint16(port)).String())
}

func splitHostPort(s string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not host:port", s)
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || host == "" {
		return "", 0, fmt.Errorf("%q is not host:port", s)
	}
	return host, int(n), nil
}
