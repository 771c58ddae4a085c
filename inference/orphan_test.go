package inference_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/inference/inferencetest"
)

// orphanRounds is small because each round loads a model.
const orphanRounds = 5

// parent runs Ollama with a loaded model below dir, says so and waits to be killed.
func parent(dir string) int {
	exe, err := os.Executable()
	if err != nil {
		return 1
	}
	c, _, err := inferencetest.Open(context.Background(), []string{exe, "guard"}, dir)
	if err == nil {
		_, err = c.Chat(context.Background(), ask("Sign in."))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("loaded")
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// TestNoOllamaOutlivesItsParent includes Ollama's runner, which does not look after its own parent.
func TestNoOllamaOutlivesItsParent(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			for range orphanRounds {
				dir := t.TempDir()
				cmd := exec.Command(self(t)[0], "parent", dir)
				cmd.Stderr = os.Stderr
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				defer stdin.Close()
				stdout, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "loaded\n" {
					t.Fatalf("%q, %v", line, err)
				}
				if n := living(t, dir); n < 2 {
					t.Fatalf("%d processes of Ollama, want the server and its runner", n)
				}
				cmd.Process.Signal(sig)
				cmd.Wait()
				waitGone(t, dir)
			}
		})
	}
}

func waitGone(t *testing.T, dir string) {
	t.Helper()
	deadline, tick := time.After(20*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for living(t, dir) > 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d processes of Ollama are left", living(t, dir))
		}
	}
}

// living counts the processes whose home is below dir.
func living(t *testing.T, dir string) int {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, path := range environments {
		b, _ := os.ReadFile(path)
		if strings.Contains(string(b), "HOME="+dir+"/home\x00") {
			count++
		}
	}
	return count
}
