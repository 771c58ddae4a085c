package memory_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chiron/memory"
	"chiron/memory/qdranttest"
	"chiron/step"
)

// embed is a model that knows three topics; "sign in" and "log on" mean the same to it.
func embed(_ context.Context, texts []string) ([][]float32, error) {
	topics := map[string]int{"sign": 0, "log": 0, "login": 0, "invoice": 1, "bill": 1, "search": 2, "find": 2}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v := make([]float32, 8)
		for _, w := range strings.Fields(strings.ToLower(t)) {
			if topic, ok := topics[strings.Trim(w, `".,`)]; ok {
				v[topic] += 3
			}
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(t))
		v[3+h.Sum32()%5] += 0.1
		out[i] = v
	}
	return out, nil
}

type maker func(t *testing.T, change func(*memory.Options)) *memory.Memory

// backends returns every back end: SQLite, the Qdrant adapter at the wire, and a real Qdrant when CHIRON_TEST_QDRANT
// names one (host:port).
func backends(t *testing.T) map[string]maker {
	open := func(t *testing.T, o memory.Options, change func(*memory.Options)) *memory.Memory {
		t.Helper()
		if change != nil {
			change(&o)
		}
		m, err := memory.New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
		return m
	}
	all := map[string]maker{
		"sqlite": func(t *testing.T, change func(*memory.Options)) *memory.Memory {
			return open(t, memory.Options{Path: filepath.Join(t.TempDir(), "a b?", "memory.db")}, change)
		},
		"qdrant at the wire": func(t *testing.T, change func(*memory.Options)) *memory.Memory {
			return open(t, memory.Options{Qdrant: memory.Qdrant{Address: serve(t).Addr}}, change)
		},
	}
	if addr := os.Getenv("CHIRON_TEST_QDRANT"); addr != "" {
		all["qdrant"] = func(t *testing.T, change func(*memory.Options)) *memory.Memory {
			m := open(t, memory.Options{Qdrant: memory.Qdrant{Address: addr}}, change)
			for _, tenant := range []string{"a", "b"} {
				if _, err := m.Forget(t.Context(), memory.Pick{Tenant: tenant, All: true}); err != nil {
					t.Fatal(err)
				}
			}
			return m
		}
	}
	return all
}

