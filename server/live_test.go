package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"chiron/client"
	"chiron/step"
)

type frameHead struct {
	N       uint64    `json:"n"`
	MIME    string    `json:"mime"`
	Size    step.Size `json:"size"`
	Dropped uint64    `json:"dropped"`
}

type viewer struct {
	t    testing.TB
	conn *websocket.Conn
}

func (d *door) watch(task string, header map[string]string) (*viewer, *http.Response, error) {
	d.t.Helper()
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	conn, res, err := websocket.Dial(soon(d.t), strings.Replace(d.url, "http", "ws", 1)+"/v1/tasks/"+task+"/live",
		&websocket.DialOptions{HTTPHeader: h, HTTPClient: &http.Client{Transport: transport(d.t)}})
	if err != nil {
		return nil, res, err
	}
	d.t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(64 << 20)
	return &viewer{d.t, conn}, res, nil
}

func (v *viewer) frame(ctx context.Context) (frameHead, []byte) {
	v.t.Helper()
	kind, text, err := v.conn.Read(ctx)
	if err != nil || kind != websocket.MessageText {
		v.t.Fatalf("head: %v %v", kind, err)
	}
	var h frameHead
	if err := json.Unmarshal(text, &h); err != nil {
		v.t.Fatal(err)
	}
	kind, data, err := v.conn.Read(ctx)
	if err != nil || kind != websocket.MessageBinary {
		v.t.Fatalf("frame: %v %v", kind, err)
	}
	return h, data
}

func (v *viewer) ack(ctx context.Context, n uint64) {
	v.t.Helper()
	data, _ := json.Marshal(map[string]uint64{"ack": n})
	if err := v.conn.Write(ctx, websocket.MessageText, data); err != nil {
		v.t.Fatal(err)
	}
}

func frame(n byte) step.Frame {
	data := bytes.Repeat([]byte{n}, 100<<10)
	return step.Frame{Hash: step.PictureHash(data), MIME: "image/jpeg", Size: step.Viewport(), At: time.Now().UTC(), Data: data}
}

// viewers waits until as many look on.
func (d *door) viewers(ctx context.Context, counts <-chan int, want int) {
	d.t.Helper()
	for {
		select {
		case n := <-counts:
			if n == want {
				return
			}
		case <-ctx.Done():
			d.t.Fatalf("there were never %d viewers", want)
		}
	}
}

// TestSlowWatcher shows that a viewer who stands still costs the work and the other viewers nothing, and gets the newest
// frame, not the oldest, when it comes back.
func TestSlowWatcher(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.create(goal("x")).Task.ID
	counts := d.journal.Viewers(id)
	slow, _, err := d.watch(id, d.bearer())
	if err != nil {
		t.Fatal(err)
	}
	quick, _, err := d.watch(id, d.bearer())
	if err != nil {
		t.Fatal(err)
	}
	d.viewers(ctx, counts, 2)
	d.journal.PublishFrame(id, frame(1))
	if h, data := slow.frame(ctx); h.N != 1 || h.MIME != "image/jpeg" || h.Size != step.Viewport() || data[0] != 1 {
		t.Fatalf("first frame %+v %d", h, data[0])
	}
	quick.frame(ctx)
	quick.ack(ctx, 1)
	for n := byte(2); n <= 60; n++ { // slow has acknowledged nothing, and gets nothing
		began := time.Now()
		d.journal.PublishFrame(id, frame(n))
		if took := time.Since(began); took > time.Second {
			t.Fatalf("publishing took %v", took)
		}
		if h, data := quick.frame(ctx); data[0] != n {
			t.Fatalf("the quick viewer got frame %d as %+v, not %d", data[0], h, n)
		}
		quick.ack(ctx, uint64(n))
	}
	slow.ack(ctx, 1)
	h, data := slow.frame(ctx)
	for data[0] >= 50 && data[0] < 60 { // the last ones may still have been on their way to this viewer
		slow.ack(ctx, h.N)
		h, data = slow.frame(ctx)
	}
	if lost := h.Dropped + d.journal.FramesDropped(); data[0] != 60 || h.N+lost != 60 {
		t.Errorf("the slow viewer got frame %d as %+v; want the newest, 60, and all others counted as lost, not %d", data[0], h, lost)
	}
	if err := slow.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	if err := quick.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	d.viewers(ctx, counts, 0)
}

