package gate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chiron/inference/gate"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const second = time.Second

// crowd has calls come and go in fake time: each is answered in one second.
type crowd struct {
	t      *testing.T
	k      *gate.Keeper
	mu     sync.Mutex
	served []string
	full   []error
}

// count is how many calls were answered.
func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.served)
}

// comes lets a call join, written as TENANT.TASK, with ! behind it when a person waits for it, and returns once it waits. Again is
// called when it was answered.
func (c *crowd) comes(name string, again func()) {
	c.send(name, again)
	synctest.Wait()
}

// send is comes without waiting, for calls that come of calls.
func (c *crowd) send(name string, again func()) {
	who, urgent := strings.CutSuffix(name, "!")
	tenant, task, _ := strings.Cut(who, ".")
	go func() {
		leave, err := c.k.Enter(context.Background(), "m", gate.Call{Tenant: tenant, Task: task, Urgent: urgent})
		if err != nil {
			c.mu.Lock()
			c.full = append(c.full, err)
			c.mu.Unlock()
			return
		}
		defer leave()
		<-time.After(second)
		c.mu.Lock()
		c.served = append(c.served, name)
		c.mu.Unlock()
		if again != nil {
			again()
		}
	}()
}

func TestOrder(t *testing.T) {
	for _, c := range []struct{ name, come, served string }{
		{"calls of a task keep their order, tasks take turns", "k.a k.a k.a k.b k.c k.b", "k.a k.b k.c k.a k.b k.a"},
		{"tenants take turns, however many tasks they have", "x.a x.a x.b x.c x.d y.a", "x.a y.a x.b x.c x.d x.a"},
		{"and so with two calls each", "x.a x.a x.b y.a y.a z.a", "x.a y.a z.a x.b y.a x.a"},
		{"a task is told apart by its tenant", "x.a x.a y.a x.a y.a", "x.a y.a x.a y.a x.a"},
		{"people do not wait for tasks", "x.a x.a y.a z.a! z.b!", "x.a z.a! z.b! y.a x.a"},
		{"people take turns, too", "x.a x.a! x.b! y.a!", "x.a y.a! x.b! x.a!"},
		{"a task that waits comes after three of them", "x.a x.b p.a! p.b! p.c! p.d! p.e! p.f! p.g!", "x.a p.a! p.b! p.c! x.b p.d! p.e! p.f! p.g!"},
		{"alone, people pass nobody", "p.a! p.b! p.c! p.d! p.e!", "p.a! p.b! p.c! p.d! p.e!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				all := &crowd{t: t, k: gate.New(64)}
				for name := range strings.FieldsSeq(c.come) {
					all.comes(name, nil)
				}
				var listed []string
				for n, w := range all.k.List() {
					name := w.Tenant + "." + w.Task
					if w.Urgent {
						name += "!"
					}
					if listed = append(listed, name); w.Position != n || w.Model != "m" {
						t.Errorf("%+v is at place %d", w, n)
					}
				}
				<-time.After(time.Minute)
				synctest.Wait()
				if got := strings.Join(all.served, " "); got != c.served || strings.Join(listed, " ") != c.served {
					t.Errorf("answered %s\nlisted   %s\nexpected %s", got, strings.Join(listed, " "), c.served)
				}
			})
		})
	}
}

