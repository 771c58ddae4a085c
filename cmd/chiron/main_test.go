package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/cmd/run"
	"chiron/cmd/settings"
	"chiron/eval/site"
	"chiron/guard"
	"chiron/policy"
	"chiron/step"

	"go.uber.org/goleak"
)

// playVar makes the test binary play the program. As "chiron" it is the real one; the others serve with another ledger,
// which no configuration can do: "forgetful" without the durable verdict, "doomed" dies between the durable verdict on
// the first click that cannot be undone and the act.
const playVar = "CHIRON_TEST_PLAY"

// TestMain lets the test binary be the guard, the program, or the tests.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard.Main(os.Args[2:]))
	}
	switch os.Getenv(playVar) {
	case "chiron":
		main()
	case "forgetful":
		os.Exit(serveWith(func(policy.Ledger) policy.Ledger {
			return ledgerFunc(func(context.Context, string, int, step.Verdict) error { return nil })
		}))
	case "doomed":
		os.Exit(serveWith(doomed))
	}
	goleak.VerifyTestMain(m)
}

func doomed(l policy.Ledger) policy.Ledger {
	return ledgerFunc(func(ctx context.Context, task string, n int, v step.Verdict) error {
		err := l.Record(ctx, task, n, v)
		if err == nil && v.Decision == step.Permit && v.Effect == step.EffectIrreversible {
			err = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			<-ctx.Done() // the signal is on its way
		}
		return err
	})
}

// serveWith is serve with another ledger.
func serveWith(ledger func(policy.Ledger) policy.Ledger) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg, err := settings.Load("", nil, os.Environ())
	var self []string
	if err == nil {
		self, err = guardSelf()
	}
	var a *app
	if err == nil {
		a, err = newApp(cfg, "test", self, os.Stderr)
	}
	if err == nil {
		a.ledger = ledger
		err = a.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exit.Failed
	}
	return 0
}

// home is what outlives one process of the program: its data, its temporary directory and its key.
type home struct {
	dir, data, tmp string
	port           string
	key            string
	extra          []string // environment beside the test's own
}

// newHome makes a home that Chromium's user may enter, with the sample site's password in the vault.
func newHome(t *testing.T, origins ...string) *home {
	t.Helper()
	dir, err := os.MkdirTemp("", "chiron-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &home{dir: dir, data: filepath.Join(dir, "data"), tmp: filepath.Join(dir, "tmp")}
	if err := errors.Join(os.Chmod(dir, 0o711), os.Mkdir(h.tmp, 0o711), os.Chmod(h.tmp, 0o711)); err != nil {
		t.Fatal(err)
	}
	if h.port, err = freeListen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var secrets strings.Builder
	for _, o := range origins {
		fmt.Fprintf(&secrets, "secrets: [{name: password, file: %s, origins: [%q]}]\n", h.write(t, "password", demoPassword+"\n"), o)
	}
	h.write(t, "chiron.yaml", fmt.Sprintf("data: %s\nlisten: %s\n%s", h.data, h.port, secrets.String()))
	return h
}

func (h *home) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ollama is the program of the managed Ollama, found from this package upwards.
func ollama(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs("../../build/bin/ollama")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("build/bin/ollama is missing; run `make setup`: %v", err)
	}
	return path
}

// env is the whole environment of a process of this home.
func (h *home) env(t testing.TB, as string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "TMPDIR=" + h.tmp, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
		playVar + "=" + as, "CHIRON_CONFIG=" + filepath.Join(h.dir, "chiron.yaml"), "CHIRON_INFERENCE_OLLAMA=" + ollama(t)}
	return append(env, h.extra...)
}

// process is one run of the program.
type process struct {
	cmd  *exec.Cmd
	out  *watched
	home *home
	c    *client.Client
}

