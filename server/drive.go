package server

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"chiron/server/fault"
	"chiron/step"
)

// Wheel is the mouse of the tasks that people drive; *agent.Runner is one.
type Wheel interface {
	// Driven reports whether the task's mouse is held under the lease.
	Driven(task, lease string) bool
	// Drive judges, records and carries out one act; a denial is in the verdict, not in the error.
	Drive(ctx context.Context, task string, act step.Driving) (step.Driven, error)
}

func (s *Server) driveRoutes() {
	if s.Wheel == nil {
		return
	}
	const path = "/v1/tasks/{id}/control"
	faults := []int{401, 403, 404, 409, 422}
	route(s, huma.Operation{OperationID: "take-control", Method: http.MethodPost, Path: path, Tags: []string{"control"}, DefaultStatus: http.StatusAccepted,
		Errors: faults, Summary: "Take the mouse of a task",
		Description: "The agent lets go of it after the act in hand; the acts that follow wait for that. It goes on when the mouse is given back, or when nothing was done for five minutes."},
		s.takeControl)
	route(s, huma.Operation{OperationID: "drive-task", Method: http.MethodPost, Path: path + "/acts", Tags: []string{"control"}, Errors: faults,
		Summary: "Do one act with the mouse that you hold",
		Description: "Judged by the same rules as the agent's acts, with you as the principal, and recorded before it happens. Its target must be a point. " +
			"The text of an act is not recorded; what the page then shows of it is, but for covered fields such as passwords. A denial is in the verdict; then there is no outcome."}, s.driveTask)
	route(s, huma.Operation{OperationID: "return-control", Method: http.MethodDelete, Path: path, Tags: []string{"control"}, DefaultStatus: http.StatusAccepted,
		Errors: faults, Summary: "Give the mouse back to the agent"}, func(ctx context.Context, in *leaseIn) (*stateOut, error) {
		return s.order(ctx, in.ID, step.Drive{Lease: in.Lease})
	})
	route(s, huma.Operation{OperationID: "get-control", Method: http.MethodGet, Path: path, Tags: []string{"control"}, Errors: faults,
		Summary: "Whether the mouse is held under a lease"}, func(_ context.Context, in *leaseIn) (*holdOut, error) {
		return &holdOut{hold{in.Lease, s.Wheel.Driven(in.ID, in.Lease)}}, nil
	})
}

type leaseIn struct {
	TaskID
	Lease string `query:"lease" required:"true" minLength:"1" maxLength:"64"`
}

type hold struct {
	Lease string `json:"lease" doc:"names the hold; every act carries it"`
	Held  bool   `json:"held" doc:"the agent has let go of the mouse"`
}

type holdOut struct{ Body hold }

func (s *Server) takeControl(ctx context.Context, in *TaskID) (*holdOut, error) {
	lease := rand.Text()
	if _, err := s.order(ctx, in.ID, step.Drive{Lease: lease, Take: true}); err != nil {
		return nil, err
	}
	return &holdOut{hold{lease, s.Wheel.Driven(in.ID, lease)}}, nil
}

type driveIn struct {
	TaskID
	Body step.Driving
}

type drivenOut struct{ Body step.Driven }

func (s *Server) driveTask(ctx context.Context, in *driveIn) (*drivenOut, error) {
	if in.Body.Action.Action == nil {
		return nil, fault.Of("body.action", "must be an act")
	}
	if err := in.Body.Action.Action.Validate(); err != nil {
		return nil, fault.Of("body.action", "%v", err)
	}
	in.Body.By = who(ctx).key
	done, err := s.Wheel.Drive(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	return &drivenOut{done}, nil
}
