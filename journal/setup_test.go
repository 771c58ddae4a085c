package journal_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"chiron/journal"
	"chiron/step"
)

// open starts a journal and closes it, once, at the end of the test or by the returned function.
func open(t testing.TB, o journal.Options) (j *journal.Journal, shut func()) {
	t.Helper()
	j, err := journal.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- j.Run(ctx) }()
	select {
	case <-j.Ready():
	case err := <-ended:
		cancel()
		t.Fatalf("the journal did not open: %v", err)
	}
	var once sync.Once
	shut = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(shut)
	return j, shut
}

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func task(id string) step.Task {
	return step.Task{ID: id, Goal: "find the price", Start: "http://127.0.0.1:8080/"}.Normalise()
}

func create(t testing.TB, j *journal.Journal, id string) step.State {
	t.Helper()
	s, made, err := j.Create(soon(t), task(id), "")
	if err != nil || !made {
		t.Fatalf("create %s: made %v, %v", id, made, err)
	}
	return s
}

func note(t testing.TB, j *journal.Journal, id, text string) step.Event {
	t.Helper()
	ev, err := j.Append(soon(t), id, 1, step.Noted{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func end(t testing.TB, j *journal.Journal, id string) {
	t.Helper()
	_, err := j.Append(soon(t), id, 1, step.Ended{Result: step.Result{Status: step.StatusDone, Reason: "seen"}})
	if err != nil {
		t.Fatal(err)
	}
}

// logs collects what a journal logs.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelInfo}))
}
