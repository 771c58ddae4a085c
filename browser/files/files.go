// Package files keeps what a session downloads and what it may upload.
package files

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

	"golang.org/x/sys/unix"
)

// sniffLength is how much of a file http.DetectContentType looks at.
const sniffLength = 512

// maxName bounds a download's name in bytes, as file systems do.
const maxName = 200

// ErrNone says that a session holds no finished download of that content.
var ErrNone = errors.New("no such download")

// Options say where a Store keeps its files. Chromium runs as UID and GID; it must not be able to rename what stands in
// Shared.
type Options struct {
	Shared   string // parent of what Chromium reads and writes
	Private  string // parent of the quarantine, out of Chromium's reach
	Keep     string // quarantine directory that outlives the store; "" = one in Private that Remove deletes
	UID, GID int
	Limit    int64       // bytes of one download
	Uploads  []step.File // the task's own files
}

// Store keeps one session's files. Chromium writes downloads into Incoming; what has finished moves, under its SHA-256, to
// where Chromium cannot reach. The task's own files stand where Chromium can read them and not change them. Methods are
// safe for concurrent use.
type Store struct {
	opts               Options
	incoming, outgoing string
	quarantine         string
	in                 *os.Root // of incoming: a link that Chromium plants there leads nowhere else

	mu    sync.Mutex
	fresh []step.Download // finished since the last Take
	kept  map[string]bool // by SHA-256
}

// New makes the directories. Remove must be called, also when it fails.
func New(o Options) (*Store, error) {
	s := &Store{opts: o, kept: map[string]bool{}, quarantine: o.Keep}
	if err := s.make(); err != nil {
		return s, fmt.Errorf("files: %w", err)
	}
	return s, nil
}

func (s *Store) make() (err error) {
	if s.incoming, err = os.MkdirTemp(s.opts.Shared, "in-"); err != nil {
		return err
	}
	if s.opts.UID != os.Geteuid() {
		if err := os.Chown(s.incoming, s.opts.UID, s.opts.GID); err != nil {
			return err
		}
	}
	if s.in, err = os.OpenRoot(s.incoming); err != nil {
		return err
	}
	if s.opts.Keep == "" {
		s.quarantine, err = os.MkdirTemp(s.opts.Private, "q-")
		if err != nil {
			return err
		}
	}
	return s.give(s.opts.Keep, s.opts.Uploads)
}

// Bind gives an unused store, one that New made without either, its quarantine and its uploads.
func (s *Store) Bind(keep string, uploads []step.File) error {
	if keep != "" {
		if err := os.Remove(s.quarantine); err != nil {
			return fmt.Errorf("files: %w", err)
		}
		s.quarantine = keep
	}
	s.opts.Keep, s.opts.Uploads = keep, uploads
	if err := s.give(keep, uploads); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	return nil
}

// give makes the quarantine that outlives the store, and copies what may be uploaded.
func (s *Store) give(keep string, uploads []step.File) (err error) {
	if keep != "" {
		err = os.MkdirAll(keep, 0o700)
	}
	if err != nil || len(uploads) == 0 {
		return err
	}
	if s.outgoing, err = os.MkdirTemp(s.opts.Shared, "out-"); err != nil {
		return err
	}
	if err := os.Chmod(s.outgoing, 0o711); err != nil {
		return err
	}
	for _, f := range uploads {
		if SafeName(f.Name) != f.Name {
			return fmt.Errorf("%q is not a plain file name", f.Name)
		}
		if err := os.WriteFile(filepath.Join(s.outgoing, f.Name), f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Incoming is the directory that Chromium downloads into.
func (s *Store) Incoming() string { return s.incoming }

// Finish takes a completed download out of Chromium's reach and describes it.
func (s *Store) Finish(guid, url, suggested string) (step.Download, error) {
	defer s.in.Remove(guid)
	in, err := s.in.OpenFile(guid, os.O_RDONLY|unix.O_NONBLOCK, 0) // a named pipe must not make it wait
	if err != nil {
		return step.Download{}, err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return step.Download{}, errors.Join(errors.New("not a plain file"), err)
	}
	tmp, err := os.CreateTemp(s.quarantine, "incoming-")
	if err != nil {
		return step.Download{}, err
	}
	defer os.Remove(tmp.Name()) // fails after the rename, which is right
	defer tmp.Close()

	hash, head := sha256.New(), &bytes.Buffer{}
	n, err := io.Copy(io.MultiWriter(tmp, hash, &headWriter{head}), io.LimitReader(in, s.opts.Limit+1))
	if err != nil {
		return step.Download{}, err
	}
	if n > s.opts.Limit {
		return step.Download{}, fmt.Errorf("larger than %d bytes", s.opts.Limit)
	}
	d := step.Download{
		Name: SafeName(suggested), URL: url, MIME: http.DetectContentType(head.Bytes()), Bytes: n,
		SHA256: hex.EncodeToString(hash.Sum(nil)),
	}
	if err := os.Rename(tmp.Name(), filepath.Join(s.quarantine, d.SHA256)); err != nil {
		return step.Download{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[d.SHA256] = true
	s.fresh = append(s.fresh, d)
	return d, nil
}

// Take returns what finished since the last call.
func (s *Store) Take() []step.Download {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.fresh
	s.fresh = nil
	return all
}

// Open opens a finished download by its SHA-256 in lower-case hex. The caller closes it.
func (s *Store) Open(sum string) (io.ReadCloser, error) {
	s.mu.Lock()
	ok := s.kept[sum]
	s.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("file %s: %w", sum, ErrNone)
	}
	f, err := os.Open(filepath.Join(s.quarantine, sum))
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	return f, nil
}

// Upload returns the place of a file of the task.
func (s *Store) Upload(name string) (string, error) {
	path := filepath.Join(s.outgoing, SafeName(name))
	if s.outgoing == "" || SafeName(name) != name {
		return "", fmt.Errorf("the task has no file %q", name)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the task has no file %q", name)
	}
	return path, nil
}

// Remove deletes the directories, except a quarantine that was given.
func (s *Store) Remove() error {
	var errs []error
	if s.in != nil {
		errs = append(errs, s.in.Close())
	}
	dirs := []string{s.incoming, s.outgoing}
	if s.opts.Keep == "" {
		dirs = append(dirs, s.quarantine)
	}
	for _, dir := range dirs {
		if dir != "" {
			errs = append(errs, os.RemoveAll(dir))
		}
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

// SafeName makes a base name out of what a server suggested: no path, no control or direction characters, no leading
// dot, at most maxName bytes.
func SafeName(suggested string) string {
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
