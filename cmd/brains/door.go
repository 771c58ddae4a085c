package brains

import (
	"context"
	"encoding/json"
	"time"

	"chiron/server"
	"chiron/server/lines"
)

// Door shows brains to the server. Life is what jobs live as long as.
type Door struct {
	Brains *Brains
	Life   func() context.Context
}

// List implements server.Models.
func (d Door) List(ctx context.Context) ([]server.Model, error) {
	all, err := d.Brains.List(ctx)
	if err != nil {
		return nil, err
	}
	var out []server.Model
	for _, e := range all {
		m := server.Model{Name: e.Name, Digest: e.Digest, Size: e.Size, Parameters: e.Parameters, Quantization: e.Quantization, Roles: e.Roles}
		if e.Certificate != nil {
			if m.Certificate, err = json.Marshal(e.Certificate); err != nil {
				return nil, err
			}
		}
		if e.Job != nil {
			if m.Job, err = json.Marshal(e.Job); err != nil {
				return nil, err
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// Begin implements server.Models.
func (d Door) Begin(kind, model string) error { return d.Brains.Begin(d.Life(), kind, model) }

// Lines implements server.Models.
func (d Door) Lines() lines.Lines {
	l := lines.Lines{Endpoints: []lines.Endpoint{}, Calls: []lines.Call{}}
	for _, h := range d.Brains.Models.Health() {
		l.Endpoints = append(l.Endpoints, lines.Endpoint{Endpoint: h.Endpoint, OK: h.OK, Why: h.Why, Since: h.Since, Waiting: h.Waiting})
	}
	for _, w := range d.Brains.Models.Queue() {
		l.Calls = append(l.Calls, lines.Call{Endpoint: w.Endpoint, Model: w.Model, Task: w.Task, Owner: w.Tenant, Urgent: w.Urgent, Position: w.Position, Since: w.Since, Expected: w.Expected.Seconds()})
	}
	return l
}

// Full implements server.Models.
func (d Door) Full() (time.Duration, bool) { return d.Brains.Models.Full() }
