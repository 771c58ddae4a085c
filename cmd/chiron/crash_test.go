package main

import (
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"chiron/eval/site"
	"chiron/step"
)

// held is a sample site whose answer to the submission of a report can be held back after the report was filed.
type held struct {
	*site.Server
	filed chan struct{} // gets one value per submission that is held

	mu   sync.Mutex
	gate chan struct{} // while not nil, submissions wait for it to be closed
}

func newHeld(t *testing.T) *held {
	h := &held{filed: make(chan struct{}, 16), gate: make(chan struct{})}
	h.Server = newSite(t, site.Options{Seed: 1, Hold: func(route string, _ *http.Request) {
		if route != "POST /expenses" {
			return
		}
		h.mu.Lock()
		gate := h.gate
		h.mu.Unlock()
		if gate == nil {
			return
		}
		h.filed <- struct{}{}
		<-gate
	}})
	t.Cleanup(h.release)
	return h
}

// release answers what is held, and holds nothing any more.
func (h *held) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gate != nil {
		close(h.gate)
		h.gate = nil
	}
}

func (h *held) submissions() int { return h.Site.Truth().Counts["submit"] }

// crashed kills the program between the effect of a submission and its answer, and starts it again.
func crashed(t *testing.T, as string, answers string) (*held, *process, string) {
	t.Helper()
	world := newHeld(t)
	place := newHome(t, world.Running().URL)
	place.extra = []string{"CHIRON_AGENT_ANSWERS=" + answers}
	p := place.start(t, as)
	id := create(t, p.c, expense(world.Running()))
	select {
	case <-world.filed:
	case <-p.out.closed:
		t.Fatalf("it ended first:\n%s", p.out)
	}
	p.end(t, syscall.SIGKILL)
	if n := world.submissions(); n != 1 {
		t.Fatalf("the site counted %d submissions before the crash", n)
	}
	world.release()
	return world, place.start(t, as), id
}

// The site has the report, nobody has its answer: what happened is unknown to the program that starts again.
func TestAnUnknownSubmissionIsNotRepeated(t *testing.T) {
	world, p, id := crashed(t, "chiron", "2s")
	events := history(t, p.c, id, nil)
	r, asked := result(t, events), false
	for _, e := range events {
		switch b := e.Body.(type) {
		case step.Recovered: // the click may have been recorded before the kill; its answer never was
			if b.Resume != "ask" || b.Unknown != nil && b.Unknown.Effect != step.EffectIrreversible {
				t.Errorf("recovered with %+v", b)
			}
		case step.Asked:
			asked = b.Question.About == step.AboutUnknown
		}
	}
	if n := world.submissions(); n != 1 || r.Status != step.NeedsReview || !asked {
		tell(t, events)
		t.Fatalf("%d submissions, %s (%s), asked %v", n, r.Status, r.Reason, asked)
	}
	t.Log(r.Reason)
	p.end(t, syscall.SIGTERM)
}

// The control: without the durable verdict the same crash makes a double.
func TestControlWithoutTheDurableVerdictSubmitsTwice(t *testing.T) {
	world, p, id := crashed(t, "forgetful", "2s")
	events := history(t, p.c, id, nil)
	if n := world.submissions(); n < 2 {
		tell(t, events)
		t.Fatalf("%d submissions: the harness cannot see a double", n)
	}
	p.end(t, syscall.SIGTERM)
}

