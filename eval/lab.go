package eval

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"chiron/eval/actor"
	"chiron/eval/site"
)

// Lab is what a suite runs in beside the product: watched sites, one for each case at a time, and scripted models behind
// an endpoint that the product takes for Ollama.
type Lab struct {
	Actors *actor.Server

	sites  []*site.Server
	models net.Listener
}

// Secret is a password of the sample site that the product's vault must hold under this name.
type Secret struct {
	Name, Value string
	Field       string // "text" may be typed into any field
	Origins     []string
}

// NewLab binds n sites and the endpoint of the models on loopback. Call Run, or Close when Run is not wanted.
func NewLab(n int) (*Lab, error) {
	l := &Lab{Actors: actor.New()}
	var err error
	if l.models, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("eval: bind the scripted models: %w", err)
	}
	for range max(n, 1) {
		s, err := site.Listen(site.Options{Seed: 1, Watch: true}, "127.0.0.1:0", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("eval: %w", err), l.Close())
		}
		l.sites = append(l.sites, s)
	}
	return l, nil
}

// Site is the first of the sites.
func (l *Lab) Site() *site.Server { return l.sites[0] }

// Endpoint is the address of the scripted models: the product's inference.endpoint.
func (l *Lab) Endpoint() string { return "http://" + l.models.Addr().String() }

// Secrets are what the product's vault must hold.
func (l *Lab) Secrets() []Secret {
	all := []Secret{{Name: "password", Value: "correct horse 7"}, {Name: "password_marta", Value: "blue kettle 12"}, {Name: "password_kenji", Value: "paper crane 3"}}
	for i := range all {
		for _, s := range l.sites {
			all[i].Origins = append(all[i].Origins, s.Running().URL)
		}
	}
	return all
}

// Close gives the addresses back; for a lab that never ran.
func (l *Lab) Close() error {
	errs := []error{l.models.Close()}
	for _, s := range l.sites {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// Run serves until ctx ends and returns after all its goroutines.
func (l *Lab) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(l.sites)+1)
	for i, s := range l.sites {
		wg.Go(func() {
			defer cancel()
			errs[i] = s.Run(ctx)
		})
	}
	web := &http.Server{Handler: l.Actors.Handler(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	wg.Go(func() {
		defer cancel()
		if err := web.Serve(l.models); !errors.Is(err, http.ErrServerClosed) {
			errs[len(l.sites)] = fmt.Errorf("eval: serve the scripted models: %w", err)
		}
	})
	<-ctx.Done()
	closed := web.Close()
	wg.Wait()
	return errors.Join(append(errs, closed)...)
}
