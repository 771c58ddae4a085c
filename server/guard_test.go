package server_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"chiron/client"
	"chiron/journal"
	"chiron/server"
	"chiron/server/keys"
	"chiron/step"
)

func parts(why ...string) func(context.Context) []server.Part {
	return func(context.Context) []server.Part {
		var out []server.Part
		for i, w := range why {
			out = append(out, server.Part{Name: fmt.Sprintf("part %d", i), Ready: w == "", Why: w})
		}
		return out
	}
}

// TestEveryRouteNeedsAKey walks whatever is registered, so that a new route cannot be forgotten.
func TestEveryRouteNeedsAKey(t *testing.T) {
	d := openDoor(t, nil)
	wrong := "ck_admin_" + strings.Repeat("a", 52)
	credentials := map[string]map[string]string{
		"none": nil, "empty": {"Authorization": ""}, "wrong secret": {"Authorization": "Bearer " + wrong},
		"unknown id": {"Authorization": "Bearer ck_nobody_" + strings.Repeat("a", 52)}, "no key": {"Authorization": "Bearer x"},
		"other scheme": {"Authorization": "Basic YWRtaW46YWRtaW4="}, "cookie": {"Cookie": "chiron_session=" + strings.Repeat("a", 52), "Sec-Fetch-Site": "same-origin"},
		"key as cookie": {"Cookie": "chiron_session=" + d.key, "Sec-Fetch-Site": "same-origin"},
		"traversal":     {"Authorization": "Bearer ck_../admin_" + strings.Repeat("a", 52)},
	}
	free := server.OpenRoutes()
	if len(d.server.Patterns()) < 20 {
		t.Fatalf("only %d routes; the walk is broken", len(d.server.Patterns()))
	}
	for _, pattern := range d.server.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{id}", "t1", "{hash}", strings.Repeat("0", 64), "{$}", "", "{file}", "x").Replace(path)
		for name, header := range credentials {
			res, body := d.ask(method, path, header, "")
			if got := res.StatusCode == http.StatusUnauthorized; got == free[pattern] && !(pattern == "POST /signin" && got) {
				t.Errorf("%s with %s: %d", pattern, name, res.StatusCode)
			}
			if !free[pattern] && (res.Header.Get("WWW-Authenticate") == "" || !strings.Contains(body, `"title":"Unauthorised"`)) {
				t.Errorf("%s with %s: %v %s", pattern, name, res.Header, body)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") {
				t.Errorf("%s: policy %q", pattern, csp)
			}
		}
		if res, _ := d.ask(method, path, d.bearer(), ""); res.StatusCode == http.StatusUnauthorized && pattern != "POST /signin" {
			t.Errorf("%s with a key: 401", pattern)
		}
	}
	for path := range map[string]bool{"/nothing": true, "/v1": true, "/debug/pprof/": true} {
		if res, _ := d.ask(http.MethodGet, path, nil, ""); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without a key: %d", path, res.StatusCode)
		}
		if res, body := d.ask(http.MethodGet, path, d.bearer(), ""); res.StatusCode != http.StatusNotFound || !strings.Contains(body, `"title":"Not found"`) {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	if res, _ := d.ask(http.MethodDelete, "/v1/tasks", d.bearer(), ""); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, POST" {
		t.Errorf("DELETE /v1/tasks: %d, allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestOperationsAreRoutes(t *testing.T) {
	d := openDoor(t, nil)
	known := map[string]bool{}
	for _, p := range d.server.Patterns() {
		known[p] = true
	}
	data, err := d.server.OpenAPI()
	if err != nil || !strings.Contains(string(data), "/v1/tasks/{id}/live") {
		t.Fatalf("openapi: %v", err)
	}
	for _, must := range []string{"GET /openapi.json", "GET /docs", "GET /metrics", "GET /v1/tasks/{id}/live", "GET /v1/tasks/{id}/events"} {
		if !known[must] {
			t.Errorf("%s is not a route", must)
		}
	}
}

func TestHosts(t *testing.T) {
	d := openDoor(t, func(o *server.Options) { o.Hosts = []string{"chiron.internal"} })
	for host, ok := range map[string]bool{"": true, "localhost": true, "LOCALHOST:99": true, "[::1]:80": true, "127.0.0.1": true, "chiron.internal:8787": true,
		"evil.example": false, "127.0.0.1.evil.example:8787": false, "localhost.evil.example": false, "169.254.169.254": false} {
		header := d.bearer()
		if host != "" {
			header["Host"] = host
		}
		res, _ := d.ask(http.MethodGet, "/v1/version", header, "")
		if (res.StatusCode == http.StatusOK) != ok {
			t.Errorf("Host %q: %d", host, res.StatusCode)
		}
	}
}

// signIn returns the cookie of a person.
func (d *door) signIn() string {
	d.t.Helper()
	res, body := d.ask(http.MethodPost, "/signin", map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
		url.Values{"key": {d.key}, "next": {"/tasks/new"}}.Encode())
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/tasks/new" {
		d.t.Fatalf("sign in: %d %s", res.StatusCode, body)
	}
	c := res.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.MaxAge <= 0 || strings.Contains(c.Value, "ck_") {
		d.t.Errorf("cookie %+v", c)
	}
	return c.Name + "=" + c.Value
}

