package site

import (
	"context"
	"embed"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"chiron/eval/site/books"
)

//go:embed static
var staticFiles embed.FS

const (
	maxForm  = books.MaxReceipt + 1<<20 // bytes of a whole POST
	maxDelay = 30 * time.Second
)

// visit is one request of one browser, already read. Handlers see it while they hold Site.mu.
type visit struct {
	r     *http.Request
	lang  string
	theme string // "", "light" or "dark"
	token string
	sess  *session    // nil when the browser never signed in
	user  *books.User // nil unless signed in
}

// answer is what a handler decides; it is written after the lock is gone. Data must not point into the state.
type answer struct {
	status int
	to     string // redirect
	page   string // file under pages, without its ending
	part   string // only this template of the page, without the frame around it
	data   any
	file   *download
	cookie []*http.Cookie
	toast  toast
}

type download struct {
	name, kind string
	body       []byte
}

type handler func(st *state, v *visit) answer

func show(page string, data any) answer { return answer{status: http.StatusOK, page: page, data: data} }

func refuse(status int, page string, data any) answer {
	return answer{status: status, page: page, data: data}
}

func redirect(to string) answer { return answer{status: http.StatusSeeOther, to: to} }

func missing() answer { return refuse(http.StatusNotFound, "fault", http.StatusNotFound) }

func forbidden() answer { return refuse(http.StatusForbidden, "fault", http.StatusForbidden) }

// say leaves a toast for the next page of this session.
func (v *visit) say(kind, key string, args ...any) {
	if v.sess != nil {
		v.sess.toast = toast{Kind: kind, Key: key, Args: args}
	}
}

// Handler serves the application. It never serves what Grader serves.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	static, err := fs.Sub(staticFiles, "static")
	if err == nil {
		mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	}
	for pattern, h := range publicRoutes() {
		s.route(mux, pattern, false, h)
	}
	for pattern, h := range memberRoutes() {
		s.route(mux, pattern, true, h)
	}
	s.route(mux, "/", true, func(*state, *visit) answer { return missing() })
	return s.watched(s.faults(s.policy(http.NewCrossOriginProtection().Handler(mux))))
}

// Partner serves the page inside the cross-origin frame: the exchange rates of another company.
func (s *Site) Partner() http.Handler {
	mux := http.NewServeMux()
	static, err := fs.Sub(staticFiles, "static")
	if err == nil {
		mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	}
	s.route(mux, "GET /rates", false, rates)
	s.route(mux, "POST /rates", false, lockRate)
	return s.watched(mux)
}

// watched answers what belongs to the watcher, if there is one.
func (s *Site) watched(next http.Handler) http.Handler {
	if s.watch == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.watch.serve(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Site) route(mux *http.ServeMux, pattern string, members bool, h handler) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := r.ParseMultipartForm(maxForm); err != nil && err != http.ErrNotMultipart {
				http.Error(w, "The form could not be read.", http.StatusBadRequest)
				return
			}
		}
		f, a := s.act(r, members, h)
		if r.Method == http.MethodPost && s.opts.Hold != nil {
			s.opts.Hold(pattern, r)
		}
		s.write(w, r, f, a)
	})
}

// act runs the handler under the lock and returns the frame around its answer.
func (s *Site) act(r *http.Request, members bool, h handler) (frame, answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.st.visit(r)
	a := redirect("/login?next=" + url.QueryEscape(r.URL.RequestURI()))
	if !members || v.user != nil {
		a = h(s.st, v)
	}
	if q := r.URL.Query().Get("lang"); q == v.lang {
		a.cookie = append(a.cookie, cookie(r, "lang", q))
	}
	if v.sess != nil && a.page != "" && a.part == "" {
		a.toast, v.sess.toast = v.sess.toast, toast{}
	}
	f := s.frame(v)
	f.Toast = a.toast
	return f, a
}

func (st *state) visit(r *http.Request) *visit {
	v := &visit{r: r}
	if c, err := r.Cookie(cookieName(r, "session")); err == nil {
		v.token, v.sess = c.Value, st.sessions[c.Value]
	}
	wish := []string{r.URL.Query().Get("lang")}
	if c, err := r.Cookie(cookieName(r, "lang")); err == nil {
		wish = append(wish, c.Value)
	}
	if c, err := r.Cookie(cookieName(r, "theme")); err == nil && (c.Value == "light" || c.Value == "dark") {
		v.theme = c.Value
	}
	if v.sess != nil {
		if v.user = st.User(v.sess.user); v.user != nil {
			wish = append(wish, v.user.Language)
		}
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		wish = append(wish, strings.ToLower(strings.TrimSpace(part)[:min(2, len(strings.TrimSpace(part)))]))
	}
	v.lang = "en"
	for _, w := range wish {
		if w == "en" || w == "de" || w == "ja" {
			v.lang = w
			break
		}
	}
	return v
}

// cookieName keeps several sites on one host apart: cookies do not know ports.
func cookieName(r *http.Request, what string) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "80"
	}
	return "desk_" + what + "_" + port
}

func cookie(r *http.Request, what, value string) *http.Cookie {
	return &http.Cookie{Name: cookieName(r, what), Value: value, Path: "/", HttpOnly: what == "session",
		SameSite: http.SameSiteLaxMode}
}

func (s *Site) write(w http.ResponseWriter, r *http.Request, f frame, a answer) {
	for _, c := range a.cookie {
		http.SetCookie(w, c)
	}
	switch {
	case a.to != "":
		http.Redirect(w, r, a.to, a.status)
	case a.file != nil:
		w.Header().Set("Content-Type", a.file.kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+a.file.name+`"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.file.body)))
		_, _ = w.Write(a.file.body) // the reader may have left
	case a.page == "":
		w.WriteHeader(a.status)
	default:
		if s.watch != nil && a.part != "entries" {
			f.Watch = s.watch.tag(r)
		}
		s.render(w, f, a)
	}
}

// policy sets the headers that keep the pages to themselves.
func (s *Site) policy(next http.Handler) http.Handler {
	csp := "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; " +
		"frame-ancestors 'self'; frame-src 'self'"
	if s.opts.PartnerURL != "" {
		csp += " " + s.opts.PartnerURL
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", csp)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			w.Header().Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// faults makes a GET slow or failing when its query asks for it: ?delay=milliseconds, ?fail=status, ?fail=drop (the
// connection ends without an answer), ?fail=once (503 the first time that URL is asked for).
func (s *Site) faults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Method != http.MethodGet || (!q.Has("delay") && !q.Has("fail")) {
			next.ServeHTTP(w, r)
			return
		}
		if ms, err := strconv.Atoi(q.Get("delay")); err == nil && ms > 0 {
			pause(r.Context(), min(time.Duration(ms)*time.Millisecond, maxDelay))
		}
		switch status, err := strconv.Atoi(q.Get("fail")); {
		case q.Get("fail") == "drop":
			panic(http.ErrAbortHandler)
		case q.Get("fail") == "once" && s.first(r.URL.RequestURI()):
			s.fault(w, r, http.StatusServiceUnavailable)
		case err == nil && status >= 400 && status <= 599:
			s.fault(w, r, status)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (s *Site) first(uri string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.st.failed[uri]
	s.st.failed[uri] = true
	return !before
}

func (s *Site) fault(w http.ResponseWriter, r *http.Request, status int) {
	f, a := s.act(r, false, func(*state, *visit) answer { return refuse(status, "fault", status) })
	s.write(w, r, f, a)
}
