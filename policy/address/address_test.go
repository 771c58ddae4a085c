package address_test

import (
	"net/netip"
	"strings"
	"testing"

	"chiron/policy/address"
	"chiron/step"
)

func TestClasses(t *testing.T) {
	for text, want := range map[string]address.Class{
		"1.1.1.1": address.Public, "2606:4700::1111": address.Public, "172.32.0.1": address.Public,
		"10.0.0.1": address.Private, "172.16.0.1": address.Private, "192.168.1.1": address.Private, "fc00::1": address.Private, "fd12::1": address.Private,
		"127.0.0.1": address.Loopback, "127.255.0.9": address.Loopback, "::1": address.Loopback,
		"169.254.1.1": address.LinkLocal, "fe80::1": address.LinkLocal, "fe80::1%eth0": address.LinkLocal,
		"169.254.169.254": address.Metadata, "100.100.100.200": address.Metadata, "fd00:ec2::254": address.Metadata, "168.63.129.16": address.Metadata,
		"100.64.0.1": address.Shared, "100.127.255.255": address.Shared, "100.128.0.1": address.Public,
		"0.0.0.0": address.Reserved, "0.1.2.3": address.Reserved, "224.0.0.1": address.Reserved, "255.255.255.255": address.Reserved,
		"198.18.0.1": address.Reserved, "192.0.2.1": address.Reserved, "::": address.Reserved, "ff02::1": address.Reserved,
		"2001::1": address.Reserved, "2001:db8::1": address.Reserved, "240.0.0.1": address.Reserved,
		"::ffff:127.0.0.1": address.Loopback, "::ffff:10.0.0.1": address.Private, "::ffff:169.254.169.254": address.Metadata, "::ffff:1.1.1.1": address.Public,
		"::127.0.0.1": address.Loopback, "64:ff9b::a00:1": address.Private, "64:ff9b::a9fe:a9fe": address.Metadata, "64:ff9b::101:101": address.Public,
		"64:ff9b:1::1": address.Reserved, "2002:7f00:1::": address.Loopback, "2002:a00:1::1": address.Private, "2002:101:101::": address.Public,
	} {
		if got := address.Classify(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got := address.Classify(netip.Addr{}); got != address.None {
		t.Errorf("the zero address: %s", got)
	}
}

// The spellings follow the URL standard, which Chromium follows: what is an address there is the same address here.
func TestHosts(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1": "127.0.0.1", "127.1": "127.0.0.1", "2130706433": "127.0.0.1", "0x7f000001": "127.0.0.1", "0x7f.1": "127.0.0.1",
		"0177.0.0.1": "127.0.0.1", "017700000001": "127.0.0.1", "127.0.0.1.": "127.0.0.1", "0": "0.0.0.0", "0x": "0.0.0.0", "1.0x": "1.0.0.0",
		"0x7g": "0x7g", "08.1.1.1a": "08.1.1.1a", "1.2.65535": "1.2.255.255", "１２７.０.０.１": "127.0.0.1", "127。0。0。1": "127.0.0.1",
		"[::1]": "::1", "::1": "::1", "[::ffff:127.0.0.1]": "::ffff:127.0.0.1", "[0:0:0:0:0:0:0:1]": "::1",
		"Shop.Example": "shop.example", "shop.example.": "shop.example", "BÜCHER.example": "xn--bcher-kva.example",
		"xn--bcher-kva.example": "xn--bcher-kva.example", "a_b.example": "a_b.example", "localhost": "localhost",
	} {
		h, err := address.ParseHost(text)
		if err != nil || h.String() != want {
			t.Errorf("%q: got %s, %v; want %s", text, h, err, want)
		}
	}
	for _, text := range []string{"", " ", "a b", "a/b", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "08.1.1.1.", "1.2.3.08", "1..2", "a..b",
		".", "a%2eb", "[::1", "[1.2.3.4]", "[fe80::1%25eth0]", "user@host", "a:b", strings.Repeat("a", 64) + ".example",
		strings.Repeat("abcdefg.", 40) + "example", "-1.1"} {
		if h, err := address.ParseHost(text); err == nil {
			t.Errorf("%q was read as %s", text, h)
		}
	}
}

func TestURLs(t *testing.T) {
	for text, want := range map[string]string{
		"https://shop.example": "https://shop.example", "HTTPS://Shop.Example:443/a": "https://shop.example",
		"http://shop.example:443/": "http://shop.example:443", "http://0x7f.1:8080/": "http://127.0.0.1:8080",
		"http://[::1]:80/": "http://[::1]", "about:blank": "null", "data:text/html,x": "null", "javascript:alert(1)": "null",
		"blob:https://shop.example/1": "null",
	} {
		if got := address.Origin(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "shop.example", "//shop.example/", "http://", "http:shop.example", "http:///shop.example", `http:\\shop.example`,
		`http://shop.example\@evil.example`, "http://shop.example@evil.example/", "http://a b/", "http://shop.example/a b", "ht\ntp://a/",
		" http://shop.example", "http://shop.example:99999/", "http://shop.example:0/", "http://%65vil.example/"} {
		if loc, err := address.ParseURL(text); err == nil {
			t.Errorf("%q was read as %+v", text, loc)
		}
	}
}

func TestSets(t *testing.T) {
	for _, c := range []struct {
		list, host   string
		port         int
		in, explicit bool
	}{
		{"shop.example", "shop.example", 443, true, false},
		{"shop.example", "shop.example", 80, true, false},
		{"shop.example", "shop.example", 8080, false, false},
		{"shop.example", "www.shop.example", 443, false, false},
		{"shop.example", "shop.example.evil.example", 443, false, false},
		{"shop.example", "evilshop.example", 443, false, false},
		{"shop.example:8080", "shop.example", 8080, true, true},
		{"shop.example:8080", "shop.example", 443, false, false},
		{"SHOP.example.:443", "shop.example", 443, true, true},
		{"*.shop.example", "www.shop.example", 443, true, false},
		{"*.shop.example", "a.b.shop.example", 443, true, false},
		{"*.shop.example", "shop.example", 443, false, false},
		{"*.shop.example", "evilshop.example", 443, false, false},
		{"*.shop.example:8443", "www.shop.example", 8443, true, false},
		{"127.0.0.1:8080", "127.1", 8080, true, true},
		{"127.0.0.1:8080", "[::ffff:127.0.0.1]", 8080, true, true},
		{"[::1]:8080", "::1", 8080, true, true},
		{"::1", "::1", 80, true, false},
		{"bücher.example", "xn--bcher-kva.example", 443, true, false},
	} {
		set, err := address.ParseSet([]string{c.list})
		if err != nil {
			t.Errorf("%s: %v", c.list, err)
			continue
		}
		h, err := address.ParseHost(c.host)
		if err != nil {
			t.Fatal(err)
		}
		if in, explicit := set.Match(h, c.port); in != c.in || explicit != c.explicit {
			t.Errorf("%s, %s:%d: got %v, %v", c.list, c.host, c.port, in, explicit)
		}
	}
	for _, bad := range []string{"", "*", "*.", "*.*", "a.*", "https://shop.example", "shop.example/x", "shop.example:", "shop.example:0",
		"shop.example:http", "*.127.0.0.1", "a b"} {
		if _, err := address.ParseSet([]string{bad}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func TestEgress(t *testing.T) {
	hosts := step.Hosts{Read: []string{"docs.example", "*.cdn.example"}, Write: []string{"shop.example", "intra.example:443", "127.0.0.1:8080",
		"10.0.0.5", "169.254.169.254:80", "localhost:11434", "ollama:11434", "0.0.0.0:8080", "metadata.google.internal:80"}}
	e, err := address.NewEgress(hosts, []string{"127.0.0.1:11434", ":8470", "ollama:11434", "172.18.0.3:6333"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		scheme, host string
		port         int
		resolved     []netip.Addr
		why          string // "" allowed
	}{
		{"https", "shop.example", 443, addrs("1.1.1.1", "2606:4700::1111"), ""},
		{"wss", "docs.example", 443, addrs("1.1.1.1"), ""},
		{"http", "a.cdn.example", 80, addrs("1.1.1.1"), ""},
		{"https", "evil.example", 443, addrs("1.1.1.1"), "not among the hosts"},
		{"https", "shop.example", 8443, addrs("1.1.1.1"), "not among the hosts"},
		{"ftp", "shop.example", 21, addrs("1.1.1.1"), "scheme"},
		{"https", "shop.example", 443, nil, "does not resolve"},
		{"https", "shop.example", 443, addrs("10.0.0.1"), "list shop.example:443"},
		{"https", "shop.example", 443, addrs("1.1.1.1", "127.0.0.1"), "loopback"},
		{"https", "shop.example", 443, addrs("::ffff:10.0.0.1"), "private"},
		{"https", "shop.example", 443, addrs("64:ff9b::7f00:1"), "loopback"},
		{"https", "intra.example", 443, addrs("10.0.0.1"), ""},
		{"https", "intra.example", 443, addrs("169.254.169.254"), "never reached"},
		{"https", "intra.example", 443, addrs("0.0.0.0"), "never reached"},
		{"http", "127.0.0.1", 8080, addrs("127.0.0.1"), ""},
		{"http", "2130706433", 8080, addrs("127.0.0.1"), ""},
		{"http", "10.0.0.5", 80, addrs("10.0.0.5"), "list 10.0.0.5:80"},
		{"http", "169.254.169.254", 80, addrs("169.254.169.254"), "credentials"},
		{"http", "metadata.google.internal", 80, addrs("1.1.1.1"), "credentials"},
		{"http", "0.0.0.0", 8080, addrs("0.0.0.0"), "never reached"},
		{"http", "localhost", 11434, addrs("127.0.0.1"), "belongs to this product"},
		{"http", "ollama", 11434, addrs("172.18.0.2"), "belongs to this product"},
		{"http", "a b", 80, addrs("1.1.1.1"), "not a host"},
	} {
		ok, why := e.Allow(c.scheme, c.host, c.port, c.resolved)
		if ok != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s://%s:%d at %v: got %v, %q; want %q", c.scheme, c.host, c.port, c.resolved, ok, why, c.why)
		}
	}
}

func TestProtectedPlaces(t *testing.T) {
	p, err := address.ParseProtected([]string{"127.0.0.1:11434", ":8470", "[::]:4222", "ollama:11435", "172.18.0.3:6333", "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host string
		port int
		held bool
	}{
		{"127.0.0.1", 11434, true}, {"127.9.9.9", 11434, true}, {"::1", 11434, true}, {"localhost", 11434, true}, {"a.localhost", 11434, true},
		{"0.0.0.0", 11434, true}, {"::ffff:127.0.0.1", 11434, true}, {"127.0.0.1", 11433, false}, {"1.1.1.1", 11434, false},
		{"localhost", 8470, true}, {"::1", 4222, true}, {"1.1.1.1", 8470, false},
		{"ollama", 11435, true}, {"OLLAMA.", 11435, true}, {"172.18.0.3", 6333, true}, {"::ffff:172.18.0.3", 6333, true},
	} {
		h, err := address.ParseHost(c.host)
		if err != nil {
			t.Fatal(err)
		}
		if p.Holds(h, c.port) != c.held {
			t.Errorf("%s:%d: want %v", c.host, c.port, c.held)
		}
	}
	for _, bad := range []string{"", "127.0.0.1", "*.a:1", "a:b"} {
		if _, err := address.ParseProtected([]string{bad}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// FuzzClassify: an address keeps its class however it is spelt or wrapped, and nothing that reads as an address becomes a name.
func FuzzClassify(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "0x7f.1", "2130706433", "::ffff:10.0.0.1", "shop.example", "１２７.1", "[::1]", "a..b", "0x", "1.2.3.4."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := address.ParseHost(s)
		if err != nil {
			return
		}
		if again, err := address.ParseHost(h.String()); err != nil || again != h {
			t.Fatalf("%q is %s, which is %s, %v", s, h, again, err)
		}
		class := h.Class()
		if _, err := netip.ParseAddr(h.Name); err == nil && h.Name != "" {
			t.Fatalf("%q is the name %q, which is an address", s, h.Name)
		}
		if !h.IP.Is4() {
			return
		}
		b := h.IP.As4()
		for _, wrapped := range []netip.Addr{
			netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}),
			netip.AddrFrom16([16]byte{0: 0, 1: 0x64, 2: 0xff, 3: 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}),
			netip.AddrFrom16([16]byte{0: 0x20, 1: 0x02, 2: b[0], 3: b[1], 4: b[2], 5: b[3]}),
		} {
			if got := address.Classify(wrapped); got != class {
				t.Fatalf("%s is %s, but %s is %s", h, class, wrapped, got)
			}
		}
	})
}
