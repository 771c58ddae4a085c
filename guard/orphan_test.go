package guard_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/guard"
)

const (
	rounds = 50
	// treeSize is the number of processes of the tree, each of which tells its number on fd 3 and keeps fd 3 open.
	treeSize = 5
	// tree is a child with a plain grandchild, a grandchild in a session of its own, a double fork whose middle is gone,
	// and one that ignores SIGTERM.
	tree = `
say() { echo $1 >&3; }
sh -c 'echo $$ >&3; exec sleep 1000' &
setsid sh -c 'echo $$ >&3; exec sleep 1000' &
(setsid sh -c 'echo $$ >&3; exec sleep 1000' &)
sh -c 'trap "" TERM; echo $$ >&3; while :; do sleep 1000; done' &
say $$
exec sleep 1000`
	orphanWait = 10 * time.Second
)

func treeSpec(self []string, w *os.File) guard.Spec {
	return guard.Spec{
		Self: self, Path: "/bin/sh", Args: []string{"-c", tree}, Env: []string{"PATH=/usr/bin:/bin"},
		Files: []*os.File{w}, Grace: 50 * time.Millisecond,
	}
}

// parent is a process that starts the tree, with or without guard, and waits to be killed. Its fd 3 is the tree's.
func parent(how string) int {
	w := os.NewFile(3, "tree")
	exe, err := os.Executable()
	if err != nil {
		return 1
	}
	switch how {
	case "guarded":
		if _, err := guard.Start(context.Background(), treeSpec([]string{exe, "guard"}, w)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	case "bare":
		cmd := exec.Command("/bin/sh", "-c", tree)
		cmd.ExtraFiles = []*os.File{w}
		if err := cmd.Start(); err != nil {
			return 1
		}
	}
	w.Close()
	io.Copy(io.Discard, os.Stdin) // until killed
	return 0
}

// family reads the tree's process numbers from r; afterwards r is at its end exactly when all of them are gone.
func family(t *testing.T, r *os.File) []int {
	t.Helper()
	r.SetReadDeadline(time.Now().Add(30 * time.Second))
	lines := bufio.NewReaderSize(r, 16)
	var pids []int
	for len(pids) < treeSize {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the tree told %d of %d numbers: %v", len(pids), treeSize, err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// allGone reports whether every holder of the pipe's other end is gone within wait.
func allGone(r *os.File, wait time.Duration) bool {
	r.SetReadDeadline(time.Now().Add(wait))
	_, err := io.Copy(io.Discard, r)
	return err == nil
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func TestNoOrphanAfterStop(t *testing.T) {
	for range rounds {
		r, w := pipe(t)
		child, err := guard.Start(t.Context(), treeSpec(self(t), w))
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
		var exit *guard.ExitError
		if err := child.Wait(); !errors.As(err, &exit) || exit.Signal != syscall.SIGTERM {
			t.Fatalf("Wait = %v, want an end by SIGTERM", err)
		}
	}
}

func TestNoOrphanAfterTheParentDied(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			for range rounds {
				if left := killParent(t, "guarded", sig, orphanWait); left != 0 {
					t.Fatalf("%d processes outlived their parent", left)
				}
			}
		})
	}
}

// TestControlWithoutGuard shows that the harness above can fail.
func TestControlWithoutGuard(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			for range 5 {
				if left := killParent(t, "bare", sig, 200*time.Millisecond); left == 0 {
					t.Fatal("without a guard nothing was orphaned, so the test of the guard proves nothing")
				}
			}
		})
	}
}

// killParent starts a parent with its tree, kills it, and returns how many of the tree are left after wait.
func killParent(t *testing.T, how string, sig syscall.Signal, wait time.Duration) int {
	t.Helper()
	r, w := pipe(t)
	cmd := exec.Command(self(t)[0], "parent", how)
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	pids := family(t, r)
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if allGone(r, wait) {
		return 0
	}
	left := 0
	for _, pid := range pids {
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			left++
		}
	}
	return left
}

func TestNoOrphanAfterAFailedStart(t *testing.T) {
	for range rounds {
		r, w := pipe(t)
		spec := treeSpec(self(t), w)
		spec.Path = "/nowhere/chromium"
		_, err := guard.Start(t.Context(), spec)
		if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/nowhere/chromium") {
			t.Fatalf("Start = %v, want a missing file named", err)
		}
		w.Close()
		if !allGone(r, orphanWait) {
			t.Fatal("a process outlived the failed start")
		}
	}
}

func TestNoOrphanAfterTheGuardWasKilled(t *testing.T) {
	r, w := pipe(t)
	spec := treeSpec(self(t), w)
	spec.Args = []string{"-c", `sh -c 'echo $$ >&3; exec sleep 1000' & echo $PPID >&3; exec sleep 1000`}
	child, err := guard.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	var a, b int
	if _, err := fmt.Fscan(r, &a, &b); err != nil {
		t.Fatal(err)
	}
	warden := parentOf(t, child.PID())
	if a != warden && b != warden {
		t.Fatalf("the child's parent is %d, which it does not say (%d, %d)", warden, a, b)
	}
	syscall.Kill(warden, syscall.SIGKILL)
	if !allGone(r, orphanWait) {
		t.Fatal("a process outlived its guard")
	}
	var exit *guard.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Code != -1 {
		t.Fatalf("Wait = %v, want an unknown end", err)
	}
}

func parentOf(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	var state string
	var parent int
	if _, err := fmt.Sscan(string(b[strings.LastIndex(string(b), ")")+1:]), &state, &parent); err != nil {
		t.Fatal(err)
	}
	return parent
}
