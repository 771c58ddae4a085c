// Package live relays frames to whoever watches and counts the watchers, over core NATS; nothing of it is stored.
package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"chiron/step"
)

// Relay carries the live frames and counts of viewers of one process.
type Relay struct {
	me      string // names this process
	log     *slog.Logger
	nc      *nats.Conn
	kick    chan struct{} // a frame waits in next
	dropped atomic.Uint64
	tasks   sync.WaitGroup

	frames sync.Mutex            // guards next; never held while anything is sent
	next   map[string]step.Frame // by task: the newest frame not yet sent

	mu     sync.Mutex                 // guards what follows
	mine   map[string]int             // by task: viewers at this process
	others map[string]map[string]seen // by task and process: viewers elsewhere
	counts map[string]chan int        // by task: who wants to know
	closed bool
}

type seen struct {
	viewers int
	at      time.Time
}

// A process repeats the count of its viewers every sayAgain; one not heard of for silence has none.
const (
	sayAgain = 5 * time.Second
	silence  = 16 * time.Second
)

const (
	framePrefix   = "chiron.live.frame."
	viewersPrefix = "chiron.live.viewers."
	frameHeader   = "Chiron-Frame"
)

// New returns a relay of the process that calls itself me.
func New(me string, log *slog.Logger) *Relay {
	return &Relay{me: me, log: log, kick: make(chan struct{}, 1), next: map[string]step.Frame{}, mine: map[string]int{},
		others: map[string]map[string]seen{}, counts: map[string]chan int{}}
}

// Publish shows a frame to the task's viewers. It never blocks: a frame that could not be sent before the next one
// came is replaced by it.
func (r *Relay) Publish(task string, f step.Frame) {
	r.frames.Lock()
	if _, waiting := r.next[task]; waiting {
		r.dropped.Add(1)
	}
	r.next[task] = f
	r.frames.Unlock()
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// Dropped counts the frames, sent by and to this process, that a newer one replaced before it was seen.
func (r *Relay) Dropped() uint64 { return r.dropped.Load() }

// Start sends frames and keeps the counts, over this connection, until ctx ends; Close waits for it.
func (r *Relay) Start(ctx context.Context, nc *nats.Conn) error {
	r.nc = nc
	if _, err := nc.Subscribe(viewersPrefix+"*", r.heard); err != nil {
		return err
	}
	r.tasks.Go(func() {
		tick := time.NewTicker(sayAgain)
		defer tick.Stop()
		for {
			select {
			case <-r.kick:
				r.flush()
			case <-tick.C:
				r.beat()
			case <-ctx.Done():
				return
			}
		}
	})
	return nil
}

// Close waits for what Start and Watch began, whose contexts must have ended, and closes the channels of Viewers.
func (r *Relay) Close() {
	r.tasks.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for task, ch := range r.counts {
		close(ch)
		delete(r.counts, task)
	}
}

// announce tells the other processes how many watch here.
func (r *Relay) announce(task string, viewers int) {
	data, err := json.Marshal(viewersRecord{Node: r.me, Viewers: viewers})
	if err == nil {
		err = r.nc.Publish(viewersPrefix+task, data)
	}
	if err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		r.log.Warn("viewers could not be announced", "task", task, "error", err)
	}
}

// flush sends the waiting frames.
func (r *Relay) flush() {
	r.frames.Lock()
	frames := r.next
	r.next = map[string]step.Frame{}
	r.frames.Unlock()
	for task, f := range frames {
		head, err := json.Marshal(f)
		if err == nil {
			msg := nats.NewMsg(framePrefix + task)
			msg.Header.Set(frameHeader, string(head))
			msg.Data = f.Data
			err = r.nc.PublishMsg(msg)
		}
		if err != nil {
			r.dropped.Add(1)
			r.log.Warn("a live frame was not sent", "task", task, "error", err)
		}
	}
}

