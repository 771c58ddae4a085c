package policy

import (
	"net/netip"

	"chiron/policy/address"
	"chiron/policy/bundle"
	"chiron/step"
)

// Agent is the principal of every act that no person performs.
const Agent = bundle.Agent

// Past is what a task's session has gathered so far; it only grows.
type Past = bundle.Past

// Class is the kind of network that an address belongs to.
type Class = address.Class

// Egress says where one task's traffic may go; see NewEgress.
type Egress = address.Egress

// NewEgress makes the rule of a task's traffic from the hosts that the task lists and the product's own places ("host:port"
// as listeners are configured), which no task reaches. The gate judges URLs by the same sets; Egress.Allow is for whoever
// opens the connections, with the addresses that it resolved.
func NewEgress(hosts step.Hosts, protected []string) (*Egress, error) {
	return address.NewEgress(hosts, protected)
}

// Risky reports whether an act would have an effect that cannot be undone, by the facts of its moment. It is a hint for whoever may
// think twice; the gate judges by its rules.
func Risky(a step.Action, v step.Values, f step.Facts) bool {
	return bundle.Subject{Action: a, Values: v, Facts: f}.Effect() == step.EffectIrreversible
}

// Classify returns the class of an address. IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4) counts as what it carries.
func Classify(ip netip.Addr) Class { return address.Classify(ip) }
