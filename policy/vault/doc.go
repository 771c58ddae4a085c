// Package vault keeps secrets in one file, encrypted with age for the key in another. What was set can be used, listed by
// name, replaced and removed; it is never shown again.
//
// File is what a running product holds: it is read once, at the start, so that everything the gate can release is also
// known to the redaction filter. The other functions change the files; they lock, write beside and rename, so that a crash
// leaves the old or the new state, and a running product is not disturbed.
package vault
