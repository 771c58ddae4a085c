// Package trusttest makes certificates for tests: an authority, and what it signs.
package trusttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Password opens the files that Client writes.
const Password = "correct horse"

// Authority signs certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// New returns an authority with a name.
func New(t testing.TB, name string) *Authority {
	t.Helper()
	a := &Authority{}
	a.Certificate, a.key = a.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *Authority) sign(t testing.TB, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		t.Fatal(err)
	}
	parent, signer := c, key
	if a.Certificate != nil {
		parent, signer = a.Certificate, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return c, key
}

// PEM writes the authority's certificate into dir and returns the file's path.
func (a *Authority) PEM(t testing.TB, dir string) string {
	t.Helper()
	return file(t, dir, "authority.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw}))
}

// Server is a certificate for a server of these names and addresses.
func (a *Authority) Server(t testing.TB, names ...string) tls.Certificate {
	t.Helper()
	c := &x509.Certificate{Subject: pkix.Name{CommonName: names[0]}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, n)
		}
	}
	c, key := a.sign(t, c)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key}
}

// Client writes a client's key and certificate into dir as PKCS #12 and returns the file's path.
func (a *Authority) Client(t testing.TB, dir, name string) string {
	t.Helper()
	return a.client(t, dir, name, Password)
}

// Bare is Client without a password.
func (a *Authority) Bare(t testing.TB, dir, name string) string {
	t.Helper()
	return a.client(t, dir, name, "")
}

func (a *Authority) client(t testing.TB, dir, name, password string) string {
	t.Helper()
	c, key := a.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature})
	data, err := pkcs12.Modern.Encode(key, c, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	return file(t, dir, name+".p12", data)
}

func file(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
