package guard_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"chiron/guard"
)

func sh(t *testing.T, script string) guard.Spec {
	t.Helper()
	return guard.Spec{Self: self(t), Path: "/bin/bash", Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"}}
}

func TestChildGetsExactlyItsSpec(t *testing.T) {
	t.Setenv("CHIRON_LEAK", "1")
	var out, errs bytes.Buffer
	spec := sh(t, `echo "$A $CHIRON_LEAK $PWD"; echo bad >&2; cat <&3; ls /proc/self/fd | wc -l; exit 7`)
	spec.Env = append(spec.Env, "A=b")
	spec.Dir = "/usr"
	spec.Stdout, spec.Stderr = &out, &errs
	r, w := pipe(t)
	w.WriteString("from fd 3\n")
	w.Close()
	spec.Files = []*os.File{r}
	child, err := guard.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	var exit *guard.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Code != 7 {
		t.Fatalf("Wait = %v, want status 7", err)
	}
	// ls sees 0, 1, 2, 3 and the directory it reads.
	if want := "b  /usr\nfrom fd 3\n5\n"; out.String() != want || errs.String() != "bad\n" {
		t.Fatalf("out %q err %q, want %q", out.String(), errs.String(), want)
	}
	if err := child.Stop(t.Context()); err != nil {
		t.Fatalf("Stop of an ended child = %v", err)
	}
}

func TestStopWithoutPatienceKillsAtOnce(t *testing.T) {
	r, w := pipe(t)
	spec := sh(t, `trap "" TERM; echo 1 >&3; while :; do sleep 1000; done`)
	spec.Files = []*os.File{w}
	spec.Grace = time.Hour
	child, err := guard.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := r.Read(make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := child.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if !allGone(r, orphanWait) {
		t.Fatal("the stubborn child is still there")
	}
}

func TestBadStartsAreClear(t *testing.T) {
	good := sh(t, "exit 0")
	cases := []struct {
		name string
		edit func(*guard.Spec)
		want string
	}{
		{"no self", func(s *guard.Spec) { s.Self = nil }, "Spec.Self is empty"},
		{"no path", func(s *guard.Spec) { s.Path = "" }, "Spec.Path is empty"},
		{"self is no guard", func(s *guard.Spec) { s.Self = []string{"/bin/true"} }, "/bin/true did not answer as a guard"},
		{"self is missing", func(s *guard.Spec) { s.Self = []string{"/nowhere/chiron"} }, "no such file"},
		{"not executable", func(s *guard.Spec) { s.Path = "/etc/passwd" }, "permission denied"},
		{"spec too long", func(s *guard.Spec) { s.Env = []string{strings.Repeat("x", 300<<10)} }, "longer than"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			spec := good
			c.edit(&spec)
			_, err := guard.Start(t.Context(), spec)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("Start = %v, want %q", err, c.want)
			}
		})
	}
}

func TestMainRefusesStrangers(t *testing.T) {
	if got := guard.Main([]string{"--help"}); got == 0 {
		t.Fatal("Main took arguments")
	}
}
