// Package vision is the eyes of Chiron. It turns an observation into the numbered list of candidates that a model
// chooses from, without any model: from the page's own layout, from pixels alone (OCR and shapes), or from both. It
// also draws what models and people look at: marks, dot grids with zoom crops, evidence pictures. Change between
// frames, coordinate spaces and the locator that needs no model live here too.
//
// With step.SourcePixels nothing but Frame.Data, Frame.Masked, URL and Title of an observation is read.
package vision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"chiron/step"
	"chiron/vision/ocr"
	"chiron/vision/order"
	"chiron/vision/pixels"
)

// ErrNoOCR is returned where reading from pixels was asked for and the Tesseract program is missing.
var ErrNoOCR = errors.New("no OCR: the program tesseract was not found; install it (Debian: tesseract-ocr) or name its path")

// ErrSource is returned for a source that is not one of step's.
var ErrSource = errors.New("unknown source of candidates")

// Options configure the eyes. The zero value works.
type Options struct {
	// Tesseract is the path or name of the OCR program; "" means "tesseract". Names without a slash are looked up in
	// PATH. A missing program is no error of New: only what needs OCR fails, with ErrNoOCR.
	Tesseract string
	// Languages are Tesseract's names of installed languages, best first; empty means eng.
	Languages []string
	// MaxItems bounds the candidates of one screen; 0 means 150. What is left out is counted in Screen.Cut.
	MaxItems int
	// TempDir holds the one picture that OCR is reading; "" means /dev/shm where writable, else the system's
	// directory for temporary files.
	TempDir string
	// OCRTimeout bounds the reading of one picture; 0 means 30 seconds. The worker is replaced afterwards.
	OCRTimeout time.Duration
	// Logger receives what an operator should know; nil discards.
	Logger *slog.Logger
}

// Eyes read screens. All methods may be called concurrently; pictures for OCR are read one after the other.
type Eyes struct {
	max    int
	worker *ocr.Worker // nil without OCR
	noOCR  error
	log    *slog.Logger

	mu   sync.Mutex
	last []reading // the newest readings of pixels, at most keep
}

// reading is what was read from one frame. Looking again at a page that did not change costs no OCR.
type reading struct {
	hash   string
	masked []step.Rect
	items  []step.Candidate
}

// keep is how many readings are remembered: one for each of a few tasks at a time.
const keep = 8

