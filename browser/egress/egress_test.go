package egress_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"chiron/browser/egress"
	"chiron/policy"
	"chiron/step"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves a proxy with policy's own rules and returns it with a client that goes through it.
func start(t testing.TB, hosts []string, edit func(*egress.Options)) (*egress.Proxy, *http.Client, string) {
	t.Helper()
	rules, err := policy.NewEgress(step.Hosts{Write: hosts}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := egress.Options{Rules: rules}
	if edit != nil {
		edit(&o)
	}
	p, err := egress.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- p.Serve(ln) }()
	transport := &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: ln.Addr().String()}),
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		for range 2 {
			if err := p.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return p, &http.Client{Transport: transport}, ln.Addr().String()
}

func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %s", r.Host, r.URL.Path) }

func get(t testing.TB, c *http.Client, url string) (int, string, error) {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func TestOwnPortsAreRefusedWhateverTheRulesSay(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(hello))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{"127.0.0.1:" + port, "0.0.0.0:" + port, "[::ffff:127.0.0.1]:" + port}
	for _, own := range []bool{true, false} { // false is the control
		p, client, _ := start(t, nil, func(o *egress.Options) {
			o.Rules = anything{}
			o.Own = func(n int) bool { return own && strconv.Itoa(n) == port }
		})
		for _, h := range hosts {
			code, _, err := get(t, client, "http://"+h+"/")
			if err != nil || (code == http.StatusForbidden) != own {
				t.Errorf("own %v: %s: %d, %v", own, h, code, err)
			}
		}
		if blocked := p.Report().Blocked; own && len(blocked) != len(hosts) {
			t.Errorf("the report says %v", blocked)
		}
	}
}

// anything are rules that allow everything.
type anything struct{}

func (anything) Allow(string, string, int, []netip.Addr) (bool, string) { return true, "" }

func TestListedHostsPassAndAreCounted(t *testing.T) {
	plain, secure := httptest.NewServer(http.HandlerFunc(hello)), httptest.NewTLSServer(http.HandlerFunc(hello))
	defer plain.Close()
	defer secure.Close()
	p, c, _ := start(t, []string{plain.Listener.Addr().String(), secure.Listener.Addr().String()}, nil)
	for _, base := range []string{plain.URL, secure.URL} {
		status, body, err := get(t, c, base+"/x")
		if err != nil || status != 200 || !strings.HasSuffix(body, " /x") {
			t.Fatalf("%s: %d %q %v", base, status, body, err)
		}
	}
	r := p.Report()
	if len(r.Hosts) != 2 || len(r.Blocked) != 0 || r.Hosts[0].Sent == 0 || r.Hosts[1].Received == 0 {
		t.Fatalf("report %+v", r)
	}
}

func TestOthersAreRefusedAndToldWhy(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(hello))
	defer web.Close()
	looked := 0
	p, c, _ := start(t, []string{"intranet.example:8080"}, func(o *egress.Options) {
		o.Resolve = func(context.Context, string) ([]netip.Addr, error) { looked++; return nil, io.EOF }
	})
	for range 2 {
		if status, body, err := get(t, c, web.URL); err != nil || status != 403 || !strings.Contains(body, "not among the hosts") {
			t.Fatalf("%d %q %v", status, body, err)
		}
	}
	if _, _, err := get(t, c, "https://secret-in-the-name.example/"); err == nil {
		t.Fatal("a tunnel was opened")
	}
	if looked != 0 {
		t.Fatal("a name outside the set was looked up")
	}
	r := p.Report()
	if len(r.Blocked) != 2 || r.Blocked[0].Count != 2 || r.Bytes != 0 {
		t.Fatalf("report %+v", r)
	}
}

