package browsertest

import (
	_ "embed" // the ear
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

//go:embed pages/ear.js
var ear string

// Spot is where one of the elements p1 to p6 of a conformance page stands: its middle. They are 200×40 pixels, one below the other.
func Spot(n int) (x, y int) { return 120, 60*n - 20 }

// Pages are small pages that hear what an act brings them. Every page begins with the ear, a style that puts the elements
// with the ids p1 to p6 at their spots, and its own name as the title.
type Pages struct {
	*httptest.Server
	Other string // the same pages under another origin
}

// ServePages serves pages by name, /name, until the test ends. In a body {{here}} and {{other}} are the two origins.
func ServePages(t testing.TB, bodies map[string]string, more http.Handler) *Pages {
	t.Helper()
	p := &Pages{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		body, ok := bodies[name]
		switch {
		case ok:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, Page(name, strings.NewReplacer("{{here}}", p.URL, "{{other}}", p.Other).Replace(body)))
		case more != nil:
			more.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	p.Other = strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
	t.Cleanup(p.Close)
	return p
}

// Hosts are both origins' places.
func (p *Pages) Hosts() []string {
	return []string{strings.TrimPrefix(p.URL, "http://"), strings.TrimPrefix(p.Other, "http://")}
}

// Page is one conformance page.
func Page(title, body string) string {
	var style strings.Builder
	for n := 1; n <= 6; n++ {
		x, y := Spot(n)
		fmt.Fprintf(&style, "#p%d{left:%dpx;top:%dpx}", n, x-100, y-20)
	}
	return fmt.Sprintf(`<!doctype html><html lang="en"><title>%s</title><script>%s</script>
<style>body{margin:0}#p1,#p2,#p3,#p4,#p5,#p6{position:absolute;box-sizing:border-box;width:200px;height:40px;margin:0}%s</style>
<body>%s`, title, ear, style.String(), body)
}
