package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"chiron/journal"
	"chiron/server/fault"
	"chiron/server/keys"
	"chiron/server/lines"
	"chiron/server/schema"
	"chiron/step"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// routeMux remembers the patterns it serves, so that a test can walk them.
type routeMux struct {
	*http.ServeMux
	patterns *[]string
}

func (m routeMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	*m.patterns = append(*m.patterns, pattern)
	m.ServeMux.HandleFunc(pattern, h)
}

// routes registers everything that is served.
func (s *Server) routes() http.Handler {
	mux := routeMux{http.NewServeMux(), &s.patterns}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Chiron", Version: s.Version,
				Description: "Tasks for a GUI agent that works on your own machine. Durations are nanoseconds, times are UTC."},
			Components: &huma.Components{Schemas: schema.New(), SecuritySchemes: map[string]*huma.SecurityScheme{
				"key": {Type: "http", Scheme: "bearer", BearerFormat: "ck_<id>_<secret>"}}},
			Security: []map[string][]string{{"key": {}}},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
	}
	if s.Base != "" {
		config.Servers = []*huma.Server{{URL: s.Base}}
	}
	s.api = humago.New(mux, config)
	s.taskRoutes()
	s.modelRoutes()
	s.controlRoutes()
	s.driveRoutes()
	s.policyRoutes()
	add, list, revoke := keys.Operations()
	office := keys.Office{Table: s.Keys, Clock: s.Clock}
	route(s, add, office.Add)
	route(s, list, office.List)
	route(s, revoke, office.Revoke)
	s.eventRoutes()
	s.pictureRoutes()
	s.healthRoutes(mux)
	s.pageRoutes(mux)
	return s.guarded(mux.ServeMux)
}

// route registers one operation; its errors go through the table.
func route[I, O any](s *Server, op huma.Operation, fn func(context.Context, *I) (*O, error)) {
	op.MaxBodyBytes, op.BodyReadTimeout = s.MaxBody, 30*time.Second
	if op.Errors == nil {
		op.Errors = []int{401, 404, 422, 500}
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		var out *O
		err := keys.Allows(op.OperationID, who(ctx).key)
		if err == nil {
			out, err = fn(ctx, in)
		}
		if err != nil {
			return nil, lines.Retry(s.told(ctx, op.OperationID, err), err)
		}
		return out, nil
	})
}

// TaskID is the path of a task; huma sees embedded fields of exported types only.
type TaskID struct {
	ID string `path:"id" maxLength:"64" doc:"id of the task"`
}

type stateOut struct {
	Status   int
	Location string `header:"Location"`
	Body     step.State
}

func (s *Server) taskRoutes() {
	create := huma.Operation{OperationID: "create-task", Method: http.MethodPost, Path: "/v1/tasks", Tags: []string{"tasks"},
		Summary: "Hand in a task", DefaultStatus: http.StatusCreated, Errors: []int{401, 409, 413, 422, 429, 503},
		Description: "Answers 201 with the new task, or 200 when the same Idempotency-Key made it before. " +
			"The fields id, owner, created, parent and start_host are the server's.", SkipValidateBody: true}
	route(s, create, s.createTask)
	body := s.api.OpenAPI().Paths["/v1/tasks"].Post.RequestBody
	body.Content["application/json"].Schema = &huma.Schema{Ref: "#/components/schemas/Task"}
	route(s, huma.Operation{OperationID: "list-tasks", Method: http.MethodGet, Path: "/v1/tasks", Tags: []string{"tasks"},
		Summary: "List tasks, newest first"}, s.listTasks)
	route(s, huma.Operation{OperationID: "get-task", Method: http.MethodGet, Path: "/v1/tasks/{id}", Tags: []string{"tasks"},
		Summary: "Where a task stands"}, s.getTask)
}

type createIn struct {
	Key     string `header:"Idempotency-Key" maxLength:"128" doc:"repeat a request safely: same key, same task"`
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) createTask(ctx context.Context, in *createIn) (*stateOut, error) {
	if s.Switch.Stopped() {
		return nil, ErrStopped
	}
	if s.Models != nil {
		if after, full := s.Models.Full(); full {
			return nil, lines.Busy(after)
		}
	}
	t, err := decodeTask(in.RawBody)
	if err != nil {
		return nil, err
	}
	t.Owner, t.Created = who(ctx).key, s.Clock().UTC()
	state, created, err := s.Tasks.Create(ctx, t.Normalise(), in.Key) // keys of different owners never meet
	if err != nil {
		return nil, fmt.Errorf("create the task: %w", err)
	}
	status := map[bool]int{true: http.StatusCreated, false: http.StatusOK}[created]
	return &stateOut{Status: status, Location: s.Base + "/v1/tasks/" + state.Task.ID, Body: state}, nil
}

// decodeTask reads a task strictly; every fault is told with its field.
func decodeTask(data []byte) (step.Task, error) {
	var t step.Task
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return t, fault.JSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return t, fault.Of("body", "holds more than one JSON value")
	}
	for _, own := range []struct {
		field string
		given bool
	}{{"id", t.ID != ""}, {"owner", t.Owner != ""}, {"created", !t.Created.IsZero()}, {"parent", t.Parent != ""},
		{"start_host", t.Canonical != ""}} {
		if own.given {
			return t, fault.Of("body."+own.field, "is set by the server; leave it out")
		}
	}
	return t, fault.Malformed(t.Validate())
}

func (s *Server) getTask(ctx context.Context, in *TaskID) (*stateOut, error) {
	state, err := s.Tasks.State(ctx, in.ID)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", in.ID, err)
	}
	return &stateOut{Status: http.StatusOK, Body: state}, nil
}

type listIn struct {
	Status []string `query:"status,explode" enum:"queued,running,waiting,paused,done,needs_review,denied,stuck,out_of_budget,cancelled,failed" doc:"any of these"`
	Label  []string `query:"label,explode" maxItems:"20" doc:"key:value; all of these"`
	Cursor string   `query:"cursor" maxLength:"256" doc:"next of the page before"`
	Limit  int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (in *listIn) filter() (journal.Filter, error) {
	f := journal.Filter{Cursor: in.Cursor, Limit: in.Limit, Label: map[string]string{}}
	for _, status := range in.Status {
		f.Status = append(f.Status, step.Status(status))
	}
	for _, label := range in.Label {
		name, value, ok := strings.Cut(label, ":")
		if !ok || name == "" {
			return f, fault.Of("query.label", "%q must look like key:value", label)
		}
		f.Label[name] = value
	}
	return f, nil
}

type listOut struct {
	Body struct {
		Tasks []step.State `json:"tasks"`
		Next  string       `json:"next,omitempty" doc:"cursor of the next page; absent at the end"`
	}
}

func (s *Server) listTasks(ctx context.Context, in *listIn) (*listOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	states, next, err := s.Tasks.List(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	out := &listOut{}
	out.Body.Tasks, out.Body.Next = states, next
	if states == nil {
		out.Body.Tasks = []step.State{}
	}
	return out, nil
}
