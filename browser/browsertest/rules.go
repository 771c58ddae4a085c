package browsertest

import (
	"net"
	"net/netip"
	"slices"
	"strconv"

	"chiron/browser/egress"
	"chiron/step"
)

// Listed are egress rules that allow exactly the listed host:port places, wherever they resolve to.
func Listed(h step.Hosts) (egress.Rules, error) {
	return listed(slices.Concat(h.Read, h.Write)), nil
}

type listed []string

// Allow implements egress.Rules.
func (l listed) Allow(_, host string, port int, _ []netip.Addr) (bool, string) {
	place := net.JoinHostPort(host, strconv.Itoa(port))
	if slices.Contains(l, place) {
		return true, ""
	}
	return false, place + " is not listed"
}