func TestSessions(t *testing.T) {
	now := time.Now()
	d := openDoor(t, func(o *server.Options) { o.Clock = func() time.Time { return now } })
	cookie := d.signIn()
	post := func(header map[string]string) int {
		header["Cookie"], header["Content-Type"] = cookie, "application/json"
		res, _ := d.ask(http.MethodPost, "/v1/stop/release", header, "")
		return res.StatusCode
	}
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"same origin":   {map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		"old browser":   {map[string]string{"Origin": d.url}, 200},
		"cross-site":    {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		"same site":     {map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"other origin":  {map[string]string{"Origin": "http://127.0.0.1:1"}, 403},
		"no word of it": {map[string]string{}, 403},
	} {
		if got := post(c.header); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if res, _ := d.ask(http.MethodGet, "/", map[string]string{"Accept": "text/html"}, ""); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/signin?next=%2F" {
		t.Errorf("a page without a session: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res, _ := d.ask(http.MethodGet, "/signin?next=//evil.example/", map[string]string{"Cookie": cookie}, ""); res.Header.Get("Location") != "/" {
		t.Errorf("next led to %q", res.Header.Get("Location"))
	}
	res, _ := d.ask(http.MethodPost, "/signout", map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}, "")
	if got := post(map[string]string{"Sec-Fetch-Site": "same-origin"}); res.StatusCode != http.StatusSeeOther || got != http.StatusUnauthorized {
		t.Errorf("after sign-out: %d", got)
	}
	cookie = d.signIn()
	now = now.Add(13 * time.Hour)
	if got := post(map[string]string{"Sec-Fetch-Site": "same-origin"}); got != http.StatusUnauthorized {
		t.Errorf("after 13 h: %d", got)
	}
	cookie = d.signIn()
	if err := d.journal.Table("keys").Delete(soon(t), "admin"); err != nil {
		t.Fatal(err)
	}
	if got := post(map[string]string{"Sec-Fetch-Site": "same-origin"}); got != http.StatusUnauthorized {
		t.Errorf("after the key is gone: %d", got)
	}
}

func TestFirstKeyIsSeenOnce(t *testing.T) {
	table := openJournal(t).Table("keys")
	plain, err := keys.First(soon(t), table, time.Now())
	if err != nil || !strings.HasPrefix(plain, "ck_admin_") {
		t.Fatalf("%q, %v", plain, err)
	}
	if again, err := keys.First(soon(t), table, time.Now()); again != "" || err != nil {
		t.Errorf("a second first key: %q, %v", again, err)
	}
	stored, err := table.Get(soon(t), "admin")
	if err != nil || strings.Contains(string(stored), strings.TrimPrefix(plain, "ck_admin_")) {
		t.Errorf("the table holds the secret: %s, %v", stored, err)
	}
}

func TestListenBeyondLoopback(t *testing.T) {
	o := openDoor(t, nil).options
	for _, c := range []struct {
		listen              string
		remote, elsewhere   bool
		want                error
		registryInUseIsFine bool
	}{{"0.0.0.0:0", false, false, server.ErrExposed, false}, {":0", false, true, server.ErrExposed, false}, {"10.0.0.4:0", true, false, server.ErrExposed, false},
		{"0.0.0.0:0", true, true, nil, false}, {"[::1]:0", false, false, nil, false}, {"localhost:0", false, false, nil, false}} {
		o.Listen, o.Remote, o.TLSElsewhere, o.Registry = c.listen, c.remote, c.elsewhere, nil
		if _, err := server.New(o); !errors.Is(err, c.want) {
			t.Errorf("%s remote=%v elsewhere=%v: %v", c.listen, c.remote, c.elsewhere, err)
		}
	}
}

func TestBusyPort(t *testing.T) {
	d := openDoor(t, nil)
	o := d.options
	o.Listen, o.Registry = strings.TrimPrefix(d.url, "http://"), nil
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Bind(); err == nil || !strings.Contains(err.Error(), "another Chiron") {
		t.Errorf("bind: %v", err)
	}
}

func TestMalformedTasks(t *testing.T) {
	d := openDoor(t, func(o *server.Options) { o.MaxBody = 4096 })
	for body, want := range map[string]string{
		`{`:            "is not JSON",
		`[]`:           "body",
		`{}`:           `"location":"body.goal"`,
		`{"goal":"x"}`: `"location":"body.start"`,
		`{"gaol":"x"}`: `"location":"body.gaol"`,
		`{"goal":1}`:   `must be a JSON string, not a number`,
		`{"goal":"x","start":"http://a/","limits":{"steps":"3"}}`:                 `"location":"body.limits.steps"`,
		`{"goal":"x","start":"http://a/","id":"mine"}`:                            `is set by the server`,
		`{"goal":"x","start":"http://a/","owner":"root"}`:                         `is set by the server`,
		`{"goal":"x","start":"http://a/"} {}`:                                     `more than one`,
		`{"goal":"x","start":"http://a/","done_when":[{"url":"a","text":"b"}]}`:   `"location":"body.done_when[0]"`,
		`{"goal":"x","start":"http://a/","inputs":{"A b":"c"},"autonomy":"wild"}`: `"location":"body.autonomy"`,
		`{"goal":"x","start":"http://a/","result":{"type":"string"}}`:             `"location":"body.result"`,
	} {
		header := d.bearer()
		header["Content-Type"] = "application/json"
		res, got := d.ask(http.MethodPost, "/v1/tasks", header, body)
		if res.StatusCode != http.StatusUnprocessableEntity || res.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s %s", body, res.StatusCode, res.Header.Get("Content-Type"), got)
		}
	}
	res, got := d.ask(http.MethodPost, "/v1/tasks", d.bearer(), `{"goal":"`+strings.Repeat("x", 5000)+`"}`)
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d %s", res.StatusCode, got)
	}
}

