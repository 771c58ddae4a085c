package inference

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"chiron/inference/gate"
)

// The ways in which a call can fail. Every error of this package wraps one of them or is the context's.
var (
	ErrNoBinary    = errors.New("the Ollama program is missing; run `make setup` or configure an Ollama endpoint")
	ErrUnreachable = errors.New("no answer from Ollama; check that it runs and that its endpoint is right")
	ErrNoModel     = errors.New("the model is not in Ollama; pull it or choose another")
	ErrBusy        = gate.ErrBusy
	ErrContext     = errors.New("the prompt does not fit into the model's context; shorten it or raise num_ctx")
	ErrTruncated   = errors.New("the answer was cut at its token limit")
	ErrEmpty       = errors.New("the model answered nothing")
	ErrThought     = fmt.Errorf("%w: it only thought; use its instruct variant", ErrEmpty)
	ErrQuietEnd    = errors.New("the answer broke off without its end mark")
	ErrSlow        = errors.New("the model did not go on answering in time")
	ErrStatus      = errors.New("the request was refused by Ollama")
	ErrRunner      = errors.New("the model failed inside Ollama")
	ErrProtocol    = errors.New("what came from Ollama is not its protocol")
)

// StatusError is what Ollama itself said about a failure. It wraps the sentinel that fits.
type StatusError struct {
	Status  int    // HTTP status; 200 when the failure came in mid-stream
	Message string // Ollama's own words, at most maxWords bytes of them
	kind    error
}

// maxWords bounds the foreign text in an error, in bytes.
const maxWords = 500

// Error implements error.
func (e *StatusError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%v (status %d)", e.kind, e.Status)
	}
	return fmt.Sprintf("%v (status %d: %s)", e.kind, e.Status, e.Message)
}

// Unwrap returns the sentinel.
func (e *StatusError) Unwrap() error { return e.kind }

// classify turns a status and Ollama's message into an error.
func classify(status int, message string) error {
	message = strings.ToValidUTF8(strings.TrimSpace(message), "?")
	if len(message) > maxWords {
		message = strings.ToValidUTF8(message[:maxWords], "") + "…"
	}
	e := &StatusError{Status: status, Message: message, kind: ErrStatus}
	lower := strings.ToLower(message)
	switch {
	case status == http.StatusServiceUnavailable:
		e.kind = ErrBusy
	case strings.Contains(lower, "context length") || strings.Contains(lower, "context size"):
		e.kind = ErrContext
	case status == http.StatusNotFound && strings.Contains(lower, "model"):
		e.kind = ErrNoModel
	case status == http.StatusOK || status >= http.StatusInternalServerError:
		e.kind = ErrRunner
	}
	return e
}

// Retriable reports whether the same model call may succeed when it is made again: model calls have no effect on the
// world, so they alone are retried.
func Retriable(err error) bool {
	for _, kind := range []error{ErrUnreachable, ErrBusy, ErrEmpty, ErrQuietEnd, ErrRunner, ErrProtocol} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
