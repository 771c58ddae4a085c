package site_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chiron/eval/site"
)

func TestResetRestoresTheSeed(t *testing.T) {
	b := dana(t, site.Options{Seed: 5})
	fresh, err := site.New(site.Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	draft, _ := b.review(lunch(), "", 200)
	b.post("/expenses", url.Values{"draft": {draft}}, 200)
	b.post("/settings", url.Values{"name": {"Dana W."}, "language": {"de"}}, 200)
	b.post("/tickets", url.Values{"title": {"A new problem"}}, 200)
	if bytes.Equal(truthBytes(t, b.site), truthBytes(t, fresh)) {
		t.Fatal("the acts left no trace")
	}
	b.site.Reset(5)
	if !bytes.Equal(truthBytes(t, b.site), truthBytes(t, fresh)) {
		t.Error("reset differs from new")
	}
	has(t, b.get("/?lang=en", 200), "Use your Halden account.")
}

func TestSeedsDecide(t *testing.T) {
	var truths [][]byte
	for _, seed := range []int64{1, 1, 2} {
		b := dana(t, site.Options{Seed: seed})
		draft, _ := b.review(lunch(), "", 200)
		b.post("/expenses", url.Values{"draft": {draft}}, 200)
		truths = append(truths, truthBytes(t, b.site))
	}
	if !bytes.Equal(truths[0], truths[1]) {
		t.Error("the same acts on the same seed differ")
	}
	if bytes.Equal(truths[1], truths[2]) {
		t.Error("another seed is the same")
	}
}

func TestInstancesAreIndependent(t *testing.T) {
	a, b := dana(t, site.Options{}), open(t, site.Options{})
	b.http = a.http // one browser, two sites on one host
	has(t, b.get("/", 200), "Use your Halden account.")
	b.signIn("kenji", "paper crane 3")
	has(t, a.get("/", 200), "Dana Whitfield")
	draft, _ := a.review(lunch(), "", 200)
	a.post("/expenses", url.Values{"draft": {draft}}, 200)
	if n := b.site.Truth().Counts["submit"]; n != 0 {
		t.Errorf("the other site counts %d", n)
	}
}

func TestGraderIsApart(t *testing.T) {
	b := dana(t, site.Options{})
	b.get("/truth", 404)
	b.post("/reset", nil, 404)
	if page := b.get("/", 200); strings.Contains(page, "truth") || strings.Contains(page, "data-testid") {
		t.Error("the page speaks of graders")
	}
}

func TestLanguages(t *testing.T) {
	b := dana(t, site.Options{})
	pages := []string{"/", "/expenses", "/expenses/EX-1001", "/expenses/new", "/tickets", "/tickets/HD-201", "/activity", "/notices",
		"/policy", "/settings", "/inbox"}
	for lang, word := range map[string]string{"de": "Spesen", "ja": "経費", "en": "Expenses"} {
		for _, p := range pages {
			page := b.get(p+"?lang="+lang, 200)
			has(t, page, `<html lang="`+lang+`"`)
			if p != "/notices" && p != "/inbox" {
				has(t, page, word)
			}
		}
		has(t, b.get("/expenses/none", 404), `<html lang="`+lang+`"`)
		b.review(map[string]string{"amount": "0", "date": "1999-01-01", "category": "x", "description": strings.Repeat("x", 201)}, "", 422)
	}
}

func TestFaultsOnRequest(t *testing.T) {
	b := dana(t, site.Options{})
	has(t, b.get("/tickets?fail=503", 503), "Something went wrong")
	b.get("/tickets?fail=once", 503)
	b.get("/tickets?fail=once", 200)
	b.get("/tickets?delay=20", 200)
	if resp, err := b.http.Get(b.url + "/tickets?fail=drop"); err == nil {
		resp.Body.Close()
		t.Error("the connection was not dropped")
	}
}

func TestBoardSettingsAndFeed(t *testing.T) {
	b := dana(t, site.Options{})
	page, _ := b.post("/tickets", url.Values{"title": {"x"}}, 422)
	has(t, page, "Please write a little more.")
	page, _ = b.post("/tickets", url.Values{"title": {"The door squeaks"}, "priority": {"high"}}, 200)
	has(t, page, "Ticket HD-215 was opened.")
	b.post("/tickets/HD-215/move", url.Values{"status": {"progress"}, "from": {"board"}}, 204)
	b.post("/tickets/HD-215/move", url.Values{"status": {"nowhere"}}, 422)
	page, _ = b.post("/settings/signature", url.Values{"strokes": {"[[[1,2],[3,4]],[[5,6]]]"}}, 200)
	has(t, page, "Saved. Pen strokes: 2.")
	has(t, b.get("/activity", 200), "Dana Whitfield opened ticket HD-215")
	more := b.get("/activity/more?from=25", 200)
	if strings.Contains(more, "<html") || strings.Count(more, "<li>") != 25 {
		t.Errorf("page of the feed: %s", more)
	}
	page, _ = b.post("/notices", nil, 200)
	has(t, page, "Thank you, noted.")
	truth := b.site.Truth()
	last := truth.Tickets[len(truth.Tickets)-1]
	if last.Status != "progress" || last.Assignee != "dana" || truth.Users[0].Points != 3 || truth.Counts["move"] != 1 {
		t.Errorf("ticket %+v, user %+v, counts %v", last, truth.Users[0], truth.Counts)
	}
}

func TestCrossSitePostsAreRefused(t *testing.T) {
	b := dana(t, site.Options{})
	r, err := http.NewRequest(http.MethodPost, b.url+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.do(r, 403)
}

func TestServe(t *testing.T) {
	if _, err := site.Listen(site.Options{}, "0.0.0.0:0", "127.0.0.1:0"); err == nil {
		t.Error("it listens beyond loopback")
	}
	sv, err := site.Listen(site.Options{Seed: 3}, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sv.Run(ctx) }()
	b := enter(t, sv.Site, sv.Running().URL)
	has(t, b.signIn("dana", "correct horse 7"), sv.Running().PartnerURL+"/rates")
	partner := enter(t, sv.Site, sv.Running().PartnerURL)
	page, _ := partner.post("/rates", url.Values{"currency": {"SEK"}}, 200)
	has(t, page, "The rate for SEK is locked.")
	grader := enter(t, sv.Site, sv.Running().GraderURL)
	var truth site.Truth
	if err := json.Unmarshal([]byte(grader.get("/truth", 200)), &truth); err != nil || truth.Counts["sign_in"] != 1 {
		t.Errorf("truth %v, counts %v", err, truth.Counts)
	}
	grader.post("/reset?seed=x", nil, 400)
	raw, _ := grader.post("/reset?seed=9", nil, 200)
	if err := json.Unmarshal([]byte(raw), &truth); err != nil || truth.Seed != 9 || len(truth.Events) != 0 {
		t.Errorf("reset: %v, seed %d, %d events", err, truth.Seed, len(truth.Events))
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