// beat repeats this process's counts and forgets processes that fell silent.
func (r *Relay) beat() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for task, n := range r.mine {
		r.announce(task, n)
	}
	for task, nodes := range r.others {
		maps.DeleteFunc(nodes, func(_ string, s seen) bool { return time.Since(s.at) > silence })
		if len(nodes) == 0 {
			delete(r.others, task)
		}
		r.tell(task)
	}
}

type viewersRecord struct {
	Node    string `json:"node"`
	Viewers int    `json:"viewers"`
}

func (r *Relay) heard(m *nats.Msg) {
	var rec viewersRecord
	if err := json.Unmarshal(m.Data, &rec); err != nil || rec.Node == r.me || rec.Viewers < 0 {
		return
	}
	task := m.Subject[len(viewersPrefix):]
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec.Viewers == 0 {
		delete(r.others[task], rec.Node)
	} else {
		if r.others[task] == nil {
			r.others[task] = map[string]seen{}
		}
		r.others[task][rec.Node] = seen{rec.Viewers, time.Now()}
	}
	r.tell(task)
}

// tell puts the present count into the channel of the task, in place of one not yet read. r.mu is held.
func (r *Relay) tell(task string) {
	ch := r.counts[task]
	if ch == nil {
		return
	}
	total := r.mine[task]
	for _, s := range r.others[task] {
		total += s.viewers
	}
	select {
	case <-ch:
	default:
	}
	ch <- total
}

// Viewers tells how many look at the task's live frames: the present number at once, then every new one (the newest
// wins). One channel serves one worker; Retire and Close close it.
func (r *Relay) Viewers(task string) <-chan int {
	r.mu.Lock()
	defer r.mu.Unlock()
	ch := r.counts[task]
	if ch == nil {
		ch = make(chan int, 1)
		if r.closed {
			close(ch)
			return ch
		}
		r.counts[task] = ch
	}
	r.tell(task)
	return ch
}

// Retire closes the channel of a task that is no longer worked on here.
func (r *Relay) Retire(task string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ch := r.counts[task]; ch != nil {
		close(ch)
		delete(r.counts, task)
	}
}

// view counts a viewer in or out.
func (r *Relay) view(task string, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mine[task] += by
	n := r.mine[task]
	if n == 0 {
		delete(r.mine, task)
	}
	r.announce(task, n)
	r.tell(task)
}

// Watch delivers the live frames of a task until ctx ends; then the channel is closed. The newest wins: a watcher that is
// slow misses frames and slows nobody. As long as it watches it counts as a viewer.
func (r *Relay) Watch(ctx context.Context, task string) (<-chan step.Frame, error) {
	newest := make(chan step.Frame, 1)
	sub, err := r.nc.Subscribe(framePrefix+task, func(m *nats.Msg) {
		f, err := decodeFrame(m.Header.Get(frameHeader), m.Data)
		if err != nil {
			r.log.Warn("an unreadable live frame", "task", task, "error", err)
			return
		}
		select {
		case <-newest:
			r.dropped.Add(1)
		default:
		}
		newest <- f // this callback alone fills it
	})
	if err != nil {
		return nil, err
	}
	out := make(chan step.Frame)
	r.view(task, 1)
	r.tasks.Go(func() {
		defer close(out)
		r.pass(ctx, newest, out)
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			r.log.Warn("watch", "task", task, "error", err)
		}
		r.view(task, -1)
	})
	return out, nil
}

// pass hands frames over, always the newest at the moment they are taken.
func (r *Relay) pass(ctx context.Context, newest <-chan step.Frame, out chan<- step.Frame) {
	for {
		var f step.Frame
		select {
		case f = <-newest:
		case <-ctx.Done():
			return
		}
		for waiting := true; waiting; {
			select {
			case out <- f:
				waiting = false
			case f = <-newest:
				r.dropped.Add(1)
			case <-ctx.Done():
				return
			}
		}
	}
}

func decodeFrame(head string, data []byte) (step.Frame, error) {
	var f step.Frame
	dec := json.NewDecoder(bytes.NewReader([]byte(head)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, err
	}
	if dec.More() {
		return f, errors.New("more than one value")
	}
	f.Data = data
	return f, nil
}
