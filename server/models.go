package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"chiron/server/lines"

	"github.com/danielgtaylor/huma/v2"
)

// Models are the models and the work on them. Certificate and Job are JSON objects of whoever keeps them, or nil.
type Models interface {
	List(ctx context.Context) ([]Model, error)
	Begin(kind, model string) error // pull or certify; returns at once
	Lines() lines.Lines
	Full() (after time.Duration, full bool) // whether no queue takes more, and when one probably will
}

// Model is one model as the API shows it.
type Model struct {
	Name         string          `json:"name"`
	Digest       string          `json:"digest,omitempty"`
	Size         int64           `json:"size,omitempty" doc:"bytes on disk"`
	Parameters   string          `json:"parameters,omitempty"`
	Quantization string          `json:"quantization,omitempty"`
	Roles        []string        `json:"roles,omitempty" doc:"roles that the configuration gives it"`
	Certificate  json.RawMessage `json:"certificate,omitempty" doc:"what the admission test found, for this digest, Ollama and size of screens"`
	Job          json.RawMessage `json:"job,omitempty" doc:"the newest work on it: kind, status, total, completed, done, error"`
}

type modelsOut struct {
	Body struct {
		Models []Model `json:"models"`
	}
}

type linesIn struct {
	Owner string `query:"owner" maxLength:"64" doc:"only calls for tasks of this key's id"`
}

type linesOut struct{ Body lines.Lines }

type modelIn struct {
	Body struct {
		Model string `json:"model" minLength:"1" maxLength:"200" doc:"name as Ollama knows it"`
	}
}

// modelRoutes are served where there are models.
func (s *Server) modelRoutes() {
	if s.Models == nil {
		return
	}
	route(s, huma.Operation{OperationID: "list-models", Method: http.MethodGet, Path: "/v1/models", Tags: []string{"models"},
		Summary: "Models, their certificates and the work on them"}, func(ctx context.Context, _ *struct{}) (*modelsOut, error) {
		all, err := s.Models.List(ctx)
		out := &modelsOut{}
		out.Body.Models = append([]Model{}, all...)
		return out, err
	})
	route(s, huma.Operation{OperationID: "model-queue", Method: http.MethodGet, Path: "/v1/models/queue", Tags: []string{"models"},
		Summary: "Where models are asked, and who waits there"}, func(_ context.Context, in *linesIn) (*linesOut, error) {
		return &linesOut{Body: s.Models.Lines().Of(in.Owner)}, nil
	})
	for kind, summary := range map[string]string{"pull": "Download a model", "certify": "Examine a model, so that it may drive"} {
		route(s, huma.Operation{OperationID: kind + "-model", Method: http.MethodPost, Path: "/v1/models/" + kind, Tags: []string{"models"},
			Summary: summary, Description: "Begins and returns at once; the list tells how it goes.", DefaultStatus: http.StatusAccepted,
			Errors: []int{401, 409, 422}}, func(ctx context.Context, in *modelIn) (*struct{}, error) {
			s.log.Info("a model is worked on", "kind", kind, "model", in.Body.Model, "by", who(ctx).key)
			return nil, s.Models.Begin(kind, in.Body.Model)
		})
	}
}
