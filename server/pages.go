package server

import (
	"errors"
	"net/http"
	"strings"

	"chiron/server/fault"
	"chiron/server/keys"
	"chiron/server/web"
)

func (s *Server) pageRoutes(mux routeMux) {
	mux.HandleFunc("GET /assets/{hash}/{file}", func(w http.ResponseWriter, r *http.Request) {
		if !s.pages.Asset(w, r, r.PathValue("hash"), r.PathValue("file")) {
			s.fail(w, r, ErrNoRoute)
		}
	})
	mux.HandleFunc("GET /signin", s.signInPage)
	mux.HandleFunc("POST /signin", s.signIn)
	mux.HandleFunc("POST /signout", s.signOut)
	mux.HandleFunc("GET /{$}", s.page("tasks", "Tasks"))
	mux.HandleFunc("GET /tasks/new", s.page("new", "New task"))
	mux.HandleFunc("GET /tasks/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.render(w, r, http.StatusOK, web.View{Page: "task", Title: "Task", Task: r.PathValue("id"), User: who(r.Context()).key})
	})
	mux.HandleFunc("GET /docs", s.page("docs", "API"))
}

func (s *Server) page(name, title string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.render(w, r, http.StatusOK, web.View{Page: name, Title: title, User: who(r.Context()).key})
	}
}

func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, v web.View) {
	if err := s.pages.Render(w, status, v); err != nil {
		s.fail(w, r, err)
	}
}

func (s *Server) signInPage(w http.ResponseWriter, r *http.Request) {
	next := local(r.URL.Query().Get("next"))
	if who(r.Context()).key != "" {
		http.Redirect(w, r, s.Base+next, http.StatusSeeOther)
		return
	}
	s.render(w, r, http.StatusOK, web.View{Page: "signin", Title: "Sign in", Next: next})
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, fault.Of("body", "must be a form with a key"))
		return
	}
	next := local(r.PostForm.Get("next"))
	id, err := keys.Check(r.Context(), s.Keys, strings.TrimSpace(r.PostForm.Get("key")))
	switch {
	case errors.Is(err, keys.ErrUnauthorised):
		s.log.Warn("sign-in refused", "from", r.RemoteAddr)
		s.render(w, r, http.StatusUnauthorized, web.View{Page: "signin", Title: "Sign in", Next: next,
			Fault: "This key is not known. Keys begin with ck_ and are shown once, when they are made."})
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(s.sessions.Open(id), s.SessionTTL))
	http.Redirect(w, r, s.Base+next, http.StatusSeeOther)
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(s.cookieName()); err == nil {
		s.sessions.Close(c.Value)
	}
	http.SetCookie(w, s.cookie("", 0))
	http.Redirect(w, r, s.Base+"/signin", http.StatusSeeOther)
}

// local returns a path of this server, and / for anything that would lead elsewhere.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
