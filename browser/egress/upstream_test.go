package egress_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"chiron/browser/egress"
)

// upstream is a proxy that leads every tunnel to one server and remembers what it was asked for.
type upstream struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newUpstream(t *testing.T, to string) *upstream {
	t.Helper()
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.asked = append(u.asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		u.mu.Unlock()
		if strings.HasPrefix(r.Host, "closed.") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		near, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { io.Copy(far, buffered); far.Close() }()
		io.Copy(near, far)
		near.Close()
	}))
	t.Cleanup(u.Close)
	return u
}

func TestUpstreamProxyIsAskedForNames(t *testing.T) {
	plain, secure := httptest.NewServer(http.HandlerFunc(hello)), httptest.NewTLSServer(http.HandlerFunc(hello))
	defer plain.Close()
	defer secure.Close()
	for name, resolve := range map[string]func(context.Context, string) ([]netip.Addr, error){
		"known here": func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		},
		"known upstream alone": func(context.Context, string) ([]netip.Addr, error) { return nil, io.EOF },
	} {
		t.Run(name, func(t *testing.T) {
			web, sweb := newUpstream(t, plain.Listener.Addr().String()), newUpstream(t, secure.Listener.Addr().String())
			to := func(u *upstream) func(*egress.Options) {
				return func(o *egress.Options) {
					o.Resolve = resolve
					o.Upstream = &url.URL{Scheme: "http", Host: u.Listener.Addr().String(), User: url.UserPassword("me", "pw")}
				}
			}
			p, c, _ := start(t, []string{"shop.example", "closed.example"}, to(web))
			if status, body, err := get(t, c, "http://shop.example/x"); err != nil || status != 200 || body != "shop.example /x" {
				t.Fatalf("%d %q %v", status, body, err)
			}
			if want := []string{"CONNECT shop.example:80 Basic bWU6cHc="}; !slices.Equal(web.asked, want) {
				t.Fatalf("upstream was asked for %q", web.asked)
			}
			if status, _, err := get(t, c, "http://closed.example/"); err != nil || status != 502 {
				t.Fatalf("what upstream refuses: %d %v", status, err)
			}
			if status, _, err := get(t, c, "http://other.example/"); err != nil || status != 403 || len(web.asked) != 2 {
				t.Fatalf("what is not listed: %d %v; upstream was asked for %q", status, err, web.asked)
			}
			if r := p.Report(); len(r.Hosts) != 1 || r.Hosts[0].Host != "shop.example:80" || r.Hosts[0].Received == 0 {
				t.Fatalf("report %+v", r)
			}
			_, c, _ = start(t, []string{"shop.example"}, to(sweb))
			if status, body, err := get(t, c, "https://shop.example/y"); err != nil || status != 200 || body != "shop.example /y" {
				t.Fatalf("tunnel: %d %q %v", status, body, err)
			}
		})
	}
}

func TestUpstreamProxyIsNotForWhatIsNear(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(hello))
	defer plain.Close()
	u := newUpstream(t, plain.Listener.Addr().String())
	_, c, _ := start(t, []string{plain.Listener.Addr().String()}, func(o *egress.Options) {
		o.Upstream = &url.URL{Scheme: "http", Host: u.Listener.Addr().String()}
	})
	if status, _, err := get(t, c, plain.URL+"/x"); err != nil || status != 200 || len(u.asked) > 0 {
		t.Fatalf("%d %v; upstream was asked for %q", status, err, u.asked)
	}
}
