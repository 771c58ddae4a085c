package site

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"chiron/eval/site/books"
)

func publicRoutes() map[string]handler {
	return map[string]handler{
		"GET /login":       loginPage,
		"POST /login":      login,
		"GET /login/code":  codePage,
		"POST /login/code": enterCode,
		"GET /inbox":       inbox,
		"POST /logout":     logout,
	}
}

type loginData struct {
	Username, Next string
	Failed, Out    bool
}

func loginPage(_ *state, v *visit) answer {
	q := v.r.URL.Query()
	if v.user != nil {
		return redirect(inside(q.Get("next")))
	}
	return show("login", loginData{Next: inside(q.Get("next")), Out: q.Has("out")})
}

// inside keeps a redirect on this site.
func inside(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}

func login(st *state, v *visit) answer {
	name := strings.ToLower(strings.TrimSpace(v.r.PostFormValue("username")))
	next := inside(v.r.PostFormValue("next"))
	u := st.User(name)
	if u == nil || subtle.ConstantTimeCompare([]byte(u.Password), []byte(v.r.PostFormValue("password"))) != 1 {
		st.Record(name, "sign_in_failed", "", "password")
		return refuse(http.StatusUnauthorized, "login", loginData{Username: name, Next: next, Failed: true})
	}
	delete(st.sessions, v.token)
	token := rand.Text()
	v.sess = &session{next: next, forms: map[string]draft{}}
	st.sessions[token] = v.sess
	a := redirect("/login/code")
	if u.SecondFactor {
		v.sess.pending, v.sess.code = u.Username, st.NewCode(u.Username)
	} else {
		a = st.enter(v, u)
	}
	a.cookie = append(a.cookie, cookie(v.r, "session", token))
	return a
}

func (st *state) enter(v *visit, u *books.User) answer {
	v.sess.user, v.sess.pending = u.Username, ""
	st.Record(u.Username, "sign_in", "", "")
	v.say("good", "toast.welcome", u.First())
	return redirect(v.sess.next)
}

func codePage(_ *state, v *visit) answer {
	if v.sess == nil || v.sess.pending == "" {
		return redirect("/login")
	}
	return show("code", false)
}

func enterCode(st *state, v *visit) answer {
	if v.sess == nil || v.sess.pending == "" {
		return redirect("/login")
	}
	code := strings.ReplaceAll(v.r.PostFormValue("code"), " ", "")
	if subtle.ConstantTimeCompare([]byte(code), []byte(v.sess.code)) != 1 {
		st.Record(v.sess.pending, "sign_in_failed", "", "code")
		return refuse(http.StatusUnauthorized, "code", true)
	}
	return st.enter(v, st.User(v.sess.pending))
}

type mail struct {
	To   books.User
	Code string
}

// inbox is the company mailbox of whoever is half way through signing in from this browser.
func inbox(st *state, v *visit) answer {
	m := mail{}
	if v.sess != nil {
		if u := st.User(v.sess.pending); u != nil {
			m = mail{To: *u, Code: v.sess.code}
		} else if v.user != nil {
			m.To = *v.user
		}
	}
	return show("inbox", m)
}

func logout(st *state, v *visit) answer {
	if v.user != nil {
		st.Record(v.user.Username, "sign_out", "", "")
	}
	delete(st.sessions, v.token)
	a := redirect("/login?out=1")
	gone := cookie(v.r, "session", "")
	gone.MaxAge = -1
	a.cookie = append(a.cookie, gone)
	return a
}

func settingsPage(_ *state, v *visit) answer { return show("settings", nil) }

func saveSettings(st *state, v *visit) answer {
	name, err := books.ParseText(v.r.PostFormValue("name"), 2, 60)
	lang := v.r.PostFormValue("language")
	if err != nil || !slices.Contains(languages(), lang) {
		return refuse(http.StatusUnprocessableEntity, "settings", err)
	}
	v.user.Name, v.user.Language = name, lang
	v.user.SecondFactor = v.r.PostFormValue("second_factor") == "on"
	v.user.Notify = v.r.PostFormValue("notify") == "on"
	st.Record(v.user.Username, "settings", "", fmt.Sprintf("language=%s second_factor=%t notify=%t", lang,
		v.user.SecondFactor, v.user.Notify))
	v.say("good", "toast.settings")
	a := redirect("/settings")
	a.cookie = append(a.cookie, cookie(v.r, "lang", lang))
	switch theme := v.r.PostFormValue("theme"); theme {
	case "light", "dark", "auto":
		a.cookie = append(a.cookie, cookie(v.r, "theme", theme))
	}
	return a
}

// saveSignature takes the strokes of the canvas as JSON: a list of strokes, each a list of [x, y] in CSS pixels.
func saveSignature(st *state, v *visit) answer {
	var strokes [][][2]float64
	if err := json.Unmarshal([]byte(v.r.PostFormValue("strokes")), &strokes); err != nil || len(strokes) == 0 {
		v.say("bad", "toast.signature_empty")
		return redirect("/settings#signature")
	}
	v.user.Strokes, v.user.Points = len(strokes), 0
	for _, s := range strokes {
		v.user.Points += len(s)
	}
	st.Record(v.user.Username, "signature", "", fmt.Sprintf("strokes=%d points=%d", v.user.Strokes, v.user.Points))
	v.say("good", "toast.signature")
	return redirect("/settings")
}
