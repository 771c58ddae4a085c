// Package ocr reads words in pictures with one long-lived Tesseract process.
//
// The program is handed decoded grey pixels that this process wrote, never a foreign file: no image parser of Tesseract
// sees what a page sent.
package ocr

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// ErrFailed is returned when the program died on a picture or took too long. The next picture gets a new process.
var ErrFailed = errors.New("OCR failed")

// Options configure a worker.
type Options struct {
	Program   string        // absolute path of tesseract
	Languages []string      // empty means eng
	TempDir   string        // where the picture being read is kept
	Timeout   time.Duration // for one picture; 0 means 30 seconds
	Logger    *slog.Logger
}

// Word is one word as it was read. Confidence is 0..100. The box is in pixels of the picture.
type Word struct {
	Text       string
	Confidence float64
	Box        image.Rectangle
}

// Worker owns the process. Read may be called concurrently while Run runs; pictures are read one after the other.
type Worker struct {
	o    Options
	jobs chan job
}

type job struct {
	ctx     context.Context
	picture *image.Gray
	answer  chan<- answer
}

type answer struct {
	words []Word
	err   error
}

// New validates the options and starts nothing.
func New(o Options) (*Worker, error) {
	if len(o.Languages) == 0 {
		o.Languages = []string{"eng"}
	}
	name := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_/-]*$`)
	for _, l := range o.Languages {
		if !name.MatchString(l) {
			return nil, fmt.Errorf("ocr: Languages: %q is not a language of Tesseract", l)
		}
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	return &Worker{o: o, jobs: make(chan job)}, nil
}

// Run starts the process when the first picture comes, replaces it when it dies, and kills it when ctx ends.
func (w *Worker) Run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp(w.o.TempDir, "chiron-ocr-")
	if err != nil {
		return fmt.Errorf("ocr: make a folder for pictures: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	last := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range last.Pix {
		last.Pix[i] = 255
	}
	if err := writePGM(filepath.Join(dir, "end.pgm"), last); err != nil {
		return fmt.Errorf("ocr: %w", err)
	}
	var p *process
	defer func() {
		if p != nil {
			p.stop()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-w.jobs:
			if j.ctx.Err() != nil {
				j.answer <- answer{err: context.Cause(j.ctx)}
				continue
			}
			var words []Word
			words, p, err = w.read(ctx, p, dir, j.picture)
			if err != nil {
				w.o.Logger.Warn("OCR program replaced", "err", err)
			}
			j.answer <- answer{words, err}
			err = nil
		}
	}
}

// Read returns the words of a picture with dark text on light ground. It waits for its turn, for at most as long as ctx
// allows; pictures of earlier callers are finished first.
func (w *Worker) Read(ctx context.Context, picture *image.Gray) ([]Word, error) {
	answers := make(chan answer, 1)
	select {
	case w.jobs <- job{ctx, picture, answers}:
	case <-ctx.Done():
		return nil, fmt.Errorf("ocr: wait for the program: %w", context.Cause(ctx))
	}
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, fmt.Errorf("ocr: %w", a.err)
		}
		return a.words, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("ocr: wait for the words: %w", context.Cause(ctx))
	}
}

func (w *Worker) read(ctx context.Context, p *process, dir string, picture *image.Gray) ([]Word, *process, error) {
	path := filepath.Join(dir, "picture.pgm")
	if err := writePGM(path, picture); err != nil {
		return nil, p, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	if p == nil {
		var err error
		if p, err = w.start(dir); err != nil {
			return nil, nil, fmt.Errorf("%w: start: %w", ErrFailed, err)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, w.o.Timeout, fmt.Errorf("no answer within %v", w.o.Timeout))
	defer cancel()
	words, err := p.read(ctx, picture.Bounds().Size())
	if err != nil {
		if said := p.stop(); said != "" {
			err = fmt.Errorf("%w: %s", err, said)
		}
		return nil, nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return words, p, nil
}

// process is one running Tesseract. It reads file names from its standard input and ends with it, so that it cannot
// outlive its parent by more than one picture.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	said  *tail
	pages int
}

func (w *Worker) start(dir string) (*process, error) {
	cmd := exec.Command(w.o.Program, "-", "-", "-l", strings.Join(w.o.Languages, "+"), "--dpi", "190", "--psm", "11",
		"-c", "stream_filelist=true", "-c", "tessedit_do_invert=0", "tsv")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	p := &process{cmd: cmd, said: &tail{}}
	cmd.Stderr = p.said
	cmd.WaitDelay = 2 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReaderSize(out, 64<<10)
	return p, cmd.Start()
}

// read asks for the picture, and then for the small empty one: where the answer to that begins, the first is complete.
func (p *process) read(ctx context.Context, size image.Point) ([]Word, error) {
	stopWatch := context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })
	defer stopWatch()
	if _, err := io.WriteString(p.in, "picture.pgm\nend.pgm\n"); err != nil {
		return nil, because(ctx, fmt.Errorf("send: %w", err))
	}
	p.pages += 2
	words, err := parse(p.out, p.pages, size)
	if err != nil {
		return nil, because(ctx, err)
	}
	return words, nil
}

func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// stop kills the process, waits for it, and returns the last that it said.
func (p *process) stop() string {
	_ = p.in.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // killed: its status says nothing
	return p.said.String()
}

func writePGM(path string, g *image.Gray) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := bufio.NewWriterSize(f, 256<<10)
	size := g.Bounds().Size()
	fmt.Fprintf(b, "P5\n%d %d\n255\n", size.X, size.Y)
	for y := range size.Y {
		if _, err := b.Write(g.Pix[y*g.Stride : y*g.Stride+size.X]); err != nil {
			return fmt.Errorf("write picture: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	return nil
}

// tail keeps the end of what a process said. It is written by one goroutine of os/exec and read after Wait.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if n := len(t.text) - 400; n > 0 {
		t.text = append(t.text[:0], t.text[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.Join(strings.Fields(string(t.text)), " ") }
