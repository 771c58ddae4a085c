package inference

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"chiron/step"

	"github.com/ollama/ollama/api"
)

// Roles of a Message.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
)

// Message is one turn of a chat. Pictures belong into User messages alone; they stand before the text.
type Message struct {
	Role   string
	Text   string
	Images [][]byte // encoded PNG, JPEG or WebP, passed on unchanged
}

// Request is one call of a model.
type Request struct {
	Model    string
	Call     // for the queue: who takes turns with whom
	Messages []Message
	Format   json.RawMessage // JSON schema of the answer; nil = free text

	MaxTokens   int     // longest answer in tokens; 0 = DefaultMaxTokens
	Sure        bool    // ask for Reply.Sure
	Temperature float64 // 0 = always the likeliest token
	Seed        int
}

// DefaultMaxTokens bounds an answer whose request does not.
const DefaultMaxTokens = 512

// Reply is an answer with what it cost.
type Reply struct {
	Text     string
	Thinking string
	Usage    step.Usage    // one model call; ModelTime is Ollama's own total, Wall is what passed here without the queue
	Queued   time.Duration // time in the queue
	Load     time.Duration // time to load the model, 0 when it was loaded
	// Sure is the smallest probability that the model itself, whatever the schema left it, gave to a token of a JSON answer,
	// apart from names of fields and from what the schema alone could say. It is 0 when it was not asked for or not told.
	Sure float64
	// Cut reports that Ollama counted far fewer prompt tokens than were sent: something was probably left out.
	Cut bool
}

// Chat asks a model once. An answer is returned without error only when it came whole: with its end mark, for the reason
// "stop", and not empty. With ErrTruncated, ErrEmpty and ErrThought the Reply holds what there is, so that its cost can be counted.
func (c *Client) Chat(ctx context.Context, r Request) (Reply, error) {
	reply, err := c.chat(ctx, r)
	if err != nil {
		return reply, fmt.Errorf("chat with %s: %w", r.Model, err)
	}
	return reply, nil
}

func (c *Client) chat(ctx context.Context, r Request) (Reply, error) {
	if r.MaxTokens <= 0 {
		r.MaxTokens = DefaultMaxTokens
	}
	profile := c.Profile(r.Model)
	prompt := c.meter.estimate(r, profile)
	if need := prompt + r.MaxTokens + reserve; need > profile.NumCtx {
		return Reply{}, fmt.Errorf("%w (about %d tokens with the answer, num_ctx is %d)", ErrContext, need, profile.NumCtx)
	}
	asked := time.Now()
	leave, err := c.gate.Enter(ctx, r.Model, r.Call)
	if err != nil {
		return Reply{}, err
	}
	defer leave()
	sent := time.Now()
	load, err := c.load(ctx, r.Model, profile)
	if err != nil {
		return Reply{Queued: sent.Sub(asked), Load: load}, err
	}
	reply, err := c.converse(ctx, c.wire(r, profile))
	c.stays(r.Model, err)
	reply.Queued, reply.Load = sent.Sub(asked), reply.Load+load
	reply.Usage.ModelCalls = 1
	reply.Usage.Wall = time.Since(sent)
	for _, m := range r.Messages {
		reply.Usage.Images += len(m.Images)
	}
	if reply.Usage.PromptTokens > 0 {
		if reply.Cut = seemsCut(r, prompt, reply.Usage.PromptTokens); !reply.Cut {
			c.meter.learn(r, profile, reply.Usage.PromptTokens)
		}
	}
	return reply, err
}

// wire is the request as Ollama reads it.
func (c *Client) wire(r Request, p Profile) *api.ChatRequest {
	no := false
	q := &api.ChatRequest{
		Model: r.Model, Format: r.Format, KeepAlive: &api.Duration{Duration: c.opts.KeepAlive},
		Truncate: &no, Shift: &no, Options: runnerOptions(p), Logprobs: r.Sure,
	}
	q.Options["num_predict"] = r.MaxTokens
	q.Options["temperature"] = r.Temperature
	q.Options["seed"] = r.Seed
	if p.Think != nil {
		q.Think = &api.ThinkValue{Value: *p.Think}
	}
	for _, m := range r.Messages {
		w := api.Message{Role: m.Role, Content: Neutral(m.Text)}
		for _, image := range m.Images {
			w.Images = append(w.Images, image)
		}
		q.Messages = append(q.Messages, w)
	}
	return q
}

// runnerOptions are the options whose change would reload the model.
func runnerOptions(p Profile) map[string]any {
	o := map[string]any{"num_ctx": p.NumCtx, "num_batch": p.NumBatch}
	if p.NumThread > 0 {
		o["num_thread"] = p.NumThread
	}
	if p.NumGPU != 0 {
		o["num_gpu"] = max(p.NumGPU, 0)
	}
	return o
}

// converse sends q and gathers the streamed answer.
func (c *Client) converse(ctx context.Context, q *api.ChatRequest) (Reply, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Ollama sends its headers with the first token, so one watchdog covers prompt and answer.
	watchdog := time.AfterFunc(c.opts.FirstToken, func() {
		cancel(fmt.Errorf("%w (no token for %v)", ErrSlow, c.opts.FirstToken))
	})
	defer watchdog.Stop()

	body, err := c.open(ctx, http.MethodPost, "/api/chat", q)
	if err != nil {
		return Reply{}, err
	}
	defer body.Close()

	var text, thinking strings.Builder
	var end api.ChatResponse
	var said []api.Logprob
	err = readStream(body, func(line []byte) (bool, error) {
		watchdog.Reset(c.opts.Idle)
		var part api.ChatResponse
		if err := json.Unmarshal(line, &part); err != nil {
			return false, fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		text.WriteString(part.Message.Content)
		thinking.WriteString(part.Message.Thinking)
		said = append(said, part.Logprobs...)
		end = part
		return part.Done, nil
	})
	reply := Reply{
		Text: text.String(), Thinking: thinking.String(), Load: end.LoadDuration, Sure: sure(said, q.Format),
		Usage: step.Usage{PromptTokens: end.PromptEvalCount, AnswerTokens: end.EvalCount, ModelTime: end.TotalDuration},
	}
	switch {
	case ctx.Err() != nil && err != nil:
		return reply, context.Cause(ctx)
	case err != nil:
		return reply, err
	case end.DoneReason == "length":
		return reply, fmt.Errorf("%w (after %d tokens)", ErrTruncated, end.EvalCount)
	case end.DoneReason != "stop":
		return reply, fmt.Errorf("%w (its end says %q)", ErrQuietEnd, end.DoneReason)
	case strings.TrimSpace(reply.Text) == "" && strings.TrimSpace(reply.Thinking) != "":
		return reply, ErrThought
	case strings.TrimSpace(reply.Text) == "":
		return reply, ErrEmpty
	}
	return reply, nil
}

// Neutral breaks up what Ollama or a model's tokenizer would take for an image tag or a special token in plain text, so
// that text from a page can neither end its turn nor show another picture. Chat applies it to every message.
func Neutral(text string) string {
	return strings.NewReplacer(
		"[img", "[ img", "[IMG", "[ IMG", "[INST", "[ INST", "[/INST", "[ /INST", "[SYS", "[ SYS", "[/SYS", "[ /SYS",
		"<|", "< |", "<｜", "< ｜", "<s>", "< s>", "</s>", "< /s>",
		"<start_of_turn>", "< start_of_turn>", "<end_of_turn>", "< end_of_turn>",
	).Replace(text)
}
