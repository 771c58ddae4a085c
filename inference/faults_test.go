package inference_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/inference"
	"chiron/inference/inferencetest"
	"chiron/inference/tiny"
)

// TestRealFaults provokes the ways in which a model's answer fails on a real Ollama.
func TestRealFaults(t *testing.T) {
	c := inferencetest.Start(t, self(t))
	for name, manner := range map[string]tiny.Manner{"mute": tiny.Mute, "stuck": tiny.Stuck, "rambling": tiny.Rambling} {
		inferencetest.Add(t, c, manner, inference.Recipe{Model: name})
	}
	inferencetest.Add(t, c, tiny.Plain, inference.Recipe{Model: "thinker", Parser: "qwen3-vl-thinking"})
	free := func(model string, longest int) inference.Request {
		q := ask("Sign in.")
		q.Model, q.Format, q.MaxTokens, q.Temperature = model, nil, longest, 1
		return q
	}
	for _, f := range []struct {
		name string
		q    inference.Request
		want error
	}{
		{"it says nothing", free("mute", 50), inference.ErrEmpty},
		{"it only thinks", free("thinker", 200), inference.ErrThought},
		{"it says one letter again and again", free("stuck", 400), inference.ErrQuietEnd},
		{"it does not come to an end", free("rambling", 60), inference.ErrTruncated},
		{"its JSON is cut", func() inference.Request { q := ask("Sign in."); q.Model, q.MaxTokens = "rambling", 9; return q }(), inference.ErrTruncated},
	} {
		t.Run(f.name, func(t *testing.T) {
			reply, err := c.Chat(t.Context(), f.q)
			if !errors.Is(err, f.want) {
				t.Fatalf("Chat = %q, %q, %v; want %v", reply.Text, reply.Thinking, err, f.want)
			}
			if reply.Usage.ModelCalls != 1 {
				t.Errorf("it is not counted: %+v", reply.Usage)
			}
		})
	}
	t.Run("its runner hangs", func(t *testing.T) {
		hasty, err := inference.New(inference.Options{Endpoint: c.Base(), FirstToken: 3 * time.Second, Idle: 200 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer hasty.Close()
		err = during(t, hasty, free("rambling", 12000), syscall.SIGSTOP)
		signal(t, syscall.SIGCONT)
		if !errors.Is(err, inference.ErrSlow) {
			t.Errorf("Chat = %v", err)
		}
	})
	t.Run("its runner dies", func(t *testing.T) {
		err := during(t, c, free("rambling", 12000), syscall.SIGKILL)
		if !errors.Is(err, inference.ErrRunner) && !errors.Is(err, inference.ErrQuietEnd) || !inference.Retriable(err) {
			t.Errorf("Chat = %v", err)
		}
		if reply, err := c.Chat(t.Context(), ask("Sign in.")); err != nil || reply.Text == "" {
			t.Errorf("after that: %+v, %v", reply, err)
		}
	})
}

// during sends a signal to the runners while one of them answers a request, and returns what became of it.
func during(t *testing.T, c *inference.Client, q inference.Request, sig syscall.Signal) error {
	t.Helper()
	if _, err := c.Chat(t.Context(), inference.Request{Model: q.Model, Messages: q.Messages, MaxTokens: 2}); !errors.Is(err, inference.ErrTruncated) {
		t.Fatalf("load it: %v", err)
	}
	ended := make(chan error, 1)
	go func() { _, err := c.Chat(t.Context(), q); ended <- err }()
	select {
	case err := <-ended:
		t.Fatalf("it ended before: %v", err)
	case <-time.After(100 * time.Millisecond): // it is being answered
	}
	signal(t, sig)
	return <-ended
}

// signal sends a signal to every runner below this process.
func signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, p := range procs {
		cmd, _ := os.ReadFile(p + "/cmdline")
		if !strings.Contains(string(cmd), "\x00runner\x00") {
			continue
		}
		var pid int
		fmt.Sscanf(p, "/proc/%d", &pid)
		for up := pid; up > 1; up = parentOf(up) {
			if up == os.Getpid() {
				if err := syscall.Kill(pid, sig); err != nil {
					t.Fatal(err)
				}
				sent++
				break
			}
		}
	}
	if sent == 0 {
		t.Fatal("there is no runner")
	}
}
