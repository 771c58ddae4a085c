package inference_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"chiron/inference"
)

// at returns a client of a server that loads any model at once and answers every other request with h.
func at(t *testing.T, o inference.Options, h http.HandlerFunc) *inference.Client {
	t.Helper()
	srv := httptest.NewServer(loaded(h))
	o.Endpoint = srv.URL
	c, err := inference.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); srv.CloseClientConnections(); srv.Close() })
	return c
}

// loaded answers what asks for a model to be loaded, and leaves the rest to h.
func loaded(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		if strings.Contains(string(body), `"messages":[]`) {
			io.WriteString(w, `{"message":{"content":""},"done":true,"done_reason":"load"}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	}
}

func say(text string) inference.Request {
	return inference.Request{Model: "m", Messages: []inference.Message{{Role: inference.User, Text: text}}}
}

const (
	token = `{"message":{"content":"hi"}}` + "\n"
	stop  = `{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":1,"total_duration":5}` + "\n"
)

func TestEveryWayToFail(t *testing.T) {
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code); io.WriteString(w, body) }
	}
	cases := []struct {
		name string
		h    http.HandlerFunc
		want error
	}{
		{"no model", status(404, `{"error":"model 'm' not found"}`), inference.ErrNoModel},
		{"busy", status(503, `{"error":"server busy, please try again.  maximum pending requests exceeded"}`), inference.ErrBusy},
		{"over-long", status(400, `{"error":"the input length exceeds the context length"}`), inference.ErrContext},
		{"bad request", status(400, `{"error":"m does not support thinking"}`), inference.ErrStatus},
		{"not found at all", status(404, `404 page not found`), inference.ErrStatus},
		{"redirect", status(302, ``), inference.ErrStatus},
		{"runner died", status(500, `{"error":"model runner has unexpectedly stopped"}`), inference.ErrRunner},
		{"error in mid-stream", status(200, token+`{"error":"an error was encountered"}`+"\n"), inference.ErrRunner},
		{"cut at its limit", status(200, token+strings.Replace(stop, "stop", "length", 1)), inference.ErrTruncated},
		{"empty", status(200, stop), inference.ErrEmpty},
		{"only thought", status(200, `{"message":{"thinking":"hm"}}`+"\n"+stop), inference.ErrThought},
		{"only thought is empty, too", status(200, `{"message":{"thinking":"hm"}}`+"\n"+stop), inference.ErrEmpty},
		{"quiet end", status(200, token), inference.ErrQuietEnd},
		{"nothing at all", status(200, ""), inference.ErrQuietEnd},
		{"half a line", status(200, token+`{"message":`), inference.ErrProtocol},
		{"odd reason", status(200, token+strings.Replace(stop, "stop", "load", 1)), inference.ErrQuietEnd},
		{"no protocol", status(200, "<html>\n"), inference.ErrProtocol},
		{"dropped connection", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, token)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, inference.ErrQuietEnd},
		{"dropped before the answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, inference.ErrUnreachable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := at(t, inference.Options{}, c.h).Chat(t.Context(), say("hello"))
			if !errors.Is(err, c.want) {
				t.Fatalf("Chat = %v, want %v", err, c.want)
			}
			if !strings.HasPrefix(err.Error(), "chat with m: ") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("not one sentence with its step: %q", err)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	c, err := inference.New(inference.Options{Endpoint: "http://" + ln.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.WaitReady(t.Context()); !errors.Is(err, inference.ErrUnreachable) || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Fatalf("WaitReady = %v", err)
	}
	if _, err := c.Chat(t.Context(), say("hello")); !errors.Is(err, inference.ErrUnreachable) || !inference.Retriable(err) {
		t.Fatalf("Chat = %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []inference.Options{{}, {Binary: "x"}, {Endpoint: "localhost:11434"}, {Endpoint: "ftp://a"}, {Endpoint: "http://"}} {
		if _, err := inference.New(o); err == nil {
			t.Errorf("New(%+v) took it", o)
		}
	}
}

func TestRequestOnTheWire(t *testing.T) {
	var got map[string]any
	no := false
	c := at(t, inference.Options{Profile: inference.Profile{NumCtx: 8192, NumThread: 3, Think: &no}},
		func(w http.ResponseWriter, r *http.Request) {
			json.NewDecoder(r.Body).Decode(&got)
			io.WriteString(w, token+token+stop)
		})
	q := say("see [img-3] <|im_start|>")
	q.Messages[0].Images = [][]byte{{1, 2, 3}}
	q.Format = json.RawMessage(`{"type":"object"}`)
	q.Seed = 4
	reply, err := c.Chat(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"model": "m", "truncate": false, "shift": false, "think": false, "keep_alive": -1.0, "format": map[string]any{"type": "object"},
		"messages": []any{map[string]any{"role": "user", "content": "see [ img-3] < |im_start|>", "images": []any{"AQID"}}},
		"options": map[string]any{
			"num_ctx": 8192.0, "num_batch": 512.0, "num_thread": 3.0, "num_predict": 512.0, "temperature": 0.0, "seed": 4.0,
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("sent %v\nwant %v", got, want)
	}
	u := reply.Usage
	if reply.Text != "hihi" || u.ModelCalls != 1 || u.PromptTokens != 7 || u.AnswerTokens != 1 || u.Images != 1 || u.ModelTime != 5 || u.Wall <= 0 {
		t.Fatalf("reply %+v", reply)
	}
	if !reply.Cut {
		t.Fatal("7 tokens for a picture and nothing looked cut")
	}
}

func TestBudgetRefusesBeforeSending(t *testing.T) {
	sent := 0
	c := at(t, inference.Options{Profile: inference.Profile{NumCtx: 2048}}, func(w http.ResponseWriter, r *http.Request) {
		sent++
		io.WriteString(w, token+strings.Replace(stop, `"prompt_eval_count":7`, `"prompt_eval_count":1000`, 1))
	})
	if _, err := c.Chat(t.Context(), say(strings.Repeat("x", 6000))); !errors.Is(err, inference.ErrContext) || sent != 0 {
		t.Fatalf("Chat = %v after %d requests", err, sent)
	}
	fits := say(strings.Repeat("x", 2000))
	if _, err := c.Chat(t.Context(), fits); err != nil {
		t.Fatal(err)
	}
	// Now it is known that two bytes are a token, so that what would have passed before does not.
	if _, err := c.Chat(t.Context(), say(strings.Repeat("x", 3500))); !errors.Is(err, inference.ErrContext) || sent != 1 {
		t.Fatalf("Chat = %v after %d requests", err, sent)
	}
}

func TestSlowModels(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.URL.Query().Get("talk") != "" {
			io.WriteString(w, token)
		}
		<-r.Context().Done()
	}
	c := at(t, inference.Options{FirstToken: 20 * time.Millisecond}, hang)
	if _, err := c.Chat(t.Context(), say("hello")); !errors.Is(err, inference.ErrSlow) {
		t.Fatalf("no first token: %v", err)
	}
	c = at(t, inference.Options{Idle: 20 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, token)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	if _, err := c.Chat(t.Context(), say("hello")); !errors.Is(err, inference.ErrSlow) {
		t.Fatalf("no second token: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the task was cancelled")
	time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
	if _, err := at(t, inference.Options{}, hang).Chat(ctx, say("hello")); !errors.Is(err, why) {
		t.Fatalf("cancelled: %v", err)
	}
}

func TestTasksTakeTurns(t *testing.T) {
	arrived, answer := make(chan string), make(chan struct{})
	c := at(t, inference.Options{}, func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Messages []struct{ Content string } }
		json.NewDecoder(r.Body).Decode(&q)
		arrived <- q.Messages[0].Content
		<-answer
		io.WriteString(w, token+stop)
	})
	done := make(chan error)
	line := func() int { return len(c.Queue()) }
	call := func(ctx context.Context, task, text string) {
		before := line()
		go func() {
			q := say(text)
			q.Task = task
			_, err := c.Chat(ctx, q)
			done <- err
		}()
		for line() == before {
			runtime.Gosched()
		}
	}
	call(t.Context(), "a", "a1")
	if got := <-arrived; got != "a1" {
		t.Fatal(got)
	}
	gone, leave := context.WithCancel(t.Context())
	for _, text := range []string{"a2", "a3", "b1"} {
		call(t.Context(), text[:1], text)
	}
	call(gone, "b", "b2")
	call(t.Context(), "c", "c1")
	var order []string
	for _, w := range c.Queue() {
		order = append(order, fmt.Sprint(w.Position, w.Task))
	}
	if want := "[0a 1b 2c 3a 4b 5a]"; fmt.Sprint(order) != want {
		t.Fatalf("queue %v, want %v", order, want)
	}
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) || line() != 5 {
		t.Fatalf("left with %v, %d are in line", err, line())
	}
	var served []string
	for range 4 {
		answer <- struct{}{}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		served = append(served, <-arrived)
	}
	answer <- struct{}{}
	if err := <-done; err != nil || line() != 0 {
		t.Fatalf("%v, %d are in line", err, line())
	}
	if want := "[b1 c1 a2 a3]"; fmt.Sprint(served) != want {
		t.Fatalf("served %v, want %v", served, want)
	}
}

func TestJobsMustSaySuccess(t *testing.T) {
	answer := ""
	c := at(t, inference.Options{}, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answer) })
	var told []inference.Progress
	pull := func() error {
		told = nil
		return c.Pull(t.Context(), "m", func(p inference.Progress) { told = append(told, p) })
	}
	answer = `{"status":"pulling manifest"}` + "\n" + `{"status":"pulling abc","digest":"sha256:abc","total":10,"completed":4}` + "\n"
	if err := pull(); !errors.Is(err, inference.ErrQuietEnd) {
		t.Fatalf("a pull that broke off: %v", err)
	}
	if want := (inference.Progress{Status: "pulling abc", Digest: "sha256:abc", Total: 10, Completed: 4}); len(told) != 2 || told[1] != want {
		t.Fatalf("told %v", told)
	}
	answer += `{"status":"success"}` + "\n"
	if err := pull(); err != nil {
		t.Fatal(err)
	}
	answer = `{"error":"pull model manifest: file does not exist"}` + "\n"
	if err := pull(); !errors.Is(err, inference.ErrNoModel) {
		t.Fatalf("an unknown model: %v", err)
	}
}

