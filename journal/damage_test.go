package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"chiron/journal"
	"chiron/step"
)

func TestAnUnreadableEventIsReportedAndStopsNothingElse(t *testing.T) {
	url := outside(t)
	a, _ := open(t, journal.Options{URL: url})
	create(t, a, "good")
	create(t, a, "bad")
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Request("chiron.event.bad", []byte(`{"task":"bad","seq":2,"surprise":1}`), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	var lines logs
	b, _ := open(t, journal.Options{URL: url, Logger: lines.logger()})
	var corrupt *journal.CorruptError
	if _, err := b.State(soon(t), "bad"); !errors.As(err, &corrupt) || corrupt.Seq != 3 || corrupt.Task != "bad" {
		t.Errorf("state: %v", err)
	}
	if err := b.Follow(soon(t), "bad", 0, func(step.Event) error { return nil }); !errors.As(err, &corrupt) {
		t.Errorf("follow: %v", err)
	}
	if _, err := b.Append(soon(t), "bad", 1, step.Noted{Text: "x"}); !errors.As(err, &corrupt) {
		t.Errorf("append: %v", err)
	}
	found, _, err := b.List(soon(t), journal.Filter{})
	if err != nil || len(found) != 2 || found[0].Task.ID != "bad" || found[0].Status != step.Failed || found[0].Result == nil {
		t.Errorf("list: %+v, %v", found, err)
	}
	if !contains(lines.String(), "damaged") || !contains(lines.String(), "seq=3") {
		t.Errorf("log: %s", lines.String())
	}
	if l := claim(t, b); l.State.Task.ID != "good" {
		t.Errorf("work: %s", l.State.Task.ID)
	}
	idle(t, b, 300*time.Millisecond)
}

// TestDamageOnDiskIsNotPassedOver flips one byte inside a stored event, in the middle of a history, at its end, and in
// that of a task that has ended. A history that merely seemed shorter would have its acts done again.
func TestDamageOnDiskIsNotPassedOver(t *testing.T) {
	for _, c := range []struct {
		name string
		hit  func(s []byte) int
		over bool
	}{
		{name: "middle", hit: func(s []byte) int { return bytes.Index(s, []byte("needle 2")) }},
		{name: "end", hit: func(s []byte) int { return bytes.Index(s, []byte("needle 4")) }},
		{name: "ended", hit: func(s []byte) int { return bytes.Index(s, []byte("the end was seen")) }, over: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			j, shut := open(t, journal.Options{Dir: dir})
			create(t, j, "x")
			for i := range 5 {
				note(t, j, "x", fmt.Sprintf("needle %d", i))
			}
			if c.over {
				_, err := j.Append(soon(t), "x", 1, step.Ended{Result: step.Result{Status: step.StatusDone, Reason: "the end was seen"}})
				if err != nil {
					t.Fatal(err)
				}
			}
			shut()
			flip(t, dir, c.hit)
			j, _ = open(t, journal.Options{Dir: dir})
			var corrupt *journal.CorruptError
			if s, err := j.State(soon(t), "x"); !errors.As(err, &corrupt) && !c.over { // the end has a snapshot
				t.Errorf("state at event %d: %v", s.Seq, err)
			}
			if err := j.Follow(soon(t), "x", 0, func(step.Event) error { return nil }); !errors.As(err, &corrupt) {
				t.Errorf("follow: %v", err)
			}
			if _, err := j.Append(soon(t), "x", 1, step.Noted{Text: "x"}); err == nil {
				t.Error("a damaged history was continued")
			}
			idle(t, j, 300*time.Millisecond)
		})
	}
}

func flip(t *testing.T, dir string, hit func([]byte) int) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "CHIRON_EVENTS", "msgs", "*.blk"))
	if err != nil || len(blocks) != 1 {
		t.Fatalf("blocks: %v, %v", blocks, err)
	}
	data, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	at := hit(data)
	if at < 0 {
		t.Fatal("the event is not in the block")
	}
	data[at] ^= 1
	if err := os.WriteFile(blocks[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
}
