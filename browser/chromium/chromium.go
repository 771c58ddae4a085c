// Package chromium starts one Chromium: its own binary with flags built from nothing, sandbox on, below a guard, in a
// directory that is removed with it, spoken to over a pipe.
package chromium

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"chiron/browser/trust"
	"chiron/browser/wire"
	"chiron/guard"

	"github.com/go-rod/rod/lib/proto"
)

// stopTime is how long Chromium may take to end by itself.
const stopTime = 3 * time.Second

// ErrMissing says that there is no Chromium at Options.Path.
var ErrMissing = errors.New("the browser Chromium is not installed")

// Options say what to start. All fields but Profile and Logger are required.
type Options struct {
	Self     []string     // argv that reaches guard.Main
	Path     string       // the binary
	Dir      string       // where the process's directory is made
	UID, GID int          // whom it runs as when this process is root; else this process's own
	Isolate  bool         // in its own user and network namespace
	Profile  *Profile     // what it keeps; nil = everything goes with the process
	Trust    *trust.Trust // certificates beside its own, which need Isolate; nil = none. Keys are given to a Profile alone
	Logger   *slog.Logger // nil = discard

	edit func([]string) []string // of the command line; a control that only tests can set
}

// Process is one running Chromium with its directory and its connection. Its methods are safe for concurrent use.
type Process struct {
	Conn    *wire.Conn
	Version string // as in "Chrome/156.0.8078.79"
	Agent   string // user agent

	path  string
	child *guard.Child
	pipe  *wire.Pipe
	dir   layout
	door  *door // nil unless it serves one session
	log   *tail
	gone  chan struct{}

	mu       sync.Mutex
	holders  int // sessions that are open
	sessions int // ever entered
	retired  bool
	used     chan struct{} // a session was entered
	idle     chan struct{} // closed when nobody holds a retired process
}

// Start starts Chromium and waits until it answers. ctx bounds the start alone; Stop must be called.
func Start(ctx context.Context, o Options) (_ *Process, err error) {
	if _, err := os.Stat(o.Path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s; install the package chromium or configure its path", ErrMissing, o.Path)
	}
	dir, err := newLayout(o.Dir, o.UID, o.GID)
	if err != nil {
		return nil, err
	}
	p := &Process{
		path: o.Path, dir: dir, log: &tail{}, gone: make(chan struct{}), used: make(chan struct{}, 1), idle: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Stop())
		}
	}()
	binds, err := o.furnish(p.dir)
	if err != nil {
		return nil, err
	}
	proxy := deadProxy
	if o.Profile != nil {
		if p.door, err = newDoor(o.Isolate); err != nil {
			return nil, err
		}
		proxy = "http://" + p.door.address
		p.dir.profile, p.dir.cache = o.Profile.userData(), p.dir.tmp
	}
	args := arguments(flags(p.dir, proxy))
	if o.edit != nil {
		args = o.edit(args)
	}
	pipe, ends, err := wire.OpenPipe()
	if err != nil {
		return nil, err
	}
	p.pipe = pipe
	p.child, err = guard.Start(ctx, guard.Spec{
		Self: o.Self, Path: o.Path, Args: args, Env: environment(dir), Dir: dir.home,
		Files: ends, Stdout: p.log, Stderr: p.log, UID: o.UID, GID: o.GID, Isolate: o.Isolate, Binds: binds, Grace: stopTime,
	})
	for _, f := range ends {
		f.Close()
	}
	if err == nil && p.door != nil && p.door.listener == nil {
		p.door.listener, err = p.child.Relay(insideDoor)
	}
	if err != nil {
		return nil, err
	}
	p.Conn = wire.NewConn(pipe, o.Logger)
	go func() {
		defer close(p.gone)
		p.Conn.Run() // why it ended shows in the errors of the calls
	}()
	if err := p.greet(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// furnish writes what is trusted into the directory and says what must stand in for what.
func (o Options) furnish(dir layout) ([]guard.Bind, error) {
	if o.Trust == nil {
		return nil, nil
	}
	if !o.Isolate {
		return nil, fmt.Errorf("authorities and client certificates of one's own are given to Chromium in a namespace: %w; `chiron doctor` says what is missing", guard.ErrNoNamespaces)
	}
	home := dir.home
	if o.Profile == nil {
		home = "" // it serves many sessions; a key is a log-in
	}
	if err := o.Trust.Furnish(home, dir.etc, o.UID, o.GID); err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	return []guard.Bind{{From: dir.etc, To: trust.System}}, nil
}

// Relay opens a port of Chromium's own loopback whose connections come out of the listener. A Chromium with a profile has
// one that it was started with.
func (p *Process) Relay() (net.Listener, error) {
	if p.door != nil {
		return p.door.listener, nil
	}
	return p.child.Relay(0)
}

// PID is Chromium's process id.
func (p *Process) PID() int { return p.child.PID() }

// Downloads is a directory that Chromium may enter: what it is to write to is made there and given to it.
func (p *Process) Downloads() string { return p.dir.downloads }

// Quarantine is a directory that Chromium cannot reach.
func (p *Process) Quarantine() string { return p.dir.quarantine }

// Output is the end of what Chromium wrote on its standard output and error.
func (p *Process) Output() string { return p.log.String() }

// Gone is closed when Chromium has ended or no longer speaks.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// greet asks Chromium who it is and to tell of every target.
func (p *Process) greet(ctx context.Context) error {
	var v proto.BrowserGetVersionResult
	if err := p.Conn.Do(ctx, proto.BrowserGetVersion{}, &v); err != nil {
		err = fmt.Errorf("%w; see whether `%s --version` works", err, p.path)
		if last := p.log.String(); last != "" {
			return fmt.Errorf("the browser Chromium did not start: %w; its last words: %s", err, last)
		}
		return fmt.Errorf("the browser Chromium did not start: %w", err)
	}
	p.Version, p.Agent = v.Product, v.UserAgent
	if err := p.Conn.Do(ctx, proto.TargetSetDiscoverTargets{Discover: true}, nil); err != nil {
		return fmt.Errorf("discover targets: %w", err)
	}
	if err := p.Conn.Do(ctx, AutoAttach(), nil); err != nil {
		return fmt.Errorf("attach to targets: %w", err)
	}
	return nil
}

// AutoAttach makes every new target wait until its session has prepared it.
func AutoAttach() proto.TargetSetAutoAttach {
	return proto.TargetSetAutoAttach{AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: true}
}

// Dead reports whether the connection has ended.
func (p *Process) Dead() bool { return p.Conn.Ended() }

// Stop ends Chromium, waits until nothing of it is left and removes its directory.
func (p *Process) Stop() error {
	var errs []error
	if p.child != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		errs = append(errs, p.child.Stop(ctx))
		p.child.Wait() // how it ended does not matter any more
	}
	if p.pipe != nil {
		p.pipe.Close() // both ends may be gone already
	}
	if p.Conn != nil {
		<-p.gone
	}
	return errors.Join(append(errs, p.door.close(), p.dir.remove())...)
}

// tailSize is how much of Chromium's output is kept for error messages.
const tailSize = 2 << 10

// tail keeps the end of what is written to it. It is safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write implements io.Writer and never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if len(t.buf) > tailSize {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-tailSize:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.buf))
}
