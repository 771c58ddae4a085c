package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/browser/browsertest"
	"chiron/client"
	"chiron/cmd/exit"
	"chiron/step"
)

// left returns the processes that still belong to a home: those of a tree that was seen, and any whose command line or
// environment names the home.
func (h *home) left(t *testing.T, tree []browsertest.Process) []string {
	t.Helper()
	var found []string
	for _, p := range tree {
		if alive(p.PID) {
			found = append(found, fmt.Sprintf("%d %v", p.PID, p.Args[:min(2, len(p.Args))]))
		}
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err != nil || pid == os.Getpid() || !alive(pid) {
			continue
		}
		for _, name := range []string{"cmdline", "environ"} {
			text, err := os.ReadFile(filepath.Join("/proc", e.Name(), name))
			if err == nil && bytes.Contains(text, []byte(h.dir)) {
				found = append(found, e.Name()+" "+string(bytes.ReplaceAll(text[:min(80, len(text))], []byte{0}, []byte{' '})))
				break
			}
		}
	}
	return found
}

// alive reports whether a process exists and is not a mere entry that waits for its parent.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')'):]), " ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// mustVanish waits until nothing of a home runs any more.
func (h *home) mustVanish(t *testing.T, tree []browsertest.Process) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(15 * time.Second); ; <-tick.C {
		left := h.left(t, tree)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d processes are left:\n%s", len(left), strings.Join(left, "\n"))
		}
	}
}

// profiles are Chromium's directories in a home's temporary directory.
func (h *home) profiles(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(h.tmp, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// busy starts the program, gives it a task that has read a page by OCR and waits for an answer with its session
// open, and returns its processes.
func (h *home) busy(t *testing.T, o *order) (*process, []browsertest.Process) {
	t.Helper()
	p := h.start(t, "chiron")
	earlier, err := p.c.List(t.Context(), client.Filter{Status: []step.Status{step.Queued, step.Running, step.Waiting}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range earlier.Tasks { // they would hold the workers
		if err := p.c.Cancel(t.Context(), s.Task.ID, "another round"); err != nil {
			t.Fatal(err)
		}
	}
	task := o.task()
	task.Source = step.SourcePixels
	history(t, p.c, create(t, p.c, task), asks)
	tree := browsertest.Tree(t, p.cmd.Process.Pid)
	for _, name := range []string{"chromium", "ollama", "guard", "tesseract"} {
		if !slices.ContainsFunc(tree, func(p browsertest.Process) bool { return strings.Contains(strings.Join(p.Args, " "), name) }) {
			t.Fatalf("there is no %s among %d processes", name, len(tree))
		}
	}
	return p, tree
}

// Nothing outlives the program. That the harness sees what a missing guard leaves is shown where the guard is:
// TestControlWithoutGuard in room guard.
func TestNothingOutlivesTheProgram(t *testing.T) {
	world, place := newOrder(t), newHome(t)
	for round := range count(t, "CHIRON_TEST_ROUNDS", 3) {
		p, tree := place.busy(t, world)
		p.end(t, syscall.SIGKILL)
		place.mustVanish(t, tree)

		p, tree = place.busy(t, world)
		if n := len(place.profiles(t)); n != 1 {
			t.Fatalf("round %d: %d profile directories: the one of the killed program was not swept", round, n)
		}
		if code := p.end(t, syscall.SIGTERM); code != 0 {
			t.Fatalf("round %d: SIGTERM ended it with %d:\n%s", round, code, p.out)
		}
		if left := place.left(t, tree); len(left) != 0 {
			t.Fatalf("round %d: after SIGTERM %d processes are left:\n%s", round, len(left), strings.Join(left, "\n"))
		}
		if left := place.profiles(t); len(left) != 0 {
			t.Fatalf("round %d: after SIGTERM there still is %v", round, left)
		}
	}
}

func TestNothingOutlivesAFailedStart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	broken := map[string]string{
		"busy port":        "CHIRON_LISTEN=" + l.Addr().String(),
		"missing Chromium": "CHIRON_BROWSER_CHROMIUM=/nowhere/chromium",
		"broken Chromium":  "CHIRON_BROWSER_CHROMIUM=/bin/false",
		"broken Ollama":    "CHIRON_INFERENCE_OLLAMA=/bin/false",
		"unwritable data":  "CHIRON_DATA=/proc/version/data",
	}
	for range count(t, "CHIRON_TEST_ROUNDS", 1) {
		for name, setting := range broken {
			place := newHome(t)
			place.extra = []string{setting}
			p := place.launch(t, "chiron", "serve")
			if code := p.wait(t); code != exit.Failed {
				t.Errorf("%s: exit code %d:\n%s", name, code, p.out)
			}
			if left := place.left(t, nil); len(left) != 0 {
				t.Errorf("%s: left running:\n%s", name, strings.Join(left, "\n"))
			}
			if left := place.profiles(t); len(left) != 0 {
				t.Errorf("%s: left behind: %v", name, left)
			}
			t.Logf("%s:\n%s", name, p.out)
		}
	}
}
