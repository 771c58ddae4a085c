package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxMessage bounds one control message in bytes; a longer spec is refused by the kernel or here.
const maxMessage = 256 << 10

type kind string

const (
	kindSpec   kind = "spec"   // client: what to run
	kindStop   kind = "stop"   // client: SIGTERM, then SIGKILL after the grace
	kindListen kind = "listen" // client: open relay ID on Port
	kindClose  kind = "close"  // client: close relay ID

	kindStarted   kind = "started"   // guard: PID runs
	kindFailed    kind = "failed"    // guard: nothing runs, Text says why
	kindExited    kind = "exited"    // guard: everything is gone; Code and Signal of the child
	kindListening kind = "listening" // guard: relay ID answers on Port
	kindRefused   kind = "refused"   // guard: relay ID could not be opened, Text says why
	kindConn      kind = "conn"      // guard: a connection to relay ID, its descriptor attached
)

type message struct {
	Kind        kind      `json:"kind"`
	Spec        *wireSpec `json:"spec,omitempty"`
	ID          int       `json:"id,omitempty"`
	Port        int       `json:"port,omitempty"`
	PID         int       `json:"pid,omitempty"`
	Code        int       `json:"code,omitempty"`
	Signal      int       `json:"signal,omitempty"`
	Text        string    `json:"text,omitempty"`
	Errno       int       `json:"errno,omitempty"`
	NoNamespace bool      `json:"no_namespace,omitempty"`
}

func (m message) failure() error {
	switch {
	case m.NoNamespace:
		return fmt.Errorf("%w (%s)", ErrNoNamespaces, m.Text)
	case m.Errno != 0:
		return syscall.Errno(m.Errno)
	default:
		return errors.New(m.Text)
	}
}

func (m message) exit() error {
	if m.Code == 0 && m.Signal == 0 {
		return nil
	}
	return &ExitError{Code: m.Code, Signal: syscall.Signal(m.Signal)}
}

// wireSpec is what of a Spec travels as text; files travel as inherited descriptors.
type wireSpec struct {
	Path    string        `json:"path"`
	Args    []string      `json:"args"`
	Env     []string      `json:"env"`
	Dir     string        `json:"dir"`
	Files   int           `json:"files"`
	UID     int           `json:"uid"`
	GID     int           `json:"gid"`
	Isolate bool          `json:"isolate"`
	Binds   []Bind        `json:"binds,omitempty"`
	Grace   time.Duration `json:"grace"`
	Probe   bool          `json:"probe"` // set up, report and run nothing
}

func newWireSpec(s Spec, grace time.Duration, probe bool) *wireSpec {
	w := &wireSpec{
		Path: s.Path, Args: s.Args, Env: s.Env, Dir: s.Dir, Files: len(s.Files),
		Isolate: s.Isolate, Binds: s.Binds, Grace: grace, Probe: probe,
	}
	if os.Geteuid() == 0 {
		w.UID, w.GID = s.UID, s.GID
	}
	return w
}

// link is one end of the control socket: whole JSON messages, each with at most one descriptor.
type link struct {
	conn *net.UnixConn
	mu   sync.Mutex // one writer at a time
	buf  []byte     // the one reader's
}

// send writes m, with fd attached unless it is negative; the caller keeps its own fd.
func (l *link) send(m message, fd int) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if len(b) > maxMessage {
		return fmt.Errorf("message of %d bytes is longer than %d", len(b), maxMessage)
	}
	var oob []byte
	if fd >= 0 {
		oob = unix.UnixRights(fd)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _, err = l.conn.WriteMsgUnix(b, oob, nil)
	return err
}

// recv reads one message. A descriptor that came along is returned as a connection that the caller owns.
func (l *link) recv() (message, net.Conn, error) {
	var m message
	if l.buf == nil {
		l.buf = make([]byte, maxMessage)
	}
	oob := make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := l.conn.ReadMsgUnix(l.buf, oob)
	if err != nil {
		return m, nil, err
	}
	if n == 0 {
		return m, nil, io.EOF
	}
	var conn net.Conn
	if oobn > 0 {
		if conn, err = received(oob[:oobn]); err != nil {
			return m, nil, err
		}
	}
	if err := json.Unmarshal(l.buf[:n], &m); err != nil {
		if conn != nil {
			conn.Close()
		}
		return m, nil, fmt.Errorf("control message: %w", err)
	}
	return m, conn, nil
}

func received(oob []byte) (net.Conn, error) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(msgs) != 1 {
		return nil, fmt.Errorf("descriptor: %d control messages: %w", len(msgs), err)
	}
	fds, err := unix.ParseUnixRights(&msgs[0])
	if err != nil || len(fds) != 1 {
		return nil, fmt.Errorf("descriptor: %d of them: %w", len(fds), err)
	}
	f := os.NewFile(uintptr(fds[0]), "relayed")
	defer f.Close()
	return net.FileConn(f)
}

func (l *link) close() { l.conn.Close() }
