package policy_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chiron/policy"
	"chiron/step"
)

func question(id string, in time.Duration) step.Question {
	return step.Question{ID: id, About: step.AboutAct, Expires: time.Now().Add(in)}
}

func yes(id string) step.Answer {
	return step.Answer{Question: id, Choice: step.Approve, By: "bob"}
}

func put(t *testing.T, d *policy.Desk, task string, q step.Question) {
	t.Helper()
	if err := d.Put(task, q); err != nil {
		t.Fatal(err)
	}
}

func TestAnAnswerReachesWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := policy.NewDesk(nil)
		put(t, d, "t1", question("q1", time.Minute))
		got := make(chan step.Answer, 2)
		for range 2 {
			go func() {
				a, err := d.Wait(t.Context(), "q1")
				if err != nil {
					t.Error(err)
				}
				got <- a
			}()
		}
		synctest.Wait()
		if err := d.Answer(yes("q1")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if a := <-got; a.Choice != step.Approve || a.By != "bob" || a.At.IsZero() {
				t.Fatalf("got %+v", a)
			}
		}
		want(t, d.Answer(yes("q1")), policy.ErrAnswered)
		if a, err := d.Wait(t.Context(), "q1"); err != nil || a.By != "bob" {
			t.Fatalf("the answer is gone: %+v, %v", a, err)
		}
		if open := d.Open(""); len(open) != 0 {
			t.Fatalf("still open: %+v", open)
		}
	})
}

func TestSilenceIsARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := policy.NewDesk(nil)
		began := time.Now()
		put(t, d, "t1", question("q1", time.Minute))
		a, err := d.Wait(t.Context(), "q1")
		if err != nil || a.Choice != step.Refuse || a.By != policy.ByExpiry || time.Since(began) != time.Minute {
			t.Fatalf("got %+v after %v, %v", a, time.Since(began), err)
		}
		want(t, d.Answer(yes("q1")), policy.ErrTooLate)
	})
}

func TestALateAnswerIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		d := policy.NewDesk(c.Now)
		put(t, d, "t1", step.Question{ID: "q1", Expires: c.Now().Add(time.Second)})
		c.Move(time.Second)
		want(t, d.Answer(yes("q1")), policy.ErrTooLate)
		if len(d.Open("t1")) != 0 {
			t.Fatal("an expired question is open")
		}
	})
}

func TestOneOfManyAnswersCounts(t *testing.T) {
	d := policy.NewDesk(nil)
	put(t, d, "t1", question("q1", time.Hour))
	var taken, late int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			err := d.Answer(yes("q1"))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				taken++
			case errors.Is(err, policy.ErrAnswered):
				late++
			}
		})
	}
	all.Wait()
	if taken != 1 || late != 63 {
		t.Fatalf("%d taken, %d late", taken, late)
	}
}

func TestOpenQuestions(t *testing.T) {
	d := policy.NewDesk(nil)
	put(t, d, "t1", question("later", time.Hour))
	put(t, d, "t2", question("other", time.Hour))
	put(t, d, "t1", question("sooner", time.Minute))
	put(t, d, "t1", question("sooner", time.Hour)) // changes nothing
	if open := d.Open("t1"); len(open) != 2 || open[0].ID != "sooner" || open[1].ID != "later" {
		t.Fatalf("got %+v", open)
	}
	if open := d.Open(""); len(open) != 3 {
		t.Fatalf("got %+v", open)
	}
	d.Clear("t1")
	if open := d.Open(""); len(open) != 1 || open[0].ID != "other" {
		t.Fatalf("got %+v", open)
	}
}

func TestTheDeskRefusesNonsense(t *testing.T) {
	d := policy.NewDesk(nil)
	want(t, d.Answer(yes("nobody asked")), policy.ErrNoQuestion)
	if _, err := d.Wait(t.Context(), "nobody asked"); !errors.Is(err, policy.ErrNoQuestion) {
		t.Fatal(err)
	}
	put(t, d, "t1", question("q1", time.Hour))
	for _, a := range []step.Answer{
		{Question: "q1", Choice: "maybe", By: "bob"},
		{Question: "q1", Choice: step.Approve},
		{Question: "q1", Choice: step.Refuse, By: policy.ByExpiry},
		{Question: "q1", Choice: step.Instruct, By: "bob"},
	} {
		if d.Answer(a) == nil {
			t.Errorf("taken: %+v", a)
		}
	}
	if d.Put("", question("q2", time.Hour)) == nil || d.Put("t1", step.Question{ID: "q2"}) == nil {
		t.Error("a question without task or expiry was put")
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := policy.NewDesk(nil)
		put(t, d, "t1", question("q1", time.Hour))
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("the task was cancelled")
		cancel(gone)
		_, err := d.Wait(ctx, "q1")
		want(t, err, gone)
	})
}

func TestClearingADeskFreesWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := policy.NewDesk(nil)
		put(t, d, "t1", question("q1", time.Hour))
		got := make(chan step.Answer)
		go func() {
			a, _ := d.Wait(t.Context(), "q1")
			got <- a
		}()
		synctest.Wait()
		d.Clear("t1")
		if a := <-got; a.Choice != step.Refuse {
			t.Fatalf("got %+v", a)
		}
	})
}
