package site_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"chiron/eval/site"
	"chiron/step"
)

var scriptTag = regexp.MustCompile(`<script type="module" src="(/w-[A-Z2-7]+/)watch\.js(\?doc=\d+)">`)

func (b *browser) tell(tag []string, body string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url+tag[1]+"state"+tag[2], strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(r, 204)
}

func TestWatchedPagesSayWhatTheyShow(t *testing.T) {
	b := open(t, site.Options{Watch: true})
	if page := b.get("/static/app.js", 200); scriptTag.MatchString(page) {
		t.Error("a script carries the script")
	}
	first := scriptTag.FindStringSubmatch(b.get("/login", 200))
	if first == nil {
		t.Fatal("the page carries no script")
	}
	has(t, b.get(first[1]+"watch.js"+first[2], 200), "sendBeacon")
	gone, stop := context.WithCancel(t.Context())
	stop()
	if v, err := b.site.View(gone, nil); v.Ready || !errors.Is(err, context.Canceled) {
		t.Errorf("a page that has not spoken: %+v, %v", v, err)
	}
	b.tell(first, `{"path":"/login","items":[{"role":"button","name":"Sign in","hit":true,"box":{"x":10,"y":20,"w":30,"h":40}}],"frames":[]}`)
	v, err := b.site.View(t.Context(), nil)
	if err != nil || v.Path != "/login" || len(v.Items) != 1 || v.Items[0].Box != (step.Rect{X: 10, Y: 20, W: 30, H: 40}) {
		t.Errorf("view %+v, %v", v, err)
	}
	second := scriptTag.FindStringSubmatch(b.get("/login?out=1", 200))
	if v, err := b.site.View(gone, nil); err == nil || v.Ready {
		t.Errorf("the page before counts although a newer one was served: %+v", v)
	}
	b.tell(second, `{"path":"/login?out=1"}`)
	b.tell(second, `{"gone":true}`)
	if v, _ := b.site.View(t.Context(), nil); v.Path != "/login" {
		t.Errorf("after the newer one closed: %+v", v)
	}
	b.site.Reset(1)
	b.tell(first, `{"path":"/late"}`)
	if v, err := b.site.View(gone, nil); err == nil {
		t.Errorf("a page from before the reset: %+v", v)
	}
}

func TestUnwatchedPagesCarryNothing(t *testing.T) {
	b := open(t, site.Options{})
	if scriptTag.MatchString(b.get("/login", 200)) {
		t.Error("the page carries the script")
	}
}
