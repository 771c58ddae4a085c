package site_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"chiron/eval/site"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// browser is a client with a cookie jar, in front of one site.
type browser struct {
	t    *testing.T
	site *site.Site
	url  string
	http *http.Client
}

func open(t *testing.T, opts site.Options) *browser {
	t.Helper()
	s, err := site.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return enter(t, s, server.URL)
}

func enter(t *testing.T, s *site.Site, origin string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return &browser{t: t, site: s, url: origin, http: client}
}

func (b *browser) do(r *http.Request, want int) (string, *http.Response) {
	b.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.StatusCode != want {
		b.t.Fatalf("%s %s: status %d, want %d\n%s", r.Method, r.URL, resp.StatusCode, want, body)
	}
	return string(body), resp
}

func (b *browser) get(path string, want int) string {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	body, _ := b.do(r, want)
	return body
}

func (b *browser) post(path string, form url.Values, want int) (string, *http.Response) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r, want)
}

func (b *browser) signIn(user, password string) string {
	b.t.Helper()
	body, _ := b.post("/login", url.Values{"username": {user}, "password": {password}}, 200)
	return body
}

func dana(t *testing.T, opts site.Options) *browser {
	t.Helper()
	b := open(t, opts)
	b.signIn("dana", "correct horse 7")
	return b
}

// review sends the form and returns the name of the draft on the page that follows.
func (b *browser) review(fields map[string]string, file string, want int) (string, string) {
	b.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			b.t.Fatal(err)
		}
	}
	if file != "" {
		part, err := w.CreateFormFile("receipt", file)
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write([]byte("a receipt")); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, b.url+"/review", &buf)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	body, resp := b.do(r, want)
	return resp.Request.URL.Path[strings.LastIndex(resp.Request.URL.Path, "/")+1:], body
}

func lunch() map[string]string {
	return map[string]string{"amount": "42.50", "category": "meals", "date": "2026-11-20", "description": "Lunch with the auditors"}
}

