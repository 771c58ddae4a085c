package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"chiron/server/keys"
)

// principal is who makes a request.
type principal struct {
	key     string // id of the API key
	session bool   // by cookie, thus a browser
}

type principalKey struct{}

// who returns the principal of an authenticated request; its key is "" on open routes without one.
func who(ctx context.Context) principal {
	p, _ := ctx.Value(principalKey{}).(principal)
	return p
}

// open lists the routes that need no key. Everything else does.
func open() map[string]bool {
	return map[string]bool{
		"GET /healthz": true, "GET /readyz": true, "GET /signin": true, "POST /signin": true, "GET /assets/{hash}/{file}": true,
	}
}

// csp allows what this origin serves and nothing else; trusted types take the string sinks of the DOM away from scripts.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
	"trusted-types 'none'"

// guarded wraps the routes: panics, headers, Host, cross-site requests, keys, body size; in this order.
func (s *Server) guarded(mux *http.ServeMux) http.Handler {
	public := open()
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.checkHost(r); err != nil {
			s.fail(w, r, err)
			return
		}
		if err := s.checkOrigin(r); err != nil {
			s.fail(w, r, err)
			return
		}
		_, pattern := mux.Handler(r)
		p, err := s.authenticate(r)
		if err != nil && !public[pattern] {
			s.refuse(w, r, err)
			return
		}
		if pattern == "" {
			s.fail(w, r, noRoute(mux, w, r))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.MaxBody)
		r = r.WithContext(context.WithValue(r.Context(), principalKey{}, p))
		mux.ServeHTTP(w, r)
	})
	return s.outer(mux, inner)
}

// outer measures, sets the headers that every reply has, and turns a panic into a reply without a stack.
func (s *Server) outer(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if s.Base != "" {
			rest, ok := strings.CutPrefix(r.URL.Path, s.Base)
			if !ok || rest != "" && rest[0] != '/' {
				s.fail(out, r, ErrNoRoute)
				return
			}
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = cmp.Or(rest, "/"), ""
		}
		_, route := mux.Handler(r)
		w := &writer{ResponseWriter: out}
		began := s.Clock()
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it the same way
					panic(v)
				}
				s.log.Error("panic", "request", r.Method+" "+r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				if w.status == 0 {
					s.fail(w, r, errPanic)
				}
			}
			s.metrics.Request(route, w.status, s.Clock().Sub(began))
		}()
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

var errPanic = errors.New("panic")

// writer remembers the status of a reply.
type writer struct {
	http.ResponseWriter
	status int
}

func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController and the WebSocket handshake reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (s *Server) checkHost(r *http.Request) error {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if !s.hosts[host] {
		return fmt.Errorf("%q: %w", r.Host, ErrHost)
	}
	return nil
}

// checkOrigin refuses unsafe requests that another site made. A request with a key in its header cannot be forged by a
// site that does not know the key; one with a cookie must say where it comes from.
func (s *Server) checkOrigin(r *http.Request) error {
	if r.Header.Get("Authorization") != "" {
		return nil
	}
	if err := s.csrf.Check(r); err != nil {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	_, err := r.Cookie(s.cookieName())
	if !safe && err == nil && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		return ErrForeign
	}
	return nil
}

func (s *Server) authenticate(r *http.Request) (principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, plain, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return principal{}, keys.ErrUnauthorised
		}
		id, err := keys.Check(r.Context(), s.Keys, strings.TrimSpace(plain))
		return principal{key: id}, err
	}
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return principal{}, keys.ErrUnauthorised
	}
	id, ok := s.sessions.Find(cookie.Value)
	if !ok {
		return principal{}, keys.ErrUnauthorised
	}
	key, err := keys.Load(r.Context(), s.Keys, id)
	return principal{key: key.ID, session: true}, err
}

// refuse answers a request without a key: people are led to the sign-in page, programs get 401.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	page := r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
	if page && errors.Is(err, keys.ErrUnauthorised) {
		http.Redirect(w, r, s.Base+"/signin?next="+queryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	s.fail(w, r, err)
}

// noRoute tells a path that is not served from a method that a path does not know.
func noRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := mux.Handler(probe); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return ErrNoRoute
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return fmt.Errorf("%s: %w; it knows %s", r.Method, ErrMethod, strings.Join(allowed, ", "))
}

// cookieName is that of the session. The prefix makes browsers insist on Secure, this host and the path /.
func (s *Server) cookieName() string {
	if s.secure() && s.Base == "" {
		return "__Host-chiron"
	}
	return "chiron_session"
}

func (s *Server) secure() bool { return s.TLS != nil || s.TLSElsewhere }

func (s *Server) cookie(value string, ttl time.Duration) *http.Cookie {
	c := &http.Cookie{Name: s.cookieName(), Value: value, Path: s.Base + "/", HttpOnly: true, Secure: s.secure(),
		SameSite: http.SameSiteStrictMode, MaxAge: int(ttl.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}
