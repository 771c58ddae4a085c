// Package policy is the conscience: nothing happens on a page that it has not admitted.
//
// Gate turns the facts of an act into a verdict of the operator's rules, has the verdict written down durably, and only
// then hands out a Permit. Whoever carries acts out takes a *Permit and redeems it once, with the facts of that moment.
// No other package can make one. Vault keeps secrets, Redactor keeps them out of everything that is written; Egress says where a task's traffic may go, and shares its classifier with the rules.
//
// Everything here is safe for concurrent use. The package starts no goroutines.
package policy