func truthBytes(t *testing.T, s *site.Site) []byte {
	t.Helper()
	raw, err := json.Marshal(s.Truth())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func has(t *testing.T, page, text string) {
	t.Helper()
	if !strings.Contains(page, text) {
		t.Errorf("the page lacks %q:\n%s", text, page)
	}
}

func TestSignIn(t *testing.T) {
	b := open(t, site.Options{})
	has(t, b.get("/expenses", 200), `<label for="username">Username</label>`)
	page, _ := b.post("/login", url.Values{"username": {"dana"}, "password": {"wrong"}}, 401)
	has(t, page, "This username and password do not match.")
	has(t, b.signIn("dana", "correct horse 7"), "Welcome back, Dana.")
	if page := b.get("/", 200); strings.Contains(page, "Welcome back") {
		t.Error("a toast is shown twice")
	}
	page, _ = b.post("/logout", nil, 200)
	has(t, page, "You are signed out.")
	c := b.site.Truth().Counts
	if c["sign_in"] != 1 || c["sign_in_failed"] != 1 || c["sign_out"] != 1 {
		t.Errorf("counts %v", c)
	}
}

func TestSignInLeadsBackOnlyInside(t *testing.T) {
	for next, want := range map[string]string{"/tickets": "/tickets", "//evil.example/": "/", "https://evil.example": "/", `/\evil`: "/"} {
		b := open(t, site.Options{})
		_, resp := b.post("/login", url.Values{"username": {"dana"}, "password": {"correct horse 7"}, "next": {next}}, 200)
		if resp.Request.URL.Path != want {
			t.Errorf("next %q led to %s", next, resp.Request.URL)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	b := open(t, site.Options{})
	has(t, b.signIn("marta", "blue kettle 12"), "Enter your code")
	has(t, b.get("/", 200), "Use your Halden account.")
	b.post("/login/code", url.Values{"code": {"000000"}}, 401)
	code := regexp.MustCompile(`<p class="code">(\d{6})</p>`).FindStringSubmatch(b.get("/inbox", 200))
	if code == nil {
		t.Fatal("no code in the mailbox")
	}
	page, _ := b.post("/login/code", url.Values{"code": {code[1]}}, 200)
	has(t, page, "Welcome back, Marta.")
	page, _ = b.post("/expenses/"+submitted(b.site)+"/approve", nil, 200)
	has(t, page, "was approved.")
}

func submitted(s *site.Site) string {
	for _, e := range s.Truth().Expenses {
		if e.Status == "submitted" {
			return e.ID
		}
	}
	return ""
}

func ids(page string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`<td class="c-id"><a href="/expenses/(EX-\d+)"`).FindAllStringSubmatch(page, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestTable(t *testing.T) {
	b := dana(t, site.Options{})
	first, second := b.get("/expenses", 200), b.get("/expenses?page=2", 200)
	if a, c := ids(first), ids(second); len(a) != 10 || len(c) != 10 || a[0] == c[0] {
		t.Errorf("pages %v and %v", a, c)
	}
	has(t, first, "1–10 of 64")
	has(t, b.get("/expenses?page=99", 200), "61–64 of 64")
	found := b.get("/expenses?q=night+train", 200)
	if len(ids(found)) != 1 {
		t.Errorf("search found %v", ids(found))
	}
	has(t, found, "€184.60")
	has(t, b.get("/expenses?q=zzz", 200), "No report matches this search.")
	rising, falling := ids(b.get("/expenses?sort=amount&dir=asc", 200)), ids(b.get("/expenses?sort=amount&dir=desc", 200))
	cents := map[string]int64{}
	for _, e := range b.site.Truth().Expenses {
		cents[e.ID] = e.Cents
	}
	for i := range 9 {
		if cents[rising[i]] > cents[rising[i+1]] || cents[falling[i]] < cents[falling[i+1]] {
			t.Errorf("order %v, %v", rising, falling)
		}
	}
	for _, e := range ids(b.get("/expenses?status=paid", 200)) {
		has(t, b.get("/expenses/"+e, 200), "Paid")
	}
}

func TestValidation(t *testing.T) {
	b := dana(t, site.Options{})
	_, page := b.review(map[string]string{"amount": "twelve", "date": "2027-01-01", "description": "x"}, "", 422)
	for _, text := range []string{"4 to correct", "Please enter an amount such as 42.50.", "The date lies in the future.",
		"Please choose a category.", "Please write a little more.", `value="twelve"`} {
		has(t, page, text)
	}
	big := lunch()
	big["amount"] = "250"
	_, page = b.review(big, "", 422)
	has(t, page, "Amounts of €250 or more need a receipt.")
	_, page = b.review(big, "receipt.exe", 422)
	has(t, page, "must be a PDF, PNG or JPEG file.")
	if c := b.site.Truth().Counts; c["submit"] != 0 || c["upload"] != 0 {
		t.Errorf("counts %v", c)
	}
}

func TestSubmissionsAreCounted(t *testing.T) {
	var held []string
	var s *site.Site
	b := dana(t, site.Options{Hold: func(route string, _ *http.Request) {
		if route == "POST /expenses" {
			held = append(held, route)
			if n := s.Truth().Counts["submit"]; n != len(held) {
				t.Errorf("held before the effect: %d of %d", n, len(held))
			}
		}
	}})
	s = b.site
	draft, page := b.review(lunch(), "lunch.pdf", 200)
	has(t, page, "Nothing has been sent yet.")
	if n := s.Truth().Counts["submit"]; n != 0 {
		t.Fatalf("the review submitted %d", n)
	}
	page, _ = b.post("/expenses", url.Values{"draft": {draft}}, 200)
	has(t, page, "Report EX-1065 was submitted.")
	has(t, page, "lunch.pdf")
	if d := s.Truth().Duplicates; d != 0 {
		t.Errorf("%d duplicates after one submission", d)
	}
	b.post("/expenses", url.Values{"draft": {draft}}, 200)
	other, _ := b.review(lunch(), "lunch.pdf", 200)
	b.post("/expenses", url.Values{"draft": {other}}, 200)
	truth := s.Truth()
	if len(truth.Submissions) != 1 || truth.Submissions[0].Count != 3 || truth.Duplicates != 2 || len(truth.Expenses) != 67 {
		t.Errorf("submissions %+v, %d duplicates, %d expenses", truth.Submissions, truth.Duplicates, len(truth.Expenses))
	}
	if truth.Counts["upload"] != 2 || len(held) != 3 {
		t.Errorf("counts %v, held %v", truth.Counts, held)
	}
}

func TestDelete(t *testing.T) {
	b := dana(t, site.Options{})
	id := ids(b.get("/expenses?q=night+train", 200))[0]
	has(t, b.get("/expenses/"+id, 200), `data-confirm="Delete expense `+id+`? This cannot be undone."`)
	page, _ := b.post("/expenses/"+id+"/delete", nil, 200)
	has(t, page, "Expense "+id+" was deleted.")
	b.post("/expenses/"+id+"/delete", nil, 404)
	for _, e := range b.site.Truth().Expenses {
		if e.Owner != "dana" {
			b.post("/expenses/"+e.ID+"/delete", nil, 403)
			break
		}
	}
	if n := b.site.Truth().Counts["delete"]; n != 1 {
		t.Errorf("%d deletes", n)
	}
}

func TestDownload(t *testing.T) {
	b := dana(t, site.Options{})
	rows, err := csv.NewReader(strings.NewReader(b.get("/expenses.csv?status=paid", 200))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	paid := 0
	for _, e := range b.site.Truth().Expenses {
		if e.Status == "paid" {
			paid++
		}
	}
	if len(rows) != paid+1 || rows[0][0] != "Number" {
		t.Errorf("%d rows for %d paid reports: %v", len(rows), paid, rows[0])
	}
	if n := b.site.Truth().Counts["download"]; n != 1 {
		t.Errorf("%d downloads", n)
	}
}
