package trust_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chiron/browser/trust"
	"chiron/browser/trust/trusttest"
)

func TestBadFilesAreNamed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := trusttest.New(t, "Corp Root")
	leaf := ca.Server(t, "localhost")
	p12, right, wrong := ca.Client(t, dir, "agent"), write("right", trusttest.Password), write("wrong", "battery staple")
	pages := []string{"https://intranet.example"}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	certificate := func(c trust.Certificate) trust.Options {
		return trust.Options{Certificates: []trust.Certificate{c}}
	}
	authority := func(path string) trust.Options { return trust.Options{Authorities: []string{path}} }
	for _, c := range []struct {
		o    trust.Options
		want string
	}{
		{authority(dir + "/none.pem"), "no such file"},
		{authority(write("empty.pem", "hello")), "no certificate in PEM form"},
		{authority(write("key.pem", block("PRIVATE KEY", []byte("x")))), "a private key beside certificates"},
		{authority(write("leaf.pem", block("CERTIFICATE", leaf.Certificate[0]))), "is no authority"},
		{authority(write("broken.pem", block("CERTIFICATE", []byte("broken")))), "x509"},
		{certificate(trust.Certificate{File: dir + "/none.p12", Pages: pages}), "no such file"},
		{certificate(trust.Certificate{File: write("text.p12", "hello"), Pages: pages}), "no PKCS #12 file"},
		{certificate(trust.Certificate{File: p12, Password: wrong, Pages: pages}), "the password does not open it"},
		{certificate(trust.Certificate{File: p12, Password: dir + "/none", Pages: pages}), "no such file"},
		{certificate(trust.Certificate{File: p12, Password: right}), "name the pages"},
		{certificate(trust.Certificate{File: p12, Password: right, Pages: []string{"http://intranet.example"}}), "is no origin"},
		{certificate(trust.Certificate{File: p12, Password: right, Pages: []string{"https://*.example"}}), "is no origin"},
		{certificate(trust.Certificate{File: p12, Password: right, Pages: []string{"https://intranet.example/path"}}), "is no origin"},
	} {
		got, err := trust.Load(c.o)
		if err == nil || got != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), dir) {
			t.Errorf("no file is named: %v", err)
		}
	}
	twice := trust.Certificate{File: p12, Password: right, Pages: pages}
	if _, err := trust.Load(trust.Options{Certificates: []trust.Certificate{twice, twice}}); err == nil || !strings.Contains(err.Error(), "same names") {
		t.Errorf("two certificates of the same names: %v", err)
	}
	if got, err := trust.Load(trust.Options{}); got != nil || err != nil {
		t.Errorf("nothing to trust: %v %v", got, err)
	}
}

func TestKeysAreTheUsersAlone(t *testing.T) {
	dir := t.TempDir()
	ca := trusttest.New(t, "Corp Root")
	word := filepath.Join(dir, "word")
	if err := os.WriteFile(word, []byte(trusttest.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := trust.Load(trust.Options{Certificates: []trust.Certificate{{File: ca.Client(t, dir, "agent"), Password: word, Pages: []string{"https://intranet.example:8443"}}}})
	if err != nil {
		t.Fatal(err)
	}
	home, etc := t.TempDir(), t.TempDir()
	theirs, err := os.ReadDir(trust.System)
	if err != nil {
		t.Fatal(err)
	}
	if bare, err := trust.Load(trust.Options{Certificates: []trust.Certificate{{File: ca.Bare(t, dir, "bare"), Pages: []string{"https://intranet.example"}}}}); err != nil || bare == nil {
		t.Errorf("a certificate without a password: %v", err)
	}
	if err := all.Furnish(home, etc, os.Geteuid(), os.Getegid()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cert9.db", "key4.db", "pkcs11.txt"} {
		info, err := os.Stat(filepath.Join(home, ".pki", "nssdb", name))
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	policy, err := os.ReadFile(filepath.Join(etc, "policies", "managed", "chiron.json"))
	want := `{"AutoSelectCertificateForUrls":["{\"filter\":{\"ISSUER\":{\"CN\":\"Corp Root\"},\"SUBJECT\":{\"CN\":\"agent\"}},\"pattern\":\"https://intranet.example:8443\"}"]}`
	if err != nil || string(policy) != want {
		t.Errorf("%s %v, want %s", policy, err, want)
	}
	for _, e := range theirs {
		if _, err := os.Stat(filepath.Join(etc, e.Name())); err != nil {
			t.Errorf("what the administrator of the machine decided is gone: %v", err)
		}
	}
}
