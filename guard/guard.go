// Package guard starts children that cannot be orphaned.
//
// A child runs below a small process of its own, `chiron guard` (Main), which is the subreaper of everything beneath it
// and holds one end of a control socket. When the socket closes, because the client stopped the child or died by whatever
// cause, the guard kills every descendant, however often it forked or changed its session, reaps all of them and exits.
//
// An isolated child also lives in a user and network namespace of its own. It reaches nothing but the loopback ports that
// the client relays (Child.Relay): the guard listens inside and hands accepted connections out as file descriptors.
//
// Linux only. All methods of Child are safe for concurrent use.
package guard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultGrace is the time between SIGTERM and SIGKILL when Spec.Grace is zero.
const DefaultGrace = 5 * time.Second

// killWait bounds how long the client waits for a guard whose control socket is closed before it kills the guard itself.
const killWait = 10 * time.Second

// ErrNoNamespaces reports that this system gives no user or network namespace to an isolated child.
var ErrNoNamespaces = errors.New("user and network namespaces are not available here")

// ErrStopped reports a call on a child that has ended.
var ErrStopped = errors.New("the guarded child has ended")

// Spec describes a child.
type Spec struct {
	Self []string // argv that reaches Main, for example {os.Executable(), "guard"}; required
	Path string   // absolute path of the program; required
	Args []string // arguments without the program's name
	Env  []string // the whole environment ("K=V"); nothing is inherited
	Dir  string   // working directory; "" = the client's

	Files  []*os.File // inherited from fd 3 up; the caller closes its copies after Start
	Stdout io.Writer  // nil = discard
	Stderr io.Writer  // nil = discard

	// UID and GID are the numeric user and group of the child when the client is root; 0 keeps the client's. A client that
	// is not root keeps its own.
	UID, GID int

	// Isolate gives the child its own user and network namespace. A root client should set UID as well, since the child
	// otherwise is root inside.
	Isolate bool

	// Binds are directories that stand in for others, for the child alone. They need Isolate; each To must exist.
	Binds []Bind

	Grace time.Duration // between SIGTERM and SIGKILL; 0 = DefaultGrace
}

// Bind puts the directory From in the place of the directory To.
type Bind struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// ExitError says how a child ended when it did not end with status 0.
type ExitError struct {
	Code   int            // exit status; -1 when a signal ended the child or nothing is known
	Signal syscall.Signal // the signal that ended the child, or 0
}

// Error implements error.
func (e *ExitError) Error() string {
	switch {
	case e.Signal != 0:
		return "child ended by signal: " + e.Signal.String()
	case e.Code < 0:
		return "the guard itself was killed"
	default:
		return fmt.Sprintf("child ended with status %d", e.Code)
	}
}

// Child is a running guarded process. It must be ended with Stop, or awaited with Wait.
type Child struct {
	pid   int
	grace time.Duration
	cmd   *exec.Cmd
	link  *link
	done  chan struct{}
	err   error // set before done closes

	mu     sync.Mutex
	relays map[int]*relay
	nextID int
}

// Start runs the child below a fresh guard. ctx bounds the start alone; the child lives until it ends, Stop is called or
// this process dies. A program that cannot be started is an error that names it, and leaves no process behind.
func Start(ctx context.Context, spec Spec) (*Child, error) {
	if len(spec.Self) == 0 {
		return nil, errors.New("guard: Spec.Self is empty")
	}
	if spec.Path == "" {
		return nil, errors.New("guard: Spec.Path is empty")
	}
	if len(spec.Binds) > 0 && !spec.Isolate {
		return nil, errors.New("guard: Spec.Binds need Spec.Isolate")
	}
	c, err := launch(ctx, spec, false)
	if err != nil {
		return nil, fmt.Errorf("guard: start %s: %w", spec.Path, err)
	}
	return c, nil
}

// Probe reports whether isolated children are possible here: nil, or an error that wraps ErrNoNamespaces and says why not.
func Probe(ctx context.Context, self []string) error {
	if len(self) == 0 {
		return errors.New("guard: probe: self is empty")
	}
	c, err := launch(ctx, Spec{Self: self, Isolate: true}, true)
	if err != nil {
		return fmt.Errorf("guard: probe: %w", err)
	}
	return c.Wait()
}

