package inference

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ollama/ollama/api"
)

// warmFor is how long after an answer a model is taken to be loaded still. Ollama unloads after five idle minutes where a call
// does not say otherwise, and whenever another model needs the room.
const warmFor = 4 * time.Minute

// load has a model loaded before it is asked, so that loading has a limit of its own: a cold model is slow, not dead. It asks for
// nothing where the model answered lately. The options are those of the call that follows, or Ollama would load once more.
func (c *Client) load(ctx context.Context, model string, p Profile) (time.Duration, error) {
	c.mu.Lock()
	last, warm := c.warm[model]
	c.mu.Unlock()
	if warm && time.Since(last) < warmFor {
		return 0, nil
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Load, fmt.Errorf("%w (not loaded after %v)", ErrSlow, c.opts.Load))
	defer cancel()
	stream := false
	q := &api.ChatRequest{Model: model, Messages: []api.Message{}, Stream: &stream, KeepAlive: &api.Duration{Duration: c.opts.KeepAlive}, Options: runnerOptions(p)}
	var answer api.ChatResponse
	if err := c.ask(ctx, http.MethodPost, "/api/chat", q, &answer); err != nil {
		return time.Since(begun), err
	}
	took := answer.LoadDuration
	if took > time.Second { // it may have taken the place of others
		c.mu.Lock()
		clear(c.warm)
		c.mu.Unlock()
	}
	return took, nil
}

// stays notes after a call whether its model may be taken to be loaded.
func (c *Client) stays(model string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil || errors.Is(err, ErrTruncated) || errors.Is(err, ErrEmpty) {
		c.warm[model] = time.Now()
		return
	}
	delete(c.warm, model)
}
