package journal_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"chiron/journal"
	"chiron/step"
)

// outside starts a NATS server that several journals share.
func outside(t testing.TB) (url string) {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the outside server did not start")
	}
	return srv.ClientURL()
}

func claim(t testing.TB, j *journal.Journal) *journal.Lease {
	t.Helper()
	l, err := j.Claim(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(soon(t), l.State.Task.ID, 0, step.Leased{Worker: "w", Attempt: l.Attempt}); err != nil {
		t.Fatal(err)
	}
	return l
}

// idle asserts that there is no work for a while.
func idle(t testing.TB, j *journal.Journal, for_ time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), for_)
	defer cancel()
	if l, err := j.Claim(ctx); err == nil {
		t.Errorf("task %s was handed out", l.State.Task.ID)
	}
}

func TestTwoWorkersNeverHoldTheSameTask(t *testing.T) {
	url := outside(t)
	a, _ := open(t, journal.Options{URL: url})
	b, _ := open(t, journal.Options{URL: url})
	const tasks = 12
	for i := range tasks {
		create(t, a, fmt.Sprint(i))
	}
	var mu sync.Mutex
	claimed := map[string]int{}
	var wg sync.WaitGroup
	for w := range 4 {
		j := []*journal.Journal{a, b}[w%2]
		wg.Go(func() {
			for range tasks / 4 {
				l := claim(t, j)
				id := l.State.Task.ID
				mu.Lock()
				claimed[id]++
				mu.Unlock()
				end(t, j, id)
				if err := l.Done(soon(t)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(claimed) != tasks {
		t.Errorf("claimed: %v", claimed)
	}
	idle(t, a, 300*time.Millisecond)
}

func TestLeaseComesBackAndItsFormerHolderIsFenced(t *testing.T) {
	url := outside(t)
	o := journal.Options{URL: url, Lease: 300 * time.Millisecond}
	a, _ := open(t, o)
	b, _ := open(t, o)
	create(t, a, "x")
	first := claim(t, a)
	if first.Attempt != 1 {
		t.Errorf("attempt %d", first.Attempt)
	}
	note(t, a, "x", "a was here")
	second := claim(t, b) // a does not keep its lease
	if second.Attempt != 2 || second.State.Seq != 3 {
		t.Errorf("attempt %d at event %d", second.Attempt, second.State.Seq)
	}
	if _, err := a.Append(soon(t), "x", 1, step.Noted{Text: "zombie"}); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("the former holder's append: %v", err)
	}
	if err := a.Record(soon(t), "x", 1, step.Verdict{ID: "v", Action: step.Act{Action: step.Back{}}}); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("the former holder's verdict: %v", err)
	}
	if err := first.Release(soon(t)); !errors.Is(err, journal.ErrLeaseLost) {
		t.Errorf("the former holder's release: %v", err)
	}
	if ev := note(t, b, "x", "b is here"); ev.Seq != 5 {
		t.Errorf("b wrote event %d", ev.Seq)
	}
	if err := second.Done(soon(t)); err == nil {
		t.Error("a task that has not ended was done")
	}
}

func TestKeepHoldsTheLeaseAndNoticesItsLoss(t *testing.T) {
	url := outside(t)
	o := journal.Options{URL: url, Lease: 300 * time.Millisecond}
	a, _ := open(t, o)
	b, _ := open(t, o)
	create(t, a, "x")
	l := claim(t, a)
	ctx, stop := context.WithCancel(context.Background())
	kept := make(chan error)
	go func() { kept <- l.Keep(ctx) }()
	idle(t, b, time.Second)
	stop()
	if err := <-kept; err != nil {
		t.Errorf("keep: %v", err)
	}
	claim(t, b)
	if err := l.Keep(soon(t)); !errors.Is(err, journal.ErrLeaseLost) {
		t.Errorf("keeping a lost lease: %v", err)
	}
}

func TestReleasedAndCrashedWorkIsOfferedAtOnce(t *testing.T) {
	dir := t.TempDir()
	j, shut := open(t, journal.Options{Dir: dir})
	create(t, j, "x")
	begun := time.Now()
	if err := claim(t, j).Release(soon(t)); err != nil {
		t.Fatal(err)
	}
	if l := claim(t, j); l.Attempt != 2 {
		t.Errorf("attempt %d", l.Attempt)
	}
	shut() // the lease is neither released nor kept
	j, _ = open(t, journal.Options{Dir: dir})
	if l := claim(t, j); l.Attempt != 3 {
		t.Errorf("attempt %d", l.Attempt)
	}
	if took := time.Since(begun); took > journal.DefaultLease/2 {
		t.Errorf("it took %v", took)
	}
}

func TestCommandsAreKeptUntilAcknowledged(t *testing.T) {
	dir := t.TempDir()
	j, shut := open(t, journal.Options{Dir: dir})
	create(t, j, "x")
	send := func(text string) {
		t.Helper()
		if err := j.Send(soon(t), "x", step.Order{Command: step.Message{Text: text}}, "key-1"); err != nil {
			t.Fatal(err)
		}
	}
	send("one")
	send("two")
	ctx, cancel := context.WithCancel(context.Background())
	in, err := j.Commands(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	text := func(c journal.Command) string { return c.Order.Command.(step.Message).Text }
	c := <-in
	if text(c) != "one" || c.By != "key-1" {
		t.Errorf("first: %+v", c)
	}
	c.Ack()
	if c := <-in; text(c) != "two" { // not acknowledged
		t.Errorf("second: %+v", c)
	}
	send("three")
	if c := <-in; text(c) != "three" {
		t.Errorf("third: %+v", c)
	}
	cancel()
	for range in { //nolint:revive // until it is closed
	}
	shut()

	j, _ = open(t, journal.Options{Dir: dir})
	in, err = j.Commands(soon(t), "x")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := <-in, <-in; text(a) != "two" || text(b) != "three" {
		t.Errorf("after the restart: %q, %q", text(a), text(b))
	}
	l := claim(t, j)
	end(t, j, "x")
	if err := l.Done(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := j.Send(soon(t), "x", step.Order{Command: step.Pause{}}, ""); !errors.Is(err, journal.ErrEnded) {
		t.Errorf("command to an ended task: %v", err)
	}
	if err := j.Send(soon(t), "y", step.Order{Command: step.Pause{}}, ""); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("command to nobody: %v", err)
	}
}

func TestCommandReachesTheWorkerOfAnotherNode(t *testing.T) {
	url := outside(t)
	a, _ := open(t, journal.Options{URL: url})
	b, _ := open(t, journal.Options{URL: url})
	create(t, a, "x")
	l := claim(t, b)
	in, err := b.Commands(soon(t), l.State.Task.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Send(soon(t), "x", step.Order{Command: step.Cancel{Reason: "enough"}}, "p"); err != nil {
		t.Fatal(err)
	}
	if c := <-in; c.Order.Command != (step.Cancel{Reason: "enough"}) {
		t.Errorf("got %+v", c)
	}
	seen := make(chan step.Event, 10)
	ctx, cancel := context.WithCancel(soon(t))
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = a.Follow(ctx, "x", 0, func(e step.Event) error { seen <- e; return nil })
	}()
	<-seen
	<-seen
	note(t, b, "x", "from b")
	if e := <-seen; e.Body != (step.Noted{Text: "from b"}) {
		t.Errorf("a follows b: %+v", e)
	}
	cancel()
	<-done
}

func TestOpeningSaysPlainlyWhatIsWrong(t *testing.T) {
	run := func(o journal.Options) error {
		t.Helper()
		j, err := journal.New(o)
		if err != nil {
			return err
		}
		return j.Run(soon(t))
	}
	dir := t.TempDir()
	open(t, journal.Options{Dir: dir})
	if err := run(journal.Options{Dir: dir}); !errors.Is(err, journal.ErrDir) {
		t.Errorf("directory in use: %v", err)
	}
	if err := run(journal.Options{Dir: "/proc/nothing/here"}); !errors.Is(err, journal.ErrDir) {
		t.Errorf("impossible directory: %v", err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := run(journal.Options{URL: "nats://user:hush@" + addr}); !errors.Is(err, journal.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	} else if s := err.Error(); len(s) > 200 || contains(s, "hush") {
		t.Errorf("the sentence: %s", s)
	}
	for _, o := range []journal.Options{{}, {Dir: "x", URL: "y"}, {Dir: "x", Lease: -1}, {Dir: "x", Replicas: 9}} {
		if _, err := journal.New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func TestAFullStorePretendsNothing(t *testing.T) {
	j, _ := open(t, journal.Options{Dir: t.TempDir(), MaxBytes: 256 << 10})
	create(t, j, "x")
	var seq uint64 = 1
	for range 1000 {
		ev, err := j.Append(soon(t), "x", 1, step.Noted{Text: string(make([]byte, 1500))})
		if err != nil {
			if !errors.Is(err, journal.ErrFull) {
				t.Fatalf("full: %v", err)
			}
			s, err := j.State(soon(t), "x")
			if err != nil || s.Seq != seq {
				t.Fatalf("state after the refusal: %d of %d, %v", s.Seq, seq, err)
			}
			return
		}
		seq = ev.Seq
	}
	t.Fatal("the store was never full")
}
