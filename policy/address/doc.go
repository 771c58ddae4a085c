// Package address is the one place that knows what a host and an address are: which class of network an address belongs
// to, which hosts a task lists, and which places belong to the product itself. The gate and the browser's egress proxy both
// ask here, so that they can never disagree.
//
// Everything is a pure function of its arguments and safe for concurrent use. Nothing is resolved here.
package address
