// Package step holds the words of Chiron: what a task is, what was seen, what was proposed, judged and done, and
// how it ended. Values only: no I/O, no goroutines, standard library only. Every other room speaks in these words.
//
// Sums (Action, Body, Command) are sealed by an unexported method and travel as JSON objects with a kind tag:
// actions under "action", event bodies under "kind", commands under "command". Decoding is strict: an unknown kind
// or field is an error that names it.
//
// Units: positions and sizes are whole CSS pixels of the viewport at device scale 1 with the origin at the top left,
// which is also the pixel grid of a Frame. Durations in JSON are nanoseconds unless the field says otherwise. Times are UTC.
package step
