package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxPayload is the largest record the embedded server takes; NATS advises against more.
const maxPayload = 8 << 20

// openTimeout bounds the start of the embedded server, which reads its index files.
const openTimeout = time.Minute

// connect opens the embedded server or reaches the outside one, over two connections: frames never wait before events.
func (s *Store) connect(ctx context.Context) error {
	url, opts := s.o.URL, []nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond)}
	if s.o.Dir != "" {
		srv, err := s.embed()
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDir, s.o.Dir, err)
		}
		url, opts = "", []nats.Option{nats.InProcessServer(srv), nats.NoReconnect()}
	} else if s.o.Credentials != "" {
		opts = append(opts, nats.UserCredentials(s.o.Credentials))
	}
	dial := func(name string) (*nats.Conn, error) {
		nc, err := nats.Connect(url, append(opts, nats.Name("chiron "+name),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { s.o.Logger.Warn("nats", "error", err) }))...)
		if err != nil {
			return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, redactURL(s.o.URL), err)
		}
		s.onClose(func() error { nc.Close(); return nil })
		return nc, nil
	}
	var err error
	if s.Live, err = dial("live"); err != nil {
		return err
	}
	if s.NC, err = dial("journal"); err != nil {
		return err
	}
	if s.JS, err = jetstream.New(s.NC); err != nil {
		return err
	}
	if _, err := s.JS.AccountInfo(ctx); err != nil {
		return fmt.Errorf("%w at %s: JetStream: %w", ErrUnreachable, redactURL(s.o.URL), err)
	}
	return nil
}

// redactURL leaves out users and passwords.
func redactURL(urls string) string {
	parts := strings.Split(urls, ",")
	for i, u := range parts {
		if at := strings.LastIndex(u, "@"); at >= 0 {
			scheme, _, _ := strings.Cut(u, "://")
			parts[i] = scheme + "://" + u[at+1:]
		}
	}
	return strings.Join(parts, ",")
}

// embed starts a server of this process alone: no port, every write synced.
func (s *Store) embed() (*server.Server, error) {
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Join(s.o.Dir, "lock"))
	if err != nil {
		return nil, err
	}
	s.onClose(unlock)
	if err := writable(s.o.Dir); err != nil {
		return nil, err
	}
	srv, err := server.NewServer(&server.Options{
		ServerName: "chiron", DontListen: true, NoSigs: true, NoLog: true, NoSystemAccount: true,
		JetStream: true, StoreDir: s.o.Dir, SyncAlways: true, JetStreamMaxStore: s.o.MaxBytes, JetStreamMaxMemory: 64 << 20,
		MaxPayload: maxPayload, DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, err
	}
	srv.SetLoggerV2(serverLog{s.o.Logger}, false, false, false)
	srv.Start()
	s.onClose(func() error {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil
	})
	if !srv.ReadyForConnections(openTimeout) || !srv.JetStreamEnabled() {
		return nil, errors.New("the embedded server did not start; the log says why")
	}
	return srv, nil
}

// writable reports early, in the system's words, that nothing can be written.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// lock keeps other processes out of the directory for as long as this one lives.
func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another process uses it, perhaps another Chiron; stop that one, or take another data directory (%w)", err), f.Close())
	}
	return f.Close, nil
}
