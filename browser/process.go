package browser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"chiron/browser/wire"
	"chiron/guard"

	"github.com/go-rod/rod/lib/proto"
)

// stopTime is how long Chromium may take to end by itself.
const stopTime = 3 * time.Second

// process is one running Chromium with its directory and its connection.
type process struct {
	child   *guard.Child
	conn    *wire.Conn
	pipe    *wire.Pipe
	dir     layout
	version string // as in "Chrome/156.0.8078.79"
	agent   string // user agent
	log     *tail
	gone    chan struct{} // closed when the connection has ended
}

// launch starts Chromium and waits until it answers. ctx bounds the start alone.
func (b *Browser) launch(ctx context.Context) (p *process, err error) {
	path := b.opts.Path
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s; install the package chromium or configure its path", ErrMissing, path)
	}
	dir, err := newLayout(b.opts.Dir, b.opts.UID, b.opts.GID)
	if err != nil {
		return nil, err
	}
	p = &process{dir: dir, log: &tail{}, gone: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.stop())
		}
	}()
	pipe, ends, err := wire.OpenPipe()
	if err != nil {
		return p, err
	}
	p.pipe = pipe
	p.child, err = guard.Start(ctx, guard.Spec{
		Self: b.opts.Self, Path: path, Args: arguments(flags(dir)), Env: environment(dir), Dir: dir.home,
		Files: ends, Stdout: p.log, Stderr: p.log, UID: b.opts.UID, GID: b.opts.GID,
		Isolate: b.Isolation().Namespace, Grace: stopTime,
	})
	for _, f := range ends {
		f.Close()
	}
	if err != nil {
		return p, err
	}
	p.conn = wire.NewConn(pipe, b.log)
	go func() {
		defer close(p.gone)
		p.conn.Run() // why it ended shows in the errors of the calls
	}()
	return p, p.greet(ctx)
}

// greet asks Chromium who it is and to tell of every target.
func (p *process) greet(ctx context.Context) error {
	var v proto.BrowserGetVersionResult
	if err := p.conn.Do(ctx, proto.BrowserGetVersion{}, &v); err != nil {
		if last := p.log.String(); last != "" {
			return fmt.Errorf("Chromium did not start: %w; its last words: %s", err, last)
		}
		return fmt.Errorf("Chromium did not start: %w", err)
	}
	p.version, p.agent = v.Product, v.UserAgent
	if err := p.conn.Do(ctx, proto.TargetSetDiscoverTargets{Discover: true}, nil); err != nil {
		return fmt.Errorf("discover targets: %w", err)
	}
	if err := p.conn.Do(ctx, autoAttach(), nil); err != nil {
		return fmt.Errorf("attach to targets: %w", err)
	}
	return nil
}

// autoAttach makes every new target wait until its session has prepared it.
func autoAttach() proto.TargetSetAutoAttach {
	return proto.TargetSetAutoAttach{AutoAttach: true, WaitForDebuggerOnStart: true, Flatten: true}
}

// dead reports whether the connection has ended.
func (p *process) dead() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// stop ends Chromium, waits until nothing of it is left and removes its directory.
func (p *process) stop() error {
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
	if p.conn != nil {
		<-p.gone
	}
	return errors.Join(append(errs, p.dir.remove())...)
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
