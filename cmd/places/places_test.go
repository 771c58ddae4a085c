package places_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"chiron/cmd/places"
	"chiron/policy"
	"chiron/step"
)

func TestAPlaceIsClosedByNameAndByAddress(t *testing.T) {
	names := map[string]netip.Addr{"ollama": netip.MustParseAddr("172.20.0.2"), "qdrant": netip.MustParseAddr("172.20.0.3"), "n1": netip.MustParseAddr("172.20.0.4")}
	book := &places.Book{Look: func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if ip, there := names[host]; there {
			return []netip.Addr{ip}, nil
		}
		return nil, errors.New("no such host")
	}}
	own := slices.Concat(places.Of("http://ollama:11434"), places.Of("nats://n1, n2:4333"), places.Qdrant("qdrant:6334"))
	allowed := func(host string, port int, ip string) bool {
		egress, err := policy.NewEgress(step.Hosts{Read: []string{"*.example", "172.20.0.2:11434", "172.20.0.3:6333", "ollama:11434", "qdrant:6333", "172.20.0.4:4222", "172.20.0.9:80"}}, book.All(own))
		if err != nil {
			t.Fatal(err)
		}
		ok, _ := egress.Allow("http", host, port, []netip.Addr{netip.MustParseAddr(ip)})
		return ok
	}
	for round := range 2 { // the second time no name can be resolved any more
		for _, c := range []struct {
			host string
			port int
			ip   string
			want bool
		}{{"172.20.0.2", 11434, "172.20.0.2", false}, {"ollama", 11434, "172.20.0.2", false}, {"qdrant", 6333, "172.20.0.3", false},
			{"172.20.0.3", 6333, "172.20.0.3", false}, {"172.20.0.4", 4222, "172.20.0.4", false}, {"172.20.0.9", 80, "172.20.0.9", true}} {
			if got := allowed(c.host, c.port, c.ip); got != c.want {
				t.Errorf("round %d: %s:%d is allowed: %v", round, c.host, c.port, got)
			}
		}
		clear(names)
	}
}

func TestEveryServerOfAListIsAPlace(t *testing.T) {
	got := places.Of("nats://a:1, tls://b,c:3,https://[::1]")
	if want := []string{"a:1", "b:4222", "c:3", "[::1]:443"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := places.Of(""); got != nil {
		t.Errorf("%v", got)
	}
}
