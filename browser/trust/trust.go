// Package trust is what a Chromium believes and shows beside what it was built with: certificate authorities of the operator's
// network, and certificates with which it signs in to pages of that network.
package trust

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// ErrTool says that the programs which write Chromium's store of keys are not installed.
var ErrTool = errors.New("client certificates need the programs certutil and pk12util; install the package libnss3-tools")

// toolTime bounds what NSS's tools may take in all.
const toolTime = 30 * time.Second

// Options name the files.
type Options struct {
	Authorities  []string      // PEM files, each with one certificate or more
	Certificates []Certificate // with which pages are signed in to
}

// Certificate is a key with its certificate, for some pages alone.
type Certificate struct {
	File     string   `mapstructure:"file"`     // PKCS #12
	Password string   `mapstructure:"password"` // file with the password; "" = it has none
	Pages    []string `mapstructure:"pages"`    // origins that are shown it, such as https://intranet.example
}

// Trust is what was read. It is immutable; a nil one adds nothing.
type Trust struct {
	policy []byte
	store  map[string][]byte // files of an NSS database
}

// Load reads all files and refuses what it cannot use, with the name of the file. Without any it returns nil. It runs NSS's tools where there are client certificates.
func Load(o Options) (*Trust, error) {
	if len(o.Authorities)+len(o.Certificates) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), toolTime)
	defer cancel()
	p := managed{names: map[[2]string]bool{}}
	for _, file := range o.Authorities {
		list, err := authorities(file)
		if err != nil {
			return nil, fmt.Errorf("authority %s: %w", file, err)
		}
		p.Authorities = append(p.Authorities, list...)
	}
	t := &Trust{}
	if len(o.Certificates) > 0 {
		dir, err := os.MkdirTemp("", "chiron-trust-")
		if err != nil {
			return nil, fmt.Errorf("store of keys: %w", err)
		}
		defer os.RemoveAll(dir)
		if t.store, err = keep(ctx, dir, o.Certificates, &p); err != nil {
			return nil, err
		}
	}
	var err error
	t.policy, err = json.Marshal(p)
	return t, err
}

// managed are the names that Chromium's managed policies have.
type managed struct {
	Authorities []string `json:"CACertificates,omitempty"` // DER in base64
	Select      []string `json:"AutoSelectCertificateForUrls,omitempty"`

	names map[[2]string]bool // of subjects and issuers
}

// show adds that a page is shown a certificate.
func (p *managed) show(page string, c *x509.Certificate) error {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsAny(u.Host, "*[]") || strings.Trim(u.Path, "/") != "" || u.User != nil {
		return fmt.Errorf("%q is no origin such as https://intranet.example", page)
	}
	host := u.Host
	if u.Port() == "" {
		host += ":443" // a pattern without a port means every port
	}
	name := func(cn string) any { return map[string]string{"CN": cn} }
	rule, err := json.Marshal(map[string]any{"pattern": "https://" + host, "filter": map[string]any{"SUBJECT": name(c.Subject.CommonName), "ISSUER": name(c.Issuer.CommonName)}})
	p.Select = append(p.Select, string(rule))
	return err
}

func authorities(file string) ([]string, error) {
	rest, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []string
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it holds a %s beside certificates; a file of authorities holds certificates alone", strings.ToLower(block.Type))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if !c.IsCA {
			return nil, fmt.Errorf("%q is no authority", c.Subject)
		}
		out = append(out, base64.StdEncoding.EncodeToString(block.Bytes))
	}
	if len(out) == 0 {
		return nil, errors.New("there is no certificate in PEM form in it")
	}
	return out, nil
}

// keep puts the certificates into a new NSS database in dir and returns its files.
func keep(ctx context.Context, dir string, list []Certificate, p *managed) (map[string][]byte, error) {
	if err := run(ctx, "certutil", "-N", "-d", "sql:"+dir, "--empty-password"); err != nil {
		return nil, err
	}
	for _, c := range list {
		if err := c.keep(ctx, dir, p); err != nil {
			return nil, fmt.Errorf("certificate %s: %w", c.File, err)
		}
	}
	files := map[string][]byte{}
	for _, name := range []string{"cert9.db", "key4.db", "pkcs11.txt"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("store of keys: %w", err)
		}
		files[name] = data
	}
	// Where it was made is written into it; Chromium passes the place itself.
	files["pkcs11.txt"] = bytes.ReplaceAll(files["pkcs11.txt"], []byte(dir), []byte("."))
	return files, nil
}

func (c Certificate) keep(ctx context.Context, dir string, p *managed) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var password []byte
	if c.Password != "" {
		if password, err = os.ReadFile(c.Password); err != nil {
			return err
		}
	}
	word := strings.TrimRight(string(password), "\r\n")
	_, leaf, _, err := pkcs12.DecodeChain(data, word)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return errors.New("the password does not open it; `password` names the file that the password stands in")
	case err != nil:
		return fmt.Errorf("it is no PKCS #12 file with a key and its certificate: %w", err)
	case leaf.Subject.CommonName == "" || leaf.Issuer.CommonName == "":
		return errors.New("its subject or its issuer has no common name, by which Chromium chooses certificates")
	case p.names[[2]string{leaf.Subject.CommonName, leaf.Issuer.CommonName}]:
		return errors.New("another file holds a certificate of the same names, and Chromium could not tell them apart; leave the older one out")
	case len(c.Pages) == 0:
		return errors.New("name the pages that may be shown it, such as https://intranet.example")
	}
	p.names[[2]string{leaf.Subject.CommonName, leaf.Issuer.CommonName}] = true
	for _, page := range c.Pages {
		if err := p.show(page, leaf); err != nil {
			return err
		}
	}
	if word == "" {
		return run(ctx, "pk12util", "-d", "sql:"+dir, "-i", c.File, "-W", "")
	}
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(word), 0o600); err != nil {
		return err
	}
	return errors.Join(run(ctx, "pk12util", "-d", "sql:"+dir, "-i", c.File, "-w", secret), os.Remove(secret))
}

func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return ErrTool
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(out))
	}
	return nil
}

// System is where Chromium looks for what the machine's administrator has decided.
const System = "/etc/chromium"

// Furnish writes the policies below etc, which stands in for System and holds what System holds, too, and the keys into a home, unless that is "". What is in home belongs to uid and gid,
// what is in etc to the caller; uid may read it.
func (t *Trust) Furnish(home, etc string, uid, gid int) error {
	if err := os.CopyFS(etc, os.DirFS(System)); err != nil {
		return fmt.Errorf("copy %s: %w", System, err)
	}
	dir := filepath.Join(etc, "policies", "managed")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "chiron.json"), t.policy, 0o644); err != nil {
		return err
	}
	if home == "" || len(t.store) == 0 {
		return nil
	}
	own := func(path string) error {
		if os.Geteuid() == uid {
			return nil
		}
		return os.Chown(path, uid, gid)
	}
	at := home
	for _, part := range []string{".pki", "nssdb"} {
		at = filepath.Join(at, part)
		if err := errors.Join(os.Mkdir(at, 0o700), own(at)); err != nil {
			return err
		}
	}
	for name, data := range t.store {
		path := filepath.Join(at, name)
		if err := errors.Join(os.WriteFile(path, data, 0o600), own(path)); err != nil {
			return err
		}
	}
	return nil
}
