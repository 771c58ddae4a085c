package brains_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"chiron/cmd/brains"
	"chiron/cmd/settings"
	"chiron/inference/inferencetest"
	"chiron/journal"
	"chiron/mind"
	"chiron/mind/admission"
	"chiron/step"

	"github.com/ollama/ollama/api"
)

// shelf is a table of certificates in memory.
type shelf struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (s *shelf) Get(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data, ok := s.kept[key]; ok {
		return data, nil
	}
	return nil, journal.ErrNotFound
}

func (s *shelf) Put(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[key] = value
	return nil
}

// certified is a shelf on which a model passed with a digest and a version of Ollama.
func certified(t *testing.T, digest, version string) *shelf {
	t.Helper()
	data, err := json.Marshal(admission.Certificate{Model: "m", Digest: digest, Ollama: version, Size: step.Viewport(), OK: true})
	if err != nil {
		t.Fatal(err)
	}
	return &shelf{kept: map[string][]byte{admission.Key(digest, version, step.Viewport()): data}}
}

// place is an endpoint with a model that answers its own name; while it is down nothing answers there.
type place struct {
	*inferencetest.Scripted
	down atomic.Pointer[func(path string) bool]
}

func (p *place) fails(when func(path string) bool) { p.down.Store(&when) }

func always(string) bool { return true }
func never(string) bool  { return false }

func (p *place) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (*p.down.Load())(r.URL.Path) {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

func newPlace(t *testing.T, name, digest, version string) *place {
	t.Helper()
	p := &place{}
	p.fails(never)
	p.Scripted = inferencetest.ScriptBehind(t, func(api.ChatRequest) string { return name }, p.handler)
	p.Digests["m:latest"], p.Version = digest, version
	return p
}

func ask(t *testing.T, b *brains.Brains) (string, error) {
	t.Helper()
	a, err := b.Chat(t.Context(), mind.Prompt{Role: mind.RoleActor, Task: "t", Turns: []mind.Turn{{Who: "user", Text: "?"}}})
	return a.Text, err
}

// TestFailoverGoesOnlyWhereTheModelIsCertified has the endpoint that answers fail in the middle of a call. The other one was not there when
// the model's standing was looked up; it is asked only where it has the same digest under the same Ollama. The control lets any model drive.
func TestFailoverGoesOnlyWhereTheModelIsCertified(t *testing.T) {
	for _, c := range []struct {
		name, digest, version string
		any                   bool
		want                  string
	}{
		{"the same", "d1", "0.17.4", false, "second"},
		{"another digest", "d2", "0.17.4", false, ""},
		{"another Ollama", "d1", "0.18.0", false, ""},
		{"without the model", "", "0.17.4", false, ""},
		{"control: any may drive", "d2", "0.18.0", true, "second"},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := newPlace(t, "first", "d1", "0.17.4"), newPlace(t, "second", c.digest, c.version)
			if c.digest == "" {
				delete(second.Digests, "m:latest")
			}
			second.fails(always)
			b := joined(t, settings.InferenceConfig{Actor: "m", Uncertified: c.any}, certified(t, "d1", "0.17.4"), first.Scripted, second.Scripted)
			if got, err := ask(t, b); err != nil || got != "first" {
				t.Fatalf("%q, %v", got, err)
			}
			second.fails(never)
			first.fails(func(path string) bool { return strings.HasPrefix(path, "/api/chat") })
			got, err := ask(t, b)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q, %v", got, err)
			}
			if c.want == "" && len(second.Asked()) > 0 {
				t.Errorf("a model was asked that never passed: %v", err)
			}
			if c.want == "" && c.digest != "" && !errors.Is(err, brains.ErrUncertified) {
				t.Errorf("the error does not say why: %v", err)
			}
		})
	}
}

// TestEndpointsThatDifferAreRefusedTogether, and one that is changed while it runs is refused from then on.
func TestEndpointsThatDifferAreRefusedTogether(t *testing.T) {
	for name, digest := range map[string]string{"equal": "d1", "different": "d2"} {
		first, second := newPlace(t, "first", "d1", "0.17.4"), newPlace(t, "second", digest, "0.17.4")
		b := joined(t, settings.InferenceConfig{Actor: "m"}, certified(t, "d1", "0.17.4"), first.Scripted, second.Scripted)
		got, err := ask(t, b)
		if (err == nil) != (digest == "d1") || (got == "") != (digest != "d1") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if asked := len(first.Asked()) + len(second.Asked()); digest != "d1" && (asked > 0 || !errors.Is(err, brains.ErrUncertified) || !strings.Contains(err.Error(), "make them equal")) {
			t.Errorf("%s: %d calls, %v", name, asked, err)
		}
	}
}

// TestExaminationsStayWithOneModel: an endpoint that fails in the middle of an examination is not replaced by one with another model.
func TestExaminationsStayWithOneModel(t *testing.T) {
	first, second := newPlace(t, "first", "d1", "0.17.4"), newPlace(t, "second", "d2", "0.17.4")
	second.fails(always)
	table := &shelf{kept: map[string][]byte{}}
	b := joined(t, settings.InferenceConfig{Actor: "m"}, table, first.Scripted, second.Scripted)
	var asked atomic.Int32
	first.fails(func(path string) bool {
		if strings.HasPrefix(path, "/api/chat") && asked.Add(1) > 3 {
			second.fails(never)
		}
		return asked.Load() > 3
	})
	if err := b.Begin(t.Context(), brains.JobCertify, "m"); err != nil {
		t.Fatal(err)
	}
	b.Wait()
	if len(second.Asked()) > 0 || len(table.kept) > 0 || len(first.Asked()) == 0 {
		t.Errorf("another model was examined in the place of the first: %d and %d calls, %d certificates", len(first.Asked()), len(second.Asked()), len(table.kept))
	}
}
