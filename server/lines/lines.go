// Package lines says where models are asked, who waits there, and when to come back where nobody else may.
package lines

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Lines are the places where models are asked, and the calls that are answered or wait there.
type Lines struct {
	Endpoints []Endpoint `json:"endpoints"`
	Calls     []Call     `json:"calls" doc:"by endpoint and model, in the order in which they will be answered"`
}

// Endpoint is one Ollama.
type Endpoint struct {
	Endpoint string    `json:"endpoint" doc:"its address, or managed"`
	OK       bool      `json:"ok"`
	Why      string    `json:"why,omitempty" doc:"what failed last"`
	Since    time.Time `json:"since" doc:"of this state"`
	Waiting  int       `json:"waiting" doc:"calls that are answered or wait"`
}

// Call is one call of a model. Position is 0 while it is answered.
type Call struct {
	Endpoint string    `json:"endpoint"`
	Model    string    `json:"model"`
	Task     string    `json:"task,omitempty"`
	Owner    string    `json:"owner,omitempty" doc:"id of the key that made the task; owners take turns"`
	Urgent   bool      `json:"urgent,omitempty" doc:"a person waits for it: they asked for it, or watch the task"`
	Position int       `json:"position"`
	Since    time.Time `json:"since"`
	Expected float64   `json:"expected_s,omitempty" doc:"seconds until it is answered, by what calls of the model took so far"`
}

// Of keeps the calls of one owner; "" keeps all. Their places are those among all.
func (l Lines) Of(owner string) Lines {
	if owner != "" {
		l.Calls = slices.DeleteFunc(slices.Clone(l.Calls), func(c Call) bool { return c.Owner != owner })
	}
	return l
}

// ErrBusy is new work while no model takes any more. A busy error wraps it.
var ErrBusy = errors.New("every queue of the models is full")

// busy says when to come back.
type busy struct{ after time.Duration }

func (b *busy) Error() string { return fmt.Sprintf("%v; come back in %v", ErrBusy, b.after) }

func (b *busy) Unwrap() error { return ErrBusy }

// Busy is an ErrBusy that says when to come back, in whole seconds and at least one.
func Busy(after time.Duration) error { return &busy{max(time.Second, after.Round(time.Second))} }

// Retry adds when to come back to what a caller is told of an error.
func Retry(told, err error) error {
	var b *busy
	if !errors.As(err, &b) {
		return told
	}
	return huma.ErrorWithHeaders(told, http.Header{"Retry-After": {strconv.Itoa(int(b.after.Seconds()))}})
}
