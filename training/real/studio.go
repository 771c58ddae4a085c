package real

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"chiron/browser"
	"chiron/policy"
	"chiron/step"
	"chiron/training/gen"
	"chiron/training/world"
	"chiron/vision"
)

// Studio is a Chromium that shows pages, and the product's eyes before it. It is used by one goroutine.
type Studio struct {
	session *browser.Session
	eyes    *vision.Eyes
	gate    *policy.Gate
	task    step.Task
	sources []step.Source
	photo   Photo
	url     string
	shown   int

	mu   sync.Mutex
	page string
}

// Options of a studio. Self is the argv that reaches guard.Main; Dir holds what Chromium needs.
type Options struct {
	Self    []string
	Path    string // the Chromium binary; "" = the browser's own default
	Dir     string
	Sources []step.Source // what every page is read from
	Photo   Photo         // what is done with every picture; nil does nothing, and pages have no icons then
}

// Photo takes the picture of a page and what stands where on it.
type Photo func(step.Frame, []Shown) error

// Run starts Chromium, calls f and stops it again.
func Run(ctx context.Context, o Options, f func(*Studio) error) (err error) {
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	host := door.Addr().String()
	s := &Studio{sources: o.Sources, photo: o.Photo, url: "http://" + host}
	server := &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	var running sync.WaitGroup
	var ended [3]error
	running.Go(func() { ended[2] = server.Serve(door) })
	defer func() {
		err = errors.Join(err, server.Close())
		if running.Wait(); !errors.Is(ended[2], http.ErrServerClosed) {
			err = errors.Join(err, ended[2])
		}
	}()
	if s.gate, err = policy.NewGate(policy.Options{Ledger: forgetful{}}); err != nil {
		return err
	}
	s.task = step.Task{ID: "real", Goal: "look", Start: s.url, Autonomy: step.AutonomyAuto, Hosts: step.Hosts{Read: []string{host}}}.Normalise()
	if s.eyes, err = vision.New(vision.Options{}); err != nil {
		return err
	}
	b, err := browser.New(browser.Options{Self: o.Self, Path: o.Path, Dir: o.Dir, Rules: func(step.Hosts) (browser.Rules, error) { return only(host), nil }, Spares: -1})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var parts sync.WaitGroup
	parts.Go(func() { ended[0] = b.Run(ctx); stop(ended[0]) })
	parts.Go(func() { ended[1] = s.eyes.Run(ctx) })
	defer func() {
		stop(nil)
		parts.Wait()
		err = errors.Join(err, ended[0], ended[1])
	}()
	select {
	case <-b.Ready():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if s.session, err = b.Open(ctx, browser.SessionOptions{Task: "real", Hosts: s.task.Hosts}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.session.Close()) }()
	return f(s)
}

// forgetful keeps nothing of what is decided about pages that are made here.
type forgetful struct{}

func (forgetful) Record(context.Context, string, int, step.Verdict) error { return nil }

// only are egress rules that allow one place.
type only string

// Allow implements egress.Rules.
func (o only) Allow(_, host string, port int, _ []netip.Addr) (bool, string) {
	place := net.JoinHostPort(host, strconv.Itoa(port))
	return place == string(o), place + " is not the page"
}

func (s *Studio) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/favicon.ico" {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, s.page)
}

var _ gen.Eye = (*Studio)(nil)

// Views implements gen.Eye: what is read of the page that an application shows, from each source.
func (s *Studio) Views(ctx context.Context, a *world.App, screen step.Screen) ([]gen.View, error) {
	if a.Dialog() { // nothing behind it can be looked at, and the generator's own episodes have it
		return nil, nil
	}
	page, icons := Draw(a, screen), map[string][]string(nil)
	if s.photo != nil {
		var err error
		if page, icons, err = withIcons(page, rand.New(rand.NewPCG(a.Seed, uint64(s.shown)))); err != nil {
			return nil, err
		}
	}
	o, err := s.show(ctx, page)
	if err != nil {
		return nil, err
	}
	layout, err := s.eyes.Read(ctx, o, step.SourceLayout)
	if err == nil && s.photo != nil {
		err = s.photo(o.Frame, shown(layout.Items, icons))
	}
	if err != nil {
		return nil, err
	}
	seen := a.Seen()
	at := find(seen, layout.Items)
	var out []gen.View
	for _, source := range s.sources {
		v := gen.View{Screen: layout, Marks: at}
		if source != step.SourceLayout {
			if v.Screen, err = s.eyes.Read(ctx, o, source); err != nil {
				return nil, err
			}
			v.Marks = below(at, layout.Items, v.Screen.Items)
		}
		v.Screen.Title, v.Screen.URL = screen.Title, screen.URL
		v.Screen.Above, v.Screen.Below = screen.Above+o.Above, screen.Below+o.Below
		out = append(out, v)
	}
	return out, nil
}

// show opens a page and looks at it.
func (s *Studio) show(ctx context.Context, page string) (step.Observation, error) {
	s.mu.Lock()
	s.page = page
	s.mu.Unlock()
	s.shown++
	act := step.Navigate{URL: fmt.Sprintf("%s/%d", s.url, s.shown)}
	facts, err := s.session.Facts(ctx, act)
	if err != nil {
		return step.Observation{}, err
	}
	got, err := s.gate.Admit(ctx, policy.Request{Task: s.task, Step: s.shown, Principal: policy.Agent, Action: act, Facts: facts})
	if err != nil {
		return step.Observation{}, err
	}
	if got.Permit == nil {
		return step.Observation{}, fmt.Errorf("the page is not shown: %s", got.Verdict.Reason)
	}
	if out, err := s.session.Do(ctx, got.Permit); err != nil || out.Status != step.Executed {
		return step.Observation{}, fmt.Errorf("the page is not shown: %s: %w", out.Reason, err)
	}
	return s.session.Observe(ctx)
}
