package policy_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"chiron/policy"
	"chiron/step"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger is the journal at the wire: it keeps verdicts and fails on demand.
type ledger struct {
	mu       sync.Mutex
	verdicts []step.Verdict
	fail     error
	before   func() // runs before a verdict is kept
}

func (l *ledger) Record(_ context.Context, _ string, _ int, v step.Verdict) error {
	if l.before != nil {
		l.before()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	l.verdicts = append(l.verdicts, v)
	return nil
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// desk is a gate with its surroundings.
type world struct {
	*policy.Gate
	ledger *ledger
	clock  *clock
}

const password = "correct horse&battery"

func newWorld(t testing.TB, change ...func(*policy.Options)) world {
	t.Helper()
	vault, err := policy.NewMemoryVault(map[string]policy.Secret{
		"shop_password": {Value: password, Origins: []string{"https://shop.example"}},
		"user":          {Value: "alice-in-shop", Origins: []string{"https://shop.example"}, Field: "text"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := world{ledger: &ledger{}, clock: newClock()}
	o := policy.Options{Ledger: w.ledger, Vault: vault, Clock: w.clock.Now, Protected: []string{"127.0.0.1:11434"}}
	for _, c := range change {
		c(&o)
	}
	if w.Gate, err = policy.NewGate(o); err != nil {
		t.Fatal(err)
	}
	return w
}

func task(change ...func(*step.Task)) step.Task {
	t := step.Task{ID: "t1", Goal: "buy \"tea\"", Start: "https://shop.example/", Inputs: map[string]string{"note": "two cups"},
		Secrets: []string{"shop_password", "user"}}
	for _, c := range change {
		c(&t)
	}
	return t.Normalise()
}

func element(name string) *step.Element {
	return &step.Element{Tag: "button", Role: step.RoleButton, Name: name, FrameOrigin: "https://shop.example",
		Box: step.Rect{X: 10, Y: 10, W: 80, H: 20}, Node: "7/1"}
}

func facts(e *step.Element) step.Facts {
	return step.Facts{URL: "https://shop.example/", Origin: "https://shop.example", Point: &step.Point{X: 20, Y: 20}, Element: e}
}

func click() step.Action { return step.Click{Target: step.Target{Point: &step.Point{X: 20, Y: 20}}} }

func request(a step.Action, f step.Facts, change ...func(*step.Task)) policy.Request {
	t := task(change...)
	values, _ := step.NewValues(t)
	return policy.Request{Task: t, Step: 3, Principal: policy.Agent, Action: a, Facts: f, Values: values}
}

func (w world) admit(t testing.TB, r policy.Request) policy.Admission {
	t.Helper()
	a, err := w.Admit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.ledger.verdicts) == 0 || w.ledger.verdicts[len(w.ledger.verdicts)-1].ID != a.Verdict.ID {
		t.Fatal("the verdict was not recorded")
	}
	return a
}

// permit admits an act that has to be permitted.
func (w world) permit(t testing.TB, r policy.Request) *policy.Permit {
	t.Helper()
	a := w.admit(t, r)
	if a.Permit == nil || a.Question != nil || a.Verdict.Decision != step.Permit {
		t.Fatalf("want a permit, got %+v", a.Verdict)
	}
	return a.Permit
}

func autonomy(a step.Autonomy) func(*step.Task) { return func(t *step.Task) { t.Autonomy = a } }

func want(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("want %v, got %v", target, err)
	}
}
