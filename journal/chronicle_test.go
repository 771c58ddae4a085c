package journal_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"chiron/journal"
	"chiron/step"
)

func TestTheChronicleHoldsTheEventsOfAllTasksInOrder(t *testing.T) {
	dir := t.TempDir()
	j, shut := open(t, journal.Options{Dir: dir})
	for _, id := range []string{"a", "b"} {
		create(t, j, id)
	}
	var want []string
	for i := range 10 {
		id := string("ab"[i%2])
		note(t, j, id, fmt.Sprint(i))
		want = append(want, fmt.Sprint(i))
	}
	read := func(j *journal.Journal, after uint64, n int) (texts []string, last uint64) {
		t.Helper()
		enough := errors.New("enough")
		err := j.Chronicle(soon(t), after, func(p uint64, ev step.Event) error {
			if p <= last {
				t.Errorf("position %d after %d", p, last)
			}
			last = p
			if b, ok := ev.Body.(step.Noted); ok {
				texts = append(texts, b.Text)
			}
			if len(texts) == n {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			t.Fatal(err)
		}
		return texts, last
	}
	head, at := read(j, 0, 4)
	shut()
	j, _ = open(t, journal.Options{Dir: dir})
	tail, end := read(j, at, 6)
	if got := fmt.Sprint(append(head, tail...)); got != fmt.Sprint(want) {
		t.Errorf("got %v", got)
	}
	if err := j.Chronicle(soon(t), end+1, nil); !errors.Is(err, journal.ErrBeyond) {
		t.Errorf("got %v", err)
	}
	live := make(chan string)
	ctx, cancel := context.WithCancel(soon(t))
	ended := make(chan error, 1)
	go func() {
		ended <- j.Chronicle(ctx, end, func(_ uint64, ev step.Event) error {
			live <- ev.Body.(step.Noted).Text
			return nil
		})
	}()
	note(t, j, "a", "later")
	if got := <-live; got != "later" {
		t.Errorf("got %q", got)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
