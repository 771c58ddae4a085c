package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"chiron/step"
)

// maxFrame bounds one live picture in bytes.
const maxFrame = 16 << 20

// Live calls fn with the live pictures of a task, the newest each time fn is done with the one before, until ctx ends, fn fails or there is
// nothing more to see, which is nil. dropped counts the frames that came meanwhile and were left out so far. The frame has no hash.
func (c *Client) Live(ctx context.Context, id string, fn func(f step.Frame, dropped uint64) error) error {
	opts := &websocket.DialOptions{HTTPClient: c.http, HTTPHeader: http.Header{}}
	if c.key != "" {
		opts.HTTPHeader.Set("Authorization", "Bearer "+c.key)
	}
	conn, res, err := websocket.Dial(ctx, c.url(taskPath(id, "live"), nil), opts)
	if err != nil {
		if res != nil && res.StatusCode/100 != 2 && res.StatusCode != http.StatusSwitchingProtocols {
			body, _ := io.ReadAll(res.Body) // its first kilobyte; what is missing costs only words
			return problem(res, body)
		}
		return unreachable(err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrame)
	for {
		n, f, dropped, err := nextFrame(ctx, conn)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case websocket.CloseStatus(err) == websocket.StatusGoingAway, websocket.CloseStatus(err) == websocket.StatusNormalClosure:
			return nil
		case err != nil:
			return fmt.Errorf("live pictures: %w", err)
		}
		if err := fn(f, dropped); err != nil {
			return err
		}
		if err := conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"ack":%d}`, n)); err != nil && ctx.Err() == nil {
			continue // the next read says why it ended
		}
	}
}

// nextFrame reads a frame's head and its picture.
func nextFrame(ctx context.Context, conn *websocket.Conn) (n uint64, f step.Frame, dropped uint64, err error) {
	kind, data, err := conn.Read(ctx)
	if err != nil {
		return 0, f, 0, err
	}
	var head struct {
		N       uint64    `json:"n"`
		MIME    string    `json:"mime"`
		Size    step.Size `json:"size"`
		At      time.Time `json:"at"`
		Dropped uint64    `json:"dropped"`
	}
	if kind != websocket.MessageText {
		return 0, f, 0, errors.New("a picture without its head")
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return 0, f, 0, fmt.Errorf("the head of a picture: %w", err)
	}
	if kind, data, err = conn.Read(ctx); err == nil && kind != websocket.MessageBinary {
		err = errors.New("a head without its picture")
	}
	return head.N, step.Frame{MIME: head.MIME, Size: head.Size, At: head.At, Data: data}, head.Dropped, err
}
