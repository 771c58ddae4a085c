package look_test

import (
	"net/http"
	"testing"

	"github.com/go-rod/rod/lib/proto"

	"chiron/browser/look"
	"chiron/browser/look/looktest"
	"chiron/step"
)

// dashboard is a page of about 2,000 nodes with a running canvas.
const dashboard = `<!doctype html><html lang="en"><title>Dashboard</title><style>.c{display:inline-block;width:150px;border:1px solid;margin:2px;padding:4px}</style>
<canvas id="c" width="400" height="80"></canvas><div id="d"></div><script>
let h = '';
for (let i = 0; i < 250; i++) h += '<div class="c"><h4>Tile ' + i + '</h4><p><span>Load</span> <b>' + i + ' %</b></p><button>Open ' + i + '</button><a href="/t/' + i + '">More</a></div>';
d.innerHTML = h;
const x = c.getContext('2d'); let n = 0;
(function turn() { x.fillRect(n++ % 400, n % 80, 3, 3); requestAnimationFrame(turn) })();
</script></html>`

func benchmarkPages(b *testing.B, work func(b *testing.B, eyes *look.Eyes)) {
	browser := looktest.Start(b)
	site := looktest.Serve(b, "testdata", map[string]http.HandlerFunc{
		"/dashboard": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(dashboard)) },
	})
	for name, path := range map[string]string{"login": "/login.html", "table": "/table.html", "dashboard": "/dashboard"} {
		eyes := looktest.Open(b, browser, site.URL+path, look.Options{})
		b.Run(name, func(b *testing.B) { work(b, eyes) })
	}
}

func BenchmarkSettle(b *testing.B) {
	benchmarkPages(b, func(b *testing.B, eyes *look.Eyes) {
		for b.Loop() {
			if s := eyes.Settle(b.Context()); s.Reason != "quiet" {
				b.Fatal(s)
			}
		}
	})
}

func BenchmarkScreenshot(b *testing.B) {
	benchmarkPages(b, func(b *testing.B, eyes *look.Eyes) {
		for b.Loop() {
			if _, err := eyes.Screenshot(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLayout(b *testing.B) {
	benchmarkPages(b, func(b *testing.B, eyes *look.Eyes) {
		for b.Loop() {
			if _, err := eyes.Layout(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSecrets(b *testing.B) {
	benchmarkPages(b, func(b *testing.B, eyes *look.Eyes) {
		for b.Loop() {
			if _, err := eyes.Secrets(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFacts(b *testing.B) {
	benchmarkPages(b, func(b *testing.B, eyes *look.Eyes) {
		for b.Loop() {
			if _, err := eyes.Facts(b.Context(), step.Click{Target: step.Target{Point: &step.Point{X: 60, Y: 120}}}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRoundTrip is the floor under all others: one evaluation of a constant.
func BenchmarkRoundTrip(b *testing.B) {
	benchmarkPages(b, func(b *testing.B, eyes *look.Eyes) {
		for b.Loop() {
			if _, err := (proto.RuntimeEvaluate{Expression: "1"}).Call(eyes.Page()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
