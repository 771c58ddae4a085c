package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"chiron/server/fault"
	"chiron/step"
)

type eventsIn struct {
	TaskID
	Accept string `header:"Accept"`
	Last   string `header:"Last-Event-ID" doc:"as after; browsers send it when they reconnect"`
	After  uint64 `query:"after" doc:"sequence number of the last event that is known"`
	Limit  int    `query:"limit" minimum:"1" maximum:"2000" default:"500" doc:"of the JSON list"`
}

// history is a stretch of events as one JSON reply.
type history struct {
	Events []step.Event `json:"events"`
	Seq    uint64       `json:"seq" doc:"newest event of the task"`
	More   bool         `json:"more,omitempty" doc:"events between the last one here and seq are left"`
}

func (s *Server) eventRoutes() {
	list := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[history](), true, "History")
	op := huma.Operation{OperationID: "task-events", Method: http.MethodGet, Path: "/v1/tasks/{id}/events", Tags: []string{"tasks"},
		Summary: "What happened, as a stream or as a list",
		Description: "With Accept: text/event-stream the past and then the future as server-sent events: id is the sequence " +
			"number, event the kind, data an Event; comments are heartbeats; the stream ends after the event \"ended\", and a " +
			"reconnection after it answers 204. Otherwise a JSON list of what has happened so far.",
		Responses: map[string]*huma.Response{
			"200": {Description: "Events", Content: map[string]*huma.MediaType{
				"application/json":  {Schema: list},
				"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}},
			"204": {Description: "The task has ended and there is nothing more to read"}}}
	route(s, op, s.events)
}

func (s *Server) events(ctx context.Context, in *eventsIn) (*huma.StreamResponse, error) {
	after := in.After
	if in.Last != "" {
		n, err := strconv.ParseUint(in.Last, 10, 64)
		if err != nil {
			return nil, fault.Of("header.Last-Event-ID", "must be the sequence number of an event")
		}
		after = n
	}
	state, err := s.Tasks.State(ctx, in.ID)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", in.ID, err)
	}
	if after > state.Seq {
		return nil, fault.Of("query.after", "the task has %d events only", state.Seq)
	}
	if strings.Contains(in.Accept, "text/event-stream") {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humago.Unwrap(hc)
			s.streamEvents(w, r, state, after)
		}}, nil
	}
	h, err := s.history(ctx, state, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/json")
		hc.SetStatus(http.StatusOK)
		if err := json.NewEncoder(hc.BodyWriter()).Encode(h); err != nil {
			s.log.Debug("write events", "task", in.ID, "err", err)
		}
	}}, nil
}

var errEnough = errors.New("enough")

func (s *Server) history(ctx context.Context, state step.State, after uint64, limit int) (history, error) {
	h := history{Events: []step.Event{}, Seq: state.Seq}
	if after >= state.Seq {
		return h, nil
	}
	last := min(state.Seq, after+uint64(limit))
	err := s.Record.Follow(ctx, state.Task.ID, after, func(e step.Event) error {
		h.Events = append(h.Events, e)
		if e.Seq >= last {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return h, fmt.Errorf("read events of %s: %w", state.Task.ID, err)
	}
	h.More = last < state.Seq
	return h, nil
}

// streamEvents writes events as they come. A reader that takes nothing for Timeout is cut off and may resume where it
// was: it loses nothing, and the work never waits for it, because every reader follows the journal on its own.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request, state step.State, after uint64) {
	if state.Status.Ended() && after >= state.Seq {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	ctx, cancel := s.stream(r.Context())
	defer cancel()
	s.metrics.Streams.Inc()
	defer s.metrics.Streams.Dec()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx must not collect events
	w.WriteHeader(http.StatusOK)

	events, done := make(chan step.Event), make(chan error, 1)
	go func() {
		defer close(done)
		done <- s.Record.Follow(ctx, state.Task.ID, after, func(e step.Event) error {
			select {
			case events <- e:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}()
	err := s.pump(ctx, w, events, done)
	gone := ctx.Err() != nil
	cancel()
	for range done { // the follower must not outlive its reader
	}
	if err != nil && !gone {
		s.log.Warn("event stream ended early", "task", state.Task.ID, "err", err)
	}
}

// pump writes until the follower or the context ends or the reader fails.
func (s *Server) pump(ctx context.Context, w http.ResponseWriter, events <-chan step.Event, done <-chan error) error {
	out := &eventWriter{w: w, control: http.NewResponseController(w), patience: s.Timeout}
	beat := time.NewTicker(s.Heartbeat)
	defer beat.Stop()
	err := out.write("retry: 1000\n\n")
	for err == nil {
		select {
		case e := <-events:
			err = out.event(e)
		case <-beat.C:
			err = out.write(": beat\n\n")
		case err := <-done:
			return err
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	return err
}

type eventWriter struct {
	w       io.Writer
	control *http.ResponseController

	patience time.Duration // with a reader that takes nothing
}

func (o *eventWriter) event(e step.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return o.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Body.EventKind(), data))
}

func (o *eventWriter) write(text string) error {
	if err := o.control.SetWriteDeadline(time.Now().Add(o.patience)); err != nil {
		return fmt.Errorf("set the deadline: %w", err)
	}
	if _, err := io.WriteString(o.w, text); err != nil {
		return err
	}
	return o.control.Flush()
}
