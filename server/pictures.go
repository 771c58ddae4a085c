package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// PictureIn names a picture.
type PictureIn struct {
	Hash string `path:"hash" pattern:"^[0-9a-f]{64}$" doc:"lower-case hex SHA-256 of the picture"`
}

type taskPictureIn struct {
	TaskID
	PictureIn
}

type pictureOut struct {
	Type  string `header:"Content-Type"`
	Cache string `header:"Cache-Control"`
	ETag  string `header:"ETag"`
	Body  []byte
}

func (s *Server) pictureRoutes() {
	image := map[string]*huma.Response{"200": {Description: "The picture", Content: map[string]*huma.MediaType{
		"image/png": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	route(s, huma.Operation{OperationID: "picture", Method: http.MethodGet, Path: "/v1/pictures/{hash}", Tags: []string{"pictures"},
		Summary: "A picture by its hash", Responses: image}, s.picture)
	route(s, huma.Operation{OperationID: "task-picture", Method: http.MethodGet, Path: "/v1/tasks/{id}/pictures/{hash}",
		Tags: []string{"pictures"}, Summary: "A picture of a task", Responses: image},
		func(ctx context.Context, in *taskPictureIn) (*pictureOut, error) {
			if _, err := s.Tasks.State(ctx, in.ID); err != nil {
				return nil, fmt.Errorf("task %s: %w", in.ID, err)
			}
			return s.picture(ctx, &in.PictureIn)
		})
	live := huma.Operation{OperationID: "live", Method: http.MethodGet, Path: "/v1/tasks/{id}/live", Tags: []string{"pictures"},
		Summary: "What the agent sees now, over a WebSocket",
		Description: "Each frame is a text message {\"n\",\"mime\",\"size\",\"at\",\"dropped\"} followed by a binary one. The viewer " +
			"acknowledges each frame with {\"ack\":n}; who is slow gets the newest frame next and loses those between.",
		Responses: map[string]*huma.Response{"101": {Description: "Switching to WebSocket"}}}
	route(s, live, func(ctx context.Context, in *TaskID) (*huma.StreamResponse, error) {
		if _, err := s.Tasks.State(ctx, in.ID); err != nil {
			return nil, fmt.Errorf("task %s: %w", in.ID, err)
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humago.Unwrap(hc)
			ctx, cancel := s.stream(r.Context())
			defer cancel()
			s.live.Serve(w, r.WithContext(ctx), in.ID)
		}}, nil
	})
}

// picture answers with a media type that a browser can only show, never run, whatever is stored.
func (s *Server) picture(ctx context.Context, in *PictureIn) (*pictureOut, error) {
	data, mime, err := s.Record.Picture(ctx, in.Hash)
	if err != nil {
		return nil, fmt.Errorf("picture %s: %w", in.Hash, err)
	}
	if mime != "image/png" && mime != "image/jpeg" {
		mime = "application/octet-stream"
	}
	return &pictureOut{Type: mime, Cache: "private, max-age=31536000, immutable", ETag: `"` + in.Hash + `"`, Body: data}, nil
}
