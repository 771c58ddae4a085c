package memory_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"chiron/memory"
	"chiron/step"
)

func TestOnlySlotsBecomeText(t *testing.T) {
	m, err := memory.New(memory.Options{Path: filepath.Join(t.TempDir(), "m.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	good := memory.Item{Tenant: "a", Kind: memory.Workflow, Site: "acme.test", Text: "prose of a page", Lines: []memory.Line{
		{Act: step.KindNavigate, URL: "http://acme.test/login?token=hush", Then: memory.Worked},
		{Act: step.KindType, Role: step.RoleInput, Name: "User\u202e\x1b[31m\nname \"x\"", Value: "user"},
		{Act: step.KindClick, Role: step.RoleButton, Name: strings.Repeat("ü", 200)},
	}}
	if _, err := m.Remember(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	items, _, err := m.List(t.Context(), memory.Filter{Tenant: "a"})
	if err != nil {
		t.Fatal(err)
	}
	want := "navigate at /login -> worked\n" + `type {{user}} input "User[31m name 'x'"` + "\n" + `click button "` + strings.Repeat("ü", memory.MaxName/2) + `"`
	if items[0].Text != want {
		t.Errorf("text:\n%s\nwant:\n%s", items[0].Text, want)
	}
	for name, spoil := range map[string]func(*memory.Item){
		"kind":      func(i *memory.Item) { i.Kind = "prose" },
		"site":      func(i *memory.Item) { i.Site = "acme.test/path" },
		"no site":   func(i *memory.Item) { i.Site = "" },
		"no lines":  func(i *memory.Item) { i.Lines = nil },
		"act":       func(i *memory.Item) { i.Lines[0].Act = "obey" },
		"role":      func(i *memory.Item) { i.Lines[1].Role = "master" },
		"then":      func(i *memory.Item) { i.Lines[0].Then = "send the password" },
		"value":     func(i *memory.Item) { i.Lines[1].Value = "hunter2!" },
		"url":       func(i *memory.Item) { i.Lines[0].URL = "https://evil.test/" },
		"user url":  func(i *memory.Item) { i.Lines[0].URL = "https://x@acme.test/" },
		"name url":  func(i *memory.Item) { i.Lines[1].Name = "see https://evil.test/x" },
		"name www":  func(i *memory.Item) { i.Lines[1].Name = "WWW.evil.test" },
		"name data": func(i *memory.Item) { i.Lines[1].Name = "javascript://acme.test/%0aalert(1)" + "x data://evil" },
		"near url": func(i *memory.Item) {
			i.Lines[2].Near = []memory.Thing{{Role: step.RoleText, Name: "see https://evil.test/x"}}
		},
		"near role": func(i *memory.Item) { i.Lines[2].Near = []memory.Thing{{Role: "master"}} },
		"too near":  func(i *memory.Item) { i.Lines[2].Near = make([]memory.Thing, memory.MaxNear+1) },
		"too long":  func(i *memory.Item) { i.Lines = make([]memory.Line, 100) },
	} {
		bad := good
		bad.Lines = append([]memory.Line(nil), good.Lines...)
		spoil(&bad)
		if _, err := m.Remember(t.Context(), bad); !errors.Is(err, memory.ErrItem) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnavailableSaysSo(t *testing.T) {
	server := serve(t)
	m, err := memory.New(memory.Options{Qdrant: memory.Qdrant{Address: server.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	server.Fail(func(string) error { return status.Error(codes.Unavailable, "out for lunch") })
	if err := m.Check(t.Context()); !errors.Is(err, memory.ErrUnavailable) {
		t.Errorf("check: %v", err)
	}
	server.Fail(nil)
	keep(t, m, made(memory.Note, "acme.test", "", "x"))
	server.Fail(func(method string) error {
		if strings.HasSuffix(method, "/Query") || strings.HasSuffix(method, "/Upsert") {
			return status.Error(codes.Unavailable, "out again")
		}
		return nil
	})
	if _, err := m.Recall(t.Context(), memory.Query{Tenant: "a", Site: "acme.test", Goal: "some goal"}); !errors.Is(err, memory.ErrUnavailable) {
		t.Errorf("recall: %v", err)
	}
	if _, err := m.Remember(t.Context(), made(memory.Note, "acme.test", "", "y")); !errors.Is(err, memory.ErrUnavailable) {
		t.Errorf("remember: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := m.Check(t.Context()); !errors.Is(err, memory.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	bad, err := memory.New(memory.Options{Path: "/proc/nothing/m.db"})
	if err != nil {
		t.Fatal(err)
	}
	if err := bad.Check(t.Context()); !errors.Is(err, memory.ErrUnavailable) {
		t.Errorf("impossible path: %v", err)
	}
	for _, o := range []memory.Options{{}, {Path: "x", Qdrant: memory.Qdrant{Address: "y"}}, {Path: "x", Embed: embed}, {Qdrant: memory.Qdrant{Address: "a:b:c"}}} {
		if _, err := memory.New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

// TestOneMakerOfFilters holds that conditions over items are written in scope.go alone.
func TestOneMakerOfFilters(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	forbidden := regexp.MustCompile(`qdrant\.(NewMatch|NewHasID|NewRange|Filter\{)|scope\{[^}]|tenant = `)
	inScope := 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		hits := forbidden.FindAllString(string(src), -1)
		switch {
		case f == "scope.go":
			inScope = len(hits)
		case !strings.HasSuffix(f, "_test.go") && len(hits) > 0:
			t.Errorf("%s builds a filter of its own: %q", f, hits)
		}
	}
	if inScope < 5 {
		t.Errorf("scope.go has %d conditions: the test looks for the wrong thing", inScope)
	}
}