// TestNobodyStarves lets urgent calls of a crowd of tenants come without end, each as soon as the one before is answered, and holds the
// calls that are not urgent to their bound: the k-th is answered after at most 4·k others. The control is the crowd itself: without the
// bound it would be served for ever.
func TestNobodyStarves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &crowd{t: t, k: gate.New(64)}
		var stop atomic.Bool
		var flood func(n int) func()
		flood = func(n int) func() {
			return func() {
				if !stop.Load() {
					all.send(fmt.Sprintf("p%d.%d!", n, all.count()), flood(n))
				}
			}
		}
		for n := range 5 {
			flood(n)()
			synctest.Wait()
		}
		begun := time.Now()
		answered := map[string]time.Duration{}
		const calls = 6
		for k := range calls {
			name := fmt.Sprintf("x.%d", k)
			all.comes(name, func() { answered[name] = time.Since(begun) })
		}
		<-time.After(2 * time.Minute)
		stop.Store(true)
		<-time.After(time.Minute)
		synctest.Wait() // nobody works any more
		for k := range calls {
			took, ok := answered[fmt.Sprintf("x.%d", k)]
			if bound := time.Duration(4*(k+1)+1) * second; !ok || took > bound {
				t.Errorf("call %d was answered after %v (%v), the bound is %v", k, took, ok, bound)
			}
		}
		urgent := 0
		for _, name := range all.served[:24] {
			if strings.HasSuffix(name, "!") {
				urgent++
			}
		}
		if urgent != 19 { // the first passed nobody; then three of four
			t.Errorf("of the first 24 calls %d were urgent, want 19", urgent)
		}
	})
}

// TestAFloodOfOneTenantDelaysAnotherByOneCall: a tenant with many tasks that never rest costs another tenant one call's time at each of
// its own.
func TestAFloodOfOneTenantDelaysAnotherByOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &crowd{t: t, k: gate.New(64)}
		var stop atomic.Bool
		var again func(name string) func()
		again = func(name string) func() {
			return func() {
				if !stop.Load() {
					all.send(name, again(name))
				}
			}
		}
		for n := range 20 {
			name := fmt.Sprintf("x.%d", n)
			all.comes(name, again(name))
		}
		for range 10 {
			begun, done := time.Now(), make(chan struct{})
			all.comes("y.a", func() { close(done) })
			<-done
			if took := time.Since(begun); took > 2*second {
				t.Fatalf("a call took %v beside a flood", took)
			}
		}
		stop.Store(true)
		<-time.After(time.Minute)
	})
}

func TestAFullLineSaysWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &crowd{t: t, k: gate.New(8)}
		for n := range 8 { // one is answered, seven wait; the eighth place is for people
			all.comes(fmt.Sprintf("x.%d", n), nil)
		}
		if after, full := all.k.Full(); !full || after != second {
			t.Errorf("full %v, %v", full, after)
		}
		var full *gate.FullError
		if all.comes("x.more", nil); len(all.full) != 1 || !errors.As(all.full[0], &full) || !errors.Is(full, gate.ErrBusy) || full.Waiting != 7 || full.After < second {
			t.Fatalf("%v", all.full)
		}
		if all.comes("y.person!", nil); len(all.full) != 1 {
			t.Errorf("a person was refused: %v", all.full)
		}
		if all.comes("z.person!", nil); len(all.full) != 2 {
			t.Error("the line has no end")
		}
		<-time.After(2500 * time.Millisecond) // two were answered, the third half
		list := all.k.List()
		if len(list) != 7 || list[0].Expected != 500*time.Millisecond || list[3].Expected != 3500*time.Millisecond || list[3].Since.After(time.Now()) {
			t.Errorf("%+v", list)
		}
		if _, full := all.k.Full(); full {
			t.Error("full though two have left")
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if all.k.Len() != 0 || all.served[1] != "y.person!" {
			t.Errorf("%d are left; served %v", all.k.Len(), all.served)
		}
	})
}

func TestWhoGivesUpLeavesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &crowd{t: t, k: gate.New(8)}
		all.comes("x.a", nil)
		gone, leave := context.WithCancelCause(t.Context())
		tired, said := errors.New("tired"), make(chan error, 1)
		go func() {
			_, err := all.k.Enter(gone, "m", gate.Call{Tenant: "y", Task: "a"})
			said <- err
		}()
		synctest.Wait()
		all.comes("y.b", nil)
		leave(tired)
		if err := <-said; !errors.Is(err, tired) || all.k.Len() != 2 {
			t.Errorf("%v, %d in line", err, all.k.Len())
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if got := strings.Join(all.served, " "); got != "x.a y.b" {
			t.Error(got)
		}
	})
}
