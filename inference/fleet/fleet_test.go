package fleet_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"chiron/inference"
	"chiron/inference/fleet"
	"chiron/inference/inferencetest"
)

// stand is one endpoint at the wire: how it answers can change, and its calls are counted.
type stand struct {
	*httptest.Server
	calls atomic.Int32
	how   atomic.Pointer[http.HandlerFunc]
}

func fine(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, token+stop) }

func (s *stand) answer(h http.HandlerFunc) { s.how.Store(&h) }

func stands(t *testing.T, o inference.Options, n int) (*fleet.Fleet, []*stand) {
	t.Helper()
	var all []*stand
	var options []inference.Options
	for range n {
		s := &stand{}
		s.answer(fine)
		counted := loaded(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/api/chat") {
				s.calls.Add(1)
			}
			(*s.how.Load())(w, r)
		})
		s.Server = httptest.NewServer(counted)
		t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
		o.Endpoint = s.URL
		all, options = append(all, s), append(options, o)
	}
	f, err := fleet.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, all
}

func of(task string) inference.Request {
	q := say("hello")
	q.Task = task
	return q
}

func counts(all []*stand) (n []int32) {
	for _, s := range all {
		n = append(n, s.calls.Load())
	}
	return n
}

func TestATaskStaysWithItsEndpointAndTasksAreSpread(t *testing.T) {
	f, all := stands(t, inference.Options{}, 2)
	for range 5 {
		for _, task := range []string{"a", "b"} {
			if _, err := f.Chat(t.Context(), of(task)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := counts(all); n[0] != 5 || n[1] != 5 {
		t.Errorf("the endpoints answered %v calls, want 5 each", n)
	}
	all[0].answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for range 3 {
		for _, task := range []string{"a", "b"} {
			if reply, err := f.Chat(t.Context(), of(task)); err != nil || reply.Text != "hi" {
				t.Fatalf("%s: %+v, %v", task, reply, err)
			}
		}
	}
	if n := counts(all); n[0] != 6 || n[1] != 11 {
		t.Errorf("after one failed the endpoints answered %v calls, want one try there and the rest elsewhere", n)
	}
	if h := f.Health(); h[0].OK || h[0].Why == "" || !h[1].OK {
		t.Errorf("health %+v", h)
	}
}

func TestEveryFailureOfAnEndpointMovesTheCall(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"dies in mid-call": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, token)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"ends quietly": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, token) },
		"runner died":  func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) },
		"no such model": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			io.WriteString(w, `{"error":"model 'm' not found"}`)
		},
		"is busy":      func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) },
		"is no Ollama": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>\n") },
		"hangs":        func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"hangs half-way": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, token)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, all := stands(t, inference.Options{FirstToken: 50 * time.Millisecond, Idle: 50 * time.Millisecond}, 2)
			if _, err := f.Chat(t.Context(), of("a")); err != nil {
				t.Fatal(err)
			}
			bad := 0
			if all[1].calls.Load() == 1 {
				bad = 1
			}
			all[bad].answer(h)
			reply, err := f.Chat(t.Context(), of("a"))
			if err != nil || reply.Text != "hi" || reply.Usage.ModelCalls < 1 {
				t.Fatalf("%+v, %v", reply, err)
			}
			if n := counts(all); n[bad] != 2 || n[1-bad] != 1 {
				t.Errorf("calls %v", n)
			}
		})
	}
	t.Run("what the request itself is to blame for does not", func(t *testing.T) {
		f, all := stands(t, inference.Options{}, 2)
		for _, s := range all {
			s.answer(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(400)
				io.WriteString(w, `{"error":"the input length exceeds the context length"}`)
			})
		}
		if _, err := f.Chat(t.Context(), of("a")); !errors.Is(err, inference.ErrContext) || counts(all)[0]+counts(all)[1] != 1 {
			t.Errorf("%v after %v calls", err, counts(all))
		}
	})
	t.Run("the only one is asked once more", func(t *testing.T) {
		f, all := stands(t, inference.Options{}, 1)
		all[0].answer(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
		if _, err := f.Chat(t.Context(), of("a")); !errors.Is(err, inference.ErrRunner) || counts(all)[0] != 2 {
			t.Errorf("%v after %v calls", err, counts(all))
		}
	})
}

func TestAnEndpointComesBack(t *testing.T) {
	f, all := stands(t, inference.Options{}, 2)
	all[0].answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := f.Chat(t.Context(), of("a")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	all[0].answer(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"version":"0.17.4"}`) })
	go func() { ended <- f.Run(ctx) }()
	for !f.Health()[0].OK {
		runtime.Gosched()
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestAFullQueueSaysWhenToComeBack(t *testing.T) {
	f, all := stands(t, inference.Options{Queue: 1}, 1)
	arrived, answer := make(chan bool), make(chan bool)
	all[0].answer(func(w http.ResponseWriter, r *http.Request) { arrived <- true; <-answer; fine(w, r) })
	done := make(chan error, 2)
	go func() { _, err := f.Chat(t.Context(), of("a")); done <- err }()
	<-arrived
	go func() { _, err := f.Chat(t.Context(), of("b")); done <- err }()
	for len(f.Queue()) < 2 {
		runtime.Gosched()
	}
	_, err := f.Chat(t.Context(), of("c"))
	var full *inference.FullError
	if !errors.As(err, &full) || !errors.Is(err, inference.ErrBusy) || full.After < time.Second || full.Waiting != 1 {
		t.Errorf("Chat = %v", err)
	}
	if after, is := f.Full(); !is || after < time.Second {
		t.Errorf("Full = %v, %v", after, is)
	}
	answer <- true
	<-arrived
	if err := <-done; err != nil {
		t.Error(err)
	}
	q := f.Queue()
	if len(q) != 1 || q[0].Task != "b" || q[0].Position != 0 || q[0].Endpoint != all[0].URL {
		t.Errorf("queue %+v", q)
	}
	answer <- true
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, is := f.Full(); is {
		t.Error("it is still full")
	}
}

// TestTwoRealOllamas kills the Ollama under a task's call; the call goes on at the other.
func TestTwoRealOllamas(t *testing.T) {
	one, two := inferencetest.Start(t, self(t)), inferencetest.Start(t, self(t))
	profiles := map[string]inference.Profile{inferencetest.Model: inferencetest.Profile()}
	f, err := fleet.New(inference.Options{Endpoint: one.Base(), Profiles: profiles}, inference.Options{Endpoint: two.Base(), Profiles: profiles})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range 3 {
		if i == 2 { // one of the tasks loses its home
			if err := syscall.Kill(server(t), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		for _, task := range []string{"a", "b"} {
			q := ask("Sign in.")
			q.Task = task
			if reply, err := f.Chat(t.Context(), q); err != nil || reply.Text == "" {
				t.Fatalf("call %d of %s: %+v, %v", i, task, reply, err)
			}
		}
	}
	if h := f.Health(); h[0].OK == h[1].OK {
		t.Errorf("health %+v", h)
	}
}
