package inferencetest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"
)

// Scripted is an Ollama at the wire whose models are a function. Its fields are set before its first call.
type Scripted struct {
	URL     string
	Version string            // "0.17.4" where nothing is set
	Digests map[string]string // by name of an installed model
	Answer  func(api.ChatRequest) string
	Prompt  int // tokens that every prompt is said to have; 0 is 100

	mu    sync.Mutex
	asked []api.ChatRequest
}

// Script starts one for the length of a test.
func Script(tb testing.TB, answer func(api.ChatRequest) string) *Scripted {
	tb.Helper()
	return ScriptBehind(tb, answer, func(h http.Handler) http.Handler { return h })
}

// ScriptBehind is Script behind what can get in between, such as a network that fails.
func ScriptBehind(tb testing.TB, answer func(api.ChatRequest) string, between func(http.Handler) http.Handler) *Scripted {
	tb.Helper()
	s := &Scripted{Version: "0.17.4", Digests: map[string]string{}, Answer: answer, Prompt: 100}
	server := httptest.NewServer(between(s))
	tb.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s.URL = server.URL
	return s
}

// Asked are the calls so far that asked for an answer.
func (s *Scripted) Asked() []api.ChatRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]api.ChatRequest(nil), s.asked...)
}

// Last is the text of a call's last message, which holds the page.
func Last(q api.ChatRequest) string {
	if len(q.Messages) == 0 {
		return ""
	}
	return q.Messages[len(q.Messages)-1].Content
}

// ServeHTTP implements http.Handler.
func (s *Scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := json.NewEncoder(w)
	switch r.URL.Path {
	case "/api/version":
		reply.Encode(map[string]string{"version": s.Version})
	case "/api/tags":
		var l api.ListResponse
		for name, digest := range s.Digests {
			l.Models = append(l.Models, api.ListModelResponse{Name: name, Model: name, Digest: digest})
		}
		reply.Encode(l)
	case "/api/chat":
		var q api.ChatRequest
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if len(q.Messages) == 0 {
			reply.Encode(api.ChatResponse{Done: true, DoneReason: "load"})
			return
		}
		s.mu.Lock()
		s.asked = append(s.asked, q)
		s.mu.Unlock()
		text := s.Answer(q)
		a := api.ChatResponse{Model: q.Model, Message: api.Message{Role: "assistant", Content: text}, Done: true, DoneReason: "stop"}
		a.PromptEvalCount, a.EvalCount = s.Prompt, len(strings.Fields(text))+1
		reply.Encode(a)
	case "/api/show":
		reply.Encode(api.ShowResponse{Capabilities: []model.Capability{model.CapabilityCompletion}, ModelInfo: map[string]any{}})
	default:
		http.NotFound(w, r)
	}
}
