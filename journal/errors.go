package journal

import "chiron/journal/store"

// The errors callers tell apart; store says what each means.
var (
	ErrDir         = store.ErrDir
	ErrUnreachable = store.ErrUnreachable
	ErrClosed      = store.ErrClosed
	ErrNotFound    = store.ErrNotFound
	ErrExists      = store.ErrExists
	ErrKeyReused   = store.ErrKeyReused
	ErrFenced      = store.ErrFenced
	ErrEnded       = store.ErrEnded
	ErrLeaseLost   = store.ErrLeaseLost
	ErrFull        = store.ErrFull
	ErrTooLarge    = store.ErrTooLarge
)

// CorruptError says that a stored record cannot be read. The record stays where it is.
type CorruptError = store.CorruptError
