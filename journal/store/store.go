// Package store is the journal's ground: NATS JetStream, embedded in this process or outside, with the journal's streams,
// tables and pictures, and its errors.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options say where the store is; journal.Options explains and checks them.
type Options struct {
	Dir, URL, Credentials string
	Replicas              int
	MaxBytes              int64
	Lease                 time.Duration
	Logger                *slog.Logger // needed
}

// Store is the open store. Its fields are set by Open and used until Close.
type Store struct {
	NC, Live *nats.Conn // events; frames
	JS       jetstream.JetStream
	Events   jetstream.Stream
	Queue    jetstream.Stream
	Commands jetstream.Stream
	Workers  jetstream.Consumer

	o        Options
	pictures jetstream.Stream
	closers  []func() error

	mu      sync.Mutex
	buckets map[string]jetstream.KeyValue
}

// Open opens the store and makes what is missing in it.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{o: o, buckets: map[string]jetstream.KeyValue{}}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open: %w", err), s.Close())
	}
	if err := s.layout(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the streams: %w", Explain(err)), s.Close())
	}
	return s, nil
}

func (s *Store) onClose(f func() error) { s.closers = append(s.closers, f) }

// Close closes connections, then the embedded server, then gives the directory free.
func (s *Store) Close() (err error) {
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i]())
	}
	s.closers = nil
	return err
}

// Publish stores a record of a writer if the newest one of its subject has the expected sequence, 0 for none;
// WrongLast tells a refusal.
func (s *Store) Publish(ctx context.Context, writer, subject string, data []byte, expect uint64) (*jetstream.PubAck, error) {
	msg := nats.NewMsg(subject)
	msg.Data = data
	msg.Header.Set(WriterHeader, writer)
	return s.JS.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(expect))
}

// Fits reports a record that the server would refuse, leaving room for headers.
func (s *Store) Fits(data []byte) error {
	if limit := s.NC.MaxPayload() - 1024; int64(len(data)) > limit {
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, len(data), limit)
	}
	return nil
}