// start runs `chiron serve` and waits until it says that it is up, or has ended.
func (h *home) start(t *testing.T, as string) *process {
	t.Helper()
	p := h.launch(t, as, "serve")
	select {
	case <-p.out.found:
	case <-p.out.closed:
		t.Fatalf("it did not come up:\n%s", p.out)
	case <-t.Context().Done():
		t.Fatal("the test ended first")
	}
	if key := regexp.MustCompile(`ck_\w+`).FindString(p.out.String()); key != "" {
		h.key = key
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	var err error
	if p.c, err = client.New("http://"+h.port, h.key, client.WithHTTP(&http.Client{Transport: transport}), client.WithPause(50*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	return p
}

// launch runs the program with arguments.
func (h *home) launch(t *testing.T, as string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(exe, args...), home: h, out: watch(" is at http")}
	if as != "chiron" {
		p.out = watch("msg=serving")
	}
	p.cmd.Env, p.cmd.Dir = h.env(t, as), h.dir
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go p.out.read(r)
	t.Cleanup(func() { p.end(t, syscall.SIGKILL) })
	return p
}

// end signals the process itself and waits for it and for everybody who holds its output. It returns the exit code, -1
// after a signal.
func (p *process) end(t *testing.T, sig syscall.Signal) int {
	t.Helper()
	if p.cmd.ProcessState == nil {
		if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		p.wait(t)
	}
	return p.cmd.ProcessState.ExitCode()
}

// wait waits for the end of the process.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
	<-p.out.closed
	return p.cmd.ProcessState.ExitCode()
}

// watched is the output of a process.
type watched struct {
	mu     sync.Mutex
	buf    bytes.Buffer
	want   string
	found  chan struct{} // closed when want was written
	closed chan struct{} // closed when nobody holds the other end
}

func watch(want string) *watched {
	return &watched{want: want, found: make(chan struct{}), closed: make(chan struct{})}
}

func (w *watched) read(r io.ReadCloser) {
	defer close(w.closed)
	defer r.Close()
	part := make([]byte, 4096)
	told := false
	for {
		n, err := r.Read(part)
		w.mu.Lock()
		w.buf.Write(part[:n])
		if !told && bytes.Contains(w.buf.Bytes(), []byte(w.want)) {
			told = true
			close(w.found)
		}
		w.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// newSite runs the sample site for the length of a test.
func newSite(t *testing.T, o site.Options) *site.Server {
	t.Helper()
	s, err := site.Listen(o, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// expense is a task with steps that signs in and submits one report. It asks nobody.
func expense(s site.Running) step.Task {
	return step.Task{Goal: "File an expense report", Start: s.URL + "/login", Autonomy: step.AutonomyAuto,
		Inputs: map[string]string{"user": "dana"}, Secrets: []string{"password"},
		Steps: []string{`Type {{user}} into the field "Username"`, `Type {{password}} into the field "Password"`,
			`Click the button "Sign in"`, `Wait for "Good morning"`, `Click "New expense"`, `Type "42.50" into "Amount"`,
			`Select "Meals" in "Category"`, `Type "2026-11-20" into "Date"`, `Type "Lunch" into "Description"`,
			`Click the button "Continue"`, `Wait for "Nothing has been sent yet"`, `Click the button "Submit report"`},
		DoneWhen: []step.Predicate{{URL: "*/expenses/EX-*"}, {Text: "was submitted"}}}
}

// create hands a task in.
func create(t *testing.T, c *client.Client, task step.Task) string {
	t.Helper()
	s, _, err := c.Create(t.Context(), task, "")
	if err != nil {
		t.Fatal(err)
	}
	return s.Task.ID
}

// history follows a task to its end, or to where stop says so, and returns the events.
func history(t *testing.T, c *client.Client, id string, stop func(step.Event) bool) []step.Event {
	t.Helper()
	enough := errors.New("enough")
	var events []step.Event
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	err := c.Events(ctx, id, 0, func(e step.Event) error {
		events = append(events, e)
		if stop != nil && stop(e) {
			return enough
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		for _, e := range events {
			t.Log(run.Narrate(e))
		}
		t.Fatalf("follow %s: %v", id, err)
	}
	return events
}

// last returns the last event body of a kind.
func last[B step.Body](events []step.Event) (body B, found bool) {
	for _, e := range events {
		if b, ok := e.Body.(B); ok {
			body, found = b, true
		}
	}
	return body, found
}

// result is the end that a history holds.
func result(t *testing.T, events []step.Event) step.Result {
	t.Helper()
	e, ok := last[step.Ended](events)
	if !ok {
		t.Fatal("the task has not ended")
	}
	return e.Result
}

// tell logs a history when the test has failed.
func tell(t *testing.T, events []step.Event) {
	t.Helper()
	for _, e := range events {
		if line := run.Narrate(e); line != "" {
			t.Log(line)
		}
	}
}
