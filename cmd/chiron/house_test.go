package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"chiron/client"
	"chiron/cmd/settings"
	"chiron/eval/site"
	"chiron/inference/bundled"
	"chiron/step"
)

// house is the whole product in the test's own process, with a client at its front door.
type house struct {
	*app
	c *client.Client
}

// build starts the product for the length of a test. edit changes the configuration, hook the app before it runs.
func build(t *testing.T, edit func(*settings.Config), hook func(*app)) *house {
	t.Helper()
	cfg := settings.Default()
	cfg.Data, cfg.Listen, cfg.Log.Level, cfg.Inference.Ollama = t.TempDir(), "127.0.0.1:0", "warn", ollama(t)
	cfg.Agent.Answers, cfg.Inference.Uncertified = time.Minute, true
	if edit != nil {
		edit(&cfg)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(cfg, "test", []string{exe, "guard"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	a.bundled = bundled.Set{} // tests say which model is theirs
	if hook != nil {
		hook(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the product ended with %v", err)
		}
	})
	select {
	case <-a.up:
	case err := <-ended:
		ended <- nil
		t.Fatalf("it did not come up: %v", err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	h := &house{app: a}
	if h.c, err = client.New(a.server.URL(), a.key, client.WithHTTP(&http.Client{Transport: transport})); err != nil {
		t.Fatal(err)
	}
	return h
}

// withPassword gives the configuration the sample site's password.
func withPassword(t *testing.T, world site.Running) func(*settings.Config) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(demoPassword), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(c *settings.Config) {
		c.Secrets = []settings.SecretConfig{{Name: "password", File: file, Origins: []string{world.URL}}}
	}
}

// do hands a task in and returns its whole history.
func (h *house) do(t *testing.T, task step.Task) ([]step.Event, step.Result) {
	t.Helper()
	events := history(t, h.c, create(t, h.c, task), nil)
	return events, result(t, events)
}

// order is a page with one act that a person would want to know of, and a count of how often it was done.
type order struct {
	*httptest.Server
	sent atomic.Int32
}

func newOrder(t *testing.T) *order {
	t.Helper()
	o := &order{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>Order</title><h1>Two chairs</h1><form method=post action=/send><button>Send order</button></form>`)
	})
	mux.HandleFunc("POST /send", func(w http.ResponseWriter, _ *http.Request) {
		o.sent.Add(1)
		fmt.Fprint(w, `<!doctype html><title>Sent</title><h1>Order sent</h1>`)
	})
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

// task sends the order; a person is asked before.
func (o *order) task() step.Task {
	return step.Task{Goal: "Send the order", Start: o.URL + "/", Steps: []string{`Click "Send order"`}, DoneWhen: []step.Predicate{{Text: "Order sent"}}}
}

// asked hands a task in, waits for its question and returns both.
func (h *house) asked(t *testing.T, task step.Task) (id string, q step.Question) {
	t.Helper()
	id = create(t, h.c, task)
	return id, h.question(t, id, "")
}

// question waits for a question of a task other than the one before.
func (h *house) question(t *testing.T, id, before string) step.Question {
	t.Helper()
	var q step.Question
	events := history(t, h.c, id, func(e step.Event) bool {
		if b, ok := e.Body.(step.Asked); ok {
			q = b.Question
		}
		return q.ID != "" && q.ID != before
	})
	if q.ID == "" || q.ID == before {
		tell(t, events)
		t.Fatal("nobody was asked")
	}
	return q
}

func (h *house) answer(t *testing.T, id string, q step.Question, choice step.Choice, text string) {
	t.Helper()
	if err := h.c.Answer(t.Context(), id, step.Answer{Question: q.ID, Choice: choice, Text: text}); err != nil {
		t.Fatal(err)
	}
}
