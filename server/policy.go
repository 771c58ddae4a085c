package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chiron/policy"
)

// Rules are the policy's rules with their versions and decisions; *policy.Shelf is one.
type Rules interface {
	Put(ctx context.Context, files map[string]string, by string) (hash string, err error)
	Back(ctx context.Context, hash string) (string, error)
	Explain(ctx context.Context, decision string) (policy.Explained, error)
	WhatIf(ctx context.Context, files map[string]string, last int) (policy.Difference, error)
}

func (s *Server) policyRoutes() {
	if s.Rules == nil {
		return
	}
	op := func(id, method, path, summary, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"policy"}, Summary: summary, Description: more,
			Errors: []int{401, 403, 404, 422, 500}}
	}
	route(s, op("put-rules", http.MethodPut, "/v1/policy", "Put other rules into force",
		"With the admin key alone. The bundle is checked and its own cases are run first; a bad one changes nothing and is answered with its faults. Permits and approvals under the old rules are void."),
		func(ctx context.Context, in *bundleIn) (*hashOut, error) {
			hash, err := s.Rules.Put(ctx, in.Body.Files, who(ctx).key)
			return hashOf(hash), err
		})
	route(s, op("roll-back-rules", http.MethodPost, "/v1/policy/rollback", "Put an earlier version of the rules into force again", "With the admin key alone."),
		func(ctx context.Context, in *rollbackIn) (*hashOut, error) {
			hash, err := s.Rules.Back(ctx, in.Body.Hash)
			return hashOf(hash), err
		})
	route(s, op("explain-decision", http.MethodGet, "/v1/policy/decisions/{id}", "A decision with its rules, and what the rules in force would say now", ""),
		func(ctx context.Context, in *decisionIn) (*explainedOut, error) {
			e, err := s.Rules.Explain(ctx, in.ID)
			return &explainedOut{e}, err
		})
	route(s, op("policy-what-if", http.MethodPost, "/v1/policy/what-if", "What a bundle would have said otherwise",
		"Asks it about the last acts that were judged, and changes nothing."),
		func(ctx context.Context, in *whatIfIn) (*differenceOut, error) {
			d, err := s.Rules.WhatIf(ctx, in.Body.Files, in.Body.Last)
			return &differenceOut{d}, err
		})
}

type bundleIn struct {
	Body struct {
		Files map[string]string `json:"files" doc:"the *.cedar files and tests/*.yaml of the bundle, by name"`
	}
}

type rollbackIn struct {
	Body struct {
		Hash string `json:"hash" minLength:"6" maxLength:"64" doc:"of the version, or how it begins"`
	}
}

type decisionIn struct {
	ID string `path:"id" maxLength:"64" doc:"id of the verdict"`
}

type whatIfIn struct {
	Body struct {
		Files map[string]string `json:"files" doc:"the *.cedar files and tests/*.yaml of the bundle, by name"`
		Last  int               `json:"last,omitempty" minimum:"1" maximum:"10000" default:"1000" doc:"how many decisions"`
	}
}

type hashOut struct {
	Body struct {
		Hash string `json:"hash" doc:"of the rules that are in force now"`
	}
}

func hashOf(hash string) *hashOut {
	out := &hashOut{}
	out.Body.Hash = hash
	return out
}

type (
	explainedOut  struct{ Body policy.Explained }
	differenceOut struct{ Body policy.Difference }
)