func TestLiveIsGuarded(t *testing.T) {
	d := openDoor(t, nil)
	id := d.create(goal("x")).Task.ID
	foreign := d.bearer()
	foreign["Origin"] = "https://evil.example"
	for name, c := range map[string]struct {
		task   string
		header map[string]string
		want   int
	}{
		"no key":        {id, nil, http.StatusUnauthorized},
		"other origin":  {id, foreign, http.StatusForbidden},
		"their cookie":  {id, map[string]string{"Cookie": d.signIn(), "Origin": "http://127.0.0.1:1"}, http.StatusForbidden},
		"own page":      {id, map[string]string{"Cookie": d.signIn(), "Origin": d.url}, http.StatusSwitchingProtocols},
		"unknown task":  {"nobody", d.bearer(), http.StatusNotFound},
		"other program": {id, d.bearer(), http.StatusSwitchingProtocols},
	} {
		_, res, err := d.watch(c.task, c.header)
		if res == nil || res.StatusCode != c.want {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
}

func TestLiveEndsWithTheServer(t *testing.T) {
	d := openDoor(t, nil)
	id := d.create(goal("x")).Task.ID
	v, _, err := d.watch(id, d.bearer())
	if err != nil {
		t.Fatal(err)
	}
	d.viewers(soon(t), d.journal.Viewers(id), 1)
	told := make(chan error, 1)
	go func() {
		_, _, err := v.conn.Read(soon(t))
		told <- err
	}()
	began := time.Now()
	d.shut()
	var gone websocket.CloseError
	if err := <-told; !errors.As(err, &gone) || gone.Code != websocket.StatusGoingAway {
		t.Errorf("the viewer was told %v", err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("the end took %v", took)
	}
}

// TestClientWatches shows that the Go client gets the newest picture each time it is free, and is told what became of the rest.
func TestClientWatches(t *testing.T) {
	d := openDoor(t, nil)
	ctx := soon(t)
	id := d.create(goal("x")).Task.ID
	counts := d.journal.Viewers(id)
	seen, free, told := make(chan byte), make(chan struct{}), make(chan error, 1)
	var lost uint64
	go func() {
		told <- d.client.Live(ctx, id, func(f step.Frame, dropped uint64) error {
			if f.MIME != "image/jpeg" || f.Size != step.Viewport() || f.At.IsZero() {
				return fmt.Errorf("frame %+v", f)
			}
			lost = dropped
			seen <- f.Data[0]
			<-free
			return nil
		})
	}()
	d.viewers(ctx, counts, 1)
	d.journal.PublishFrame(id, frame(1))
	if n := <-seen; n != 1 {
		t.Fatalf("first picture %d", n)
	}
	for n := byte(2); n <= 5; n++ {
		d.journal.PublishFrame(id, frame(n))
	}
	free <- struct{}{}
	last := byte(0)
	for last != 5 { // the server may have had an older one in its hand
		last = <-seen
		free <- struct{}{}
	}
	if lost+d.journal.FramesDropped() > 3 {
		t.Errorf("%d frames lost of 5", lost)
	}
	d.shut()
	if err := <-told; err != nil {
		t.Errorf("the end of the server: %v", err)
	}
	if err := d.client.Live(ctx, "nobody", nil); err == nil {
		t.Error("a server that is gone shows pictures")
	}
	d = openDoor(t, nil)
	if err := d.client.Live(ctx, "nobody", nil); client.StatusOf(err) != http.StatusNotFound {
		t.Errorf("an unknown task: %v", err)
	}
	stop := errors.New("enough")
	id = d.create(goal("x")).Task.ID
	counts = d.journal.Viewers(id)
	go func() { told <- d.client.Live(ctx, id, func(step.Frame, uint64) error { return stop }) }()
	d.viewers(ctx, counts, 1)
	d.journal.PublishFrame(id, frame(1))
	if err := <-told; !errors.Is(err, stop) {
		t.Errorf("its own error: %v", err)
	}
	d.viewers(ctx, counts, 0)
}
