package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The errors callers tell apart.
var (
	// ErrDir is wrapped when Options.Dir cannot be used: not writable, in use by another process, or not readable.
	ErrDir = errors.New("the journal's directory cannot be used")
	// ErrUnreachable is wrapped when Options.URL answers nothing that speaks NATS with JetStream.
	ErrUnreachable = errors.New("the NATS server cannot be reached")
	// ErrClosed is returned once Run has ended.
	ErrClosed = errors.New("the journal is closed")
	// ErrNotFound is wrapped when there is no such task, picture or key.
	ErrNotFound = errors.New("not found")
	// ErrExists is wrapped when a key that was to be new is already there.
	ErrExists = errors.New("exists already")
	// ErrKeyReused is wrapped when an idempotency key comes with another task than before.
	ErrKeyReused = errors.New("the idempotency key was used for another task")
	// ErrFenced is wrapped when somebody else wrote to the task since this process last did: the caller has lost the
	// task and must stop acting on it. Trying again does not help.
	ErrFenced = errors.New("another worker has taken the task over")
	// ErrEnded is wrapped when something is to be added to a task that has ended.
	ErrEnded = errors.New("the task has ended")
	// ErrLeaseLost is wrapped when a lease is no longer held.
	ErrLeaseLost = errors.New("the lease is lost")
	// ErrFull is wrapped when the store has no room left.
	ErrFull = errors.New("the journal has no room left")
	// ErrTooLarge is wrapped when one record is larger than the server takes.
	ErrTooLarge = errors.New("too large for one record")
)

// CorruptError says that a stored record cannot be read. The record stays where it is.
type CorruptError struct {
	Task string // task, or name of the picture
	Seq  uint64 // sequence in its stream
	Err  error
}

// Error implements error.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("record %d of %s is damaged: %v", e.Seq, e.Task, e.Err)
}

// Unwrap returns what is wrong with the record.
func (e *CorruptError) Unwrap() error { return e.Err }

// Error codes of JetStream's API (nats-server, errors.json).
const (
	codeWrongLast         jetstream.ErrorCode = 10071
	codeWrongLastConstant jetstream.ErrorCode = 10164
	codeNoResources       jetstream.ErrorCode = 10023
	codeMemoryExceeded    jetstream.ErrorCode = 10028
	codeStorageExceeded   jetstream.ErrorCode = 10047
	codeStoreFailed       jetstream.ErrorCode = 10077
	codeDisabled          jetstream.ErrorCode = 10076
	codeNotEnabled        jetstream.ErrorCode = 10039
)

// WrongLast reports whether the server refused a write because its expected last sequence was stale.
func WrongLast(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == codeWrongLast || api.ErrorCode == codeWrongLastConstant)
}

// Explain puts the room's sentinel before what NATS said.
func Explain(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrInvalidConnection):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	case errors.As(err, &api):
		switch api.ErrorCode {
		case codeNoResources, codeMemoryExceeded, codeStorageExceeded, codeStoreFailed, codeDisabled, codeNotEnabled:
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("the journal does not answer: %w", err)
	}
	return err
}
