package server_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"chiron/agent/wheel"
	"chiron/client"
	"chiron/configs"
	"chiron/journal"
	"chiron/policy"
	"chiron/server"
	"chiron/server/keys"
	"chiron/server/live"
	"chiron/step"
)

var update = flag.Bool("update", false, "write the golden files")

// The joints of the house.
var (
	_ server.Tasks  = (*journal.Journal)(nil)
	_ server.Record = (*journal.Journal)(nil)
	_ live.Frames   = (*journal.Journal)(nil)
	_ keys.Table    = (*journal.Table)(nil)
	_ server.Switch = (*policy.Gate)(nil)
	_ server.Rules  = (*policy.Shelf)(nil)
	_ policy.Stream = (*journal.Journal)(nil)
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// killSwitch is the gate's switch without the gate.
type killSwitch struct{ on atomic.Bool }

func (k *killSwitch) Stop()         { k.on.Store(true) }
func (k *killSwitch) Resume()       { k.on.Store(false) }
func (k *killSwitch) Stopped() bool { return k.on.Load() }

// door is a running server with a real journal behind it.
type door struct {
	wheels  *wheel.Wheels
	t       testing.TB
	journal *journal.Journal
	gate    *policy.Gate
	rules   *policy.Shelf
	server  *server.Server
	client  *client.Client
	key     string
	url     string
	log     *lockedBuffer
	options server.Options
	shut    func()
}

func openJournal(t testing.TB) *journal.Journal {
	t.Helper()
	j, err := journal.New(journal.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	run(t, j.Run)
	select {
	case <-j.Ready():
	case <-time.After(30 * time.Second):
		t.Fatal("the journal does not open")
	}
	return j
}

// run runs something until the test, or the returned function, ends it.
func run(t testing.TB, f func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func openDoor(t testing.TB, edit func(*server.Options)) *door {
	t.Helper()
	j := openJournal(t)
	table := j.Table("keys")
	key, err := keys.First(soon(t), table, time.Now())
	if err != nil || key == "" {
		t.Fatalf("first key: %q, %v", key, err)
	}
	d := &door{t: t, journal: j, key: key, log: &lockedBuffer{}}
	if d.gate, err = policy.NewGate(policy.Options{Ledger: j}); err != nil {
		t.Fatal(err)
	}
	d.rules = shelf(t, d)
	d.wheels = wheel.New(time.After)
	d.options = server.Options{Tasks: j, Record: j, Frames: j, Keys: table, Switch: &killSwitch{}, Listen: "127.0.0.1:0", Version: "test",
		Rules: d.rules, Wheel: d.wheels, Heartbeat: 50 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(d.log, nil)),
		Ready: func(context.Context) []server.Part { return []server.Part{{Name: "journal", Ready: true}} }}
	if edit != nil {
		edit(&d.options)
	}
	d.start(d.options)
	return d
}

// shelf keeps the rules of a gate in the journal, as a start does.
func shelf(t testing.TB, d *door) *policy.Shelf {
	t.Helper()
	s, err := policy.NewShelf(policy.ShelfOptions{Gate: d.gate, Base: configs.Policy(), Table: d.journal.Table("rules"), Stream: d.journal})
	if err == nil {
		err = s.Restore(soon(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start serves, again after shut, with the given options.
func (d *door) start(o server.Options) {
	d.t.Helper()
	s, err := server.New(o)
	if err == nil {
		err = s.Bind()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.server, d.url = s, s.URL()
	d.shut = run(d.t, s.Run)
	d.client, err = client.New(d.url, d.key, client.WithPause(time.Millisecond), client.WithHTTP(&http.Client{Transport: transport(d.t)}))
	if err != nil {
		d.t.Fatal(err)
	}
}

func transport(t testing.TB) *http.Transport {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// ask sends a request as it stands and returns the reply with its body read.
func (d *door) ask(method, path string, header map[string]string, body string) (*http.Response, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(soon(d.t), method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for k, v := range header {
		if k == "Host" {
			req.Host = v
		}
		req.Header.Set(k, v)
	}
	c := &http.Client{Transport: transport(d.t), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res, string(data)
}

func (d *door) bearer() map[string]string {
	return map[string]string{"Authorization": "Bearer " + d.key}
}

func (d *door) create(t step.Task) step.State {
	d.t.Helper()
	s, _, err := d.client.Create(soon(d.t), t, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func (d *door) add(task string, n int, b step.Body) {
	d.t.Helper()
	if _, err := d.journal.Append(soon(d.t), task, n, b); err != nil {
		d.t.Fatal(err)
	}
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func goal(text string) step.Task { return step.Task{Goal: text, Start: "http://127.0.0.1:8080/"} }

func ended(status step.Status) step.Ended {
	return step.Ended{Result: step.Result{Status: status, Reason: "because"}}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
