package address

import (
	"net/netip"
	"slices"
	"strings"
)

// Class is the kind of network that an address belongs to.
type Class string

// The classes. Only Public addresses may be reached without being listed; LinkLocal, Metadata and Reserved ones never.
const (
	Public    Class = "public"
	Private   Class = "private"    // RFC 1918, fc00::/7
	Loopback  Class = "loopback"   // 127/8, ::1, localhost
	LinkLocal Class = "link_local" // 169.254/16, fe80::/10
	Metadata  Class = "metadata"   // where clouds hand out credentials
	Shared    Class = "shared"     // 100.64/10, carrier-grade NAT
	Reserved  Class = "reserved"   // unspecified, multicast, documentation, benchmarking, future use, Teredo
	Name      Class = "name"       // a name that has to be resolved first
	None      Class = "none"       // no network place at all
)

// Classes returns the closed list.
func Classes() []Class {
	return []Class{Public, Private, Loopback, LinkLocal, Metadata, Shared, Reserved, Name, None}
}

// Classify returns the class of an address. IPv4 addresses written inside IPv6 (mapped, compatible, NAT64, 6to4) have
// the class of the inner one. The zero Addr is None.
func Classify(ip netip.Addr) Class {
	if !ip.IsValid() {
		return None
	}
	ip = unwrap(ip)
	switch {
	case slices.Contains(metadata(), ip):
		return Metadata
	case ip.IsLoopback():
		return Loopback
	case ip.IsLinkLocalUnicast():
		return LinkLocal
	case within(ip, "100.64.0.0/10"):
		return Shared
	case ip.IsPrivate():
		return Private
	case ip.IsUnspecified(), ip.IsMulticast(), within(ip, reserved()...):
		return Reserved
	}
	return Public
}

// unwrap returns the IPv4 address that an IPv6 address carries, or the address itself, without a zone.
func unwrap(ip netip.Addr) netip.Addr {
	ip = ip.WithZone("").Unmap()
	if ip.Is4() {
		return ip
	}
	b := ip.As16()
	switch {
	case within(ip, "64:ff9b::/96"), within(ip, "::/96") && ip != netip.IPv6Unspecified() && ip != netip.IPv6Loopback():
		return netip.AddrFrom4([4]byte(b[12:16]))
	case within(ip, "2002::/16"):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return ip
}

func within(ip netip.Addr, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		prefix, err := netip.ParsePrefix(p)
		return err == nil && prefix.Contains(ip)
	})
}

// metadata returns the addresses at which cloud providers hand out credentials (AWS, GCP, Azure, OpenStack: the first;
// then AWS containers, AWS IPv6, GCP IPv6, Alibaba, Azure's wire server, Oracle).
func metadata() []netip.Addr {
	var out []netip.Addr
	for _, s := range []string{"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23",
		"fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"} {
		if ip, err := netip.ParseAddr(s); err == nil {
			out = append(out, ip)
		}
	}
	return out
}

// reserved returns the ranges of the IANA special-purpose registries that no public server lives in.
func reserved() []string {
	return []string{"0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
		"5f00::/16", "fec0::/10"}
}

// ClassifyName returns the class of a host name that needs no look-up to be known, else Name.
func ClassifyName(name string) Class {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	switch {
	case name == "":
		return None
	case name == "localhost", strings.HasSuffix(name, ".localhost"), name == "localhost.localdomain", name == "ip6-localhost":
		return Loopback
	case slices.Contains([]string{"metadata", "metadata.google.internal", "metadata.goog", "instance-data",
		"instance-data.ec2.internal", "metadata.azure.internal", "metadata.tencentyun.com"}, name):
		return Metadata
	}
	return Name
}
