package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"chiron/step"
)

// Source is the one stream of events.
type Source interface {
	// Chronicle calls fn with the events of all tasks after a position, in the order of the stream, each once, until ctx ends
	// or fn fails. A position that the stream has not reached is an error.
	Chronicle(ctx context.Context, after uint64, fn func(position uint64, ev step.Event) error) error
}

// Options of a Writer. Zero fields take the defaults named beside them.
type Options struct {
	Dir    string        // needed; made when missing; used by one process at a time
	Source Source        // needed
	Every  int           // records after which a checkpoint is signed; default 100
	Within time.Duration // time after which a record is covered by one; default 10 s
	Logger *slog.Logger  // default: none
}

// Writer keeps the log of a Source. All its work happens in Run.
type Writer struct {
	o     Options
	ready chan struct{}
	once  sync.Once

	mu   sync.Mutex
	last string // newest checkpoint
}

// New checks the options.
func New(o Options) (*Writer, error) {
	if o.Dir == "" || o.Source == nil {
		return nil, errors.New("new audit log: a directory and a source are needed")
	}
	o.Every, o.Within = max(o.Every, 0), max(o.Within, 0)
	o.Every, o.Within = cmp.Or(o.Every, 100), cmp.Or(o.Within, 10*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Writer{o: o, ready: make(chan struct{})}, nil
}

// Ready is closed when the log that was there has been checked.
func (w *Writer) Ready() <-chan struct{} { return w.ready }

// Checkpoint returns the newest signed checkpoint, "" before the first. Kept elsewhere it shows a rollback; see Verify.
func (w *Writer) Checkpoint() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// Run follows the source until ctx ends, and then signs what was taken in. Whatever was not yet signed when it begins is
// taken out and written again from the source. A log that does not fit its last checkpoint is an error: it was altered,
// and nothing is signed on top of it.
func (w *Writer) Run(ctx context.Context) (err error) {
	l, err := w.open()
	if err != nil {
		return fmt.Errorf("audit log in %s: %w; move the directory aside, keep it as evidence, and a new log is written from the journal", w.o.Dir, err)
	}
	defer func() { err = errors.Join(err, l.close()) }()
	w.once.Do(func() { close(w.ready) })
	type entry struct {
		position uint64
		event    step.Event
	}
	in := make(chan entry)
	ended := make(chan error, 1)
	follow, stop := context.WithCancel(ctx)
	go func() {
		ended <- w.o.Source.Chronicle(follow, l.position, func(p uint64, ev step.Event) error {
			select {
			case in <- entry{p, ev}:
				return nil
			case <-follow.Done():
				return context.Cause(follow)
			}
		})
	}()
	finish := func(cause error) error {
		stop()
		failed := <-ended
		if ctx.Err() != nil {
			failed = nil
		}
		return errors.Join(cause, failed, w.sign(l))
	}
	tick := time.NewTicker(w.o.Within)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return finish(nil)
		case failed := <-ended:
			ended <- fmt.Errorf("follow the journal: %w", failed)
			return finish(nil)
		case <-tick.C:
			if err := w.sign(l); err != nil {
				return finish(err)
			}
		case e := <-in:
			if err := l.add(e.position, e.event); err != nil {
				return finish(err)
			}
			if l.size-l.signed >= int64(w.o.Every) {
				if err := w.sign(l); err != nil {
					return finish(err)
				}
			}
		}
	}
}

// log is the open log. It belongs to Run.
type log struct {
	signer                       note.Signer
	records, hashes, checkpoints *os.File
	size, signed                 int64 // records
	position                     uint64
	last                         string
}

// open checks the log and cuts off what is not signed.
func (w *Writer) open() (*log, error) {
	signer, vkey, err := LoadKey(w.o.Dir)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	heads, last, err := checkpoints(w.o.Dir, v)
	if err != nil {
		return nil, err
	}
	l := &log{signer: signer, last: last}
	if len(heads) > 0 {
		l.size = heads[len(heads)-1].size
	}
	for name, f := range map[string]**os.File{"records": &l.records, "hashes": &l.hashes, "checkpoints": &l.checkpoints} {
		if *f, err = os.OpenFile(filepath.Join(w.o.Dir, name), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	if err := l.resume(w.o.Dir, heads); err != nil {
		return nil, errors.Join(err, l.close())
	}
	w.set(last)
	return l, nil
}

// resume checks the signed records and leaves the files as they were when the last checkpoint was signed.
func (l *log) resume(dir string, heads []head) error {
	t := &tree{file: hashes{l.hashes}}
	bytes, enough := int64(0), errors.New("that is all")
	err := eachLine(filepath.Join(dir, "records"), func(line []byte) error {
		if t.size == l.size {
			return enough
		}
		r, err := t.add(line)
		if err != nil {
			return err
		}
		bytes, l.position = bytes+int64(len(line))+1, r.Position
		return nil
	})
	if err != nil && (!errors.Is(err, enough) && t.size != l.size) {
		return err
	}
	if err := t.check(heads); err != nil {
		return err
	}
	l.signed = l.size
	end := tlog.StoredHashCount(l.size) * tlog.HashSize
	if err := errors.Join(l.records.Truncate(bytes), l.hashes.Truncate(end)); err != nil {
		return err
	}
	for _, f := range []*os.File{l.records, l.hashes, l.checkpoints} {
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			return err
		}
	}
	return nil
}

// add appends the record of an event, if it is of a kind that the log keeps.
func (l *log) add(position uint64, ev step.Event) error {
	r, kept, err := recordOf(position, ev)
	if err != nil || !kept {
		return err
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("record event %d of task %s: %w", ev.Seq, ev.Task, err)
	}
	stored, err := tlog.StoredHashes(l.size, line, hashes{l.hashes})
	if err != nil {
		return fmt.Errorf("hash record %d: %w", l.size, err)
	}
	if _, err := l.records.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write record %d: %w", l.size, err)
	}
	for _, h := range stored {
		if _, err := l.hashes.Write(h[:]); err != nil {
			return fmt.Errorf("write the hashes of record %d: %w", l.size, err)
		}
	}
	l.size, l.position = l.size+1, position
	return nil
}

// sign makes the records durable and then writes a checkpoint over them, if there are new ones.
func (w *Writer) sign(l *log) error {
	if l.size == l.signed {
		return nil
	}
	h := head{size: l.size, previous: first}
	if l.last != "" {
		h.previous = nameOf(l.last)
	}
	var err error
	if h.root, err = tlog.TreeHash(l.size, hashes{l.hashes}); err != nil {
		return fmt.Errorf("hash the log: %w", err)
	}
	text, err := h.sign(l.signer)
	if err != nil {
		return fmt.Errorf("sign a checkpoint: %w", err)
	}
	line, err := json.Marshal(text)
	if err != nil {
		return fmt.Errorf("sign a checkpoint: %w", err)
	}
	if err := errors.Join(l.records.Sync(), l.hashes.Sync()); err != nil {
		return fmt.Errorf("write the records: %w", err)
	}
	if _, err := l.checkpoints.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write a checkpoint: %w", err)
	}
	if err := l.checkpoints.Sync(); err != nil {
		return fmt.Errorf("write a checkpoint: %w", err)
	}
	l.signed, l.last = l.size, text
	w.set(text)
	w.o.Logger.Debug("signed a checkpoint", "room", "policy", "records", l.size)
	return nil
}

func (w *Writer) set(checkpoint string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = checkpoint
}

func (l *log) close() error {
	var errs []error
	for _, f := range []*os.File{l.records, l.hashes, l.checkpoints} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
