// Package browsertest gives tests a real Browser, small pages, and a bare Chromium to hold it against.
package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"chiron/browser"
	"chiron/guard"
)

// Main plays the guard when the test binary was started as one, which Self makes happen. TestMain calls it first.
func Main() {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard.Main(os.Args[2:]))
	}
}

// Self is the argv that reaches Main.
func Self(t testing.TB) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{exe, "guard"}
}

// Dir is a temporary directory that Chromium's user may enter; it is removed with the test.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bt-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, _ := filepath.Glob(filepath.Join(dir, "*"))
		if len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		os.RemoveAll(dir)
	})
	return dir
}

// Start runs a Browser until the test ends. edit changes the options; nil keeps them.
func Start(t testing.TB, edit func(*browser.Options)) *browser.Browser {
	t.Helper()
	o := browser.Options{Self: Self(t), Dir: Dir(t), Rules: Listed}
	if edit != nil {
		edit(&o)
	}
	b, err := browser.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var once sync.Once
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		once.Do(cancel)
		if err := <-ended; err != nil {
			t.Errorf("browser: %v", err)
		}
	})
	select {
	case <-b.Ready():
	case err := <-ended:
		ended <- nil
		t.Fatalf("browser: %v", err)
	}
	return b
}

// Open opens a session that may reach the given hosts; it is closed with the test.
func Open(t testing.TB, b *browser.Browser, o browser.SessionOptions) *browser.Session {
	t.Helper()
	s, err := b.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}
