package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"chiron/journal"
	"chiron/step"
)

// child appends numbered events to the task "a" and prints each number after it was acknowledged, until it is killed.
func child(dir string) {
	fail := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	ctx := context.Background()
	j, err := journal.New(journal.Options{Dir: dir})
	fail(err)
	go func() { fail(j.Run(ctx)) }()
	_, _, err = j.Create(ctx, step.Task{ID: "a", Goal: "g", Start: "http://127.0.0.1/"}, "k")
	fail(err)
	l, err := j.Claim(ctx)
	fail(err)
	fmt.Println("attempt", l.Attempt)
	_, err = j.Append(ctx, "a", 0, step.Leased{Worker: "child", Attempt: l.Attempt})
	fail(err)
	for {
		ev, err := j.Append(ctx, "a", 0, step.Noted{Text: strings.Repeat("x", 2000)})
		fail(err)
		fmt.Println(ev.Seq)
	}
}

// TestKillLosesNothingAcknowledged kills a writing process 20 times. Its control is the count of acknowledged events:
// a harness that killed before anything was written would fail.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	var acked uint64
	for round := 1; round <= 20; round++ {
		acked = max(acked, killed(t, dir, round))
		j, shut := open(t, journal.Options{Dir: dir})
		var seq uint64
		notes := map[uint64]bool{}
		s, err := j.State(soon(t), "a")
		if err != nil {
			t.Fatal(err)
		}
		_ = j.Follow(soon(t), "a", 0, func(e step.Event) error {
			if e.Seq != seq+1 || notes[e.Seq] {
				t.Fatalf("round %d: event %d after %d", round, e.Seq, seq)
			}
			seq, notes[e.Seq] = e.Seq, true
			if seq == s.Seq {
				return context.Canceled
			}
			return nil
		})
		if seq < acked {
			t.Fatalf("round %d: %d was acknowledged, the history ends at %d", round, acked, seq)
		}
		shut()
	}
	if acked < 100 {
		t.Fatalf("only %d events in 20 rounds: the harness proves nothing", acked)
	}
}

// killed runs the child and kills it after a random number of acknowledgements; it returns the last one.
func killed(t *testing.T, dir string, round int) (acked uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "JOURNAL_TEST_CHILD="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	left := 2 + rand.IntN(40) // the attempt and at least one event
	for lines.Scan() {
		var n uint64
		var attempt int
		switch {
		case strings.HasPrefix(lines.Text(), "error:"):
			t.Errorf("round %d: %s", round, lines.Text())
		case strings.HasPrefix(lines.Text(), "attempt"):
			if _, err := fmt.Sscanf(lines.Text(), "attempt %d", &attempt); err != nil || attempt != round {
				t.Errorf("round %d: %q", round, lines.Text())
			}
		default:
			if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
				t.Fatalf("round %d: %q", round, lines.Text())
			}
			acked = n
		}
		if left--; left == 0 {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return acked
}
