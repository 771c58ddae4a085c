package guard_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"chiron/guard"
)

// testUID is a user that exists on no machine.
const testUID = 64123

func TestProbe(t *testing.T) {
	if err := guard.Probe(t.Context(), self(t)); err != nil {
		t.Fatalf("isolation is not possible here: %v", err)
	}
	if err := guard.Probe(t.Context(), []string{"/bin/true"}); err == nil {
		t.Fatal("Probe believed a stranger")
	}
}

// reach is a script that tries to open a TCP connection to each address and tells which ones answered.
func reach(addrs ...string) string {
	var b strings.Builder
	for _, a := range addrs {
		host, port, _ := net.SplitHostPort(a)
		fmt.Fprintf(&b, "if (exec 9<>/dev/tcp/%s/%s) 2>/dev/null; then echo %s; fi\n", host, port, a)
	}
	return b.String()
}

func outsideAddr(t *testing.T) string {
	t.Helper()
	ifaces, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range ifaces {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	return "127.0.0.2" // a machine with nothing but loopback
}

func TestNothingButTheRelayAnswersInside(t *testing.T) {
	host := outsideAddr(t)
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: http.NotFoundHandler()}}
	srv.Start()
	defer srv.Close()
	port := ln.Addr().(*net.TCPAddr).Port
	loopback, routed := fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf("%s:%d", host, port)

	run := func(isolate bool) string {
		go1R, go1W := pipe(t)
		var out bytes.Buffer
		spec := sh(t, "")
		spec.Isolate, spec.UID, spec.GID = isolate, testUID, testUID
		spec.Stdout, spec.Files = &out, []*os.File{go1R}
		// The script comes over fd 3, once the relay's port is known.
		spec.Args = []string{"-c", `eval "$(cat <&3)"`}
		child, err := guard.Start(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		relay, err := child.Relay(0)
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			for {
				conn, err := relay.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
		relayed := relay.Addr().String()
		io.WriteString(go1W, reach(loopback, routed, relayed))
		go1W.Close()
		if err := child.Wait(); err != nil {
			t.Error(err)
		}
		<-served
		return strings.ReplaceAll(out.String(), relayed, "relay")
	}
	if got := run(true); got != "relay\n" {
		t.Fatalf("inside, these answered: %q, want the relay alone", got)
	}
	if got, want := run(false), loopback+"\n"+routed+"\nrelay\n"; got != want {
		t.Fatalf("control without isolation: %q, want %q", got, want)
	}
}

func TestChildHasNoPrivileges(t *testing.T) {
	for _, isolate := range []bool{false, true} {
		var out bytes.Buffer
		spec := sh(t, `id -u; id -g; id -G; grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/self/status | tr -d '\t'`)
		spec.Isolate, spec.UID, spec.GID, spec.Stdout = isolate, testUID, testUID, &out
		child, err := guard.Start(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); err != nil {
			t.Fatal(err)
		}
		none := "0000000000000000\n"
		want := "CapInh:" + none + "CapPrm:" + none + "CapEff:" + none + "CapAmb:" + none + "NoNewPrivs:1\n"
		if os.Geteuid() == 0 {
			want = strings.Repeat(fmt.Sprintln(testUID), 3) + want
		}
		if !strings.HasSuffix(out.String(), want) {
			t.Fatalf("isolate %t: %s\nwant %s", isolate, out.String(), want)
		}
	}
}

// insider is an isolated shell that tries loopback ports on request.
type insider struct {
	*guard.Child
	orders, answers *os.File
}

func newInsider(t *testing.T) insider {
	t.Helper()
	r, orders := pipe(t)
	answers, told := pipe(t)
	spec := sh(t, `while read line <&3; do eval "$line" >&4; done`)
	spec.Isolate, spec.UID, spec.GID = true, testUID, testUID
	spec.Files = []*os.File{r, told}
	child, err := guard.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	told.Close()
	return insider{child, orders, answers}
}

// dial returns what the port inside says, or "refused".
func (i insider) dial(port int) string {
	fmt.Fprintf(i.orders, "(exec 9<>/dev/tcp/127.0.0.1/%d && cat <&9) 2>/dev/null || echo refused\n", port)
	i.answers.SetReadDeadline(time.Now().Add(orphanWait))
	b := make([]byte, 64)
	n, _ := i.answers.Read(b)
	return strings.TrimSpace(string(b[:n]))
}

func (i insider) relay(t *testing.T) net.Listener {
	t.Helper()
	ln, err := i.Relay(0)
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func TestRelaysOpenAndCloseAtRunTime(t *testing.T) {
	in := newInsider(t)
	defer in.Stop(t.Context())
	for i := range 20 {
		one := in.relay(t)
		port := one.Addr().(*net.TCPAddr).Port
		if _, err := in.Relay(port); err == nil {
			t.Fatal("a port was given out twice")
		}
		go func() {
			if conn, err := one.Accept(); err == nil {
				fmt.Fprintf(conn, "hello %d\n", i)
				conn.Close()
			}
		}()
		if got, want := in.dial(port), fmt.Sprintf("hello %d", i); got != want {
			t.Fatalf("inside: %q, want %q", got, want)
		}
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
		two := in.relay(t) // orders are obeyed in turn, so the first relay is closed when this one is open
		if got := in.dial(port); got != "refused" {
			t.Fatalf("closed relay answered %q", got)
		}
		two.Close()
	}
}

func TestRelaysEndWithTheChild(t *testing.T) {
	in := newInsider(t)
	last := in.relay(t)
	if err := in.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := last.Accept(); err != net.ErrClosed {
		t.Fatalf("Accept after the end = %v", err)
	}
	if _, err := in.Relay(0); !errors.Is(err, guard.ErrStopped) {
		t.Fatalf("Relay after the end = %v", err)
	}
}

func TestNoOrphanOutOfANamespace(t *testing.T) {
	for range 10 {
		r, w := pipe(t)
		spec := treeSpec(self(t), w)
		spec.Isolate, spec.UID, spec.GID = true, testUID, testUID
		child, err := guard.Start(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		w.Close()
		family(t, r)
		if err := child.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !allGone(r, orphanWait) {
			t.Fatal("a process outlived Stop")
		}
	}
}
