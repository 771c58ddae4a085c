package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"chiron/client"
	"chiron/eval"
)

// Product is a running `chiron serve` of its own, beside a lab that serves its models and sites.
type Product struct {
	Client *client.Client
	Ready  time.Duration // from its start until it said that it can work
	binary string
	config string
	listen string
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the program has ended
	err    error         // how, once it has
}

var adminKey = regexp.MustCompile(`\bck_[a-z0-9_]{20,}`)

// Serve starts binary with fresh data under dir and waits until it is ready. What is to lie in the data directory before is put there
// by before. Stop must be called.
func Serve(ctx context.Context, binary, dir string, workers int, lab *eval.Lab, before ...func(data string) error) (*Product, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("bench: begin the data anew: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	listen, err := freePort()
	if err != nil {
		return nil, err
	}
	config, err := configure(dir, listen, workers, lab)
	if err != nil {
		return nil, err
	}
	for _, put := range before {
		data := filepath.Join(dir, "data")
		if err := errors.Join(os.MkdirAll(data, 0o700), put(data)); err != nil {
			return nil, fmt.Errorf("bench: prepare the data: %w", err)
		}
	}
	p := &Product{binary: binary, config: config, listen: listen}
	return p, p.launch(ctx)
}

// Crash kills the product with SIGKILL and starts it again on the same data. An error leaves it stopped.
func (p *Product) Crash(ctx context.Context) error {
	if err := p.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("bench: kill the server: %w", err)
	}
	<-p.ended
	return p.launch(ctx)
}

// launch starts the program and waits until it is ready. After an error nothing is left running.
func (p *Product) launch(ctx context.Context) error {
	p.cmd, p.ended = exec.CommandContext(ctx, p.binary, "serve", "--config", p.config), make(chan struct{})
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 20 * time.Second
	says, err := p.cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	begun := time.Now()
	if err := p.cmd.Start(); err != nil {
		p.err = err
		close(p.ended)
		return fmt.Errorf("bench: start %s: %w", p.binary, err)
	}
	keys := make(chan string, 1)
	go func(cmd *exec.Cmd, ended chan struct{}) {
		overhear(says, keys)
		p.err = cmd.Wait()
		close(ended)
	}(p.cmd, p.ended)
	if err := p.wait(ctx, "http://"+p.listen, keys); err != nil {
		return errors.Join(err, p.Stop())
	}
	p.Ready = time.Since(begun)
	return nil
}

// overhear reads what the product says on standard error, to its end, and passes the admin key on.
func overhear(in io.Reader, keys chan<- string) {
	lines := bufio.NewScanner(in)
	found := false
	for lines.Scan() {
		if key := adminKey.FindString(lines.Text()); key != "" && !found {
			found = true
			keys <- key
		}
	}
}

func (p *Product) wait(ctx context.Context, url string, keys <-chan string) error {
	limit := time.After(time.Minute)
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for {
		select {
		case key := <-keys:
			c, err := client.New(url, key)
			if err != nil {
				return err
			}
			p.Client = c
		case <-poll.C:
			if p.Client == nil {
				continue
			}
			if r, err := p.Client.Ready(ctx); err == nil && r.Ready {
				return nil
			}
		case <-p.ended:
			return fmt.Errorf("bench: the server ended before it was ready: %w", p.err)
		case <-limit:
			return errors.New("bench: the server is not ready after a minute")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Running reports whether the program has not ended.
func (p *Product) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Stop ends the product and waits for it. One that has ended already is no error.
func (p *Product) Stop() error {
	if !p.Running() {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("bench: stop the server: %w", err)
	}
	if <-p.ended; p.err != nil {
		return fmt.Errorf("bench: the server: %w", p.err)
	}
	return nil
}

// Resident is the memory of the server process itself in MiB, without Chromium and models.
func (p *Product) Resident() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("bench: read the memory: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("bench: /proc says nothing of VmRSS")
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("bench: find a port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// configure writes the product's configuration and secrets into dir.
func configure(dir, listen string, workers int, lab *eval.Lab) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "data: %s\nlisten: %s\nagent: {workers: %d, answers: 2s}\ninference: {endpoint: %q, uncertified: true}\nlog: {level: warn}\nsecrets:\n", filepath.Join(dir, "data"), listen, workers, lab.Endpoint())
	for _, s := range lab.Secrets() {
		file := filepath.Join(dir, "secret-"+s.Name)
		if err := os.WriteFile(file, []byte(s.Value+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("bench: write a secret: %w", err)
		}
		fmt.Fprintf(&b, "  - {name: %s, file: %q, origins: [%s]}\n", s.Name, file, strings.Join(s.Origins, ", "))
	}
	name := filepath.Join(dir, "chiron.yaml")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		return "", fmt.Errorf("bench: write the configuration: %w", err)
	}
	return name, nil
}
