// Package live shows people what the agent sees, frame by frame, over a WebSocket. Watching costs the work nothing: each
// viewer has a slot for one frame, the newest wins, and what a slow viewer misses is counted and told to it. A viewer
// gets the next frame only after it has acknowledged the last, so that no frame waits in a buffer and grows old.
package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"chiron/step"
)

// Frames gives the frames of a task from now on; the channel is closed when ctx ends or nothing more can come.
// *journal.Journal is one.
type Frames interface {
	WatchFrames(ctx context.Context, task string) (<-chan step.Frame, error)
}

// Options are what a Handler needs. Frames and Registry are required.
type Options struct {
	Frames   Frames
	Logger   *slog.Logger // nil: discard
	Registry *prometheus.Registry
	Patience time.Duration // for a viewer that neither takes a frame nor answers a ping; default 20 s
}

// Handler serves viewers. It is safe for concurrent use.
type Handler struct {
	Options
	log     *slog.Logger
	viewers prometheus.Gauge
	sent    prometheus.Counter
	dropped prometheus.Counter
	running sync.WaitGroup
}

// New returns a handler; it starts nothing.
func New(o Options) (*Handler, error) {
	if o.Frames == nil || o.Registry == nil {
		return nil, errors.New("live: Frames and Registry are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Patience == 0 {
		o.Patience = 20 * time.Second
	}
	h := &Handler{Options: o, log: o.Logger.With("room", "server"),
		viewers: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chiron_live_viewers", Help: "People who watch now."}),
		sent:    prometheus.NewCounter(prometheus.CounterOpts{Name: "chiron_live_frames_sent_total", Help: "Frames sent to viewers."}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "chiron_live_frames_dropped_total",
			Help: "Frames that slow viewers lost."}),
	}
	for _, c := range []prometheus.Collector{h.viewers, h.sent, h.dropped} {
		if err := o.Registry.Register(c); err != nil {
			return nil, fmt.Errorf("live: %w", err)
		}
	}
	return h, nil
}

// Wait returns when no viewer is left. Their contexts have to end first.
func (h *Handler) Wait() { h.running.Wait() }

// head announces a frame; its bytes follow as a binary message.
type head struct {
	N       uint64    `json:"n"` // counts from 1
	MIME    string    `json:"mime"`
	Size    step.Size `json:"size"`
	At      time.Time `json:"at"`
	Dropped uint64    `json:"dropped,omitempty"` // frames this viewer has lost so far
}

// Serve turns the request into a WebSocket and shows the task's frames until the viewer leaves or the request's context
// ends. Requests of browsers on other origins are refused.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, task string) {
	h.running.Add(1)
	defer h.running.Done()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		h.log.Debug("live: handshake", "task", task, "err", err)
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 10)
	h.viewers.Inc()
	defer h.viewers.Dec()
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	frames, err := h.Frames.WatchFrames(ctx, task)
	if err != nil {
		h.log.Error("live: watch", "task", task, "err", err)
		_ = conn.Close(websocket.StatusInternalError, "the frames cannot be had")
		return
	}
	acks := make(chan uint64, 1)
	var reader sync.WaitGroup
	// A read whose context ends breaks the connection; the viewer is to be told why first.
	reader.Go(func() { cancel(readAcks(context.WithoutCancel(ctx), conn, acks)) })
	err = h.show(ctx, conn, frames, acks)
	if err == nil || r.Context().Err() != nil {
		_ = conn.Close(websocket.StatusGoingAway, "nothing more to see")
	}
	_ = conn.CloseNow() // it is closed already, or the viewer is gone
	reader.Wait()
	h.log.Debug("live: viewer left", "task", task, "err", err)
}

// readAcks reads acknowledgements until the connection ends; the newest number stands in acks.
func readAcks(ctx context.Context, conn *websocket.Conn, acks chan uint64) error {
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var m struct {
			Ack uint64 `json:"ack"`
		}
		if err := json.Unmarshal(data, &m); err != nil {
			return fmt.Errorf("read an acknowledgement: %w", err)
		}
		select {
		case <-acks:
		default:
		}
		acks <- m.Ack
	}
}

// lastWrite is how long a write may go on when there is nothing more to see: one that is broken off breaks the connection, and the
// viewer would not be told why it ended.
const lastWrite = time.Second

// show is the loop of one viewer: it always takes what comes, keeps the newest, and sends when the viewer is free.
func (h *Handler) show(ctx context.Context, conn *websocket.Conn, frames <-chan step.Frame, acks <-chan uint64) error {
	var newest *step.Frame
	var n, acked, dropped uint64
	written := make(chan error, 1)
	writing := false
	defer func() {
		if !writing {
			return
		}
		grace := time.AfterFunc(lastWrite, func() { conn.CloseNow() })
		defer grace.Stop()
		<-written
	}()
	ping := time.NewTicker(h.Patience)
	defer ping.Stop()
	for {
		if newest != nil && !writing && acked == n {
			n++
			f, about := newest, head{N: n, MIME: newest.MIME, Size: newest.Size, At: newest.At, Dropped: dropped}
			newest, writing = nil, true
			go func() { written <- h.send(context.WithoutCancel(ctx), conn, about, f.Data) }()
		}
		select {
		case f, ok := <-frames:
			if !ok {
				return context.Cause(ctx)
			}
			if newest != nil {
				dropped++
				h.dropped.Inc()
			}
			newest = &f
		case err := <-written:
			writing = false
			if err != nil {
				return err
			}
			h.sent.Inc()
		case a := <-acks:
			acked = min(max(a, acked), n)
		case <-ping.C:
			if !writing { // a write has its own bound
				writing = true
				go func() { written <- h.ping(context.WithoutCancel(ctx), conn) }()
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (h *Handler) send(ctx context.Context, conn *websocket.Conn, about head, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, h.Patience)
	defer cancel()
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	if err := conn.Write(ctx, websocket.MessageText, text); err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageBinary, data)
}

func (h *Handler) ping(ctx context.Context, conn *websocket.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, h.Patience)
	defer cancel()
	return conn.Ping(ctx)
}
