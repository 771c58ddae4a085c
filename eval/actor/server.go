// Package actor holds scripted models behind the part of Ollama's HTTP API that the product uses: perfect ones, terrible
// ones and ones that break the wire. The product cannot tell them from a model; what fails under the perfect one is the
// product's own fault.
//
// A Server answers for every model name that a Brain was taught under. Brains see what a model would see (the messages and
// the schema of the answer) and, unlike a model, may hold the truth about the page.
package actor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Message is one turn of a prompt. Images counts its pictures.
type Message struct {
	Role, Text string
	Images     int
}

// Prompt is one call of a model.
type Prompt struct {
	Model    string
	Messages []Message
	Format   json.RawMessage // JSON schema of the answer, empty for free text
}

// Reply is what a Brain answers, and how. The zero way is a whole answer at once.
type Reply struct {
	Text   string
	Delay  time.Duration // before the first token
	Reason string        // done_reason; "" is stop
	Quiet  bool          // the stream ends without its end mark
	Fault  string        // an error line of the runner instead of an answer
}

// Brain answers one prompt. It is called by one goroutine at a time for each model name.
type Brain func(ctx context.Context, p Prompt) Reply

// Stats is what one model name was asked so far.
type Stats struct {
	Calls       int `json:"calls"`
	PromptBytes int `json:"prompt_bytes"`
	// ReusedBytes are the bytes that each prompt has in common with the beginning of the one before: what a runner
	// finds in its cache. The first prompt of a name can reuse nothing and counts in neither figure.
	ReusedBytes int `json:"reused_bytes"`
	LaterBytes  int `json:"later_bytes"` // PromptBytes without the first prompt
}

// Server speaks Ollama's API for scripted models. It is safe for concurrent use.
type Server struct {
	mu     sync.Mutex
	models map[string]*model
}

type model struct {
	mu    sync.Mutex // held while the brain thinks: one call at a time
	brain Brain
	last  string
	stats Stats
}

// New makes a server without models.
func New() *Server { return &Server{models: map[string]*model{}} }

// Teach puts a brain behind a model name; a name that was taught before gets the new brain and fresh Stats.
func (s *Server) Teach(name string, b Brain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.models[name] = &model{brain: b}
}

// Forget removes a model name and returns what it was asked.
func (s *Server) Forget(name string) Stats {
	s.mu.Lock()
	m := s.models[name]
	delete(s.models, name)
	s.mu.Unlock()
	if m == nil {
		return Stats{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

func (s *Server) find(name string) *model {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.models[name]; m != nil {
		return m
	}
	return s.models[strings.TrimSuffix(name, ":latest")]
}

func (s *Server) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for name := range s.models {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Handler serves /api/version, /api/tags, /api/ps, /api/show and /api/chat.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("Ollama is running")) })
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"version": "0.17.4"})
	})
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) { s.list(w) })
	mux.HandleFunc("GET /api/ps", func(w http.ResponseWriter, _ *http.Request) { s.list(w) })
	mux.HandleFunc("POST /api/show", s.show)
	mux.HandleFunc("POST /api/chat", s.chat)
	return mux
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader may have left
}

func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, map[string]string{"error": fmt.Sprintf(format, args...)})
}