func TestEmbedChecksItsVectors(t *testing.T) {
	answer := ""
	c := at(t, inference.Options{}, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answer) })
	answer = `{"embeddings":[[1,0],[0,1]]}`
	if v, err := c.Embed(t.Context(), "e", "", []string{"a", "b"}); err != nil || !reflect.DeepEqual(v, [][]float32{{1, 0}, {0, 1}}) {
		t.Fatalf("Embed = %v, %v", v, err)
	}
	for _, answer = range []string{`{"embeddings":[[1,0]]}`, `{"embeddings":[[1,0],[1]]}`, `{"embeddings":[[],[]]}`, `nonsense`} {
		if _, err := c.Embed(t.Context(), "e", "", []string{"a", "b"}); !errors.Is(err, inference.ErrProtocol) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestMissingBinary(t *testing.T) {
	c, err := inference.New(inference.Options{Binary: "/nowhere/ollama", Dir: t.TempDir(), Self: self(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); !errors.Is(err, inference.ErrNoBinary) || !strings.Contains(err.Error(), "/nowhere/ollama") {
		t.Fatalf("Run = %v", err)
	}
}

func TestABinaryThatDiesAtOnceIsAnError(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "ollama")
	if err := os.WriteFile(bad, []byte("#!/bin/sh\necho no such device\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := inference.New(inference.Options{Binary: bad, Dir: dir, Self: self(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Run(t.Context())
	if !errors.Is(err, inference.ErrUnreachable) || !strings.Contains(err.Error(), "no such device") {
		t.Fatalf("Run = %v", err)
	}
}

func TestAColdModelHasALimitOfItsOwn(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"messages":[]`) {
			<-time.After(120 * time.Millisecond)
			io.WriteString(w, `{"message":{"content":""},"done":true,"done_reason":"load","load_duration":120000000}`)
			return
		}
		io.WriteString(w, token+stop)
	}))
	defer slow.Close()
	for limit, want := range map[time.Duration]error{0: nil, 30 * time.Millisecond: inference.ErrSlow} {
		c, err := inference.New(inference.Options{Endpoint: slow.URL, FirstToken: 50 * time.Millisecond, Load: limit})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			reply, err := c.Chat(t.Context(), say("hello"))
			if !errors.Is(err, want) {
				t.Fatalf("limit %v: %v", limit, err)
			}
			if want == nil && (reply.Load > 0) != (i == 0) {
				t.Errorf("call %d took %v to load", i, reply.Load)
			}
		}
		c.Close()
		slow.CloseClientConnections()
	}
}
