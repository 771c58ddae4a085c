package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Grader serves the truth, and only the truth, to graders: GET /truth answers with Truth as JSON, POST /reset with an
// optional ?seed= puts the site back and answers with the new truth. The caller serves it on a listener that the browser
// under test cannot reach.
func (s *Site) Grader() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /truth", func(w http.ResponseWriter, _ *http.Request) { s.writeTruth(w) })
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, r *http.Request) {
		seed := s.Truth().Seed
		if raw := r.URL.Query().Get("seed"); raw != "" {
			var err error
			if seed, err = strconv.ParseInt(raw, 10, 64); err != nil {
				http.Error(w, "seed is not a whole number", http.StatusBadRequest)
				return
			}
		}
		s.Reset(seed)
		s.writeTruth(w)
	})
	return mux
}

func (s *Site) writeTruth(w http.ResponseWriter) {
	raw, err := json.MarshalIndent(s.Truth(), "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw) // the reader may have left
}

// Running says where a listening site can be reached.
type Running struct {
	URL        string // the application, for browsers
	GraderURL  string // the truth, for graders
	PartnerURL string // the other origin of the cross-origin frame, for browsers
}

// Server is a site with its three loopback listeners. Listen makes it, Run serves and closes it.
type Server struct {
	Site      *Site
	running   Running
	listeners [3]net.Listener
}

// Listen binds the application to addr, the grader to graderAddr and the partner to a free port beside addr, all on loopback
// ("127.0.0.1:0" picks a port), and builds the site. Call Run, or Close when Run is not wanted.
func Listen(opts Options, addr, graderAddr string) (*Server, error) {
	sv := &Server{}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("site: listen: %w", err)
	}
	for i, a := range []string{addr, graderAddr, net.JoinHostPort(host, "0")} {
		l, err := listenLoopback(a)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("site: listen: %w", err), sv.Close())
		}
		sv.listeners[i] = l
	}
	sv.running = Running{URL: origin(sv.listeners[0]), GraderURL: origin(sv.listeners[1]), PartnerURL: origin(sv.listeners[2])}
	if opts.PartnerURL == "" {
		opts.PartnerURL = sv.running.PartnerURL
	}
	if sv.Site, err = New(opts); err != nil {
		return nil, errors.Join(err, sv.Close())
	}
	return sv, nil
}

func origin(l net.Listener) string { return "http://" + l.Addr().String() }

func listenLoopback(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not a loopback address", addr)
	}
	return net.Listen("tcp", addr)
}

// Running says where the site can be reached, from Listen on.
func (sv *Server) Running() Running { return sv.running }

// Close closes the listeners of a Server that never ran.
func (sv *Server) Close() error {
	var errs []error
	for _, l := range sv.listeners {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// Run serves until ctx ends, then cuts all connections and returns after its goroutines. It returns nil when ctx ended it.
func (sv *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(sv.listeners))
	servers := make([]*http.Server, len(sv.listeners))
	for i, h := range []http.Handler{sv.Site.Handler(), sv.Site.Grader(), sv.Site.Partner()} {
		servers[i] = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second,
			BaseContext: func(net.Listener) context.Context { return ctx }}
		wg.Go(func() {
			defer cancel()
			if err := servers[i].Serve(sv.listeners[i]); !errors.Is(err, http.ErrServerClosed) {
				errs[i] = fmt.Errorf("site: serve: %w", err)
			}
		})
	}
	<-ctx.Done()
	for _, server := range servers {
		errs = append(errs, server.Close())
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Serve is Listen and Run in one; the logger says the addresses. Use Listen to learn picked ports or to reach the Site.
func Serve(ctx context.Context, opts Options, addr, graderAddr string) error {
	sv, err := Listen(opts, addr, graderAddr)
	if err != nil {
		return err
	}
	sv.Site.opts.Logger.Info("sample site", "room", "eval", "url", sv.running.URL, "grader", sv.running.GraderURL)
	return sv.Run(ctx)
}
