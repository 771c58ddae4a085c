package server

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"chiron/journal"
	"chiron/server/desk"
	"chiron/server/fault"
	"chiron/step"
)

func (s *Server) controlRoutes() {
	op := func(verb, summary string) huma.Operation {
		return huma.Operation{OperationID: verb + "-task", Method: http.MethodPost, Path: "/v1/tasks/{id}/" + verb,
			Tags: []string{"control"}, Summary: summary, DefaultStatus: http.StatusAccepted, Errors: []int{401, 404, 409, 422},
			Description: "Answers when the order is recorded; the worker that holds the task obeys it after the act in hand."}
	}
	route(s, op("cancel", "End a task"), s.cancelTask)
	route(s, op("pause", "Park a task"), func(ctx context.Context, in *TaskID) (*stateOut, error) {
		return s.order(ctx, in.ID, step.Pause{})
	})
	route(s, op("resume", "Take a paused task up again"), func(ctx context.Context, in *TaskID) (*stateOut, error) {
		return s.order(ctx, in.ID, step.Resume{})
	})
	route(s, op("message", "Tell the agent something"), s.messageTask)
	route(s, huma.Operation{OperationID: "answer-question", Method: http.MethodPost, Path: "/v1/tasks/{id}/answers",
		Tags: []string{"questions"}, Summary: "Answer the open question of a task", DefaultStatus: http.StatusAccepted,
		Errors: []int{401, 403, 404, 409, 422}}, s.answer)
	route(s, huma.Operation{OperationID: "list-questions", Method: http.MethodGet, Path: "/v1/questions",
		Tags: []string{"questions"}, Summary: "Questions that wait for a person"}, s.questions)
	route(s, huma.Operation{OperationID: "stop", Method: http.MethodPost, Path: "/v1/stop", Tags: []string{"stop"},
		Summary: "Stop everything at once", Description: "No act is admitted and no permit is redeemed until release."}, s.stop)
	route(s, huma.Operation{OperationID: "release", Method: http.MethodPost, Path: "/v1/stop/release", Tags: []string{"stop"},
		Summary: "Let work go on", Description: "With the admin key alone.", Errors: []int{401, 403, 500}}, s.release)
	route(s, huma.Operation{OperationID: "get-stop", Method: http.MethodGet, Path: "/v1/stop", Tags: []string{"stop"},
		Summary: "Whether everything is stopped, by whom and why"}, func(context.Context, *struct{}) (*stopOut, error) {
		return s.stopState(), nil
	})
}

// order sends a command to whichever worker holds the task.
func (s *Server) order(ctx context.Context, id string, c step.Command) (*stateOut, error) {
	state, err := s.Tasks.State(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", id, err)
	}
	if state.Status.Ended() {
		return nil, fmt.Errorf("%w as %s", journal.ErrEnded, state.Status)
	}
	if err := desk.Allows(state, c, s.FourEyes, who(ctx).key); err != nil {
		return nil, err
	}
	if err := s.Tasks.Send(ctx, id, step.Order{Command: c}, who(ctx).key); err != nil {
		return nil, fmt.Errorf("send %s: %w", c.CommandKind(), err)
	}
	return &stateOut{Status: http.StatusAccepted, Body: state}, nil
}

type cancelIn struct {
	TaskID
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"1000"`
	}
}

func (s *Server) cancelTask(ctx context.Context, in *cancelIn) (*stateOut, error) {
	c := step.Cancel{}
	if in.Body != nil {
		c.Reason = in.Body.Reason
	}
	return s.order(ctx, in.ID, c)
}

type messageIn struct {
	TaskID
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"4096"`
	}
}

func (s *Server) messageTask(ctx context.Context, in *messageIn) (*stateOut, error) {
	if strings.TrimSpace(in.Body.Text) == "" {
		return nil, fault.Of("body.text", "must not be empty")
	}
	return s.order(ctx, in.ID, step.Message{Text: in.Body.Text})
}

type answerIn struct {
	TaskID
	Body struct {
		Question string `json:"question" minLength:"1" maxLength:"64" doc:"id of the question"`
		Choice   string `json:"choice" enum:"approve,deny,instruct"`
		Text     string `json:"text,omitempty" maxLength:"4096" doc:"the reply, or what to do instead"`
	}
}

func (s *Server) answer(ctx context.Context, in *answerIn) (*stateOut, error) {
	state, err := s.Tasks.State(ctx, in.ID)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", in.ID, err)
	}
	q, now := state.Question, s.Clock().UTC()
	if q == nil || q.ID != in.Body.Question || (!q.Expires.IsZero() && now.After(q.Expires)) {
		return nil, ErrQuestion
	}
	choice := step.Choice(in.Body.Choice)
	if choice == step.Instruct && strings.TrimSpace(in.Body.Text) == "" {
		return nil, fault.Of("body.text", "must say what to do instead")
	}
	return s.order(ctx, in.ID, step.Reply{Answer: step.Answer{Question: q.ID, Choice: choice, Text: in.Body.Text,
		By: who(ctx).key, At: now}})
}

type questionsOut struct {
	Body struct {
		Questions []desk.OpenQuestion `json:"questions"`
	}
}

func (s *Server) questions(ctx context.Context, _ *struct{}) (*questionsOut, error) {
	out := &questionsOut{}
	var err error
	out.Body.Questions, err = desk.Open(ctx, s.Tasks)
	return out, err
}

type stopIn struct {
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"1000"`
	}
}

type stopOut struct {
	Body struct {
		Stopped bool   `json:"stopped"`
		By      string `json:"by,omitempty"`
		Reason  string `json:"reason,omitempty"`
	}
}

// stopped is who engaged the kill switch here, and why.
type stopped struct{ by, reason string }

func (s *Server) stop(ctx context.Context, in *stopIn) (*stopOut, error) {
	reason := "no reason given"
	if in.Body != nil && in.Body.Reason != "" {
		reason = in.Body.Reason
	}
	s.Switch.Stop()
	s.mu.Lock()
	s.stopped = stopped{who(ctx).key, reason}
	s.mu.Unlock()
	s.log.Warn("stopped", "by", who(ctx).key, "reason", reason)
	return s.stopState(), nil
}

func (s *Server) release(ctx context.Context, _ *struct{}) (*stopOut, error) {
	s.Switch.Resume()
	s.log.Warn("released", "by", who(ctx).key)
	return s.stopState(), nil
}

func (s *Server) stopState() *stopOut {
	out := &stopOut{}
	if out.Body.Stopped = s.Switch.Stopped(); out.Body.Stopped {
		s.mu.Lock()
		defer s.mu.Unlock()
		out.Body.By, out.Body.Reason = s.stopped.by, s.stopped.reason
	}
	return out
}
