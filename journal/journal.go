// Package journal is the diary: the durable history of every task, the queue of work with its leases, the commands
// of people, pictures, small tables, and the live frames that are never stored. It stands on NATS JetStream, embedded
// in this process by default or an outside cluster; both take the same road.
//
// A task's history is a list of step.Event with Seq 1, 2, 3 … without gaps. Append returns after the event is on disk
// (the embedded server syncs every write) and is fenced: once another worker has written to a task, whoever held it
// before cannot. States are folds of events; nothing else is believed.
//
// Streams: CHIRON_EVENTS (chiron.event.<task>), CHIRON_QUEUE (chiron.queue.<task>, one entry until the task ends),
// CHIRON_COMMANDS (chiron.command.<task>, kept until acknowledged), CHIRON_PICTURES (chiron.picture.<hash>.<chunk>), and
// one key/value bucket for each Table. Frames and viewer counts travel on core NATS below chiron.live.
package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nuid"

	"chiron/journal/book"
	"chiron/journal/live"
	"chiron/journal/store"
	"chiron/step"
)

// Options say where the journal lives. Give Dir for the embedded server or URL for an outside one.
type Options struct {
	Dir         string        // directory of the embedded server; made when missing, used by one process at a time
	URL         string        // nats://…; one or several separated by commas
	Credentials string        // file with NATS credentials for URL; empty: none
	Replicas    int           // copies of each stream in an outside cluster; 0 is 1
	MaxBytes    int64         // room for the embedded store; 0: three quarters of the free disk
	Lease       time.Duration // how long a lease lives without Keep; 0 is 15 s
	Logger      *slog.Logger  // nil: discard

	// Filter takes secrets out of every text of an event or command before it is stored; nil keeps all. It must not change
	// its argument and may be called from any goroutine.
	Filter func([]byte) []byte

	// Discreet takes more out of what happened: of every event but those that hold what people gave and what they get (Created, Took,
	// Answered, Ended), without which a task could not go on. nil is Filter.
	Discreet func([]byte) []byte
}

// DefaultLease is how long a lease lives without Keep.
const DefaultLease = 15 * time.Second

// Journal is the diary. Its methods may be called from any goroutine; they wait until Run has made it ready and
// return ErrClosed after Run has ended.
type Journal struct {
	o    Options
	log  *slog.Logger
	me   string // names this process as a writer
	once atomic.Bool

	ready chan struct{}   // closed when the fields below are set
	life  context.Context // ends with Run
	end   context.CancelFunc
	tasks sync.WaitGroup // goroutines of Commands and WatchFrames

	st     *store.Store
	book   *book.Book
	relay  *live.Relay
	tailed uint64 // the tail begins after this record

	leaseMu sync.Mutex
	leases  map[string]*Lease
}

// New checks the options. Nothing is opened before Run.
func New(o Options) (*Journal, error) {
	switch {
	case o.Dir == "" && o.URL == "":
		return nil, errors.New("journal: give a directory for the embedded server or the URL of an outside one")
	case o.Dir != "" && o.URL != "":
		return nil, errors.New("journal: give a directory or a URL, not both")
	case o.Lease < 0 || o.MaxBytes < 0 || o.Replicas < 0 || o.Replicas > 5:
		return nil, errors.New("journal: lease, max bytes and replicas must not be negative, replicas at most 5")
	}
	if o.Lease == 0 {
		o.Lease = DefaultLease
	}
	o.Replicas = max(o.Replicas, 1)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	life, end := context.WithCancel(context.Background())
	j := &Journal{
		o: o, log: o.Logger.With("room", "journal"), me: nuid.Next(),
		ready: make(chan struct{}), life: life, end: end,
		book: book.New(), leases: map[string]*Lease{},
	}
	j.relay = live.New(j.me, j.log)
	return j, nil
}

// Ready is closed when the journal can be used.
func (j *Journal) Ready() <-chan struct{} { return j.ready }