// The program dies between the durable verdict on an act and the act. A person who looked allows a new beginning, once:
// after a second crash the first act is no better known, and the program asks again.
func TestAnApprovedNewBeginningIsApprovedOnce(t *testing.T) {
	world := newHeld(t)
	world.release()
	place := newHome(t, world.Running().URL)
	p := place.start(t, "doomed")
	id := create(t, p.c, expense(world.Running()))
	p.wait(t)
	p = place.start(t, "chiron")
	events := history(t, p.c, id, asks)
	if r, _ := last[step.Recovered](events); r.Resume != "ask" || r.Unknown == nil || r.Unknown.Effect != step.EffectIrreversible {
		t.Fatalf("recovered with %+v", r)
	}
	q, _ := last[step.Asked](events)
	if q.Question.About != step.AboutUnknown || q.Question.Facts == nil || q.Question.Action == nil {
		t.Fatalf("asked %+v", q.Question)
	}
	if err := p.c.Answer(t.Context(), id, step.Answer{Question: q.Question.ID, Choice: step.Approve}); err != nil {
		t.Fatal(err)
	}
	after := events[len(events)-1].Seq
	history(t, p.c, id, func(e step.Event) bool {
		did, ok := e.Body.(step.Did)
		return ok && did.Outcome.Status == step.Executed && e.Seq > after
	})
	p.end(t, syscall.SIGKILL)
	p = place.start(t, "chiron")
	attempt := 0
	events = history(t, p.c, id, func(e step.Event) bool {
		if lease, ok := e.Body.(step.Leased); ok {
			attempt = lease.Attempt
		}
		_, decided := e.Body.(step.Recovered)
		return decided && attempt == 3
	})
	if r, _ := last[step.Recovered](events); r.Resume != "ask" {
		tell(t, events)
		t.Errorf("after a second crash the task resumes with %q", r.Resume)
	}
	if err := p.c.Cancel(t.Context(), id, "seen enough"); err != nil {
		t.Fatal(err)
	}
	if r, n := result(t, history(t, p.c, id, nil)), world.submissions(); r.Status != step.Cancelled || n != 0 {
		t.Fatalf("%s, %d submissions", r.Status, n)
	}
	p.end(t, syscall.SIGTERM)
}

func asks(e step.Event) bool { _, ok := e.Body.(step.Asked); return ok }

// kills is how many random kills a run makes: few in the tests, many in `make soak`.
func kills(t *testing.T, few int) int {
	t.Helper()
	return count(t, "CHIRON_TEST_KILLS", few)
}

func count(t *testing.T, name string, few int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return few
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number of rounds", name, v)
	}
	return n
}

// TestKillsAtRandomPoints kills the program after a random event of each task. Whatever the point, the task is done with
// one submission, or ends honestly with at most one. The control above shows that the same count sees doubles.
func TestKillsAtRandomPoints(t *testing.T) {
	const seed = 20261123
	random := rand.New(rand.NewPCG(seed, 1))
	world := newHeld(t)
	world.release()
	place := newHome(t, world.Running().URL)
	place.extra = []string{"CHIRON_AGENT_ANSWERS=2s"}
	p := place.start(t, "chiron")
	id := create(t, p.c, expense(world.Running()))
	whole := history(t, p.c, id, nil)
	if r := result(t, whole); r.Status != step.StatusDone || world.submissions() != 1 {
		tell(t, whole)
		t.Fatalf("undisturbed: %s (%s), %d submissions", r.Status, r.Reason, world.submissions())
	}
	ends := map[step.Status]int{}
	for round := range kills(t, 6) {
		before, at := world.submissions(), uint64(1+random.IntN(len(whole)-1))
		id := create(t, p.c, expense(world.Running()))
		history(t, p.c, id, func(e step.Event) bool { return e.Seq >= at })
		p.end(t, syscall.SIGKILL)
		p = place.start(t, "chiron")
		events := history(t, p.c, id, nil)
		r, n := result(t, events), world.submissions()-before
		honest := r.Status == step.StatusDone && n == 1 || r.Status == step.NeedsReview && n <= 1
		t.Logf("seed %d, round %d: killed after event %d of %d: %s, %d submissions", seed, round, at, len(whole), r.Status, n)
		ends[r.Status]++
		if !honest {
			tell(t, events)
			t.Fatalf("%s (%s) with %d submissions", r.Status, r.Reason, n)
		}
	}
	t.Log("ends:", ends)
	p.end(t, syscall.SIGTERM)
}
