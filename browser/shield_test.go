package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"chiron/browser/browsertest"
	"chiron/step"
)

// TestDialogFromAFrameLeavesNoShield: once a dialog that a press in a frame opened has been answered, what is pressed or typed around the frame at once
// arrives.
func TestDialogFromAFrameLeavesNoShield(t *testing.T) {
	in := map[string]string{"/in": `<body style="margin:0"><button style="width:120px;height:40px" onclick="confirm('Sure?')">Ask</button>`}
	other := newSite(t, in)
	alien := "http://localhost:" + other.URL[strings.LastIndex(other.URL, ":")+1:]
	page := `<title>ready</title><body style="margin:0"><iframe src="%s" style="position:absolute;left:20px;top:80px;width:160px;height:60px;border:0"></iframe>
<button style="position:absolute;left:20px;top:200px;width:120px;height:40px" onclick="document.title += '!'">Around</button>
<input aria-label=Name style="position:absolute;left:20px;top:300px;width:120px;height:40px">`
	in["/same"], in["/other"] = fmt.Sprintf(page, "/in"), fmt.Sprintf(page, alien+"/in")
	web := newSite(t, in)
	for _, where := range []string{"same", "other"} {
		t.Run(where, func(t *testing.T) {
			options := web.options()
			options.Hosts.Write = append(options.Hosts.Write, strings.TrimPrefix(alien, "http://"))
			s := browsertest.Open(t, browsertest.Start(t, nil), options)
			g := newGate(t, web.URL+"/"+where)
			g.task.Hosts.Write = options.Hosts.Write
			do := func(a step.Action) {
				t.Helper()
				if out := g.do(t, s, a); out.Status != step.Executed || out.Differs {
					t.Fatalf("%+v: %+v", a, out)
				}
			}
			do(step.Navigate{URL: web.URL + "/" + where})
			for n := range 3 {
				for _, after := range []step.Action{step.Click{Target: at(60, 220)}, step.Type{Target: at(60, 320), Value: fmt.Sprintf("Ann %d", n)}} {
					observe(t, s)
					do(step.Click{Target: at(60, 95)})
					until(t, s, "dialog", func(o step.Observation) bool { return o.Dialog != nil })
					do(step.DialogAct{Accept: true})
					do(after)
				}
				if got, want := eval(t, s, `() => document.title`), "ready"+strings.Repeat("!", n+1); got != want {
					t.Fatalf("the title is %q, not %q", got, want)
				}
			}
		})
	}
}
