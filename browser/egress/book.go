package egress

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"chiron/step"
)

// maxPlaces bounds the different places that are remembered one by one; a page can invent names without end. Those beyond
// are counted together under others.
const (
	maxPlaces = 1000
	others    = "(others)"
)

// Traffic is what went to and came from one place.
type Traffic = step.Traffic

// Report is what a session connected to and what was refused.
type Report = step.Egress

// Report returns the state of the books.
func (p *Proxy) Report() Report { return p.book.report() }

// Fresh returns what was refused since the last call, in the order of its host.
func (p *Proxy) Fresh() []step.Blocked {
	b := &p.book
	b.mu.Lock()
	defer b.mu.Unlock()
	var fresh []step.Blocked
	for key, x := range b.blocked {
		if n := x.Count - b.told[key]; n > 0 {
			fresh = append(fresh, step.Blocked{Host: x.Host, Reason: x.Reason, Count: n})
			b.told[key] = x.Count
		}
	}
	slices.SortFunc(fresh, byHost)
	return fresh
}

func byHost(x, y step.Blocked) int {
	return cmp.Or(cmp.Compare(x.Host, y.Host), cmp.Compare(x.Reason, y.Reason))
}

type traffic struct {
	connections    atomic.Int64
	sent, received atomic.Int64
}

type book struct {
	limit *atomic.Int64 // 0 = none
	bytes *atomic.Int64

	mu      *sync.Mutex
	hosts   map[string]*traffic
	blocked map[string]*step.Blocked
	told    map[string]int // of blocked, by Fresh
}

func newBook() book {
	return book{
		limit: new(atomic.Int64), bytes: new(atomic.Int64), mu: new(sync.Mutex), hosts: map[string]*traffic{},
		blocked: map[string]*step.Blocked{}, told: map[string]int{},
	}
}

func (b *book) full() bool {
	limit := b.limit.Load()
	return limit > 0 && b.bytes.Load() >= limit
}

func (b *book) connect(place string) *traffic {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hosts[place] == nil && len(b.hosts) >= maxPlaces {
		place = others
	}
	t := b.hosts[place]
	if t == nil {
		t = &traffic{}
		b.hosts[place] = t
	}
	t.connections.Add(1)
	return t
}

func (b *book) block(place, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := place + "\n" + why
	if b.blocked[key] == nil && len(b.blocked) >= maxPlaces {
		place, why, key = others, "too many different ones to list", others
	}
	if b.blocked[key] == nil {
		b.blocked[key] = &step.Blocked{Host: place, Reason: why}
	}
	b.blocked[key].Count++
}

func (b *book) report() Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := Report{Bytes: b.bytes.Load()}
	for _, host := range slices.Sorted(maps.Keys(b.hosts)) {
		t := b.hosts[host]
		r.Hosts = append(r.Hosts, Traffic{
			Host: host, Connections: int(t.connections.Load()), Sent: t.sent.Load(), Received: t.received.Load(),
		})
	}
	for _, x := range b.blocked {
		r.Blocked = append(r.Blocked, *x)
	}
	slices.SortFunc(r.Blocked, byHost)
	return r
}

// counted is a dialled connection that keeps the books and ends when the byte limit is reached.
type counted struct {
	net.Conn
	proxy   *Proxy
	traffic *traffic
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.traffic.received.Add(int64(n))
	c.count(n)
	return n, err
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.traffic.sent.Add(int64(n))
	c.count(n)
	return n, err
}

func (c *counted) count(n int) {
	book := &c.proxy.book
	limit := book.limit.Load()
	if total := book.bytes.Add(int64(n)); limit > 0 && total >= limit && total-int64(n) < limit {
		c.proxy.cut()
	}
}

// CloseWrite ends the sending direction alone.
func (c *counted) CloseWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return c.Close()
}

func (c *counted) Close() error {
	c.proxy.drop(c)
	return c.Conn.Close()
}
