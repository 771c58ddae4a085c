package browser_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
)

// parent opens a session, tells the number of its Chromium and waits to be killed.
func parent(dir string) int {
	exe, err := os.Executable()
	if err != nil {
		return 1
	}
	b, err := browser.New(browser.Options{Self: []string{exe, "guard"}, Rules: browsertest.Listed, Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go b.Run(context.Background())
	if _, err := b.Open(context.Background(), browser.SessionOptions{Task: "t"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(b.PID())
	io.Copy(io.Discard, os.Stdin)
	return 0
}

func TestNothingOutlivesAKilledParent(t *testing.T) {
	dir := browsertest.Dir(t)
	cmd := exec.Command(os.Args[0], "parent", dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(bufio.NewReader(out), &pid); err != nil {
		t.Fatal(err)
	}
	family := browsertest.Tree(t, pid)
	if len(family) < 4 {
		t.Fatalf("only %d processes: %v", len(family), family)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	for end := time.Now().Add(10 * time.Second); ; {
		left := 0
		for _, p := range family {
			if syscall.Kill(p.PID, 0) == nil {
				left++
			}
		}
		if left == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d processes are left", left, len(family))
		}
	}
	// The killed parent could not tidy up; the next start does.
	if left, _ := filepath.Glob(filepath.Join(dir, "chiron-browser-*")); len(left) != 1 {
		t.Fatalf("left behind: %v", left)
	}
	b := browsertest.Start(t, func(o *browser.Options) { o.Dir = dir })
	browsertest.Open(t, b, browser.SessionOptions{Task: "t"})
	if left, _ := filepath.Glob(filepath.Join(dir, "chiron-browser-*")); len(left) != 1 {
		t.Fatalf("not swept: %v", left)
	}
}