// Run opens the store, checks every task that has not ended, and serves until ctx ends. It returns nil when all was
// closed in order. It may be called once.
func (j *Journal) Run(ctx context.Context) (err error) {
	if !j.once.CompareAndSwap(false, true) {
		return errors.New("journal: Run was called twice")
	}
	defer j.end()
	var closers []func() error
	defer func() {
		for i := len(closers) - 1; i >= 0; i-- {
			err = errors.Join(err, closers[i]())
		}
	}()
	onClose := func(f func() error) { closers = append(closers, f) }

	if err := ctx.Err(); err != nil {
		return err
	}
	j.st, err = store.Open(ctx, store.Options{Dir: j.o.Dir, URL: j.o.URL, Credentials: j.o.Credentials,
		Replicas: j.o.Replicas, MaxBytes: j.o.MaxBytes, Lease: j.o.Lease, Logger: j.log})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	onClose(j.st.Close)
	onClose(func() error {
		j.end()
		j.tasks.Wait()
		j.relay.Close()
		return nil
	})
	if err := j.index(ctx); err != nil {
		return fmt.Errorf("journal: read the histories: %w", store.Explain(err))
	}
	if err := j.tail(ctx, onClose); err != nil {
		return fmt.Errorf("journal: follow the streams: %w", store.Explain(err))
	}
	if err := j.relay.Start(j.life, j.st.Live); err != nil {
		return fmt.Errorf("journal: start the live relay: %w", err)
	}
	close(j.ready)
	j.log.Info("journal ready", "tasks", j.book.Len(), "embedded", j.o.Dir != "")
	<-ctx.Done()
	return nil
}

// up waits until the journal can be used.
func (j *Journal) up(ctx context.Context) error {
	if j.life.Err() != nil {
		return ErrClosed
	}
	select {
	case <-j.ready:
		return nil
	case <-j.life.Done():
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// bound returns a context that also ends, with ErrClosed as its cause, when Run does.
func (j *Journal) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(j.life, func() { cancel(ErrClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// opened waits for the store.
func (j *Journal) opened(ctx context.Context) (*store.Store, error) {
	if err := j.up(ctx); err != nil {
		return nil, err
	}
	return j.st, nil
}

// Table is a small durable table of keys and values.
type Table = store.Table

// Table returns the table of this name (letters, digits, - and _), which is made when it is first used.
func (j *Journal) Table(name string) *Table { return store.NewTable(name, j.opened) }

// PutPicture keeps a picture under its hash (lower-case hex SHA-256). When it returns nil the picture is on disk. A
// picture that is there already is not written again.
func (j *Journal) PutPicture(ctx context.Context, data []byte, mime string) (hash string, err error) {
	st, err := j.opened(ctx)
	if err != nil {
		return "", err
	}
	return st.PutPicture(ctx, data, mime)
}

// Picture returns a kept picture, checked against its hash.
func (j *Journal) Picture(ctx context.Context, hash string) (data []byte, mime string, err error) {
	st, err := j.opened(ctx)
	if err != nil {
		return nil, "", err
	}
	return st.Picture(ctx, hash)
}

// PublishFrame shows a frame to the task's viewers. It never blocks: a frame that could not be sent before the next one
// came is replaced by it.
func (j *Journal) PublishFrame(task string, f step.Frame) { j.relay.Publish(task, f) }

// FramesDropped counts the frames, sent by and to this process, that a newer one replaced before it was seen.
func (j *Journal) FramesDropped() uint64 { return j.relay.Dropped() }

// Viewers tells how many look at the task's live frames: the present number at once, then every new one (the newest
// wins). One channel serves one worker; it is closed when the task's lease ends or the journal closes.
func (j *Journal) Viewers(task string) <-chan int { return j.relay.Viewers(task) }

// WatchFrames delivers the live frames of a task until ctx ends; then the channel is closed. The newest wins: a
// watcher that is slow misses frames and slows nobody. As long as it watches it counts as a viewer.
func (j *Journal) WatchFrames(ctx context.Context, task string) (<-chan step.Frame, error) {
	if err := j.up(ctx); err != nil {
		return nil, err
	}
	if err := store.ValidTask(task); err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	ctx, cancel := j.bound(ctx)
	context.AfterFunc(ctx, cancel)
	frames, err := j.relay.Watch(ctx, task)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watch: %w", store.Explain(err))
	}
	return frames, nil
}
