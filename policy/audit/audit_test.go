package audit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"chiron/policy/audit"
	"chiron/step"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stream is the journal at the wire.
type stream struct {
	mu     sync.Mutex
	events []step.Event
	more   chan struct{}
}

func newStream(events ...step.Event) *stream {
	return &stream{events: events, more: make(chan struct{})}
}

func (s *stream) Chronicle(ctx context.Context, after uint64, fn func(uint64, step.Event) error) error {
	for {
		s.mu.Lock()
		events, more := s.events, s.more
		s.mu.Unlock()
		if after > uint64(len(events)) {
			return errors.New("the stream is shorter than that")
		}
		for _, ev := range events[after:] {
			after++
			if err := fn(after, ev); err != nil {
				return err
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *stream) add(events ...step.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, events...)
	close(s.more)
	s.more = make(chan struct{})
}

// story returns n steps of a task: a verdict, an answer now and then, an outcome, and events that the log does not keep.
func story(task string, n int) []step.Event {
	var out []step.Event
	add := func(no int, b step.Body) {
		out = append(out, step.Event{Task: task, Seq: uint64(len(out) + 1), Step: no, At: time.Date(2026, 11, 23, 5, 0, len(out), 0, time.UTC), Body: b})
	}
	for i := 1; i <= n; i++ {
		act := step.Act{Action: step.Click{Target: step.Target{Point: &step.Point{X: i, Y: i}}}}
		id := fmt.Sprintf("%s-%d", task, i)
		add(i, step.Noted{Text: "not kept"})
		add(i, step.Judged{Verdict: step.Verdict{ID: id, Decision: step.Permit, Rules: []string{"P5-act"}, Action: act,
			Digest: step.ActionDigest(act.Action), Effect: step.EffectReversible, Principal: "agent", Bundle: "b",
			Facts: step.Facts{Origin: "https://shop.example", Element: &step.Element{Tag: "button", Text: "private text"}}}})
		if i%3 == 0 {
			add(i, step.Answered{Answer: step.Answer{Question: "q", Choice: step.Approve, By: "bob", Text: "private words"}})
		}
		add(i, step.Did{Verdict: id, Outcome: step.Outcome{Status: step.Executed}, Before: strings.Repeat("ab", 32)})
	}
	return out
}

// write runs a writer over a stream until it has signed everything.
func write(t testing.TB, dir string, s *stream, every int) *audit.Writer {
	t.Helper()
	w, stop := start(t, dir, s, every)
	stop()
	return w
}

// start runs a writer; stop waits until everything that the stream has was taken in and signed.
func start(t testing.TB, dir string, s *stream, every int) (*audit.Writer, func()) {
	t.Helper()
	seen := &counting{stream: s, all: make(chan struct{})}
	w, err := audit.New(audit.Options{Dir: dir, Source: seen, Every: every, Within: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	return w, func() {
		t.Helper()
		select {
		case <-seen.all:
		case err := <-ended:
			cancel()
			t.Fatalf("the writer ended: %v", err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// counting says when the writer has taken in everything that the stream had.
type counting struct {
	*stream
	once sync.Once
	all  chan struct{}
}

func (c *counting) Chronicle(ctx context.Context, after uint64, fn func(uint64, step.Event) error) error {
	c.mu.Lock()
	n := uint64(len(c.events))
	c.mu.Unlock()
	if after >= n {
		c.once.Do(func() { close(c.all) })
	}
	return c.stream.Chronicle(ctx, after, func(p uint64, ev step.Event) error {
		err := fn(p, ev)
		if p >= n {
			c.once.Do(func() { close(c.all) })
		}
		return err
	})
}

func key(t testing.TB, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func verify(t testing.TB, dir string, saved ...string) audit.Report {
	t.Helper()
	r, err := audit.Verify(dir, key(t, dir), saved...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheLogIsWholeAfterAnOrderlyStop(t *testing.T) {
	dir, s := t.TempDir(), newStream(story("t1", 7)...)
	w := write(t, dir, s, 4)
	r := verify(t, dir)
	if r.Records != 16 || r.Unsigned != 0 || r.Checkpoints < 4 || r.Decisions["permit"] != 7 || r.Checkpoint != w.Checkpoint() {
		t.Fatalf("got %+v", r)
	}
	records, err := os.ReadFile(filepath.Join(dir, "records"))
	if err != nil || strings.Contains(string(records), "private") {
		t.Fatalf("what was on the page or said is in the log: %v", err)
	}
	s.add(story("t2", 2)...)
	write(t, dir, s, 4)
	if r := verify(t, dir, w.Checkpoint()); r.Records != 20 || r.Saved != 1 {
		t.Fatalf("got %+v", r)
	}
}

func TestACheckpointComesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w, err := audit.New(audit.Options{Dir: dir, Source: newStream(story("t1", 1)...), Within: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		<-w.Ready()
		synctest.Wait()
		if w.Checkpoint() != "" {
			t.Error("signed too early")
		}
		<-time.After(time.Second)
		synctest.Wait()
		if w.Checkpoint() == "" {
			t.Error("not signed in time")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestAnyFlippedByteIsFound changes every byte of every file of a log, one after another.
func TestAnyFlippedByteIsFound(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, newStream(story("t1", 2)...), 2)
	vkey, tried := key(t, dir), 0
	for _, name := range []string{"records", "hashes", "checkpoints"} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			masks := []byte{1 << (i % 8)}
			if name == "checkpoints" {
				masks = []byte{1, 2, 4, 8, 16, 32, 64, 128}
			}
			for _, mask := range masks {
				bad := append([]byte(nil), good...)
				bad[i] ^= mask
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					t.Fatal(err)
				}
				if _, err := audit.Verify(dir, vkey); !errors.Is(err, audit.ErrTampered) {
					t.Fatalf("%s, byte %d, mask %d: not found: %v", name, i, mask, err)
				}
				tried++
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verify(t, dir) // the control: unchanged, it is whole
	t.Logf("%d changes, all found", tried)
}

func TestDroppedReorderedAndAddedRecordsAreFound(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, newStream(story("t1", 6)...), 4)
	vkey := key(t, dir)
	change := func(name string, how func(lines []string) []string) {
		t.Helper()
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(strings.TrimSuffix(string(good), "\n"), "\n")
		lines[len(lines)-1] += "\n"
		if err := os.WriteFile(path, []byte(strings.Join(how(lines), "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := audit.Verify(dir, vkey); !errors.Is(err, audit.ErrTampered) {
			t.Errorf("not found: %v", err)
		}
		w, err := audit.New(audit.Options{Dir: dir, Source: newStream(story("t1", 6)...)})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Run(t.Context()); !errors.Is(err, audit.ErrTampered) && name == "records" {
			t.Errorf("a writer went on: %v", err)
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 14 {
		change("records", func(l []string) []string { return append(l[:i:i], l[i+1:]...) })
	}
	change("records", func(l []string) []string { l[2], l[3] = l[3], l[2]; return l })
	change("checkpoints", func(l []string) []string { return l[1:] })
	change("checkpoints", func(l []string) []string { return append(l[:1:1], l[2:]...) })
	change("checkpoints", func(l []string) []string { return append(l, l[0]) })
	verify(t, dir)
}

func TestARollbackIsFoundByASavedCheckpoint(t *testing.T) {
	dir, s := t.TempDir(), newStream(story("t1", 3)...)
	write(t, dir, s, 4)
	old := t.TempDir()
	if err := os.CopyFS(filepath.Join(old, "x"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s.add(story("t2", 3)...)
	saved := write(t, dir, s, 4).Checkpoint()
	verify(t, dir, saved)
	if _, err := audit.Verify(filepath.Join(old, "x"), key(t, dir)); err != nil {
		t.Fatalf("the older copy is whole in itself: %v", err)
	}
	if _, err := audit.Verify(filepath.Join(old, "x"), key(t, dir), saved); !errors.Is(err, audit.ErrRolled) {
		t.Fatalf("not found: %v", err)
	}
	other := t.TempDir()
	for _, name := range []string{"key", "key.pub"} { // the same key, another history
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(other, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(t, other, newStream(story("t3", 9)...), 4)
	if _, err := audit.Verify(other, key(t, dir), saved); !errors.Is(err, audit.ErrRolled) {
		t.Fatalf("not found: %v", err)
	}
}

func TestALostLogIsWrittenAgainTheSame(t *testing.T) {
	dir, s := t.TempDir(), newStream(story("t1", 5)...)
	saved := write(t, dir, s, 4).Checkpoint()
	before, err := os.ReadFile(filepath.Join(dir, "records"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"records", "hashes", "checkpoints"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, s, 100)
	after, err := os.ReadFile(filepath.Join(dir, "records"))
	if err != nil || string(after) != string(before) {
		t.Fatalf("it is another log: %v", err)
	}
	verify(t, dir, saved)
}

func TestWhatACrashLeftIsWrittenAgain(t *testing.T) {
	dir, s := t.TempDir(), newStream(story("t1", 5)...)
	write(t, dir, s, 4)
	for _, name := range []string{"records", "hashes"} { // as if records had been written and not yet signed
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(`{"position":99,"task":"forged"`)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	s.add(story("t2", 1)...)
	write(t, dir, s, 4)
	if r := verify(t, dir); r.Records != 13 {
		t.Fatalf("got %+v", r)
	}
}

func TestAShorterJournalIsFound(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, newStream(story("t1", 5)...), 4)
	w, err := audit.New(audit.Options{Dir: dir, Source: newStream(story("t1", 2)...)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "shorter") {
		t.Fatalf("got %v", err)
	}
}
