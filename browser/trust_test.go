package browser_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"chiron/browser"
	"chiron/browser/browsertest"
	"chiron/browser/trust"
	"chiron/browser/trust/trusttest"
	"chiron/step"
)

// intranet is a server with a certificate of the operator's own authority that says who is there.
func intranet(t *testing.T, ca *trusttest.Authority) string {
	t.Helper()
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if list := r.TLS.PeerCertificates; len(list) > 0 {
			who = list[0].Subject.CommonName
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<title>%s is here</title><p>intranet", who)
	}))
	clients := x509.NewCertPool()
	clients.AddCert(ca.Certificate)
	web.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Server(t, "localhost", "127.0.0.1")}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients}
	web.StartTLS()
	t.Cleanup(web.Close)
	return strings.Replace(web.URL, "127.0.0.1", "localhost", 1)
}

func TestCertificatesOfTheOperator(t *testing.T) {
	ca := trusttest.New(t, "Corp Root")
	page := intranet(t, ca)
	dir := t.TempDir()
	agent, password := ca.Client(t, dir, "agent"), dir+"/password"
	if err := os.WriteFile(password, []byte(trusttest.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := trust.Load(trust.Options{Authorities: []string{ca.PEM(t, dir)}, Certificates: []trust.Certificate{{File: agent, Password: password, Pages: []string{page}}}})
	if err != nil {
		t.Fatal(err)
	}
	authority, err := trust.Load(trust.Options{Authorities: []string{ca.PEM(t, dir)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		trust   *trust.Trust
		profile string
		url     string
		title   string
	}{
		{"a profile shows the page the certificate", all, "agents", page, "agent is here"},
		{"a session without one has no key", all, "", page, "nobody is here"},
		{"an authority alone signs in nowhere", authority, "", page, "nobody is here"},
		{"control: without the authority it is not believed", nil, "", page, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := browsertest.Start(t, func(o *browser.Options) { o.Trust, o.Spares, o.Profiles = c.trust, -1, profiles(t) })
			host := strings.TrimPrefix(c.url, "https://")
			o := browser.SessionOptions{Hosts: step.Hosts{Read: []string{host}, Write: []string{host}}, Profile: c.profile}
			s := browsertest.Open(t, b, o)
			newGate(t, c.url+"/").do(t, s, step.Navigate{URL: c.url + "/"})
			obs := observe(t, s)
			if c.title == "" {
				if obs.CertError == "" {
					t.Fatalf("no word of the certificate: %q %d", obs.Title, obs.Status)
				}
				return
			}
			if obs.Title != c.title || obs.CertError != "" {
				t.Errorf("it shows %q, certificate %q", obs.Title, obs.CertError)
			}
		})
	}
}

// A page that is not listed may ask for a certificate for as long as it likes.
func TestOtherPagesAreShownNoCertificate(t *testing.T) {
	ca := trusttest.New(t, "Corp Root")
	page := intranet(t, ca)
	dir := t.TempDir()
	password := dir + "/password"
	if err := os.WriteFile(password, []byte(trusttest.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := trust.Load(trust.Options{Authorities: []string{ca.PEM(t, dir)}, Certificates: []trust.Certificate{{File: ca.Client(t, dir, "agent"), Password: password, Pages: []string{page}}}})
	if err != nil {
		t.Fatal(err)
	}
	b := browsertest.Start(t, func(o *browser.Options) {
		o.Trust, o.Spares, o.Profiles, o.Timeout = all, -1, profiles(t), 3*time.Second
	})
	other := strings.Replace(page, "localhost", "127.0.0.1", 1)
	host := strings.TrimPrefix(other, "https://")
	s := browsertest.Open(t, b, browser.SessionOptions{Hosts: step.Hosts{Read: []string{host}, Write: []string{host}}, Profile: "agents"})
	newGate(t, other+"/").do(t, s, step.Navigate{URL: other + "/"})
	if obs := observe(t, s); strings.Contains(obs.Title, "agent") {
		t.Errorf("it was shown the certificate: %q", obs.Title)
	}
}

func TestCertificatesNeedANamespace(t *testing.T) {
	ca := trusttest.New(t, "Corp Root")
	own, err := trust.Load(trust.Options{Authorities: []string{ca.PEM(t, t.TempDir())}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := browser.New(browser.Options{Self: browsertest.Self(t), Dir: browsertest.Dir(t), Rules: browsertest.Listed, Trust: own, Namespace: browser.NamespaceOff})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in a namespace") {
		t.Fatalf("a browser without a namespace: %v", err)
	}
}