// New validates the options and starts nothing.
func New(o Options) (*Eyes, error) {
	if o.MaxItems < 0 {
		return nil, fmt.Errorf("vision: MaxItems: %d is negative", o.MaxItems)
	}
	if o.OCRTimeout < 0 {
		return nil, fmt.Errorf("vision: OCRTimeout: %v is negative", o.OCRTimeout)
	}
	e := &Eyes{max: o.MaxItems, log: o.Logger}
	if e.max == 0 {
		e.max = 150
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.log = e.log.With("room", "vision")
	program, err := exec.LookPath(orDefault(o.Tesseract, "tesseract"))
	if err != nil {
		e.noOCR = fmt.Errorf("%w (%w)", ErrNoOCR, err)
		return e, nil
	}
	if program, err = filepath.Abs(program); err != nil {
		return nil, fmt.Errorf("vision: find tesseract: %w", err)
	}
	e.worker, err = ocr.New(ocr.Options{
		Program: program, Languages: o.Languages, TempDir: orDefault(o.TempDir, tempDir()), Timeout: o.OCRTimeout, Logger: e.log,
	})
	if err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	return e, nil
}

// OCR reports whether reading from pixels is possible: nil, or an error that wraps ErrNoOCR.
func (e *Eyes) OCR() error { return e.noOCR }

// Run keeps the OCR program alive until ctx ends; it returns nil then. Without OCR it only waits. Reading from pixels
// blocks while Run does not run.
func (e *Eyes) Run(ctx context.Context) error {
	if e.worker == nil {
		e.log.Warn("reading from pixels is not possible", "err", e.noOCR)
		<-ctx.Done()
		return nil
	}
	return e.worker.Run(ctx)
}

// Read lists the candidates of an observation in reading order, marks 1..n. The screen's Source says what it was
// really made from: with step.SourceBoth and no OCR it is step.SourceLayout. With step.SourceBoth the pixels are read only where
// the layout leaves something unsaid: a picture or canvas large enough for words, or nothing at all; never behind a dialog. Errors: ErrNoOCR, ErrSource, ErrPicture, and
// those of ctx.
func (e *Eyes) Read(ctx context.Context, o step.Observation, source step.Source) (step.Screen, error) {
	s := step.Screen{Observation: o.ID, Version: step.TextVersion, Title: clean(o.Title, maxName), URL: o.URL, Source: source,
		Dialog: o.Dialog, Above: o.Above, Below: o.Below}
	if len(o.Tabs) > 1 {
		s.Tabs = len(o.Tabs)
		for i, t := range o.Tabs {
			if t.Active {
				s.Tab = i + 1
			}
		}
	}
	if source == step.SourceBoth && e.noOCR != nil {
		source, s.Source = step.SourceLayout, step.SourceLayout
	}
	var items []step.Candidate
	switch source {
	case step.SourceLayout:
		items, s.Cut = fromLayout(o), o.LayoutCut
	case step.SourcePixels:
		var err error
		if items, err = e.fromPixels(ctx, o.Frame); err != nil {
			return step.Screen{}, fmt.Errorf("read screen: %w", err)
		}
	case step.SourceBoth:
		items, s.Cut = fromLayout(o), o.LayoutCut
		if o.Dialog == nil && mute(items) { // what stands behind a dialog cannot be used
			seen, err := e.fromPixels(ctx, o.Frame)
			if err != nil {
				return step.Screen{}, fmt.Errorf("read screen: %w", err)
			}
			items = merge(items, seen)
		}
	default:
		return step.Screen{}, fmt.Errorf("read screen: %w: %q", ErrSource, source)
	}
	kept, cut := limit(order.Reading(items), e.max)
	for i := range kept {
		kept[i].Mark = i + 1
	}
	s.Items, s.Cut = kept, s.Cut+cut
	return s, nil
}

// fromPixels reads a frame alone: nothing else of an observation comes here.
func (e *Eyes) fromPixels(ctx context.Context, f step.Frame) ([]step.Candidate, error) {
	if e.noOCR != nil {
		return nil, e.noOCR
	}
	if items, ok := e.recall(f); ok {
		return items, nil
	}
	img, err := decode(f)
	if err != nil {
		return nil, err
	}
	items, err := pixels.Read(ctx, img, f.Masked, e.worker)
	if err != nil {
		return nil, err
	}
	for i := range items {
		items[i].Name, items[i].Value = clean(items[i].Name, maxName), clean(items[i].Value, maxName)
	}
	e.remember(f, items)
	return items, nil
}

func (e *Eyes) recall(f step.Frame) ([]step.Candidate, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.last {
		if f.Hash != "" && r.hash == f.Hash && slices.Equal(r.masked, f.Masked) {
			return slices.Clone(r.items), true
		}
	}
	return nil, false
}

func (e *Eyes) remember(f step.Frame, items []step.Candidate) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = append(e.last, reading{f.Hash, slices.Clone(f.Masked), slices.Clone(items)})
	if len(e.last) > keep {
		e.last = slices.Delete(e.last, 0, 1)
	}
}

// Pictures and canvases smaller than this, in pixels of width and height, are ornaments and icons.
const (
	muteWidth  = 48
	muteHeight = 20
)

// mute reports whether the layout leaves something unsaid that pixels may tell: a picture or canvas large enough to
// hold words, or a page on which it found nothing at all.
func mute(layout []step.Candidate) bool {
	return len(layout) == 0 || slices.ContainsFunc(layout, func(c step.Candidate) bool {
		return (c.Role == step.RoleCanvas || c.Role == step.RoleImage) && c.Box.W >= muteWidth && c.Box.H >= muteHeight
	})
}

// limit keeps at most n items in their order: what can be acted on first, then the rest from the top.
func limit(items []step.Candidate, n int) (kept []step.Candidate, cut int) {
	if len(items) <= n {
		return items, 0
	}
	room := n
	keep := make([]bool, len(items))
	for _, wanted := range []bool{true, false} {
		for i, c := range items {
			if room > 0 && c.Role.Acts() == wanted {
				keep[i], room = true, room-1
			}
		}
	}
	for i, c := range items {
		if keep[i] {
			kept = append(kept, c)
		}
	}
	return kept, len(items) - len(kept)
}

func orDefault(s, d string) string {
	if strings.TrimSpace(s) == "" {
		return d
	}
	return s
}

func tempDir() string {
	const shm = "/dev/shm"
	if f, err := os.CreateTemp(shm, "chiron-*"); err == nil {
		name := f.Name()
		if errors.Join(f.Close(), os.Remove(name)) == nil {
			return shm
		}
	}
	return os.TempDir()
}
