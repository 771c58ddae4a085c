package brains

import (
	"context"
	"encoding/json"

	"chiron/server"
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
