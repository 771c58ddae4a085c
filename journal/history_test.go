package journal_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"chiron/journal"
	"chiron/step"
)

func TestHistorySurvivesARestartAsItWas(t *testing.T) {
	dir := t.TempDir()
	j, shut := open(t, journal.Options{Dir: dir})
	create(t, j, "a")
	if ev := note(t, j, "a", "first"); ev.Seq != 2 {
		t.Fatalf("second event has Seq %d", ev.Seq)
	}
	create(t, j, "b")
	note(t, j, "b", "x")
	end(t, j, "b")
	var before []step.State
	for _, id := range []string{"a", "b"} {
		s, err := j.State(soon(t), id)
		if err != nil {
			t.Fatal(err)
		}
		before = append(before, s)
	}
	shut()

	j, _ = open(t, journal.Options{Dir: dir})
	for i, id := range []string{"a", "b"} {
		s, err := j.State(soon(t), id)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s, before[i]) {
			t.Errorf("task %s after the restart:\n%+v\nbefore:\n%+v", id, s, before[i])
		}
	}
	if ev := note(t, j, "a", "second"); ev.Seq != 3 {
		t.Errorf("after the restart Seq is %d", ev.Seq)
	}
	if _, err := j.Append(soon(t), "b", 1, step.Noted{Text: "late"}); !errors.Is(err, journal.ErrEnded) {
		t.Errorf("append to an ended task: %v", err)
	}
	if _, err := j.State(soon(t), "nobody"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("unknown task: %v", err)
	}
	if _, err := j.Append(soon(t), "nobody", 1, step.Noted{}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("append to an unknown task: %v", err)
	}
}

func TestCreateIsIdempotentUnderConcurrency(t *testing.T) {
	j, _ := open(t, journal.Options{Dir: t.TempDir()})
	for round := range 10 {
		key := fmt.Sprintf("key %d/ü", round)
		ids, made := map[string]bool{}, 0
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s, now, err := j.Create(soon(t), task(""), key)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[s.Task.ID] = true
				if now {
					made++
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || made != 1 {
			t.Fatalf("round %d: %d tasks, %d callers made one", round, len(ids), made)
		}
	}
	if _, _, err := j.Create(soon(t), step.Task{Goal: "other", Start: "http://127.0.0.1/"}, "key 0/ü"); !errors.Is(err, journal.ErrKeyReused) {
		t.Errorf("key with another task: %v", err)
	}
	create(t, j, "same")
	if _, _, err := j.Create(soon(t), task("same"), ""); !errors.Is(err, journal.ErrExists) {
		t.Errorf("taken id: %v", err)
	}
	if _, _, err := j.Create(soon(t), task("no.dots"), ""); err == nil {
		t.Error("an id with a dot was taken")
	}
}

func TestFollowGivesEveryEventOnceAcrossAStorm(t *testing.T) {
	j, _ := open(t, journal.Options{Dir: t.TempDir()})
	create(t, j, "a")
	const events, followers = 200, 6
	block := make(chan struct{})
	var wg sync.WaitGroup
	for i := range followers {
		after := uint64(i * 7)
		wg.Go(func() {
			want := after + 1
			err := j.Follow(soon(t), "a", after, func(e step.Event) error {
				if i == 0 && e.Seq == 5 {
					<-block // a follower that hangs
				}
				if e.Seq != want {
					return fmt.Errorf("follower %d got %d, wants %d", i, e.Seq, want)
				}
				want++
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if want != events+3 {
				t.Errorf("follower %d ended before %d", i, want)
			}
		})
	}
	for i := range events {
		note(t, j, "a", fmt.Sprint(i))
	}
	end(t, j, "a")
	close(block)
	wg.Wait()

	stop := errors.New("enough")
	if err := j.Follow(soon(t), "a", 0, func(step.Event) error { return stop }); err != stop {
		t.Errorf("error of the callback: %v", err)
	}
	if err := j.Follow(soon(t), "a", events+2, func(step.Event) error { return stop }); err != nil {
		t.Errorf("following behind the end: %v", err)
	}
}

func TestFollowEndsWithItsContextAndWithTheJournal(t *testing.T) {
	j, shut := open(t, journal.Options{Dir: t.TempDir()})
	create(t, j, "a")
	gone := errors.New("the watcher left")
	ctx, cancel := context.WithCancelCause(context.Background())
	err := j.Follow(ctx, "a", 0, func(step.Event) error { cancel(gone); return nil })
	if !errors.Is(err, gone) {
		t.Errorf("context: %v", err)
	}
	seen, ended := make(chan struct{}), make(chan error)
	go func() {
		ended <- j.Follow(context.Background(), "a", 0, func(step.Event) error { close(seen); return nil })
	}()
	<-seen
	shut()
	if err := <-ended; !errors.Is(err, journal.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := j.State(context.Background(), "a"); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestListIsNewestFirstAndItsCursorDoesNotShift(t *testing.T) {
	dir := t.TempDir()
	j, shut := open(t, journal.Options{Dir: dir})
	for i := range 9 {
		tk := task(fmt.Sprintf("t%d", i))
		tk.Labels = map[string]string{"odd": fmt.Sprint(i % 2)}
		if _, _, err := j.Create(soon(t), tk, ""); err != nil {
			t.Fatal(err)
		}
	}
	end(t, j, "t3")
	end(t, j, "t4")
	ids := func(f journal.Filter) (ids []string, next string) {
		t.Helper()
		found, next, err := j.List(soon(t), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			ids = append(ids, s.Task.ID)
		}
		return ids, next
	}
	first, next := ids(journal.Filter{Limit: 4})
	create(t, j, "later")
	end(t, j, "t2")
	shut()
	j, _ = open(t, journal.Options{Dir: dir})
	second, next2 := ids(journal.Filter{Limit: 4, Cursor: next})
	third, last := ids(journal.Filter{Limit: 4, Cursor: next2})
	got := append(append(first, second...), third...)
	if want := []string{"t8", "t7", "t6", "t5", "t4", "t3", "t2", "t1", "t0"}; !reflect.DeepEqual(got, want) || last != "" {
		t.Errorf("pages %v (then %q), want %v", got, last, want)
	}
	if got, _ := ids(journal.Filter{Status: []step.Status{step.StatusDone}}); !reflect.DeepEqual(got, []string{"t4", "t3", "t2"}) {
		t.Errorf("done: %v", got)
	}
	if got, _ := ids(journal.Filter{Label: map[string]string{"odd": "1"}, Status: []step.Status{step.Queued}}); !reflect.DeepEqual(got, []string{"t7", "t5", "t1"}) {
		t.Errorf("odd and queued: %v", got)
	}
	if _, _, err := j.List(soon(t), journal.Filter{Cursor: "x"}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("bad cursor: %v", err)
	}
}
