package ocr

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// orphanDir, when set, makes the test program a parent that reads one picture, says so and waits to be killed.
const orphanDir = "CHIRON_TEST_OCR_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(orphanDir); dir != "" {
		os.Exit(parent(dir))
	}
	goleak.VerifyTestMain(m)
}

func tesseract(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("tesseract")
	if err != nil {
		t.Fatalf("Tesseract is needed (Debian: tesseract-ocr): %v", err)
	}
	return path
}

// write returns a picture with a line of text.
func write(t testing.TB, text string) *image.Gray {
	t.Helper()
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 32, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, 640, 120))
	draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src)
	d := font.Drawer{Dst: g, Src: image.NewUniform(color.Black), Face: face, Dot: fixed.P(40, 70)}
	d.DrawString(text)
	return g
}

func start(t testing.TB, o Options) *Worker {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	o.Logger = slog.New(slog.DiscardHandler)
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(o.TempDir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
	return w
}

func text(words []Word) string {
	var parts []string
	for _, w := range words {
		parts = append(parts, w.Text)
	}
	return strings.Join(parts, " ")
}

func TestOneProcessReadsManyPictures(t *testing.T) {
	dir := t.TempDir()
	starts := filepath.Join(dir, "starts")
	w := start(t, Options{Program: script(t, dir, `echo x >> `+starts+`; exec `+tesseract(t)+` "$@"`)})
	for i := range 5 {
		want := fmt.Sprintf("Reading number %d", 20+i)
		words, err := w.Read(t.Context(), write(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(words); got != want {
			t.Errorf("read %q, want %q", got, want)
		}
	}
	if said, err := os.ReadFile(starts); err != nil || len(said) != 2 {
		t.Errorf("program was started %d times: %v", len(said)/2, err)
	}
}

func script(t *testing.T, dir, body string) string {
	t.Helper()
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProcessIsReplaced(t *testing.T) {
	for name, fault := range map[string]string{
		"dies":     `read x; echo "out of memory" >&2; exit 3`,
		"hangs":    `read x; exec sleep 600`,
		"babbles":  `while :; do echo "no table"; done`,
		"one line": `exec cat /dev/zero`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if name == "hangs" {
				timeout = 6 * time.Second
			}
			dir := t.TempDir()
			flag := filepath.Join(dir, "flag")
			program := script(t, dir, `if [ ! -e `+flag+` ]; then touch `+flag+`; `+fault+`; fi; exec `+tesseract(t)+` "$@"`)
			w := start(t, Options{Program: program, Timeout: timeout})
			if _, err := w.Read(t.Context(), write(t, "first")); !errors.Is(err, ErrFailed) {
				t.Errorf("first: %v", err)
			} else if name == "dies" && !strings.Contains(err.Error(), "out of memory") {
				t.Errorf("the error does not say why: %v", err)
			}
			words, err := w.Read(t.Context(), write(t, "second"))
			if err != nil || text(words) != "second" {
				t.Errorf("second: %q, %v", text(words), err)
			}
		})
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	w, err := New(Options{Program: tesseract(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("no longer wanted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := w.Read(ctx, write(t, "x")); !errors.Is(err, cause) { // nothing runs: it would wait for ever
		t.Errorf("got %v", err)
	}
}

func TestLanguagesAreNames(t *testing.T) {
	if _, err := New(Options{Languages: []string{"eng", "--psm"}}); err == nil {
		t.Error("an option passed for a language")
	}
}

// parent reads one picture and stays, so that the test can kill it.
func parent(dir string) int {
	w, err := New(Options{Program: os.Getenv(orphanDir + "_PROGRAM"), TempDir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 1
	}
	ctx := context.Background()
	go func() { _ = w.Run(ctx) }()
	g := image.NewGray(image.Rect(0, 0, 100, 100))
	if _, err := w.Read(ctx, g); err != nil {
		return 1
	}
	fmt.Println("ready")
	select {}
}

func TestProgramDiesWithItsParent(t *testing.T) {
	dir := t.TempDir()
	pidFile := filepath.Join(dir, "pid")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanDir+"="+dir,
		orphanDir+"_PROGRAM="+script(t, dir, `echo $$ > `+pidFile+`; exec `+tesseract(t)+` "$@"`))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("parent said %q: %v", line, err)
	}
	raw, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for alive(pid) {
		select {
		case <-deadline:
			t.Fatalf("process %d outlived its parent", pid)
		case <-tick.C:
		}
	}
}

// alive reports whether a process runs; one that waits to be reaped does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func FuzzParse(f *testing.F) {
	f.Add("level\tpage_num\n1\t1\t0\t0\t0\t0\t0\t0\t64\t64\t-1\t\n5\t1\t1\t1\t1\t1\t4\t4\t30\t12\t96.5\tHello\n1\t2\t0\t0\t0\t0\t0\t0\t64\t64\t-1\t\n")
	f.Add("5\t1\t1\t1\t1\t1\t-4\t4\t99999999\t12\tNaN\t\xff\n1\t2\t0\t0\t0\t0\t0\t0\t64\t64\t-1\t\n")
	f.Add("5\t1\n")
	f.Fuzz(func(t *testing.T, answer string) {
		size := image.Pt(200, 100)
		words, err := parse(bufio.NewReader(strings.NewReader(answer)), 2, size)
		if err != nil {
			if words != nil {
				t.Error("words beside an error")
			}
			return
		}
		for _, w := range words {
			if w.Text == "" || w.Box.Empty() || !w.Box.In(image.Rectangle{Max: size}) || !(w.Confidence >= 0 && w.Confidence <= 100) {
				t.Errorf("%+v", w)
			}
		}
	})
}
