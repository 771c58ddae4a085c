package egress

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// near reports an address that an upstream proxy is not for: this machine and private networks.
func near(ip netip.Addr) bool {
	ip = ip.Unmap()
	return local(ip) || ip.IsPrivate() || ip.IsLinkLocalUnicast()
}

// through opens a tunnel to place, a host:port, in an HTTP proxy.
func through(ctx context.Context, upstream *url.URL, place string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", upstream.Host)
	if err != nil {
		return nil, fmt.Errorf("upstream proxy: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: place}, Host: place, Header: http.Header{}}
	if u := upstream.User; u != nil {
		password, _ := u.Password()
		r.SetBasicAuth(u.Username(), password)
		r.Header.Set("Proxy-Authorization", r.Header.Get("Authorization"))
		r.Header.Del("Authorization")
	}
	in := bufio.NewReader(conn)
	answer, err := connect(conn, in, r)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	switch {
	case err != nil:
		conn.Close()
		return nil, fmt.Errorf("upstream proxy: %w", err)
	case answer.StatusCode != http.StatusOK:
		conn.Close()
		return nil, fmt.Errorf("upstream proxy: it answers %s", answer.Status)
	}
	return &early{Conn: conn, in: in}, nil
}

func connect(conn net.Conn, in *bufio.Reader, r *http.Request) (*http.Response, error) {
	if err := r.Write(conn); err != nil {
		return nil, err
	}
	return http.ReadResponse(in, r)
}

// early is a connection whose first bytes were read ahead.
type early struct {
	net.Conn
	in *bufio.Reader
}

// Read implements net.Conn.
func (e *early) Read(b []byte) (int, error) { return e.in.Read(b) }

// CloseWrite ends the sending direction alone.
func (e *early) CloseWrite() error {
	if h, ok := e.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return e.Close()
}
