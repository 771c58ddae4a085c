package hold_test

import (
	"strings"
	"testing"

	"chiron/browser/hold"
	"chiron/step"

	"github.com/go-rod/rod/lib/proto"
	"github.com/ysmood/gson"
)

func listed(_, host string, _ int) (bool, string) {
	return host == "a.test" || host == "b.test", "it is not listed"
}

func request(kind proto.NetworkResourceType, method, url, mime, body string) *proto.FetchRequestPaused {
	r := &proto.NetworkRequest{Method: method, URL: url, Headers: proto.NetworkHeaders{}, HasPostData: body != ""}
	if mime != "" {
		r.Headers["content-type"] = gson.New(mime)
	}
	if body != "" {
		r.PostDataEntries = []*proto.NetworkPostDataEntry{{Bytes: []byte(body)}}
	}
	return &proto.FetchRequestPaused{ResourceType: kind, Request: r, NetworkID: "n"}
}

const (
	document = proto.NetworkResourceTypeDocument
	script   = proto.NetworkResourceTypeFetch
	encoded  = "application/x-www-form-urlencoded"
)

func TestWhereNothingGoes(t *testing.T) {
	g := hold.New(listed)
	for url, passes := range map[string]bool{
		"http://a.test/": true, "https://a.test:8443/x": true, "about:blank": true,
		"http://c.test/": false, "file:///etc/passwd": false, "chrome://version": false, "devtools://devtools/x": false,
		"view-source:http://a.test/": false, "data:text/html,x": false, "blob:http://a.test/1": false, "javascript:1": false,
		"filesystem:http://a.test/": false, "http://%zz/": false, "ftp://a.test/": false,
	} {
		if v := g.Request(request(document, "GET", url, "", "")); (v.Reason == "") != passes {
			t.Errorf("page at %s: %+v", url, v)
		}
	}
	for url, passes := range map[string]bool{"data:image/png;base64,x": true, "blob:http://a.test/1": true, "file:///x": false} {
		if v := g.Request(request(proto.NetworkResourceTypeImage, "GET", url, "", "")); (v.Reason == "") != passes {
			t.Errorf("part at %s: %+v", url, v)
		}
	}
}

func facts() step.Facts {
	return step.Facts{
		Submits: true, Element: &step.Element{Tag: "button", Field: "go", Node: "1"},
		Form: &step.Form{Action: "http://a.test/pay?x=1", Method: "POST", Fields: []string{"amount", "to"}},
	}
}

func TestOnlyWhatWasJudgedIsSent(t *testing.T) {
	multi := "--b\r\nContent-Disposition: form-data; name=\"amount\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"%\"; filename=\"f\"\r\n\r\n\r\n--b--\r\n"
	cases := []struct {
		name, method, url, mime, body string
		kind                          proto.NetworkResourceType
		differs                       string
	}{
		{"as judged", "POST", "http://a.test/pay", encoded, "amount=1&to=x&go=1", document, ""},
		{"fewer fields", "POST", "http://a.test/pay?y=2", encoded, "amount=1", document, ""},
		{"another host", "POST", "http://b.test/pay", encoded, "amount=1", document, "b.test"},
		{"another port", "POST", "http://a.test:81/pay", encoded, "amount=1", document, ":81"},
		{"another scheme", "POST", "https://a.test:80/pay", encoded, "amount=1", document, "https"},
		{"another path", "POST", "http://a.test/pay/all", encoded, "amount=1", document, "/pay/all"},
		{"another method", "DELETE", "http://a.test/pay", "", "", script, "DELETE"},
		{"one field more", "POST", "http://a.test/pay", encoded, "amount=1&iban=2", document, "iban"},
		{"JSON as judged", "POST", "http://a.test/pay", "application/json; charset=utf-8", `{"amount": 1}`, script, ""},
		{"JSON with more", "POST", "http://a.test/pay", "application/json", `{"iban": {"amount": 1}}`, script, "iban"},
		{"parts as judged", "POST", "http://a.test/pay", "multipart/form-data; boundary=b", strings.Replace(multi, "%", "to", 1), document, ""},
		{"parts with more", "POST", "http://a.test/pay", "multipart/form-data; boundary=b", strings.Replace(multi, "%", "cv", 1), document, "cv"},
	}
	for _, c := range cases {
		g := hold.New(listed)
		w := g.Begin(step.Click{}, facts())
		v := g.Request(request(c.kind, c.method, c.url, c.mime, c.body))
		select {
		case <-w.Done():
		default:
			t.Fatalf("%s: the hold goes on", c.name)
		}
		if (c.differs == "") != (v.Reason == "") || !strings.Contains(w.Differ, c.differs) || strings.Contains(w.Differ, "=") {
			t.Errorf("%s: %+v, %q", c.name, v, w.Differ)
		}
		f := facts()
		g.Real(&f)
		if c.differs != "" && f.Form.Method == "POST" && f.Form.Action == facts().Form.Action {
			t.Errorf("%s: the facts tell %+v", c.name, f.Form)
		}
		if v := g.Request(request(script, "POST", "http://b.test/later", "", "")); c.differs != "" && v.Reason != "" {
			t.Errorf("%s: a later request is held too: %+v", c.name, v)
		}
	}
}

func TestWhatIsNotHeld(t *testing.T) {
	g := hold.New(listed)
	w := g.Begin(step.Click{}, facts())
	for _, kind := range []proto.NetworkResourceType{proto.NetworkResourceTypePing, proto.NetworkResourceTypeCSPViolationReport} {
		if v := g.Request(request(kind, "POST", "http://b.test/beacon", "", "x")); v.Reason != "" {
			t.Errorf("%s: %+v", kind, v)
		}
	}
	if v := g.Request(request(script, "GET", "http://b.test/", "", "")); v.Reason != "" {
		t.Errorf("GET: %+v", v)
	}
	select {
	case <-w.Done():
		t.Fatal("the hold is over before the submit")
	default:
	}
	if g.Begin(step.Scroll{}, facts()) != nil {
		t.Fatal("a scroll is held")
	}
	if v := g.Request(request(document, "POST", "http://b.test/", "", "x")); v.Reason != "" {
		t.Fatalf("without a submit: %+v", v)
	}
}

func TestAFormIsNotSentOnNorAgain(t *testing.T) {
	g := hold.New(listed)
	g.Begin(step.Click{}, facts())
	g.Request(request(document, "POST", "http://a.test/pay", encoded, "amount=1"))
	if v := g.Request(request(document, "POST", "http://b.test/pay", encoded, "amount=1")); !strings.Contains(v.Why, "b.test") {
		t.Fatalf("sent on: %+v", v)
	}
	for _, a := range []step.Action{step.Reload{}, step.Back{}, step.Forward{}} {
		w := g.Begin(a, step.Facts{})
		if v := g.Request(request(document, "POST", "http://a.test/pay", encoded, "amount=1")); v.Reason == "" || w.Differ == "" {
			t.Fatalf("%s sends it again", a.Kind())
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("POST", "http://a.test/pay", encoded, "amount=1&to=2")
	f.Add("POST", "http://a.test/pay", "application/json", `{"amount": 1}`)
	f.Add("PUT", "http://a.test/pay", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--b--")
	f.Fuzz(func(t *testing.T, method, url, mime, body string) {
		g := hold.New(listed)
		w := g.Begin(step.Press{}, facts())
		v := g.Request(request(document, method, url, mime, body))
		if v.Reason == "" && w.Differ != "" {
			t.Fatalf("let go although %s", w.Differ)
		}
	})
}
