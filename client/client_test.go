package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"chiron/client"
	"chiron/step"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The whole client is tested against the real server in chiron/server; here stand the faults that a real server and
// journal do not make.

func serve(t *testing.T, h http.HandlerFunc) *client.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	c, err := client.New(srv.URL, "ck_a_b", client.WithHTTP(&http.Client{Transport: tr}), client.WithPause(time.Millisecond), client.WithSilence(200*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func write(w http.ResponseWriter, seqs ...int) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, n := range seqs {
		body := `{"kind":"noted","text":"x"}`
		if n >= 5 {
			body = `{"kind":"ended","result":{"status":"done","reason":"seen","usage":{}}}`
		}
		fmt.Fprintf(w, "id: %d\ndata: {\"task\":\"t\",\"seq\":%d,\"step\":1,\"at\":\"2026-11-23T03:00:00Z\",\"body\":%s}\n\n", n, n, body)
	}
	w.(http.Flusher).Flush()
}

func TestBadServers(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"gap":       {func(w http.ResponseWriter, r *http.Request) { write(w, 1, 3) }, "some are missing"},
		"no stream": {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") }, "no event stream"},
		"not events": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "data: {}\n\n")
		}, "event"},
		"foreign 403": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<html>blocked by proxy</html>")
		}, "does not come from a Chiron server"},
	} {
		if err := serve(t, c.handler).Events(soon(t), "t", 0, func(step.Event) error { return nil }); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEventsThroughWeather has a server that fails, repeats, breaks off and falls silent.
func TestEventsThroughWeather(t *testing.T) {
	var n atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			w.WriteHeader(http.StatusBadGateway)
		case 2:
			write(w, 1, 2)
		case 3:
			write(w, 1, 2, 3) // repeats what is known
			fmt.Fprint(w, "id: 4\ndata: {\"task\"")
		case 4:
			write(w)
			<-r.Context().Done() // silence
		case 5:
			if got := r.Header.Get("Last-Event-ID"); got != "3" {
				t.Errorf("resumed after %q", got)
			}
			write(w, 4, 5)
		}
	})
	var seen []uint64
	err := c.Events(soon(t), "t", 0, func(e step.Event) error { seen = append(seen, e.Seq); return nil })
	if err != nil || fmt.Sprint(seen) != "[1 2 3 4 5]" || n.Load() != 5 {
		t.Errorf("saw %v in %d connections: %v", seen, n.Load(), err)
	}
}

func TestProblems(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer ck_a_b" || r.Header.Get("Idempotency-Key") != "k" {
			t.Errorf("headers %v", r.Header)
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"title":"Malformed request","status":422,"detail":"Nothing was done.","errors":[{"location":"body.start","message":"\"\" is not a URL"}]}`)
	})
	_, _, err := c.Create(soon(t), step.Task{}, "k")
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != 422 || len(p.Errors) != 1 || client.StatusOf(err) != 422 {
		t.Fatalf("%v", err)
	}
	if want := `Malformed request: Nothing was done.; body.start: "" is not a URL`; err.Error() != want {
		t.Errorf("says %q", err)
	}
	for _, base := range []string{"", "127.0.0.1:8787", "ftp://x", "http://"} {
		if _, err := client.New(base, ""); err == nil || !strings.Contains(err.Error(), "must look like") {
			t.Errorf("%q: %v", base, err)
		}
	}
	down, err := client.New("http://127.0.0.1:1", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := down.Get(soon(t), "t"); err == nil || !strings.HasPrefix(err.Error(), "reach the server: ") {
		t.Errorf("no server: %v", err)
	}
}
