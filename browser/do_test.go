package browser_test

import (
	"errors"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/policy"
	"chiron/step"
)

const actPage = `<title>Acts</title><body style="margin:0">
<input id=i style="position:absolute;left:20px;top:20px;width:200px;height:30px">
<button id=b style="position:absolute;left:20px;top:80px;width:100px;height:30px" onclick="n = (window.n||0)+1; document.title='clicked '+n">Press</button>
<button id=c style="position:absolute;left:20px;top:140px;width:100px;height:30px" onclick="document.title = confirm('Sure?') ? 'yes' : 'no'">Ask</button>
<input type=file id=f style="position:absolute;left:20px;top:200px;width:300px;height:30px" onchange="files[0].text().then(t => document.title = files[0].name+':'+t)">`

func actSession(t *testing.T) (*browser.Session, gate, *site) {
	t.Helper()
	b := browsertest.Start(t, nil)
	web := newSite(t, map[string]string{"/": actPage, "/two": "<title>Two</title><p>two"})
	o := web.options()
	o.Files = []step.File{{Name: "notes.txt", Data: []byte("hello")}}
	s := browsertest.Open(t, b, o)
	g := newGate(t, web.URL+"/", o.Files...)
	if out := g.do(t, s, step.Navigate{URL: web.URL + "/"}); out.Status != step.Executed {
		t.Fatalf("navigate: %+v", out)
	}
	return s, g, web
}

func TestNothingWithoutPermit(t *testing.T) {
	s, g, _ := actSession(t)
	for name, p := range map[string]*policy.Permit{"nil": nil, "zero": new(policy.Permit)} {
		out, err := s.Do(t.Context(), p)
		if !errors.Is(err, policy.ErrNoPermit) || out.Status != step.NotExecuted {
			t.Errorf("%s permit: %+v, %v", name, out, err)
		}
	}
	p := g.permit(t, s, step.Click{Target: at(60, 95)})
	if out, err := s.Do(t.Context(), p); err != nil || out.Status != step.Executed {
		t.Fatalf("first: %+v, %v", out, err)
	}
	if out, err := s.Do(t.Context(), p); !errors.Is(err, policy.ErrSpent) || out.Status != step.NotExecuted {
		t.Fatalf("second: %+v, %v", out, err)
	}
	if obs := observe(t, s); obs.Title != "clicked 1" {
		t.Fatalf("title %q", obs.Title)
	}
	if _, err := s.Do(t.Context(), g.permit(t, s, step.Note{Text: "x"})); !errors.Is(err, browser.ErrOffScreen) {
		t.Fatalf("note: %v", err)
	}
	if _, err := s.Facts(t.Context(), step.Click{Target: step.Target{Mark: 1}}); !errors.Is(err, browser.ErrUngrounded) {
		t.Fatalf("ungrounded: %v", err)
	}
}

func TestStaleScreenIsNotActedOn(t *testing.T) {
	s, g, _ := actSession(t)
	p := g.permit(t, s, step.Click{Target: at(60, 95)})
	eval(t, s, `() => { document.getElementById("b").textContent = "Delete everything" }`)
	out, err := s.Do(t.Context(), p)
	if err != nil || out.Status != step.NotExecuted || !out.Stale {
		t.Fatalf("outcome %+v, %v", out, err)
	}
	if obs := observe(t, s); obs.Title != "Acts" {
		t.Fatalf("title %q", obs.Title)
	}
}

func TestDialogIsDecidedLikeAnAct(t *testing.T) {
	s, g, _ := actSession(t)
	if out := g.do(t, s, step.Click{Target: at(60, 155)}); out.Status != step.Executed {
		t.Fatalf("click: %+v", out)
	}
	obs := until(t, s, "dialog", func(o step.Observation) bool { return o.Dialog != nil })
	if obs.Dialog.Message != "Sure?" || obs.Settle.Reason != "dialog" {
		t.Fatalf("%+v %+v", obs.Dialog, obs.Settle)
	}
	if out := g.do(t, s, step.DialogAct{Accept: true}); out.Status != step.Executed {
		t.Fatalf("accept: %+v", out)
	}
	until(t, s, "answer", func(o step.Observation) bool { return o.Title == "yes" && o.Dialog == nil })
}

func TestTypeAndUpload(t *testing.T) {
	s, g, _ := actSession(t)
	if out := g.do(t, s, step.Type{Target: at(100, 35), Value: "grüße"}); out.Status != step.Executed || out.ReadBack != "grüße" || out.Differs {
		t.Fatalf("type: %+v", out)
	}
	if out := g.do(t, s, step.Upload{Target: at(60, 215), File: "notes.txt"}); out.Status != step.Executed {
		t.Fatalf("upload: %+v", out)
	}
	until(t, s, "upload", func(o step.Observation) bool { return o.Title == "notes.txt:hello" })
}

func TestTabs(t *testing.T) {
	s, g, web := actSession(t)
	if out := g.do(t, s, step.TabAct{Op: "open", URL: web.URL + "/two"}); out.Status != step.Executed {
		t.Fatalf("open: %+v", out)
	}
	obs := observe(t, s)
	if len(obs.Tabs) != 2 || !obs.Tabs[1].Active || obs.Title != "Two" || obs.Status != 200 {
		t.Fatalf("%v %q %d", obs.Tabs, obs.Title, obs.Status)
	}
	if out := g.do(t, s, step.TabAct{Op: "switch", Number: 1}); out.Status != step.Executed {
		t.Fatalf("switch: %+v", out)
	}
	if obs := observe(t, s); obs.Title != "Acts" || !obs.Tabs[0].Active {
		t.Fatalf("%v %q", obs.Tabs, obs.Title)
	}
	if out := g.do(t, s, step.TabAct{Op: "close", Number: 1}); out.Status != step.Executed {
		t.Fatalf("close: %+v", out)
	}
	if obs := observe(t, s); len(obs.Tabs) != 1 || obs.Title != "Two" {
		t.Fatalf("%v %q", obs.Tabs, obs.Title)
	}
	if out := g.do(t, s, step.TabAct{Op: "close", Number: 1}); out.Status != step.NotExecuted {
		t.Fatalf("close the last: %+v", out)
	}
}
