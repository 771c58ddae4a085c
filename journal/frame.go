package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"chiron/step"
)

// relay carries live frames and counts of viewers. Nothing of it is stored.
type relay struct {
	kick    chan struct{} // a frame waits in next
	dropped atomic.Uint64

	frames sync.Mutex            // guards next; never held while anything is sent
	next   map[string]step.Frame // by task: the newest frame not yet sent

	mu      sync.Mutex                 // guards what follows
	mine    map[string]int             // by task: viewers at this process
	others  map[string]map[string]seen // by task and process: viewers elsewhere
	counts  map[string]chan int        // by task: who wants to know
	publish func(task string, viewers int)
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

const frameHeader = "Chiron-Frame"

func newRelay() *relay {
	return &relay{kick: make(chan struct{}, 1), next: map[string]step.Frame{}, mine: map[string]int{},
		others: map[string]map[string]seen{}, counts: map[string]chan int{}, publish: func(string, int) {}}
}

// PublishFrame shows a frame to the task's viewers. It never blocks: a frame that could not be sent before the next one
// came is replaced by it.
func (j *Journal) PublishFrame(task string, f step.Frame) {
	r := j.relay
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

// FramesDropped counts the frames, sent by and to this process, that a newer one replaced before it was seen.
func (j *Journal) FramesDropped() uint64 { return j.relay.dropped.Load() }

// start sends frames and keeps the counts until the journal closes.
func (r *relay) start(j *Journal, onClose func(func() error)) error {
	sub, err := j.live.Subscribe(viewersPrefix+"*", func(m *nats.Msg) { r.heard(m, j.me) })
	if err != nil {
		return err
	}
	onClose(sub.Unsubscribe)
	r.mu.Lock()
	r.publish = func(task string, viewers int) {
		data, err := json.Marshal(viewersRecord{Node: j.me, Viewers: viewers})
		if err == nil {
			err = j.live.Publish(viewersPrefix+task, data)
		}
		if err != nil {
			j.log.Warn("viewers could not be announced", "task", task, "error", err)
		}
	}
	r.mu.Unlock()
	j.tasks.Go(func() {
		tick := time.NewTicker(sayAgain)
		defer tick.Stop()
		for {
			select {
			case <-r.kick:
				r.flush(j)
			case <-tick.C:
				r.beat()
			case <-j.life.Done():
				return
			}
		}
	})
	return nil
}

// flush sends the waiting frames.
func (r *relay) flush(j *Journal) {
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
			err = j.live.PublishMsg(msg)
		}
		if err != nil {
			r.dropped.Add(1)
			j.log.Warn("a live frame was not sent", "task", task, "error", err)
		}
	}
}

// beat repeats this process's counts and forgets processes that fell silent.
func (r *relay) beat() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for task, n := range r.mine {
		r.publish(task, n)
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

func (r *relay) heard(m *nats.Msg, me string) {
	var rec viewersRecord
	if err := json.Unmarshal(m.Data, &rec); err != nil || rec.Node == me || rec.Viewers < 0 {
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
func (r *relay) tell(task string) {
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
// wins). One channel serves one worker; it is closed when the task's lease ends or the journal closes.
func (j *Journal) Viewers(task string) <-chan int {
	r := j.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	ch := r.counts[task]
	if ch == nil {
		ch = make(chan int, 1)
		if j.life.Err() != nil {
			close(ch)
			return ch
		}
		r.counts[task] = ch
	}
	r.tell(task)
	return ch
}

// retire closes the channel of a task that is no longer worked on here.
func (r *relay) retire(task string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ch := r.counts[task]; ch != nil {
		close(ch)
		delete(r.counts, task)
	}
}

func (r *relay) close() {
	r.mu.Lock()
	tasks := slices.Collect(maps.Keys(r.counts))
	r.mu.Unlock()
	for _, task := range tasks {
		r.retire(task)
	}
}

// view counts a viewer in or out.
func (r *relay) view(task string, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mine[task] += by
	n := r.mine[task]
	if n == 0 {
		delete(r.mine, task)
	}
	r.publish(task, n)
	r.tell(task)
}

// WatchFrames delivers the live frames of a task until ctx ends; then the channel is closed. The newest wins: a
// watcher that is slow misses frames and slows nobody. As long as it watches it counts as a viewer.
func (j *Journal) WatchFrames(ctx context.Context, task string) (<-chan step.Frame, error) {
	if err := j.up(ctx); err != nil {
		return nil, err
	}
	if err := validTask(task); err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	newest := make(chan step.Frame, 1)
	sub, err := j.live.Subscribe(framePrefix+task, func(m *nats.Msg) {
		f, err := decodeFrame(m.Header.Get(frameHeader), m.Data)
		if err != nil {
			j.log.Warn("an unreadable live frame", "task", task, "error", err)
			return
		}
		select {
		case <-newest:
			j.relay.dropped.Add(1)
		default:
		}
		newest <- f // this callback alone fills it
	})
	if err != nil {
		return nil, fmt.Errorf("watch: %w", explain(err))
	}
	out := make(chan step.Frame)
	ctx, cancel := j.bound(ctx)
	j.relay.view(task, 1)
	j.tasks.Go(func() {
		defer cancel()
		defer close(out)
		defer j.relay.view(task, -1)
		defer func() {
			if err := sub.Unsubscribe(); err != nil && j.life.Err() == nil {
				j.log.Warn("watch", "task", task, "error", err)
			}
		}()
		j.relay.pass(ctx, newest, out)
	})
	return out, nil
}

// pass hands frames over, always the newest at the moment they are taken.
func (r *relay) pass(ctx context.Context, newest <-chan step.Frame, out chan<- step.Frame) {
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
