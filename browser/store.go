package browser

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"chiron/step"
)

// sniffLength is how much of a file http.DetectContentType looks at.
const sniffLength = 512

// maxName bounds a download's name in bytes, as file systems do.
const maxName = 200

// store keeps a session's files. Chromium writes downloads into incoming; what has finished moves to dir, which Chromium
// cannot reach, under its SHA-256. The task's own files stand in outgoing, for Chromium to read.
type store struct {
	incoming, dir, outgoing string
	limit                   int64 // bytes of one download

	mu    sync.Mutex
	fresh []step.Download   // finished since the last take
	kept  map[string]string // SHA-256 → name
}

// finish takes a completed download out of Chromium's reach and describes it.
func (s *store) finish(guid, url, suggested string) (step.Download, error) {
	from := filepath.Join(s.incoming, filepath.Base(guid))
	defer os.Remove(from)
	in, err := os.Open(from)
	if err != nil {
		return step.Download{}, err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return step.Download{}, errors.Join(errors.New("not a plain file"), err)
	}
	tmp, err := os.CreateTemp(s.dir, "incoming-")
	if err != nil {
		return step.Download{}, err
	}
	defer os.Remove(tmp.Name()) // fails after the rename, which is right
	defer tmp.Close()

	hash, head := sha256.New(), &bytes.Buffer{}
	n, err := io.Copy(io.MultiWriter(tmp, hash, &headWriter{head}), io.LimitReader(in, s.limit+1))
	if err != nil {
		return step.Download{}, err
	}
	if n > s.limit {
		return step.Download{}, fmt.Errorf("larger than %d bytes", s.limit)
	}
	d := step.Download{
		Name: safeName(suggested), URL: url, MIME: http.DetectContentType(head.Bytes()), Bytes: n,
		SHA256: hex.EncodeToString(hash.Sum(nil)),
	}
	if err := os.Rename(tmp.Name(), filepath.Join(s.dir, d.SHA256)); err != nil {
		return step.Download{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]string{}
	}
	s.kept[d.SHA256] = d.Name
	s.fresh = append(s.fresh, d)
	return d, nil
}

// take returns what finished since it was last called.
func (s *store) take() []step.Download {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.fresh
	s.fresh = nil
	return all
}

func (s *store) open(sum string) (io.ReadCloser, error) {
	s.mu.Lock()
	_, ok := s.kept[sum]
	s.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("file %s: %w", sum, ErrNoFile)
	}
	f, err := os.Open(filepath.Join(s.dir, sum))
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	return f, nil
}

// offer writes a file of the task to where Chromium can read it and not change it.
func (s *store) offer(f step.File) error {
	if safeName(f.Name) != f.Name {
		return fmt.Errorf("file %q: not a plain file name", f.Name)
	}
	return os.WriteFile(filepath.Join(s.outgoing, f.Name), f.Data, 0o644)
}

// upload returns the place of a file of the task.
func (s *store) upload(name string) (string, error) {
	path := filepath.Join(s.outgoing, safeName(name))
	if s.outgoing == "" || safeName(name) != name {
		return "", fmt.Errorf("the task has no file %q", name)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the task has no file %q", name)
	}
	return path, nil
}

// remove deletes the directories that Chromium saw, and the quarantine unless it is kept.
func (s *store) remove(keep bool) error {
	var errs []error
	for _, dir := range []string{s.incoming, s.outgoing} {
		if dir != "" {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	if s.dir != "" && !keep {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

type headWriter struct{ buf *bytes.Buffer }

// Write keeps the first bytes and lets the rest pass.
func (h *headWriter) Write(b []byte) (int, error) {
	if room := sniffLength - h.buf.Len(); room > 0 {
		h.buf.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

// safeName makes a base name out of what a server suggested: no path, no control or direction characters, no leading
// dot, at most maxName bytes.
func safeName(suggested string) string {
	name := suggested[strings.LastIndexAny(suggested, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	if len(name) > maxName {
		ext := filepath.Ext(name)
		if len(ext) > 16 {
			ext = ""
		}
		stem := name[:maxName-len(ext)]
		for !utf8.ValidString(stem) {
			stem = stem[:len(stem)-1]
		}
		name = stem + ext
	}
	if strings.TrimSpace(name) == "" {
		return "download"
	}
	return name
}