func serve(t *testing.T) *qdranttest.Server {
	t.Helper()
	s, err := qdranttest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// conform runs a test against every back end.
func conform(t *testing.T, test func(t *testing.T, open maker)) {
	for name, open := range backends(t) {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func withEmbed(o *memory.Options) { o.Embedder, o.Embed = "Topics:8d", embed }

func made(kind memory.Kind, site, goal, name string) memory.Item {
	return memory.Item{Tenant: "a", Kind: kind, Site: site, Goal: goal, Status: memory.Active,
		Lines:      []memory.Line{{Act: step.KindClick, Role: step.RoleButton, Name: name, Then: memory.Worked}},
		Provenance: memory.Provenance{Task: "t-" + name, Model: "little@1"}}
}

func keep(t *testing.T, m *memory.Memory, i memory.Item) string {
	t.Helper()
	id, err := m.Remember(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// recall returns the names in the recalled texts, in order.
func recall(t *testing.T, m *memory.Memory, tenant, site, goal string) (names []string, r memory.Recall) {
	t.Helper()
	r, err := m.Recall(t.Context(), memory.Query{Tenant: tenant, Site: site, Goal: goal})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range r.Items {
		names = append(names, strings.Split(i.Text, `"`)[1])
	}
	return names, r
}

func TestRecallIsBoundToTenantSiteAndAdmission(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, nil)
		keep(t, m, made(memory.Lesson, "acme.test", "sign in to acme", "Sign in"))
		keep(t, m, made(memory.Lesson, "acme.test:8080", "sign in to acme", "Other port"))
		keep(t, m, made(memory.Lesson, "other.test", "sign in to acme", "Other site"))
		foreign := made(memory.Lesson, "acme.test", "sign in to acme", "Other tenant")
		foreign.Tenant = "b"
		keep(t, m, foreign)
		waiting := made(memory.Lesson, "acme.test", "sign in to acme", "Quarantined")
		waiting.Status = ""
		id := keep(t, m, waiting)
		tainted := made(memory.Lesson, "acme.test", "sign in to acme", "Tainted")
		tainted.Provenance.Taint = []string{"untrusted_web"}
		keep(t, m, tainted)
		if got, r := recall(t, m, "a", "ACME.test", "please sign in"); !reflect.DeepEqual(got, []string{"Sign in"}) || r.Degraded == "" {
			t.Errorf("recalled %q, degraded %q", got, r.Degraded)
		}
		if got, _ := recall(t, m, "c", "acme.test", "sign in"); got != nil {
			t.Errorf("another tenant recalled %q", got)
		}
		if _, err := m.Revoke(t.Context(), memory.Pick{Tenant: "a", Task: "t-Sign in"}); err != nil {
			t.Fatal(err)
		}
		if n, err := m.Admit(t.Context(), memory.Pick{Tenant: "b", IDs: []string{id}}); err != nil || n != 0 {
			t.Errorf("another tenant admitted %d items, %v", n, err)
		}
		if n, err := m.Admit(t.Context(), memory.Pick{Tenant: "a", IDs: []string{id}}); err != nil || n != 1 {
			t.Errorf("admitted %d items, %v", n, err)
		}
		keep(t, m, made(memory.Lesson, "acme.test", "sign in to acme", "Sign in")) // revoked before: stays so
		if got, _ := recall(t, m, "a", "acme.test", "please sign in"); !reflect.DeepEqual(got, []string{"Quarantined"}) {
			t.Errorf("recalled %q", got)
		}
	})
}

func TestRecallIsShort(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, nil)
		for n := range 12 {
			for _, kind := range []memory.Kind{memory.Lesson, memory.Workflow, memory.Note} {
				i := made(kind, "acme.test", "find the invoice", fmt.Sprintf("%s %02d", kind, n))
				i.Trust = n
				if kind == memory.Note {
					i.Goal = "something else"
				}
				keep(t, m, i)
			}
		}
		got, r := recall(t, m, "a", "acme.test", "Find the latest invoice!")
		if len(got) != 7 || r.Items[0].Kind != memory.Lesson || r.Items[1].Kind != memory.Workflow {
			t.Fatalf("recalled %q", got)
		}
		if want := []string{"note 11", "note 10", "note 09", "note 08", "note 07"}; !reflect.DeepEqual(got[2:], want) {
			t.Errorf("notes %q, want %q", got[2:], want)
		}
		long := made(memory.Note, "long.test", "x", "")
		for n := range 8 {
			long.Lines = nil
			for range 6 {
				long.Lines = append(long.Lines, memory.Line{Act: step.KindClick, Role: step.RoleButton, Name: strings.Repeat("n", 45) + fmt.Sprint(n), Then: memory.Worked})
			}
			keep(t, m, long)
		}
		_, r = recall(t, m, "a", "long.test", "x")
		if r.Tokens > memory.MaxTokens || r.Cut == 0 || len(r.Items) == 0 {
			t.Errorf("%d items, %d tokens, %d cut", len(r.Items), r.Tokens, r.Cut)
		}
	})
}

func TestWordsAndMeaningAreFused(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, withEmbed)
		keep(t, m, made(memory.Lesson, "acme.test", "sign in", "Enter"))
		keep(t, m, made(memory.Lesson, "acme.test", "open the bill", "Pay"))
		got, r := recall(t, m, "a", "acme.test", "log on to the portal")
		if !reflect.DeepEqual(got, []string{"Enter"}) || r.Degraded != "" {
			t.Errorf("by meaning: %q, degraded %q", got, r.Degraded)
		}
		if got, _ := recall(t, m, "a", "acme.test", "what is on the bill"); !reflect.DeepEqual(got, []string{"Pay"}) {
			t.Errorf("by words and meaning: %q", got)
		}
		if got, _ := recall(t, m, "a", "acme.test", "weather tomorrow"); got != nil {
			t.Errorf("nothing to do with anything: %q", got)
		}
	})
}

func TestAFailingEmbedderDegrades(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		down := false
		m := open(t, func(o *memory.Options) {
			o.Embedder = "moody"
			o.Embed = func(ctx context.Context, texts []string) ([][]float32, error) {
				if down {
					return nil, errors.New("no model")
				}
				return embed(ctx, texts)
			}
		})
		keep(t, m, made(memory.Lesson, "acme.test", "sign in", "Before"))
		down = true
		keep(t, m, made(memory.Workflow, "acme.test", "sign in", "While down"))
		got, r := recall(t, m, "a", "acme.test", "sign in")
		if !reflect.DeepEqual(got, []string{"Before", "While down"}) || !strings.Contains(r.Degraded, "no model") {
			t.Errorf("recalled %q, degraded %q", got, r.Degraded)
		}
	})
}

