package guard_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"chiron/guard"
)

const chromium = "/usr/lib/chromium/chromium"

// devtools speaks the DevTools protocol over a pipe: JSON texts ended by a zero byte.
type devtools struct {
	t  *testing.T
	w  io.Writer
	r  *bufio.Reader
	id int
}

func (d *devtools) call(session, method string, params any, into any) {
	d.t.Helper()
	d.id++
	b, err := json.Marshal(map[string]any{"id": d.id, "sessionId": session, "method": method, "params": params})
	if err != nil {
		d.t.Fatal(err)
	}
	if session == "" {
		b = bytes.Replace(b, []byte(`,"sessionId":""`), nil, 1)
	}
	if _, err := d.w.Write(append(b, 0)); err != nil {
		d.t.Fatal(err)
	}
	for {
		b, err := d.r.ReadBytes(0)
		if err != nil {
			d.t.Fatalf("%s: %v", method, err)
		}
		var m struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(b[:len(b)-1], &m); err != nil {
			d.t.Fatal(err)
		}
		if m.ID != d.id {
			continue
		}
		if m.Error != nil {
			d.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if into != nil {
			if err := json.Unmarshal(m.Result, into); err != nil {
				d.t.Fatal(err)
			}
		}
		return
	}
}

// startChromium runs the real browser, isolated and unprivileged, with its own sandbox on.
func startChromium(t *testing.T) (*guard.Child, *devtools) {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Fatalf("%v: run `make setup`", err)
	}
	// Not t.TempDir: Chromium puts a socket below it, whose whole path may have 107 bytes.
	profile, err := os.MkdirTemp("", "guard")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(profile) })
	if os.Geteuid() == 0 {
		if err := os.Chown(profile, testUID, testUID); err != nil {
			t.Fatal(err)
		}
	}
	in, toBrowser := pipe(t)
	fromBrowser, out := pipe(t)
	var stderr bytes.Buffer
	child, err := guard.Start(t.Context(), guard.Spec{
		Self: self(t), Path: chromium,
		Args: []string{
			"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + profile, "--no-first-run",
			"--disable-gpu", "--disable-background-networking", "--disable-component-update",
		},
		Env:   []string{"PATH=/usr/bin:/bin", "HOME=" + profile, "TMPDIR=" + profile},
		Files: []*os.File{in, out}, Stderr: &stderr,
		UID: testUID, GID: testUID, Isolate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	t.Cleanup(func() {
		child.Stop(context.Background())
		if t.Failed() {
			t.Logf("chromium: %s", stderr.String())
		}
	})
	fromBrowser.SetReadDeadline(time.Now().Add(60 * time.Second))
	return child, &devtools{t: t, w: toBrowser, r: bufio.NewReader(fromBrowser)}
}

// TestChromiumRunsIsolatedWithItsSandbox is the reason for Isolate: the DevTools pipe on fd 3 and 4, and a page that comes
// through a relay.
func TestChromiumRunsIsolatedWithItsSandbox(t *testing.T) {
	child, d := startChromium(t)
	relay, err := child.Relay(0)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "<title>through the relay</title>")
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(relay) }()
	defer func() { srv.Close(); <-served }()

	var target struct{ TargetID string }
	d.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	d.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	d.call(attached.SessionID, "Page.enable", nil, nil)
	d.call(attached.SessionID, "Page.navigate", map[string]any{"url": "http://" + relay.Addr().String() + "/"}, nil)
	var got struct{ Result struct{ Value string } }
	for deadline := time.Now().Add(20 * time.Second); got.Result.Value != "through the relay"; {
		if time.Now().After(deadline) {
			t.Fatalf("title is %q", got.Result.Value)
		}
		d.call(attached.SessionID, "Runtime.evaluate", map[string]any{"expression": "document.title"}, &got)
	}
	if n := sandboxed(t, child.PID()); n == 0 {
		t.Fatal("no renderer runs in the browser's own sandbox")
	}
}

// sandboxed counts renderers below browser whose user namespace is not the browser's.
func sandboxed(t *testing.T, browser int) int {
	t.Helper()
	userNS := func(pid int) string { s, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/user", pid)); return s }
	procs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, p := range procs {
		pid, err := strconv.Atoi(p.Name())
		cmd, _ := os.ReadFile("/proc/" + p.Name() + "/cmdline")
		if err != nil || !strings.Contains(string(cmd), "--type=renderer") {
			continue
		}
		up := parentOf(t, pid)
		for up > 1 && up != browser {
			up = parentOf(t, up)
		}
		if ns := userNS(pid); up == browser && ns != "" && ns != userNS(browser) {
			count++
		}
	}
	return count
}
