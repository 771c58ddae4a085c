package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chiron/journal"
	"chiron/policy"
	"chiron/server/desk"
	"chiron/server/fault"
	"chiron/server/keys"
	"chiron/server/lines"
)

// What this room itself refuses.
var (
	// ErrForeign is a request that another site made a browser send.
	ErrForeign = errors.New("the request comes from another site")
	// ErrHost is a Host header that is not this server's.
	ErrHost = errors.New("unknown host name; use an address of this server, or add the name to its allowed hosts")
	// ErrQuestion is an answer to a question that is not open (any more).
	ErrQuestion = errors.New("this question is not open; it was answered, or expired")
	// ErrStopped is new work while the kill switch is engaged.
	ErrStopped = errors.New("everything is stopped; POST /v1/stop/release lets work go on")
	// ErrNoRoute is a path that is not served.
	ErrNoRoute = errors.New("there is nothing at this path")
	// ErrMethod is a method that a path does not know.
	ErrMethod = errors.New("this path does not know the method")
)

// Mapping says how an error of a room, found with errors.Is, looks from outside.
type Mapping struct {
	Err    error
	Status int
	Title  string
	Hide   bool // the text stays inside; it may name things that are nobody's business
}

// table maps what this room and the journal return. Mappings of the options come first.
func table() []Mapping {
	return []Mapping{
		{Err: keys.ErrUnauthorised, Status: http.StatusUnauthorized, Title: "Unauthorised"},
		{Err: ErrForeign, Status: http.StatusForbidden, Title: "Cross-site request refused", Hide: true},
		{Err: keys.ErrAdmin, Status: http.StatusForbidden, Title: "Not the admin"},
		{Err: desk.ErrOwn, Status: http.StatusForbidden, Title: "Another person is needed"},
		{Err: ErrHost, Status: http.StatusMisdirectedRequest, Title: "Unknown host"},
		{Err: ErrQuestion, Status: http.StatusConflict, Title: "Question not open"},
		{Err: ErrStopped, Status: http.StatusServiceUnavailable, Title: "Stopped"},
		{Err: lines.ErrBusy, Status: http.StatusTooManyRequests, Title: "Too much work"},
		{Err: ErrNoRoute, Status: http.StatusNotFound, Title: "Not found"},
		{Err: ErrMethod, Status: http.StatusMethodNotAllowed, Title: "Method not allowed"},
		{Err: journal.ErrNotFound, Status: http.StatusNotFound, Title: "Not found"},
		{Err: journal.ErrExists, Status: http.StatusConflict, Title: "There already"},
		{Err: journal.ErrKeyReused, Status: http.StatusConflict, Title: "Idempotency key used for another task"},
		{Err: journal.ErrEnded, Status: http.StatusConflict, Title: "Task has ended"},
		{Err: journal.ErrTooLarge, Status: http.StatusRequestEntityTooLarge, Title: "Too large"},
		{Err: journal.ErrFull, Status: http.StatusInsufficientStorage, Title: "No room left"},
		{Err: journal.ErrClosed, Status: http.StatusServiceUnavailable, Title: "Not ready"},
		{Err: policy.ErrBadBundle, Status: http.StatusUnprocessableEntity, Title: "Bundle not usable"},
		{Err: policy.ErrNoVersion, Status: http.StatusNotFound, Title: "Not found"},
		{Err: policy.ErrNoVerdict, Status: http.StatusNotFound, Title: "Not found"},
		{Err: context.DeadlineExceeded, Status: http.StatusGatewayTimeout, Title: "Took too long", Hide: true},
	}
}

// problem maps an error to its problem+json. Known is false for errors that nobody foresaw: their text stays inside and
// belongs into the log.
func (s *Server) problem(err error) (p *huma.ErrorModel, known bool) {
	var ready *huma.ErrorModel
	if errors.As(err, &ready) {
		return ready, true
	}
	var f *fault.Fault
	if errors.As(err, &f) {
		return &huma.ErrorModel{Status: http.StatusUnprocessableEntity, Title: "Malformed request",
			Detail: "Nothing was done. Change what is listed and send it again.", Errors: f.Details}, true
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &huma.ErrorModel{Status: http.StatusRequestEntityTooLarge, Title: "Too large",
			Detail: fmt.Sprintf("A request may have %d bytes at most.", large.Limit)}, true
	}
	for _, m := range append(s.Errors[:len(s.Errors):len(s.Errors)], table()...) {
		if errors.Is(err, m.Err) {
			p := &huma.ErrorModel{Status: m.Status, Title: m.Title}
			if !m.Hide {
				p.Detail = err.Error()
			}
			return p, true
		}
	}
	return &huma.ErrorModel{Status: http.StatusInternalServerError, Title: "Internal error",
		Detail: "Something went wrong inside; the server's log says what."}, false
}

// fail writes an error as problem+json and logs it where its text stays inside.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.told(r.Context(), r.Method+" "+r.URL.Path, err)
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="chiron"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Del("Content-Length")
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.log.Debug("write the problem", "err", err)
	}
}

// told is problem, with the log line that unforeseen errors get.
func (s *Server) told(ctx context.Context, what string, err error) *huma.ErrorModel {
	p, known := s.problem(err)
	if !known && ctx.Err() == nil {
		s.log.Error("request failed", "request", what, "err", err)
	}
	return p
}
