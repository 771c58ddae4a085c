package inference

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chiron/guard"
)

const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 30 * time.Second
	// steady is how long a managed Ollama must have been up for the backoff to start over.
	steady = time.Minute
	// healthPause is the time between two health checks.
	healthPause = 50 * time.Millisecond
)

// Run keeps the managed Ollama running until ctx ends, starting it again with a growing pause when it dies, and then stops
// it. With a configured endpoint there is nothing to run and Run waits for ctx. A program that is missing, or that does not
// come up at the very first start, is an error. Run may be called once.
func (c *Client) Run(ctx context.Context) error {
	if c.opts.Endpoint != "" {
		<-ctx.Done()
		return nil
	}
	backoff := firstBackoff
	for first := true; ctx.Err() == nil; first = false {
		began := time.Now()
		err := c.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if first && !errors.Is(err, errDied) {
			return fmt.Errorf("run ollama: %w", err)
		}
		if time.Since(began) > steady {
			backoff = firstBackoff
		}
		c.log.Warn("the managed Ollama ended; it is started again", "err", err, "pause", backoff)
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
		}
		backoff = min(2*backoff, lastBackoff)
	}
	return nil
}

// WaitReady blocks until Ollama answers. With a configured endpoint it asks once: an endpoint that does not answer is
// ErrUnreachable.
func (c *Client) WaitReady(ctx context.Context) error {
	_, err := c.Version(ctx)
	return err
}

// errDied reports that a managed Ollama which had been up is gone.
var errDied = errors.New("it ended by itself")

// serve runs one Ollama from its start to its end.
func (c *Client) serve(ctx context.Context) error {
	if _, err := os.Stat(c.opts.Binary); err != nil {
		return fmt.Errorf("%w (%s)", ErrNoBinary, c.opts.Binary)
	}
	host, err := freePort()
	if err != nil {
		return err
	}
	env, err := c.environment(host)
	if err != nil {
		return err
	}
	out := &lines{log: c.log, prompt: c.opts.Prompt}
	child, err := guard.Start(ctx, guard.Spec{
		Self: c.opts.Self, Path: c.opts.Binary, Args: []string{"serve"}, Env: env, Dir: c.opts.Dir, Stdout: out, Stderr: out,
	})
	if err != nil {
		return err
	}
	defer func() {
		c.setDown()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*guard.DefaultGrace)
		defer cancel()
		child.Stop(stopping)
		c.http.CloseIdleConnections()
	}()
	if err := c.comeUp(ctx, child, "http://"+host); err != nil {
		return fmt.Errorf("%w%s", err, out.tail())
	}
	c.setUp("http://" + host)
	c.log.Info("the managed Ollama is up", "address", host)
	select {
	case <-ctx.Done():
		return nil
	case <-child.Done():
		return fmt.Errorf("%w: %w%s", errDied, child.Wait(), out.tail())
	}
}

// comeUp waits until the child answers.
func (c *Client) comeUp(ctx context.Context, child *guard.Child, base string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Start, fmt.Errorf("%w (not up after %v)", ErrUnreachable, c.opts.Start))
	defer cancel()
	pause := time.NewTicker(healthPause)
	defer pause.Stop()
	for {
		if req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/version", nil); err == nil {
			if resp, err := c.http.Do(req); err == nil {
				resp.Body.Close()
				return nil
			}
		}
		select {
		case <-pause.C:
		case <-child.Done():
			return fmt.Errorf("%w (%s ended at once: %w)", ErrUnreachable, c.opts.Binary, child.Wait())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// environment makes the directories below Options.Dir and returns the whole environment of the managed Ollama.
func (c *Client) environment(host string) ([]string, error) {
	dir, err := filepath.Abs(c.opts.Dir)
	if err != nil {
		return nil, err
	}
	home, blobs, tmp := filepath.Join(dir, "home"), filepath.Join(dir, "models"), filepath.Join(dir, "tmp")
	for _, d := range []string{home, blobs, tmp} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	more := []string{"OLLAMA_NUM_PARALLEL=1"}
	if c.opts.Slots > 1 {
		more = []string{fmt.Sprintf("OLLAMA_NUM_PARALLEL=%d", c.opts.Slots), "OLLAMA_MULTIUSER_CACHE=1"} // which copies what two prompts share
	}
	if c.opts.Prompt != nil {
		more = append(more, "OLLAMA_DEBUG=1")
	}
	return slices.Concat([]string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=" + home, "TMPDIR=" + tmp,
		"OLLAMA_HOST=" + host, "OLLAMA_MODELS=" + blobs,
		"OLLAMA_NO_CLOUD=1", "OLLAMA_FLASH_ATTENTION=1", "OLLAMA_KEEP_ALIVE=-1",
	}, more, c.opts.Env), nil
}

func freePort() (string, error) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// lines logs what the managed Ollama writes and keeps its last words.
type lines struct {
	log    *slog.Logger
	prompt func(tokens, kept int) // nil: nobody asks
	mu     sync.Mutex
	part   []byte
	last   []string
}

// slotLine is what a runner says, when it may say more, of a prompt that it is going to read.
var slotLine = regexp.MustCompile(`msg="loading cache slot" .*\bprompt=(\d+) used=(\d+)`)

func (l *lines) read(line string) {
	m := slotLine.FindStringSubmatch(line)
	if l.prompt == nil || m == nil {
		return
	}
	tokens, err := strconv.Atoi(m[1])
	kept, kerr := strconv.Atoi(m[2])
	if err == nil && kerr == nil {
		l.prompt(tokens, kept)
	}
}

const (
	keptLines = 5
	keptBytes = 4096 // of one line
)

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part = append(l.part, p...)
	for {
		line, rest, found := bytes.Cut(l.part, []byte("\n"))
		if !found && len(l.part) < keptBytes {
			return len(p), nil
		}
		text := string(line[:min(len(line), keptBytes)])
		l.log.Debug("ollama", "line", text)
		l.read(text)
		l.last = append(l.last, text)
		l.last = l.last[max(0, len(l.last)-keptLines):]
		l.part = append([]byte(nil), rest...)
	}
}

func (l *lines) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) == 0 {
		return ""
	}
	return "; its last words: " + strings.Join(l.last, " | ")
}
