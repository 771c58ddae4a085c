package look_test

import (
	"encoding/json"
	"strings"
	"testing"

	"chiron/browser/look"
	"chiron/browser/look/looktest"
	"chiron/step"
)

// center returns the middle of an element in the top document.
func center(t *testing.T, eyes *look.Eyes, selector string) *step.Point {
	t.Helper()
	var p step.Point
	data := looktest.Eval(t, eyes, `(() => { const r = document.querySelector('`+selector+`').getBoundingClientRect();
		return JSON.stringify({x: Math.round(r.left + r.width / 2), y: Math.round(r.top + r.height / 2)}) })()`)
	if err := json.Unmarshal([]byte(data), &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

func click(p *step.Point) step.Action { return step.Click{Target: step.Target{Point: p}} }

func facts(t *testing.T, eyes *look.Eyes, a step.Action) step.Facts {
	t.Helper()
	f, err := eyes.Facts(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFactsOfAClick(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/facts.html", look.Options{})
	for _, c := range []struct {
		at   string
		want step.Element
		form string
		meth string
		sub  bool
		lead string
	}{
		{at: "#bold", want: step.Element{Tag: "a", Role: "link", Name: "Next page", ID: "link", Download: true}, lead: site.URL + "/next?a=1#x"},
		{at: "#js", want: step.Element{Tag: "a", Role: "link", Name: "Script", ID: "js"}, lead: "javascript:alert(1)"},
		{at: "#solo", want: step.Element{Tag: "input", Role: "input", Type: "search", ID: "solo", Field: "q", Editable: true}, form: "https://pay.example/charge", meth: "POST"},
		{at: "#p", want: step.Element{Tag: "input", Role: "input", Type: "password", ID: "p", Field: "pw", Autocomplete: "current-password", Editable: true},
			form: site.URL + "/three", meth: "POST"},
		{at: "#submit", want: step.Element{Tag: "button", Role: "button", Type: "submit", Name: "Send", ID: "submit"}, form: site.URL + "/three/b", meth: "GET", sub: true,
			lead: site.URL + "/three/b"},
		{at: "#plain", want: step.Element{Tag: "button", Role: "button", Type: "button", Name: "Plain", ID: "plain"}, form: site.URL + "/three", meth: "POST"},
		{at: "#off", want: step.Element{Tag: "button", Role: "button", Type: "submit", Name: "Off", ID: "off", Disabled: true}, form: site.URL + "/three", meth: "POST"},
		{at: "#img", want: step.Element{Tag: "input", Role: "button", Type: "image", Name: "Image go", ID: "img"}, form: site.URL + "/img", meth: "GET", sub: true, lead: site.URL + "/img"},
		{at: "#labtext", want: step.Element{Tag: "input", Role: "checkbox", Type: "checkbox", Name: "Agree to it", ID: "agree", Field: "agree"}},
		{at: "#outside", want: step.Element{Tag: "button", Role: "button", Type: "submit", Name: "Outside", ID: "outside"}, form: site.URL + "/two", meth: "GET", sub: true, lead: site.URL + "/two"},
		{at: "#edit i", want: step.Element{Tag: "div", Role: "input", Name: "Body", ID: "edit", Editable: true}},
		{at: "#svg rect", want: step.Element{Tag: "a", Role: "link", ID: "svg"}, lead: site.URL + "/svg"},
		{at: "#ro", want: step.Element{Tag: "input", Role: "input", Type: "text", ID: "ro"}},
		{at: "#nothing", want: step.Element{Tag: "span", Role: "text", Name: "Just words", ID: "nothing"}},
		{at: "#canvas", want: step.Element{Tag: "canvas", Role: "canvas", ID: "canvas"}},
	} {
		t.Run(c.at, func(t *testing.T) {
			f := facts(t, eyes, click(center(t, eyes, c.at)))
			got := *f.Element
			if got.Node == "" || got.Box.Empty() || got.FrameOrigin != site.URL || got.CrossOrigin {
				t.Errorf("element %+v", got)
			}
			if got.Href != c.lead && !c.sub {
				t.Errorf("href %q", got.Href)
			}
			got.Node, got.Box, got.FrameOrigin, got.Text, got.Href = "", step.Rect{}, "", "", ""
			if got != c.want {
				t.Errorf("element\n%+v, want\n%+v", got, c.want)
			}
			if f.Form == nil && c.form != "" || f.Form != nil && (f.Form.Action != c.form || f.Form.Method != c.meth) {
				t.Errorf("form %+v, want %s %s", f.Form, c.meth, c.form)
			}
			if f.Submits != c.sub || f.Leads != c.lead {
				t.Errorf("submits %v leads %q, want %v %q", f.Submits, f.Leads, c.sub, c.lead)
			}
			if f.URL != site.URL+"/facts.html" || f.Origin != site.URL || f.Title != "Facts" || f.Status != 200 {
				t.Errorf("page %+v", f)
			}
			again := facts(t, eyes, click(center(t, eyes, c.at)))
			if again.Fingerprint() != f.Fingerprint() {
				t.Error("the fingerprint changed by itself")
			}
		})
	}
}

func TestFactsOfKeys(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/facts.html", look.Options{})
	for _, c := range []struct {
		focus, key string
		submits    bool
		leads      string
	}{
		{"#solo", "Enter", true, "https://pay.example/charge"}, {"#solo", "a", false, ""}, {"#t1", "Enter", true, site.URL + "/two"}, {"#f1", "Enter", false, ""}, {"#agree", "Enter", false, ""}, {"#area", "Enter", false, ""},
		{"#p", "Enter", true, site.URL + "/three/b"}, {"#submit", "Space", true, site.URL + "/three/b"}, {"#submit", "Enter", true, site.URL + "/three/b"},
		{"#plain", "Enter", false, ""}, {"#link", "Enter", false, site.URL + "/next?a=1#x"}, {"#link", "Tab", false, ""}, {"#p", "Space", false, ""},
		{"#solo", "enter ", true, "https://pay.example/charge"}, {"#submit", " ", true, site.URL + "/three/b"}, {"#submit", "Shift+Space", true, site.URL + "/three/b"},
		{"#link", "Return", false, site.URL + "/next?a=1#x"},
	} {
		t.Run(c.focus+" "+c.key, func(t *testing.T) {
			looktest.Eval(t, eyes, `document.querySelector('`+c.focus+`').focus()`)
			f := facts(t, eyes, step.Press{Key: c.key})
			if f.Element == nil || "#"+f.Element.ID != c.focus || f.Submits != c.submits || f.Leads != c.leads {
				t.Errorf("element %+v submits %v leads %q", f.Element, f.Submits, f.Leads)
			}
		})
	}
}

// TestClicksByOtherNames: acts that press the pointer down and up within one element submit as its click does.
func TestClicksByOtherNames(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/facts.html", look.Options{})
	on := func(selector string) step.Target { return step.Target{Point: center(t, eyes, selector)} }
	for name, c := range map[string]struct {
		act     step.Action
		submits bool
	}{
		"type":      {step.Type{Target: on("#submit")}, true},
		"upload":    {step.Upload{Target: on("#submit")}, true},
		"drag":      {step.Drag{Target: on("#submit"), To: on("#submit")}, true},
		"drag away": {step.Drag{Target: on("#submit"), To: on("#p")}, false},
		"a field":   {step.Type{Target: on("#p")}, false},
		"hover":     {step.Hover{Target: on("#submit")}, false},
	} {
		if f := facts(t, eyes, c.act); f.Submits != c.submits || c.submits && f.Leads != site.URL+"/three/b" {
			t.Errorf("%s: submits %v leads %q", name, f.Submits, f.Leads)
		}
	}
}

func TestFactsWithoutPlace(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/login.html", look.Options{})
	looktest.Visit(t, eyes, site.URL+"/facts.html")
	if f := facts(t, eyes, step.Back{}); f.Leads != site.URL+"/login.html" || f.Element != nil || f.Fingerprint() != "" {
		t.Errorf("back: %+v", f)
	}
	if f := facts(t, eyes, step.Forward{}); f.Leads != "" {
		t.Errorf("forward: %+v", f)
	}
	if f := facts(t, eyes, step.Navigate{URL: "http://a.test/"}); f.Leads != "http://a.test/" || f.Origin != site.URL {
		t.Errorf("navigate: %+v", f)
	}
	drag := step.Drag{Target: step.Target{Point: center(t, eyes, "#link")}, To: step.Target{Point: center(t, eyes, "#canvas")}}
	if f := facts(t, eyes, drag); f.Element.ID != "link" || f.To == nil || f.To.ID != "canvas" {
		t.Errorf("drag: %+v", f)
	}
	if _, err := eyes.Facts(t.Context(), click(&step.Point{X: 5000, Y: 1})); err == nil {
		t.Error("a point off the screen has facts")
	}
}

func TestFingerprintTellsSwaps(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	for name, swap := range map[string]string{
		"renamed":     `document.querySelector('#submit').textContent = 'Delete'`,
		"replaced":    `document.querySelector('#submit').outerHTML = document.querySelector('#submit').outerHTML`,
		"covered":     `document.body.insertAdjacentHTML('beforeend', '<div style="position:fixed;inset:0">over</div>')`,
		"other form":  `document.querySelector('#submit').setAttribute('formaction', 'https://evil.example/')`,
		"other field": `document.querySelector('#three').insertAdjacentHTML('beforeend', '<input name=extra>')`,
		"disabled":    `document.querySelector('#submit').disabled = true`,
		"reloaded":    `location.reload()`,
	} {
		t.Run(name, func(t *testing.T) {
			eyes := looktest.Open(t, b, site.URL+"/facts.html", look.Options{})
			p := center(t, eyes, "#submit")
			before := facts(t, eyes, click(p))
			looktest.Eval(t, eyes, swap)
			eyes.Settle(t.Context())
			if facts(t, eyes, click(p)).Fingerprint() == before.Fingerprint() {
				t.Error("the fingerprint is the same")
			}
		})
	}
}

func TestFrames(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	far := strings.Replace(site.URL, "127.0.0.1", "far.test", 1)
	eyes := looktest.Open(t, b, site.URL+"/frames.html?far="+far, look.Options{})
	l := layout(t, eyes)
	text := lines(l)
	if strings.Count(text, "input \"Card\" = \"***\" secret\n") != 3 || strings.Count(text, "button \"Pay\"\n") != 3 || l.Cut != 0 || len(l.Secrets) != 6 {
		t.Fatalf("%d secrets, %d cut\n%s", len(l.Secrets), l.Cut, text)
	}
	for _, c := range []struct{ frame, origin string }{{"#near", site.URL}, {"#far", far}, {"#box", "null"}} {
		t.Run(c.frame, func(t *testing.T) {
			for _, n := range l.Nodes {
				if n.Role != "button" || !within(n, center(t, eyes, c.frame)) {
					continue
				}
				p := n.Box.Center()
				f := facts(t, eyes, click(&p))
				e := f.Element
				if e.Name != "Pay" || e.FrameOrigin != c.origin || e.CrossOrigin != (c.origin != site.URL) || !f.Submits || !f.Form.Card ||
					f.Origin != site.URL || f.URL != site.URL+"/frames.html?far="+far || e.Box != n.Box {
					t.Errorf("facts %+v\nelement %+v", f, e)
				}
				return
			}
			t.Error("no button")
		})
	}
	looktest.Eval(t, eyes, `document.getElementById('cover').hidden = false`)
	if text := lines(layout(t, eyes)); strings.Count(text, "button \"Pay\"\n") != 2 {
		t.Errorf("a covered frame is listed\n%s", text)
	}
	boxes, err := eyes.Secrets(t.Context())
	if err != nil || len(boxes) != 6 {
		t.Errorf("secrets %v, %v", boxes, err)
	}
}

// within reports whether a node lies in the 400×200 frame around a point.
func within(n step.Node, p *step.Point) bool {
	return n.Box.Center().In(step.Rect{X: p.X - 210, Y: p.Y - 110, W: 420, H: 220})
}

func TestShowPasswordStaysSecret(t *testing.T) {
	b := looktest.Start(t)
	site := looktest.Serve(t, "testdata", nil)
	eyes := looktest.Open(t, b, site.URL+"/login.html", look.Options{Masked: []string{"note"}})
	before := layout(t, eyes).Secrets
	if len(before) != 2 {
		t.Fatalf("secrets %v", before)
	}
	looktest.Eval(t, eyes, `document.querySelector('[name=pw]').type = 'text'`)
	if l := layout(t, eyes); len(l.Secrets) != 2 || strings.Contains(lines(l), "hunter2") {
		t.Errorf("%v\n%s", l.Secrets, lines(l))
	}
}
