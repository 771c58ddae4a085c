package files_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chiron/browser/files"
	"chiron/step"
)

func newStore(t *testing.T, o files.Options) *files.Store {
	t.Helper()
	o.Shared, o.Private, o.UID, o.GID, o.Limit = t.TempDir(), t.TempDir(), os.Geteuid(), os.Getegid(), 1000
	s, err := files.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
		for _, dir := range []string{o.Shared, o.Private} {
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		}
	})
	return s
}

func TestOnlyPlainFilesFromItsOwnDirectory(t *testing.T) {
	s := newStore(t, files.Options{})
	outside := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(outside, []byte("secret"), 0o600)
	os.Symlink(outside, filepath.Join(s.Incoming(), "link"))
	os.Mkdir(filepath.Join(s.Incoming(), "dir"), 0o700)
	os.WriteFile(filepath.Join(s.Incoming(), "big"), make([]byte, 1001), 0o600)
	for _, guid := range []string{"link", "dir", "big", "missing", "../x", outside, ""} {
		if d, err := s.Finish(guid, "http://x/", "a.txt"); err == nil {
			t.Errorf("%q was taken: %+v", guid, d)
		}
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "secret" {
		t.Fatalf("the stranger's file: %q %v", data, err)
	}
	if _, err := s.Open("x"); !errors.Is(err, files.ErrNone) {
		t.Fatalf("open: %v", err)
	}
}

func TestUploadsAreTheTasksOwn(t *testing.T) {
	s := newStore(t, files.Options{Uploads: []step.File{{Name: "a.txt", Data: []byte("a")}}})
	path, err := s.Upload("a.txt")
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "a" {
		t.Fatalf("%q %v", data, err)
	}
	for _, name := range []string{"b.txt", "", ".", "..", "../a.txt", path} {
		if got, err := s.Upload(name); err == nil {
			t.Errorf("%q leads to %s", name, got)
		}
	}
	bad, err := files.New(files.Options{
		Shared: t.TempDir(), Private: t.TempDir(), UID: os.Geteuid(), Uploads: []step.File{{Name: "../a"}},
	})
	if err == nil {
		t.Error("a path was taken as a name")
	}
	if err := bad.Remove(); err != nil {
		t.Error(err)
	}
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"": "download", "..": "download", "../../etc/passwd": "passwd", `C:\x\y.txt`: "y.txt", "a\x00b\u202ec.pdf": "abc.pdf",
		".bashrc": "bashrc", "a<b>|c?.txt": "a_b__c_.txt", strings.Repeat("é", 300) + ".pdf": strings.Repeat("é", 98) + ".pdf",
	} {
		if got := files.SafeName(in); got != want {
			t.Errorf("safe name of %q = %q, want %q", in, got, want)
		}
	}
}
