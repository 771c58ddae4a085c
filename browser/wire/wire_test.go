package wire_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"chiron/browser/wire"

	"github.com/go-rod/rod/lib/cdp"
	"github.com/go-rod/rod/lib/proto"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type nothing struct{ io.Writer }

func (nothing) Close() error { return nil }

// peer is a Chromium made of two channels.
type peer struct {
	sent chan string
	says chan string
}

func (p *peer) Send(data []byte) error { p.sent <- string(data); return nil }
func (p *peer) Read() ([]byte, error) {
	s, ok := <-p.says
	if !ok {
		return nil, io.EOF
	}
	return []byte(s), nil
}

func connect(t *testing.T) (*wire.Conn, *peer) {
	t.Helper()
	p := &peer{sent: make(chan string, 10), says: make(chan string, 10)}
	c := wire.NewConn(p, nil)
	done := make(chan error, 1)
	go func() { done <- c.Run() }()
	t.Cleanup(func() {
		close(p.says)
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if _, err := c.Call(context.Background(), "", "X.y", nil); !errors.Is(err, wire.ErrClosed) {
			t.Errorf("call after the end: %v", err)
		}
	})
	return c, p
}

func TestAnswersFindTheirCalls(t *testing.T) {
	c, p := connect(t)
	one, two := c.Begin("", "A.one", nil), c.Begin("s", "A.two", proto.PageReload{})
	if got := <-p.sent; got != `{"id":1,"method":"A.one"}` {
		t.Fatalf("sent %s", got)
	}
	if got := <-p.sent; got != `{"id":2,"sessionId":"s","method":"A.two","params":{}}` {
		t.Fatalf("sent %s", got)
	}
	p.says <- `{"id":2,"error":{"code":-1,"message":"no"}}`
	p.says <- `{"id":7,"result":{}}`
	p.says <- `not JSON`
	p.says <- `{"id":1,"result":{"a":1}}`
	if data, err := one(t.Context()); err != nil || string(data) != `{"a":1}` {
		t.Fatalf("one: %s %v", data, err)
	}
	var refused *cdp.Error
	if _, err := two(t.Context()); !errors.As(err, &refused) || refused.Message != "no" {
		t.Fatalf("two: %v", err)
	}
}

func TestSilenceHasAnEnd(t *testing.T) {
	c, p := connect(t)
	v := c.View("ctx", time.Millisecond)
	defer v.Close()
	if _, err := v.Call(t.Context(), "", "A.one", nil); !errors.Is(err, wire.ErrDeadline) {
		t.Fatalf("call: %v", err)
	}
	<-p.sent
	p.says <- `{"id":1,"result":{}}` // too late: nobody minds
}

func TestViewsSeeTheirOwn(t *testing.T) {
	c, p := connect(t)
	a, b := c.View("A", time.Second), c.View("B", time.Second)
	defer b.Close()
	p.says <- `{"method":"Target.attachedToTarget","params":{"sessionId":"sa","targetInfo":{"targetId":"ta","browserContextId":"A"}}}`
	p.says <- `{"method":"Target.attachedToTarget","params":{"sessionId":"sb","targetInfo":{"targetId":"tb","browserContextId":"B"}}}`
	p.says <- `{"method":"Page.loadEventFired","sessionId":"sb","params":{}}`
	p.says <- `{"method":"Target.attachedToTarget","sessionId":"sb","params":{"sessionId":"sw","targetInfo":{"targetId":"tw"}}}`
	p.says <- `{"method":"Runtime.x","sessionId":"sw","params":{}}`
	p.says <- `{"method":"Target.targetDestroyed","params":{"targetId":"tb"}}`
	if e := <-a.Event(); e.Method != "Target.attachedToTarget" || !strings.Contains(string(e.Params), "ta") {
		t.Fatalf("A saw %s %s", e.Method, e.Params)
	}
	for _, want := range []string{"Target.attachedToTarget", "Page.loadEventFired", "Target.attachedToTarget", "Runtime.x", "Target.targetDestroyed"} {
		if e := <-b.Event(); e.Method != want {
			t.Fatalf("B saw %s, want %s", e.Method, want)
		}
	}
	// rod's own wish to attach is granted by the session that is there already.
	data, err := a.Call(t.Context(), "", "Target.attachToTarget", proto.TargetAttachToTarget{TargetID: "ta"})
	if err != nil || string(data) != `{"sessionId":"sa"}` {
		t.Fatalf("attach: %s %v", data, err)
	}
	a.Close()
	p.says <- `{"method":"Page.loadEventFired","sessionId":"sa","params":{}}`
	if e, ok := <-a.Event(); ok {
		t.Fatalf("a closed view saw %s", e.Method)
	}
}

func TestStrangersAreLetGo(t *testing.T) {
	_, p := connect(t)
	p.says <- `{"method":"Target.attachedToTarget","params":{"sessionId":"s","waitingForDebugger":true,"targetInfo":{"targetId":"t","browserContextId":"?"}}}`
	if got := <-p.sent; !strings.Contains(got, `"sessionId":"s","method":"Runtime.runIfWaitingForDebugger"`) {
		t.Fatalf("sent %s", got)
	}
}

func TestPipeSeparatesMessages(t *testing.T) {
	var out bytes.Buffer
	long := strings.Repeat("x", 1<<20)
	p := wire.NewPipe(io.NopCloser(strings.NewReader("a\x00\x00"+long+"\x00cut")), nothing{&out})
	for _, want := range []string{"a", "", long} {
		if got, err := p.Read(); err != nil || string(got) != want {
			t.Fatalf("read %d bytes, %v; want %d", len(got), err, len(want))
		}
	}
	if _, err := p.Read(); !errors.Is(err, io.EOF) {
		t.Fatalf("the cut message: %v", err)
	}
	if err := p.Send([]byte("{}")); err != nil || out.String() != "{}\x00" {
		t.Fatalf("sent %q, %v", out.String(), err)
	}
	if err := p.Send([]byte("a\x00b")); err == nil {
		t.Fatal("a NUL byte was sent inside a message")
	}
}

func TestSendGivesUpOnADeafChromium(t *testing.T) {
	p, ends, err := wire.OpenPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, f := range ends {
			f.Close()
		}
	}()
	begun := time.Now()
	if err := p.Send(bytes.Repeat([]byte("x"), 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("nobody reads: %v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Fatalf("it took %s", took)
	}
	if err := p.Send([]byte("{}")); err == nil {
		t.Fatal("a message was sent behind half a message")
	}
	if _, err := p.Read(); !errors.Is(err, io.EOF) {
		t.Fatalf("the reader goes on: %v", err)
	}
}

func FuzzConn(f *testing.F) {
	f.Add([]byte(`{"id":1,"result":{}}` + "\x00" + `{"method":"Target.attachedToTarget","params":{"sessionId":"s","targetInfo":{}}}` + "\x00"))
	f.Add([]byte(`{"method":"Target.targetDestroyed","params":null}` + "\x00" + `[]` + "\x00\x00" + `{"id":"x"}` + "\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := wire.NewConn(wire.NewPipe(io.NopCloser(bytes.NewReader(data)), nothing{io.Discard}), nil)
		v := c.View("", time.Millisecond)
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			for range v.Event() {
			}
		}()
		c.Run()
		<-drained
	})
}
