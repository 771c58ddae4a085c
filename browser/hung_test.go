package browser_test

import (
	"testing"

	"chiron/browser/browsertest"
	"chiron/step"
)

// TestHungPageIsShownAndLeft: a page whose script never ends is shown by an earlier picture, and an act that loads a page
// ends it.
func TestHungPageIsShownAndLeft(t *testing.T) {
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": `<title>Hung</title><button style="position:absolute;left:0;top:0;width:100px;height:40px">x</button>`, "/two": "<title>Two</title>"})
	s := browsertest.Open(t, b, web.options())
	g := newGate(t, web.URL+"/")
	g.do(t, s, step.Navigate{URL: web.URL + "/"})
	before := observe(t, s)
	eval(t, s, `() => { setTimeout(() => { for (;;) {} }, 0) }`)
	obs := observe(t, s)
	if obs.Frame.Hash != before.Frame.Hash || obs.Settle.Reason != "deadline" || len(obs.Notices) == 0 {
		t.Fatalf("settle %+v, notices %v", obs.Settle, obs.Notices)
	}
	if out := g.do(t, s, step.Reload{}); out.Status != step.Executed {
		t.Fatalf("reload: %+v", out)
	}
	after := observe(t, s)
	if after.Title != "Hung" || after.Settle.Reason != "quiet" || len(after.Layout) == 0 {
		t.Fatalf("title %q settle %+v", after.Title, after.Settle)
	}
}
