package address

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Host is a host in its one canonical spelling: either an IP or a lower-case ASCII name without a final dot.
type Host struct {
	IP   netip.Addr
	Name string
}

func (h Host) String() string {
	if h.IP.IsValid() {
		return h.IP.String()
	}
	return h.Name
}

// Class returns the class of the IP, or what the name alone tells.
func (h Host) Class() Class {
	if h.IP.IsValid() {
		return Classify(h.IP)
	}
	return ClassifyName(h.Name)
}

// ParseHost reads a host as Chromium does: IPv6 with or without brackets; IPv4 in one to four decimal, octal (0…) or
// hexadecimal (0x…) parts; otherwise a name, put into IDNA ASCII. Percent signs, zones and white space are errors.
func ParseHost(s string) (Host, error) {
	raw := s
	if strings.ContainsAny(s, "%/\\@?# \t\r\n") || s == "" {
		return Host{}, fmt.Errorf("%q is not a host", raw)
	}
	if strings.HasPrefix(s, "[") || strings.Count(s, ":") > 1 {
		inner, open := strings.CutPrefix(s, "[")
		inner, closed := strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		if err != nil || !ip.Is6() || open != closed {
			return Host{}, fmt.Errorf("%q is not an IPv6 address", raw)
		}
		return Host{IP: ip}, nil
	}
	s, err := ascii(s)
	if err != nil {
		return Host{}, fmt.Errorf("%q is not a host: %w", raw, err)
	}
	labels := strings.Split(s, ".")
	if numeric(labels[len(labels)-1]) {
		ip, ok := parseIPv4(labels)
		if !ok {
			return Host{}, fmt.Errorf("%q is not an IPv4 address", raw)
		}
		return Host{IP: ip}, nil
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return Host{}, fmt.Errorf("%q is not a host: a label is empty or too long", raw)
		}
	}
	if len(s) > 253 {
		return Host{}, fmt.Errorf("%q is not a host: too long", raw)
	}
	return Host{Name: s}, nil
}

// ascii returns the lower-case ASCII form of a name, without one final dot.
func ascii(s string) (string, error) {
	for _, r := range s {
		if r > 0x7f {
			var err error
			if s, err = idna.Lookup.ToASCII(s); err != nil {
				return "", err
			}
			break
		}
	}
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
			return "", fmt.Errorf("%q cannot stand in a host", r)
		}
	}
	return s, nil
}

// numeric reports whether the last label makes a host an IPv4 address (WHATWG URL, "ends in a number").
func numeric(label string) bool {
	if label != "" && strings.Trim(label, "0123456789") == "" {
		return true
	}
	_, ok := parsePart(label)
	return ok
}

func parseIPv4(parts []string) (netip.Addr, bool) {
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, p := range parts {
		n, ok := parsePart(p)
		last := i == len(parts)-1
		switch {
		case !ok, !last && n > 255, last && n >= 1<<(8*(5-len(parts))):
			return netip.Addr{}, false
		case last:
			value |= n
		default:
			value |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

func parsePart(p string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(p, "0x"), strings.HasPrefix(p, "0X"):
		p, base = p[2:], 16
		if p == "" {
			return 0, true
		}
	case len(p) > 1 && p[0] == '0':
		p, base = p[1:], 8
	}
	if strings.ContainsAny(p, "+-_") || base < 16 && strings.Trim(p, "0123456789") != "" {
		return 0, false // no error is made for what is a name, as nearly all are
	}
	n, err := strconv.ParseUint(p, base, 33)
	return n, err == nil
}

// Location is where a URL points. Host and Port are zero for schemes without a network place.
type Location struct {
	Scheme string // lower case
	Host   Host
	Port   int
	Path   string
}

// ParseURL reads an absolute URL and refuses what two parsers could read in two ways: control characters, white space,
// backslashes and credentials.
func ParseURL(raw string) (Location, error) {
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return Location{}, fmt.Errorf("%q holds white space, control characters or backslashes", raw)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" {
		return Location{}, fmt.Errorf("%q is not an absolute URL", raw)
	}
	loc := Location{Scheme: strings.ToLower(u.Scheme), Path: u.Path}
	if DefaultPort(loc.Scheme) == 0 {
		return loc, nil
	}
	if u.User != nil || u.Opaque != "" {
		return Location{}, fmt.Errorf("%q holds credentials or no //", raw)
	}
	if loc.Host, err = ParseHost(u.Hostname()); err != nil {
		return Location{}, err
	}
	if loc.Port = DefaultPort(loc.Scheme); u.Port() != "" {
		if loc.Port, err = strconv.Atoi(u.Port()); err != nil || loc.Port < 1 || loc.Port > 65535 {
			return Location{}, fmt.Errorf("%q has no valid port", raw)
		}
	}
	return loc, nil
}

// DefaultPort returns the port that a scheme means when none is written; 0 for schemes without a network place.
func DefaultPort(scheme string) int {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	}
	return 0
}

// Origin returns the canonical origin of a URL, as in "https://name" or "http://127.0.0.1:8080", and "null" for a URL
// without a network place.
func (l Location) Origin() string {
	if l.Port == 0 {
		return "null"
	}
	host := l.Host.String()
	if l.Host.IP.Is6() {
		host = "[" + host + "]"
	}
	if l.Port == DefaultPort(l.Scheme) {
		return l.Scheme + "://" + host
	}
	return l.Scheme + "://" + host + ":" + strconv.Itoa(l.Port)
}

// Origin returns the canonical origin of a URL, or "null" where it has none or cannot be read.
func Origin(raw string) string {
	loc, err := ParseURL(raw)
	if err != nil {
		return "null"
	}
	return loc.Origin()
}