func TestListForgetAndFeedback(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, nil)
		ids := []string{}
		for n := range 5 {
			ids = append(ids, keep(t, m, made(memory.Note, "acme.test", "", fmt.Sprint("Button ", n))))
		}
		if again := keep(t, m, made(memory.Note, "acme.test", "", "button  4")); again != ids[4] {
			t.Error("the same content is another item")
		}
		items, total, err := m.List(t.Context(), memory.Filter{Tenant: "a", Site: "acme.test", Limit: 2})
		if err != nil || total != 5 || len(items) != 2 || items[0].Created.Before(items[1].Created) {
			t.Errorf("list: %d of %d, %v", len(items), total, err)
		}
		if i := items[0]; i.Provenance.Model != "little@1" || i.Status != memory.Active || len(i.Lines) != 1 || time.Since(i.Created) > time.Minute {
			t.Errorf("item: %+v", i)
		}
		for _, ok := range []bool{true, false, false, false} {
			if err := m.Used(t.Context(), "a", ids[:1], ok); err != nil {
				t.Fatal(err)
			}
		}
		items, _, err = m.List(t.Context(), memory.Filter{Tenant: "a", Status: memory.Quarantined})
		if err != nil || len(items) != 1 || items[0].ID != ids[0] || items[0].Used != 4 || items[0].Failed != 3 || items[0].Succeeded != 1 {
			t.Errorf("after three failures: %+v, %v", items, err)
		}
		if n, err := m.Forget(t.Context(), memory.Pick{Tenant: "a", Task: "t-Button 1"}); err != nil || n != 1 {
			t.Errorf("forgot %d, %v", n, err)
		}
		if n, err := m.Forget(t.Context(), memory.Pick{Tenant: "b", All: true}); err != nil || n != 0 {
			t.Errorf("another tenant forgot %d, %v", n, err)
		}
		if n, err := m.Forget(t.Context(), memory.Pick{Tenant: "a", All: true}); err != nil || n != 4 {
			t.Errorf("forgot %d, %v", n, err)
		}
		if got, _ := recall(t, m, "a", "acme.test", "button"); got != nil {
			t.Errorf("recalled what was forgotten: %q", got)
		}
	})
}

func TestOldItemsAreNotRecalled(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, func(o *memory.Options) { o.MaxAge = time.Nanosecond })
		keep(t, m, made(memory.Note, "acme.test", "", "Old"))
		if got, _ := recall(t, m, "a", "acme.test", "old"); got != nil {
			t.Errorf("recalled %q", got)
		}
	})
}

func TestNothingWithoutATenant(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, nil)
		i := made(memory.Note, "acme.test", "", "x")
		i.Tenant = ""
		_, err1 := m.Remember(t.Context(), i)
		_, err2 := m.Recall(t.Context(), memory.Query{Site: "acme.test"})
		_, _, err3 := m.List(t.Context(), memory.Filter{Tenant: " "})
		_, err4 := m.Forget(t.Context(), memory.Pick{All: true})
		_, err5 := m.Admit(t.Context(), memory.Pick{Task: "t"})
		err6 := m.Used(t.Context(), "", []string{"x"}, true)
		for n, err := range []error{err1, err2, err3, err4, err5, err6} {
			if !errors.Is(err, memory.ErrTenant) {
				t.Errorf("call %d: %v", n+1, err)
			}
		}
		if _, err := m.Forget(t.Context(), memory.Pick{Tenant: "a"}); !errors.Is(err, memory.ErrPick) {
			t.Errorf("forget of nothing in particular: %v", err)
		}
	})
}

func TestSimilarityIsNotNaN(t *testing.T) {
	conform(t, func(t *testing.T, open maker) {
		m := open(t, func(o *memory.Options) {
			o.Embedder = "flat"
			o.Embed = func(_ context.Context, texts []string) ([][]float32, error) {
				return [][]float32{{float32(math.SmallestNonzeroFloat32), 1}}, nil
			}
		})
		keep(t, m, made(memory.Note, "acme.test", "", "One"))
		if got, _ := recall(t, m, "a", "acme.test", "unrelated"); !reflect.DeepEqual(got, []string{"One"}) {
			t.Errorf("recalled %q", got)
		}
	})
}
