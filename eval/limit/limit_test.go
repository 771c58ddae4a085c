package limit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"chiron/eval/limit"
)

func TestLoopClicksAndTakesPictures(t *testing.T) {
	clicks := make(chan string, 20)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hit" {
			clicks <- r.URL.RawQuery
			return
		}
		_, _ = w.Write([]byte(`<script>hit = (q) => { const x = new XMLHttpRequest(); x.open("GET", "/hit?" + q, false); x.send(); }</script>
			<button id="a" onclick="hit('a')">a</button><button id="b" onclick="hit('b')">b</button>`))
	}))
	defer web.Close()
	took, err := limit.Loop(t.Context(), limit.Options{Chromium: "/usr/lib/chromium/chromium", URL: web.URL, Selector: []string{"#a", "#b"}, Width: 400, Height: 300, Steps: 4})
	if err != nil {
		t.Fatal(err)
	}
	close(clicks)
	seen := map[string]int{}
	for q := range clicks {
		seen[q]++
	}
	if len(took) != 4 || seen["a"] != 2 || seen["b"] != 2 {
		t.Errorf("%d rounds, clicks %v", len(took), seen)
	}
}
