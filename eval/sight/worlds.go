package sight

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"chiron/eval/site"
)

//go:embed pages
var pages embed.FS

// worlds serves every screen on loopback, one origin for each visitor of the sample site.
type worlds struct {
	hosts map[string]string // host:port by world
	lines []net.Listener
	serve []http.Handler
}

// visitors are the accounts that the sample site is seen with. Their password comes with the site.
var visitors = []struct{ world, user, password, lang, theme string }{
	{nobody, "", "", "en", "light"}, {dana, "dana", "correct horse 7", "en", "light"}, {night, "dana", "correct horse 7", "en", "dark"},
	{kenji, "kenji", "paper crane 3", "en", "light"}, {german, "dana", "correct horse 7", "de", "light"}, {japan, "dana", "correct horse 7", "ja", "light"},
}

// openWorlds binds the servers. npm is the node_modules folder with the foreign pages.
func openWorlds(npm string) (*worlds, error) {
	w := &worlds{hosts: map[string]string{}}
	mux := http.NewServeMux()
	mux.Handle("GET /npm/", http.StripPrefix("/npm/", http.FileServer(http.Dir(npm))))
	mux.Handle("GET /own/", http.StripPrefix("/own/", http.FileServerFS(sub())))
	err := w.listen(own, func(string) http.Handler { return mux })
	var partner *site.Site
	if err == nil {
		partner, err = site.New(site.Options{Seed: 1})
	}
	if err == nil {
		err = w.listen("partner", func(string) http.Handler { return partner.Partner() })
	}
	for _, v := range visitors {
		if err != nil {
			break
		}
		var s *site.Site
		if s, err = site.New(site.Options{Seed: 1, PartnerURL: "http://" + w.hosts["partner"]}); err == nil {
			err = w.listen(v.world, func(port string) http.Handler {
				return &visit{next: s.Handler(), port: port, user: v.user, password: v.password, lang: v.lang, theme: v.theme}
			})
		}
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *worlds) listen(world string, handler func(port string) http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("sight: bind a server of pages: %w", err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	w.hosts[world] = l.Addr().String()
	w.lines, w.serve = append(w.lines, l), append(w.serve, handler(port))
	return nil
}

func (w *worlds) close() error {
	var errs []error
	for _, l := range w.lines {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// run serves until ctx ends.
func (w *worlds) run(ctx context.Context) error {
	var wg sync.WaitGroup
	var servers []*http.Server
	errs := make([]error, len(w.lines))
	for i, l := range w.lines {
		s := &http.Server{Handler: w.serve[i], ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, s)
		wg.Go(func() {
			if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				errs[i] = err
			}
		})
	}
	<-ctx.Done()
	for _, s := range servers {
		errs = append(errs, s.Close())
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (w *worlds) url(s Screen) string { return "http://" + w.hosts[s.World] + s.Path }

// visit shows the sample site as one visitor sees it: every request carries that visitor's cookies. It signs in at the
// first request.
type visit struct {
	next                              http.Handler
	port, user, password, lang, theme string
	once                              sync.Once
	token                             string
}

func (v *visit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.once.Do(func() {
		if v.user != "" {
			v.token = v.signIn(r.Host)
		}
	})
	cookies := []string{"desk_lang_" + v.port + "=" + v.lang, "desk_theme_" + v.port + "=" + v.theme}
	if v.token != "" {
		cookies = append(cookies, "desk_session_"+v.port+"="+v.token)
	}
	r.Header.Set("Cookie", strings.Join(cookies, "; "))
	v.next.ServeHTTP(w, r)
}

// signIn posts the sign-in form to the site itself and returns the session that it gives; "" where it refuses.
func (v *visit) signIn(host string) string {
	form := url.Values{"username": {v.user}, "password": {v.password}, "next": {"/"}}
	r, err := http.NewRequest(http.MethodPost, "http://"+host+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return ""
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := headerOnly{}
	v.next.ServeHTTP(answer, r)
	for _, line := range http.Header(answer).Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == "desk_session_"+v.port {
			r, err := http.NewRequest(http.MethodGet, "http://"+host+"/", nil) // the greeting is shown once: not on a scored screen
			if err == nil {
				r.Header.Set("Cookie", c.Name+"="+c.Value)
				v.next.ServeHTTP(headerOnly{}, r)
			}
			return c.Value
		}
	}
	return ""
}

// headerOnly is an answer of which only the header is wanted.
type headerOnly http.Header

func (h headerOnly) Header() http.Header         { return http.Header(h) }
func (h headerOnly) Write(p []byte) (int, error) { return len(p), nil }
func (h headerOnly) WriteHeader(int)             {}

// ErrPackages says that the foreign pages are not there.
var ErrPackages = errors.New("the pages from packages are missing; run `make screens` (it needs Node's npm)")

func foreignAt(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "swagger-ui-dist", "swagger-ui.css")); err != nil {
		return fmt.Errorf("%w: %w", ErrPackages, err)
	}
	return nil
}