func launch(ctx context.Context, spec Spec, probe bool) (*Child, error) {
	mine, theirs, err := socketpair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()

	cmd := exec.Command(spec.Self[0], spec.Self[1:]...)
	cmd.Env = []string{}
	cmd.Stdout, cmd.Stderr = spec.Stdout, spec.Stderr
	cmd.ExtraFiles = append([]*os.File{theirs}, spec.Files...)
	cmd.SysProcAttr = guardAttr(spec)
	cmd.WaitDelay = killWait
	if err := cmd.Start(); err != nil {
		mine.close()
		if spec.Isolate && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w (%v)", ErrNoNamespaces, err)
		}
		return nil, err
	}
	theirs.Close()

	c := &Child{cmd: cmd, link: mine, grace: spec.Grace, done: make(chan struct{}), relays: map[int]*relay{}}
	if c.grace <= 0 {
		c.grace = DefaultGrace
	}
	started := make(chan error, 1)
	go c.own(started)

	if err := mine.send(message{Kind: kindSpec, Spec: newWireSpec(spec, c.grace, probe)}, -1); err != nil && !ended(err) {
		c.kill()
		return nil, fmt.Errorf("hand over the spec: %w", err)
	}
	select {
	case err := <-started:
		if err != nil {
			c.kill()
			return nil, err
		}
		return c, nil
	case <-ctx.Done():
		c.kill()
		return nil, context.Cause(ctx)
	}
}

// PID is the child's process id.
func (c *Child) PID() int { return c.pid }

// Done is closed when the child and everything below it are gone.
func (c *Child) Done() <-chan struct{} { return c.done }

// Wait blocks until the child and everything below it are gone. It returns nil for exit status 0 and an *ExitError
// otherwise.
func (c *Child) Wait() error {
	<-c.done
	return c.err
}

// Stop sends SIGTERM to the child, and after the grace SIGKILL to everything below the guard. When ctx ends first the
// SIGKILL comes at once. It returns when nothing is left; stopping an ended child is no error.
func (c *Child) Stop(ctx context.Context) error {
	if err := c.link.send(message{Kind: kindStop}, -1); err != nil {
		c.kill()
		return nil
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.kill()
	}
	return nil
}

// kill closes the control socket, which makes the guard kill everything at once, and waits for the end.
func (c *Child) kill() {
	c.link.close()
	timer := time.NewTimer(killWait)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-timer.C:
		c.cmd.Process.Kill()
		<-c.done
	}
}

// own reads the control socket until it ends, then waits for the guard; it closes done as its last act.
func (c *Child) own(started chan<- error) {
	defer close(c.done)
	c.err = &ExitError{Code: -1}
	begun, ended := false, false
	for {
		m, conn, err := c.link.recv()
		if err != nil {
			break
		}
		switch m.Kind {
		case kindStarted:
			c.pid = m.PID
			begun = true
			started <- nil
		case kindFailed:
			begun, ended = true, true
			started <- m.failure()
		case kindExited:
			c.err, ended = m.exit(), true
		case kindListening, kindRefused:
			c.answered(m)
		case kindConn:
			c.accepted(m.ID, conn)
		}
	}
	if !begun {
		started <- fmt.Errorf("%s did not answer as a guard", c.cmd.Path)
	}
	c.link.close()
	if !ended {
		sweepSession(c.cmd.Process.Pid) // the guard may have been killed; else this helps it along
	}
	err := c.cmd.Wait()
	if err != nil && c.err == nil {
		c.err = &ExitError{Code: -1}
	}
	c.closeRelays()
}

func guardAttr(spec Spec) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if !spec.Isolate {
		return attr
	}
	uid, gid := os.Geteuid(), os.Getegid()
	attr.AmbientCaps = []uintptr{unix.CAP_NET_ADMIN}
	if uid == 0 {
		// The guard stays the client's root, unmapped inside, and needs these towards a child of another user.
		attr.AmbientCaps = append(attr.AmbientCaps, unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_KILL)
		attr.GidMappingsEnableSetgroups = true
		uid, gid = spec.UID, spec.GID
	}
	attr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET
	if len(spec.Binds) > 0 {
		attr.Cloneflags |= syscall.CLONE_NEWNS
		attr.AmbientCaps = append(attr.AmbientCaps, unix.CAP_SYS_ADMIN)
	}
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	return attr
}

func socketpair() (*link, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("control socket: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "guard-control")
	l, err := newLink(os.NewFile(uintptr(fds[0]), "guard-control"))
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return l, theirs, nil
}

func newLink(f *os.File) (*link, error) {
	defer f.Close()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	u, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return nil, errors.New("control socket: not a unix socket")
	}
	return &link{conn: u}, nil
}

// ended reports that the other side of the link is gone; how it ended says more than the failed write.
func ended(err error) bool {
	return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, net.ErrClosed)
}
