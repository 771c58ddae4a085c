// Package bundle is the operator's rules: Cedar policies with their schema, their obligations and their test cases. It turns
// the facts of an act into the Input that rules can ask about and the rules' answer into one of three decisions.
//
// How three outcomes come from a language with two: a forbid without the annotation @ask is a denial. A forbid with @ask
// gives way to a person: when only such rules stand in the way and everything else permits the act, the decision is to ask.
// @ask("supervised") rules do not ask tasks whose autonomy is auto, @ask("always") rules do. No permit means denial, a forbid
// outweighs every permit, and any error while evaluating is a denial.
//
// A Bundle is immutable and safe for concurrent use.
package bundle
