package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of streams, subjects, headers.
const (
	eventsStream   = "CHIRON_EVENTS"
	queueStream    = "CHIRON_QUEUE"
	commandsStream = "CHIRON_COMMANDS"
	picturesStream = "CHIRON_PICTURES"

	EventPrefix   = "chiron.event."
	QueuePrefix   = "chiron.queue."
	CommandPrefix = "chiron.command."
	picturePrefix = "chiron.picture."

	workersName  = "workers"
	WriterHeader = "Chiron-Writer"
)

// layout makes the streams where they are missing and brings the others to this configuration.
func (s *Store) layout(ctx context.Context) error {
	stream := func(to *jetstream.Stream, name, subject string, retention jetstream.RetentionPolicy) error {
		made, err := s.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: name, Subjects: []string{subject}, Retention: retention, Storage: jetstream.FileStorage,
			Replicas: s.o.Replicas, Discard: jetstream.DiscardNew, MaxAge: 0,
		})
		if err != nil {
			return fmt.Errorf("stream %s: %w", name, err)
		}
		*to = made
		return nil
	}
	err := errors.Join(
		stream(&s.Events, eventsStream, EventPrefix+"*", jetstream.LimitsPolicy),
		stream(&s.Queue, queueStream, QueuePrefix+"*", jetstream.WorkQueuePolicy),
		stream(&s.Commands, commandsStream, CommandPrefix+"*", jetstream.LimitsPolicy),
		stream(&s.pictures, picturesStream, picturePrefix+"*.*", jetstream.LimitsPolicy),
	)
	if err != nil {
		return err
	}
	return s.hire(ctx)
}

// hire makes the consumer that hands out work. The embedded server has no workers but those of this process, which
// has just started, so its leases are all void: a new consumer offers the work again at once.
func (s *Store) hire(ctx context.Context) error {
	if s.o.Dir != "" {
		err := s.Queue.DeleteConsumer(ctx, workersName)
		if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return err
		}
	}
	c, err := s.Queue.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: workersName, AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.o.Lease,
		MaxDeliver: -1, MaxAckPending: -1, DeliverPolicy: jetstream.DeliverAllPolicy,
	})
	if err != nil {
		return fmt.Errorf("consumer %s: %w", workersName, err)
	}
	s.Workers = c
	return nil
}

// MaxTaskID is the longest id of a task, in bytes.
const MaxTaskID = 64

// ValidTask reports whether an id can name a task: letters, digits, - and _.
func ValidTask(id string) error {
	ok := id != "" && len(id) <= MaxTaskID && strings.IndexFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
	if !ok {
		return fmt.Errorf("task %.80q: %w: an id is 1 to %d letters, digits, - and _", id, ErrNotFound, MaxTaskID)
	}
	return nil
}
