package address

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Set is a list of hosts as a task gives it.
type Set struct{ entries []entry }

type entry struct {
	host Host
	sub  bool // subdomains of host, not host itself
	port int  // 0: the default ports 80 and 443
}

// ParseSet reads entries of the forms "name", "name:port", "*.name" and "*.name:port". An entry without a port means the
// default ports of http and https, 80 and 443.
func ParseSet(list []string) (Set, error) {
	var s Set
	for _, raw := range list {
		e, err := parseEntry(raw)
		if err != nil {
			return Set{}, err
		}
		s.entries = append(s.entries, e)
	}
	return s, nil
}

func parseEntry(raw string) (entry, error) {
	var e entry
	text := strings.TrimSpace(raw)
	text, e.sub = strings.CutPrefix(text, "*.")
	if strings.Count(text, ":") == 1 || strings.Contains(text, "]:") {
		host, port, err := net.SplitHostPort(text)
		n, bad := strconv.Atoi(port)
		if err != nil || bad != nil || n < 1 || n > 65535 {
			return entry{}, fmt.Errorf("host %q: %q is not a port", raw, port)
		}
		text, e.port = host, n
	}
	host, err := ParseHost(text)
	if err != nil || e.sub && host.IP.IsValid() {
		return entry{}, fmt.Errorf("host %q: write a name, name:port or *.name", raw)
	}
	e.host = host
	return e, nil
}

// Match reports whether a place is in the set, and whether it is listed explicitly: as exactly this host with exactly
// this port.
func (s Set) Match(h Host, port int) (in, explicit bool) {
	for _, e := range s.entries {
		if e.port != port && (e.port != 0 || port != 80 && port != 443) {
			continue
		}
		switch {
		case e.sub:
			in = in || h.Name != "" && strings.HasSuffix(h.Name, "."+e.host.Name)
		case e.host.Name == h.Name && unwrap(e.host.IP) == unwrap(h.IP):
			in, explicit = true, explicit || e.port != 0
		}
	}
	return in, explicit
}
