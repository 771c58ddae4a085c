package server

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type versionOut struct {
	Body struct {
		Version string `json:"version"`
	}
}

type readiness struct {
	Ready bool   `json:"ready"`
	Parts []Part `json:"parts"`
}

type readyIn struct {
	Always string `query:"always" enum:"200" doc:"answer 200 even when not ready, for programs that read the body"`
}

type readyOut struct {
	Status int
	Body   readiness
}

func (s *Server) healthRoutes(mux routeMux) {
	health := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"health"}, Summary: summary,
			Security: []map[string][]string{{}}, Errors: []int{500}}
	}
	route(s, health("healthz", "/healthz", "The process is alive"), func(context.Context, *struct{}) (*struct{}, error) {
		return &struct{}{}, nil
	})
	ready := health("readyz", "/readyz", "Every part can work")
	ready.Description = "200 when ready, else 503. Why a part is not ready is told to callers with a key only."
	route(s, ready, s.ready)
	route(s, huma.Operation{OperationID: "version", Method: http.MethodGet, Path: "/v1/version", Tags: []string{"health"},
		Summary: "Version of the server"}, func(context.Context, *struct{}) (*versionOut, error) {
		out := &versionOut{}
		out.Body.Version = s.Version
		return out, nil
	})
	exposition := promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", exposition.ServeHTTP)
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) {
		data, err := s.OpenAPI()
		if err != nil {
			s.fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write(data); err != nil {
			s.log.Debug("write openapi.json", "err", err)
		}
	})
}

func (s *Server) ready(ctx context.Context, in *readyIn) (*readyOut, error) {
	out := &readyOut{Status: http.StatusOK, Body: readiness{Ready: true, Parts: []Part{}}}
	for _, p := range s.Ready(ctx) {
		if who(ctx).key == "" {
			p.Why = ""
		}
		out.Body.Ready = out.Body.Ready && p.Ready
		out.Body.Parts = append(out.Body.Parts, p)
	}
	if !out.Body.Ready && in.Always == "" {
		out.Status = http.StatusServiceUnavailable
	}
	return out, nil
}

// OpenAPI returns the description of the API as indented JSON.
func (s *Server) OpenAPI() ([]byte, error) {
	return json.MarshalIndent(s.api.OpenAPI(), "", "  ")
}