var errOfARoom = errors.New("a room's own")

func TestErrorTable(t *testing.T) {
	d := openDoor(t, func(o *server.Options) {
		o.Errors = []server.Mapping{{Err: errOfARoom, Status: http.StatusTeapot, Title: "A room's"}}
	})
	for _, c := range []struct {
		err    error
		status int
		says   string
		known  bool
	}{
		{errOfARoom, 418, "a room's own", true}, {keys.ErrUnauthorised, 401, "Bearer", true}, {server.ErrForeign, 403, "", true}, {server.ErrHost, 421, "host name", true},
		{journal.ErrNotFound, 404, "not found", true}, {journal.ErrKeyReused, 409, "another task", true}, {journal.ErrEnded, 409, "has ended", true},
		{journal.ErrTooLarge, 413, "", true}, {journal.ErrFull, 507, "no room", true}, {journal.ErrClosed, 503, "closed", true}, {server.ErrQuestion, 409, "not open", true},
		{server.ErrStopped, 503, "release", true}, {server.ErrNoRoute, 404, "nothing", true}, {server.ErrMethod, 405, "method", true},
		{&http.MaxBytesError{Limit: 7}, 413, "7 bytes", true}, {context.DeadlineExceeded, 504, "", true}, {errors.New("password=hunter2"), 500, "log", false},
		{os.ErrPermission, 500, "log", false},
	} {
		p, known := server.Problem(d.server, fmt.Errorf("doing it: %w", c.err))
		if p.Status != c.status || p.Title == "" || known != c.known || !strings.Contains(p.Detail, c.says) || strings.Contains(p.Detail, "hunter2") {
			t.Errorf("%v: %d %q %q known=%v", c.err, p.Status, p.Title, p.Detail, known)
		}
	}
}

// broken fails in ways that nobody foresaw.
type broken struct{ server.Tasks }

func (broken) State(_ context.Context, id string) (step.State, error) {
	if id == "panic" {
		panic("hunter2")
	}
	return step.State{}, errors.New("dial 10.0.0.9: hunter2")
}

func TestNothingInsideIsTold(t *testing.T) {
	d := openDoor(t, func(o *server.Options) { o.Tasks = broken{o.Tasks} })
	for _, id := range []string{"panic", "error"} {
		res, body := d.ask(http.MethodGet, "/v1/tasks/"+id, d.bearer(), "")
		if res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "hunter2") || strings.Contains(body, "goroutine") {
			t.Errorf("%s: %d %s", id, res.StatusCode, body)
		}
	}
	if log := d.log.String(); strings.Count(log, "hunter2") < 2 || !strings.Contains(log, "stack") {
		t.Errorf("the log does not say what happened:\n%s", log)
	}
}

func TestBasePath(t *testing.T) {
	d := openDoor(t, func(o *server.Options) { o.Base = "/chiron" })
	if _, err := d.client.Version(soon(t)); err != nil {
		t.Error(err)
	}
	res, _ := d.ask(http.MethodGet, "/", map[string]string{"Accept": "text/html"}, "")
	if got := res.Header.Get("Location"); got != "/chiron/signin?next=%2F" {
		t.Errorf("led to %q", got)
	}
	d.url = strings.TrimSuffix(d.url, "/chiron")
	if res, _ := d.ask(http.MethodGet, "/v1/version", d.bearer(), ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("outside the base: %d", res.StatusCode)
	}
}

func TestTLS(t *testing.T) {
	made := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1
	defer made.Close()
	d := openDoor(t, func(o *server.Options) { o.TLS = &tls.Config{Certificates: made.TLS.Certificates} })
	c, err := client.New(d.url, d.key, client.WithHTTP(made.Client()))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.Version(soon(t)); err != nil || !strings.HasPrefix(d.url, "https://") || v != "test" {
		t.Errorf("%s: %q, %v", d.url, v, err)
	}
	res, err := made.Client().PostForm(d.url+"/signin", url.Values{"key": {d.key}, "next": {"/healthz"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	set := res.Request.Response.Cookies()
	if len(set) != 1 || set[0].Name != "__Host-chiron" || !set[0].Secure || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("cookies %v, headers %v", set, res.Header)
	}
}