// A name that is public when it is judged and private a moment later is dialled where it was judged.
func TestNamesCannotBeRebound(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(hello))
	defer web.Close()
	_, port, _ := net.SplitHostPort(web.Listener.Addr().String())
	cases := map[string][]string{
		"loopback":              {"127.0.0.1"},
		"metadata":              {"169.254.169.254"},
		"one of several":        {"93.184.216.34", "127.0.0.1"},
		"loopback inside IPv6":  {"::ffff:127.0.0.1"},
		"loopback inside NAT64": {"64:ff9b::7f00:1"},
	}
	for name, addrs := range cases {
		t.Run(name, func(t *testing.T) {
			p, c, _ := start(t, []string{"*.shop.example:" + port}, func(o *egress.Options) {
				o.Resolve = func(context.Context, string) (all []netip.Addr, err error) {
					for _, a := range addrs {
						all = append(all, netip.MustParseAddr(a))
					}
					return all, nil
				}
			})
			if status, body, err := get(t, c, "http://www.shop.example:"+port+"/"); err != nil || status != 403 {
				t.Fatalf("%d %q %v", status, body, err)
			}
			if r := p.Report(); len(r.Hosts) != 0 || len(r.Blocked) != 1 {
				t.Fatalf("report %+v", r)
			}
		})
	}
}

func TestEveryConnectionAsksOnce(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(hello))
	defer web.Close()
	_, port, _ := net.SplitHostPort(web.Listener.Addr().String())
	var mu sync.Mutex
	looked := 0
	_, c, _ := start(t, []string{"shop.example:" + port}, func(o *egress.Options) {
		o.Resolve = func(context.Context, string) ([]netip.Addr, error) {
			mu.Lock()
			defer mu.Unlock()
			looked++
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}
	})
	if status, body, err := get(t, c, "http://shop.example:"+port+"/y"); err != nil || status != 200 || body != "shop.example:"+port+" /y" {
		t.Fatalf("%d %q %v", status, body, err)
	}
	if looked != 1 {
		t.Fatalf("looked up %d times", looked)
	}
}

func TestByteLimitEndsEverything(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	defer web.Close()
	p, c, _ := start(t, []string{web.Listener.Addr().String()}, func(o *egress.Options) { o.MaxBytes = 100 << 10 })
	if _, body, err := get(t, c, web.URL); err == nil {
		t.Fatalf("%d bytes came through", len(body))
	}
	if status, body, err := get(t, c, web.URL); err != nil || status != 403 || !strings.Contains(body, "byte limit") {
		t.Fatalf("%d %q %v", status, body, err)
	}
	if r := p.Report(); r.Bytes > 400<<10 {
		t.Fatalf("%d bytes passed", r.Bytes)
	}
}

func TestTunnelCarriesWhatWasSentEarly(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	echoed := make(chan struct{})
	go func() {
		defer close(echoed)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.Copy(conn, conn)
	}()
	_, _, proxy := start(t, []string{ln.Addr().String()}, nil)
	conn, err := net.Dial("tcp", proxy)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\nearly", ln.Addr())
	conn.(*net.TCPConn).CloseWrite()
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%v %v", res, err)
	}
	rest, err := io.ReadAll(in)
	if err != nil || string(rest) != "early" {
		t.Fatalf("%q %v", rest, err)
	}
	<-echoed
}

func TestCloseEndsOpenTunnels(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	p, _, proxy := start(t, []string{ln.Addr().String()}, nil)
	conn, err := net.Dial("tcp", proxy)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", ln.Addr())
	far, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{conn, far} {
		if _, err := io.ReadAll(c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatal(err)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Add("CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
	f.Add("CONNECT [::1%25lo]:1 HTTP/1.1\r\n\r\n")
	f.Add("GET /relative HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
	f.Add("GET https://127.0.0.1:1/ HTTP/1.0\r\n\r\n")
	dialled := make(chan string, 1)
	_, _, proxy := start(f, nil, func(o *egress.Options) {
		o.Resolve = func(_ context.Context, name string) ([]netip.Addr, error) {
			dialled <- name
			return nil, io.EOF
		}
	})
	f.Fuzz(func(t *testing.T, request string) {
		conn, err := net.Dial("tcp", proxy)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, request)
		conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		if strings.HasPrefix(string(answer), "HTTP/1.1 200") {
			t.Fatalf("%q was let through", request)
		}
		select {
		case name := <-dialled:
			t.Fatalf("%q made it look up %q", request, name)
		default:
		}
	})
}
