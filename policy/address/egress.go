package address

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"chiron/step"
)

// Protected are the product's own places: its API, Ollama, Qdrant, NATS, the proxies. No task reaches them, even one
// that lists them.
type Protected struct {
	names []entry
	own   []netip.Addr // addresses of this machine, known when an entry listens on all of them
}

// ParseProtected reads "host:port" entries as listeners are configured. A loopback or "localhost" entry protects its port
// on every loopback address; an entry without a host or with an unspecified one (":8470", "0.0.0.0:8470") also on every
// address that this machine has now. Port 0, one that is still to be chosen, protects nothing. For a host given by name the
// caller adds what it resolves to.
func ParseProtected(list []string) (Protected, error) {
	var p Protected
	for _, raw := range list {
		text := raw
		if strings.HasPrefix(text, ":") {
			text = "0.0.0.0" + text
		}
		if strings.HasSuffix(text, ":0") {
			continue
		}
		e, err := parseEntry(text)
		if err != nil || e.sub || e.port == 0 {
			return Protected{}, fmt.Errorf("protected %q: write host:port", raw)
		}
		if e.host.IP.IsUnspecified() && p.own == nil {
			if p.own, err = ownAddresses(); err != nil {
				return Protected{}, fmt.Errorf("protected %q: %w", raw, err)
			}
		}
		p.names = append(p.names, e)
	}
	return p, nil
}

func ownAddresses() ([]netip.Addr, error) {
	nets, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list this machine's addresses: %w", err)
	}
	var out []netip.Addr
	for _, n := range nets {
		if prefix, err := netip.ParsePrefix(n.String()); err == nil {
			out = append(out, unwrap(prefix.Addr()))
		}
	}
	return out, nil
}

// Holds reports whether a place is protected.
func (p Protected) Holds(h Host, port int) bool {
	return slices.ContainsFunc(p.names, func(e entry) bool {
		if e.port != port {
			return false
		}
		here := h.Class() == Loopback || unwrap(h.IP).IsUnspecified()
		switch {
		case e.host.Class() == Loopback:
			return here
		case e.host.IP.IsUnspecified():
			return here || slices.Contains(p.own, unwrap(h.IP))
		}
		return e.host.Name == h.Name && unwrap(e.host.IP) == unwrap(h.IP)
	})
}

// Egress says where one task's traffic may go. It is immutable and safe for concurrent use.
type Egress struct {
	read, write Set
	protected   Protected
}

// NewEgress makes the Egress of a task from the hosts that the task lists and the product's own places.
func NewEgress(hosts step.Hosts, protected []string) (*Egress, error) {
	p, err := ParseProtected(protected)
	if err != nil {
		return nil, err
	}
	return p.Egress(hosts)
}

// Egress makes the Egress of a task. Write implies read.
func (p Protected) Egress(hosts step.Hosts) (*Egress, error) {
	write, err := ParseSet(hosts.Write)
	if err != nil {
		return nil, err
	}
	read, err := ParseSet(slices.Concat(hosts.Read, hosts.Write))
	if err != nil {
		return nil, err
	}
	return &Egress{read: read, write: write, protected: p}, nil
}

// Allow reports whether a connection may be opened, and in one sentence why not. Scheme is http, https, ws or wss (for a
// CONNECT, https). Resolved are all addresses that host has; the caller then dials one of exactly these. None, or a single
// one that is refused, refuses the connection.
func (e *Egress) Allow(scheme, host string, port int, resolved []netip.Addr) (bool, string) {
	if DefaultPort(scheme) == 0 {
		return false, fmt.Sprintf("the scheme %q is not one of http, https, ws, wss", scheme)
	}
	h, err := ParseHost(host)
	if err != nil {
		return false, err.Error()
	}
	in, explicit := e.read.Match(h, port)
	switch {
	case e.protected.Holds(h, port):
		return false, fmt.Sprintf("%s:%d belongs to this product itself", h, port)
	case !in:
		return false, fmt.Sprintf("%s:%d is not among the hosts of this task", h, port)
	case len(resolved) == 0:
		return false, fmt.Sprintf("%s does not resolve to an address", h)
	case h.Class() == Metadata:
		return false, fmt.Sprintf("%s hands out the machine's credentials", h)
	}
	for _, ip := range resolved {
		if why := e.refuse(h, ip, port, explicit); why != "" {
			return false, why
		}
	}
	return true, ""
}

func (e *Egress) refuse(h Host, ip netip.Addr, port int, explicit bool) string {
	class := Classify(ip)
	switch {
	case e.protected.Holds(Host{IP: ip}, port):
		return fmt.Sprintf("%s:%d (%s) belongs to this product itself", h, port, ip)
	case class == Public:
		return ""
	case !Listable(class):
		return fmt.Sprintf("%s is at %s, a %s address, which is never reached", h, ip, class)
	case !explicit:
		return fmt.Sprintf("%s is at %s, a %s address; to allow it, list %s:%d among the hosts of the task",
			h, ip, class, h, port)
	}
	return ""
}

// Listable reports whether addresses of a class may be reached when a task lists host and port explicitly.
func Listable(c Class) bool { return slices.Contains([]Class{Private, Loopback, Shared}, c) }

// Place is what is known of a URL before anything is resolved.
type Place struct {
	Location
	Class     Class
	Read      bool // in the task's read or write list
	Write     bool // in the task's write list
	Explicit  bool // listed as exactly this host and port
	Protected bool // belongs to the product itself
}

// Judge says what is known of a URL. A URL that cannot be read is an error.
func (e *Egress) Judge(raw string) (Place, error) {
	loc, err := ParseURL(raw)
	if err != nil {
		return Place{}, err
	}
	p := Place{Location: loc, Class: None}
	if loc.Port == 0 {
		return p, nil
	}
	p.Class = loc.Host.Class()
	p.Read, p.Explicit = e.read.Match(loc.Host, loc.Port)
	p.Write, _ = e.write.Match(loc.Host, loc.Port)
	p.Protected = e.protected.Holds(loc.Host, loc.Port)
	return p, nil
}