// listed is a model in /api/tags and /api/ps.
type listed struct {
	Name       string    `json:"name"`
	Model      string    `json:"model"`
	Digest     string    `json:"digest"`
	Size       int64     `json:"size"`
	SizeVRAM   int64     `json:"size_vram"`
	Context    int       `json:"context_length"`
	ModifiedAt time.Time `json:"modified_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	Details    details   `json:"details"`
}

type details struct {
	Family       string `json:"family"`
	Parameters   string `json:"parameter_size"`
	Quantization string `json:"quantization_level"`
}

func (s *Server) list(w http.ResponseWriter) {
	all := []listed{}
	for _, name := range s.names() {
		sum := sha256.Sum256([]byte(name))
		all = append(all, listed{Name: name, Model: name, Digest: hex.EncodeToString(sum[:]), Context: contextLength,
			ExpiresAt: time.Now().Add(time.Hour), Details: details{"script", "0B", "none"}})
	}
	answer(w, http.StatusOK, map[string]any{"models": all})
}

const contextLength = 1 << 17

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	var q struct{ Model, Name string }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		refuse(w, http.StatusBadRequest, "invalid request: %v", err)
		return
	}
	if q.Model == "" {
		q.Model = q.Name
	}
	if s.find(q.Model) == nil {
		refuse(w, http.StatusNotFound, "model '%s' not found", q.Model)
		return
	}
	answer(w, http.StatusOK, map[string]any{"template": "{{ .Prompt }}", "capabilities": []string{"completion", "vision"}, "details": details{"script", "0B", "none"},
		"model_info": map[string]any{"general.architecture": "script", "script.context_length": contextLength}})
}

// chatRequest is what the product sends to /api/chat; fields that scripts have no use for are left out.
type chatRequest struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string   `json:"role"`
		Content string   `json:"content"`
		Images  [][]byte `json:"images"`
	} `json:"messages"`
	Format json.RawMessage `json:"format"`
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	var q chatRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		refuse(w, http.StatusBadRequest, "invalid request: %v", err)
		return
	}
	m := s.find(q.Model)
	if m == nil {
		refuse(w, http.StatusNotFound, "model '%s' not found", q.Model)
		return
	}
	if len(q.Messages) == 0 { // to be loaded
		answer(w, http.StatusOK, map[string]any{"model": q.Model, "message": map[string]string{"role": "assistant"}, "done": true, "done_reason": "load"})
		return
	}
	p := Prompt{Model: q.Model, Format: q.Format}
	for _, t := range q.Messages {
		p.Messages = append(p.Messages, Message{Role: t.Role, Text: t.Content, Images: len(t.Images)})
	}
	begun := time.Now()
	reply := m.think(r.Context(), p)
	if !wait(r.Context(), reply.Delay) {
		return
	}
	stream(w, p, reply, time.Since(begun))
}

func (m *model) think(ctx context.Context, p Prompt) Reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	for _, t := range p.Messages {
		b.WriteString(t.Role + "\n" + t.Text + "\n")
	}
	now := b.String()
	m.stats.PromptBytes += len(now)
	if m.stats.Calls > 0 {
		m.stats.LaterBytes += len(now)
		m.stats.ReusedBytes += common(m.last, now)
	}
	m.stats.Calls++
	m.last = now
	return m.brain(ctx, p)
}

func common(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// BytesPerToken is the rate at which scripted models count tokens; ImageTokens is what they count for a picture.
const (
	BytesPerToken = 3.2
	ImageTokens   = 1568
)

// Tokens is how many tokens a scripted model counts for a text.
func Tokens(text string) int { return int(float64(len(text))/BytesPerToken) + 1 }

// stream writes the answer as Ollama does: parts of the text, then one line with done and the counts.
func stream(w http.ResponseWriter, p Prompt, r Reply, took time.Duration) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	line := func(v map[string]any) {
		v["model"], v["created_at"] = p.Model, time.Now().UTC()
		_ = out.Encode(v) // the reader may have left
	}
	if r.Fault != "" {
		_ = out.Encode(map[string]string{"error": r.Fault})
		return
	}
	said := func(text string) map[string]string { return map[string]string{"role": "assistant", "content": text} }
	for part := range slices.Chunk([]rune(r.Text), 24) {
		line(map[string]any{"message": said(string(part)), "done": false})
	}
	if r.Quiet {
		return
	}
	prompt := 0
	for _, m := range p.Messages {
		prompt += Tokens(m.Text) + m.Images*ImageTokens
	}
	if r.Reason == "" {
		r.Reason = "stop"
	}
	line(map[string]any{"message": said(""), "done": true, "done_reason": r.Reason, "total_duration": took.Nanoseconds(), "load_duration": 0,
		"prompt_eval_count": prompt, "prompt_eval_duration": took.Nanoseconds() / 2, "eval_count": Tokens(r.Text), "eval_duration": took.Nanoseconds() / 2})
}
