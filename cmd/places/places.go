// Package places finds the product's own places: where a task must not go, whatever name or address it gives them.
package places

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// lookUp bounds the resolution of all names together.
const lookUp = 2 * time.Second

// Book resolves places. It remembers what a name meant: an address that once was the product's stays closed. The zero value
// works; it may be used from any goroutine.
type Book struct {
	// Look resolves a name; nil is the system's resolver.
	Look func(ctx context.Context, network, host string) ([]netip.Addr, error)

	mu    sync.Mutex
	known map[string][]netip.Addr
}

// All returns the places, "host:port", and for each one with a name also the addresses behind it.
func (b *Book) All(list []string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), lookUp)
	defer cancel()
	all := slices.Clone(list)
	for _, place := range list {
		host, port, err := net.SplitHostPort(place)
		if _, number := netip.ParseAddr(host); err != nil || host == "" || host == "localhost" || number == nil {
			continue
		}
		for _, ip := range b.resolve(ctx, host) {
			all = append(all, net.JoinHostPort(ip.Unmap().String(), port))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (b *Book) resolve(ctx context.Context, host string) []netip.Addr {
	look := b.Look
	if look == nil {
		look = net.DefaultResolver.LookupNetIP
	}
	found, err := look(ctx, "ip", host)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil {
		b.known = map[string][]netip.Addr{}
	}
	if err == nil {
		for _, ip := range found {
			if ip = ip.Unmap().WithZone(""); !slices.Contains(b.known[host], ip) {
				b.known[host] = append(b.known[host], ip)
			}
		}
	}
	return slices.Clone(b.known[host])
}

// Of returns host:port of every URL in a list with commas; the usual port of its scheme where it names none.
func Of(urls string) []string {
	var out []string
	for raw := range strings.SplitSeq(urls, ",") {
		raw = strings.TrimSpace(raw)
		if raw == "" {
			continue
		}
		if !strings.Contains(raw, "://") {
			raw = "nats://" + raw
		}
		u, err := url.Parse(raw)
		if err != nil || u.Hostname() == "" {
			continue
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}[u.Scheme]
		}
		if port == "" {
			port = "4222"
		}
		out = append(out, net.JoinHostPort(u.Hostname(), port))
	}
	return out
}

// Qdrant returns both doors of a Qdrant, gRPC and HTTP, beside the one that is configured.
func Qdrant(address string) []string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	return []string{address, net.JoinHostPort(host, "6333"), net.JoinHostPort(host, "6334")}
}
