package browser_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/step"
)

// sight is one thing that a page may do beside the document: what it shows after a click on p1, and after the answer to it.
type sight struct {
	name   string
	page   string
	seen   func(step.Observation) bool
	answer step.Action                 // nil: there is none
	then   func(step.Observation) bool // after the answer
}

func titled(want string) func(step.Observation) bool {
	return func(o step.Observation) bool { return o.Title == want && o.Dialog == nil }
}

func asks(kind, message string) func(step.Observation) bool {
	return func(o step.Observation) bool {
		return o.Dialog != nil && o.Dialog.Type == kind && strings.Contains(o.Dialog.Message, message)
	}
}

func tabs(n int, active string) func(step.Observation) bool {
	return func(o step.Observation) bool { return len(o.Tabs) == n && o.Title == active }
}

func button(script string) string { return `<button id=p1 onclick="` + script + `">Go</button>` }

func dialogs() []sight {
	yes, no := step.DialogAct{Accept: true}, step.DialogAct{}
	leave := button(`location.href = '/plain'`) + `<script>onbeforeunload = e => e.preventDefault()</script>`
	return []sight{
		{"alert", button(`alert('Saved'); document.title = 'after'`), asks("alert", "Saved"), yes, titled("after")},
		{"confirm, accepted", button(`document.title = confirm('Sure?') ? 'yes' : 'no'`), asks("confirm", "Sure?"), yes, titled("yes")},
		{"confirm, dismissed", button(`document.title = confirm('Sure?') ? 'yes' : 'no'`), asks("confirm", "Sure?"), no, titled("no")},
		{"prompt, answered", button(`document.title = prompt('Name?', 'Bob')`), asks("prompt", "Name?"), step.DialogAct{Accept: true, Text: "Jürgen"}, titled("Jürgen")},
		{"prompt, dismissed", button(`document.title = String(prompt('Name?'))`), asks("prompt", "Name?"), no, titled("null")},
		{"leaving, accepted", leave, asks("beforeunload", ""), yes, titled("plain")},
		{"leaving, dismissed", leave, asks("beforeunload", ""), no, titled("page")},
		{"two in a row", button(`alert('one'); alert('two')`), asks("alert", "one"), yes, asks("alert", "two")},
		{"log-in window, dismissed", `<a id=p1 href="/secret">Go</a>`, asks("login", ""), no, func(o step.Observation) bool { return o.Dialog == nil && o.Status == 401 }},
		{"print", button(`print(); document.title = 'printed'`), titled("printed"), nil, nil},
	}
}

func beside() []sight {
	status := func(n int) func(step.Observation) bool { return func(o step.Observation) bool { return o.Status == n } }
	refused := `navigator.geolocation.getCurrentPosition(() => { document.title = 'place' }, e => { document.title = 'refused ' + e.code })`
	return []sight{
		{"new tab from a link", `<a id=p1 target=_blank href="/plain">Go</a>`, tabs(2, "plain"), step.TabAct{Op: "close", Number: 2}, tabs(1, "page")},
		{"window that a script opens", button(`window.open('/plain', 'w', 'width=300,height=200')`), tabs(2, "plain"), step.TabAct{Op: "switch", Number: 1}, tabs(2, "page")},
		{"window that closes itself", button(`const w = window.open('/plain'); setTimeout(() => w.close(), 300)`), tabs(1, "page"), nil, nil},
		{"download", `<a id=p1 href="/file">Go</a>`, func(o step.Observation) bool {
			return len(o.Downloads) == 1 && o.Downloads[0].Name == "report.csv" && o.Downloads[0].Bytes == 5 && o.Title == "page"
		}, nil, nil},
		{"status 404", `<a id=p1 href="/missing">Go</a>`, status(404), step.Back{}, status(200)},
		{"status 500", `<a id=p1 href="/broken">Go</a>`, status(500), step.Reload{}, status(500)},
		{"redirect", `<a id=p1 href="/moved">Go</a>`, titled("plain"), step.Back{}, titled("page")},
		{"certificate that nobody signed", `<a id=p1 href="{{tls}}/">Go</a>`, func(o step.Observation) bool { return strings.HasPrefix(o.CertError, "ERR_CERT_") }, step.Back{},
			func(o step.Observation) bool { return o.CertError == "" && o.Title == "page" }},
		{"place is refused, not asked for", button(refused), titled("refused 1"), nil, nil},
		{"notifications are refused", button(`Notification.requestPermission().then(p => { document.title = p })`), titled("denied"), nil, nil},
		{"camera is refused", button(`navigator.mediaDevices.getUserMedia({video: true}).catch(e => { document.title = e.name })`),
			func(o step.Observation) bool { return o.Title == "NotAllowedError" || o.Title == "NotFoundError" }, nil, nil},
		{"clipboard is not read", button(`navigator.clipboard.readText().then(() => { document.title = 'read' }, e => { document.title = e.name })`), titled("NotAllowedError"), nil, nil},
		{"host that is not the task's", button(`location.href = 'http://127.0.0.1:9/'`), func(o step.Observation) bool { return len(o.Blocked) == 1 }, nil, nil},
	}
}

// TestConformanceBeside clicks, and asks what is seen of it beside the document: dialogs, tabs, downloads, the state of the load, and what a page
// may not have. Dialogs are never accepted by themselves.
func TestConformanceBeside(t *testing.T) {
	strange := httptest.NewUnstartedServer(http.NotFoundHandler())
	strange.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that end at the certificate
	strange.StartTLS()
	t.Cleanup(strange.Close)
	b := browsertest.Start(t, nil)
	for _, r := range append(dialogs(), beside()...) {
		t.Run(r.name, func(t *testing.T) {
			web := browsertest.ServePages(t, map[string]string{"page": strings.ReplaceAll(r.page, "{{tls}}", strange.URL), "plain": "plain"}, http.HandlerFunc(answers))
			s := browsertest.Open(t, b, browser.SessionOptions{Hosts: step.Hosts{Write: append(web.Hosts(), strange.Listener.Addr().String())}})
			g := newGate(t, web.URL+"/")
			g.task.Hosts = step.Hosts{Write: append(web.Hosts(), strange.Listener.Addr().String())}
			g.do(t, s, step.Navigate{URL: web.URL + "/page"})
			observe(t, s)
			if out := g.do(t, s, click(1)); out.Status != step.Executed {
				t.Fatalf("click: %+v", out)
			}
			until(t, s, "what the click does", r.seen)
			if r.answer == nil {
				return
			}
			if out := g.do(t, s, r.answer); out.Status != step.Executed {
				t.Fatalf("%s: %+v", r.answer.Kind(), out)
			}
			until(t, s, "what the answer does", r.then)
		})
	}
}

func answers(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/file":
		w.Header().Set("Content-Disposition", `attachment; filename="report.csv"`)
		_, _ = w.Write([]byte("a,b,c"))
	case "/moved":
		http.Redirect(w, r, "/plain", http.StatusFound)
	case "/secret":
		w.Header().Set("WWW-Authenticate", `Basic realm="Books"`)
		http.Error(w, "who are you?", http.StatusUnauthorized)
	case "/broken":
		http.Error(w, "broken", http.StatusInternalServerError)
	default:
		http.NotFound(w, r)
	}
}
