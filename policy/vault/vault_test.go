package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"go.uber.org/goleak"

	"chiron/policy"
	"chiron/policy/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const value = "correct horse&battery"

func place(t testing.TB) vault.Place {
	return vault.Place{Vault: filepath.Join(t.TempDir(), "data", "vault")}
}

func secret(v string) policy.Secret {
	return policy.Secret{Value: v, Origins: []string{"https://shop.example"}}
}

func set(t testing.TB, p vault.Place, name, v string) {
	t.Helper()
	if err := vault.Set(p, name, secret(v)); err != nil {
		t.Fatal(err)
	}
}

// holds reports what a vault holds under a name.
func holds(t testing.TB, p vault.Place, name string) string {
	t.Helper()
	v, err := vault.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := v.Secret(name)
	if errors.Is(err, policy.ErrNoSecret) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.Value
}

func TestSecretsAreSetListedReplacedAndRemoved(t *testing.T) {
	p := place(t)
	if list, err := vault.List(p); err != nil || len(list) != 0 {
		t.Fatalf("a vault that is not there holds %v, %v", list, err)
	}
	set(t, p, "password", value)
	set(t, p, "other", "something else")
	if got := holds(t, p, "password"); got != value {
		t.Fatalf("got %q", got)
	}
	set(t, p, "password", "a new one")
	if err := vault.Remove(p, "other"); err != nil {
		t.Fatal(err)
	}
	if err := vault.Remove(p, "other"); !errors.Is(err, policy.ErrNoSecret) {
		t.Errorf("got %v", err)
	}
	list, err := vault.List(p)
	if err != nil || fmt.Sprintf("%+v", list) != "[{Name:password Origins:[https://shop.example] Field: Kind:}]" {
		t.Errorf("got %+v, %v", list, err)
	}
	if got := holds(t, p, "password"); got != "a new one" {
		t.Errorf("got %q", got)
	}
	for _, path := range []string{p.Vault, p.Vault + ".key"} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	sealed, err := os.ReadFile(p.Vault)
	if err != nil || bytes.Contains(sealed, []byte("a new one")) || bytes.Contains(sealed, []byte("password")) {
		t.Errorf("the file shows what it holds: %v", err)
	}
}

func TestBadSecretsAreNotSet(t *testing.T) {
	p := place(t)
	set(t, p, "password", value)
	for _, s := range []policy.Secret{secret("abc"), {Value: value}, {Value: "not base32", Origins: []string{"https://a.example"}, Kind: policy.TOTP}} {
		if err := vault.Set(p, "password", s); err == nil || strings.Contains(err.Error(), s.Value) {
			t.Errorf("got %v", err)
		}
	}
	if got := holds(t, p, "password"); got != value {
		t.Errorf("got %q", got)
	}
}

func TestRotation(t *testing.T) {
	p := place(t)
	set(t, p, "password", value)
	keyFile := p.Vault + ".key"
	oldKey, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	oldVault, err := os.ReadFile(p.Vault)
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Rotate(p); err != nil {
		t.Fatal(err)
	}
	newKey, err := os.ReadFile(keyFile)
	if err != nil || bytes.Equal(newKey, oldKey) || holds(t, p, "password") != value {
		t.Fatalf("not rotated: %v", err)
	}
	write := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(keyFile, oldKey)
	if _, err := vault.Open(p); err == nil {
		t.Fatal("the old key still opens it")
	}
	// A crash in the midst of it: both keys are there, the vault is the old or the new one.
	write(keyFile, append(newKey, oldKey...))
	if holds(t, p, "password") != value {
		t.Error("the new vault is lost")
	}
	write(p.Vault, oldVault)
	if holds(t, p, "password") != value {
		t.Error("the old vault is lost")
	}
	set(t, p, "password", "changed")
	write(keyFile, newKey)
	if holds(t, p, "password") != "changed" {
		t.Error("it was not sealed for the newest key")
	}
}

func TestALostPartIsAnError(t *testing.T) {
	p := place(t)
	set(t, p, "password", value)
	if err := os.Rename(p.Vault+".key", p.Vault+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(p); err == nil || !strings.Contains(err.Error(), "put the key back") {
		t.Errorf("got %v", err)
	}
	if err := vault.Set(p, "password", secret(value)); err == nil {
		t.Error("a vault that cannot be read was replaced")
	}
	if err := vault.Rotate(vault.Place{Vault: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("nothing was rotated without an error")
	}
}

// TestAnyFlippedByteIsNoticed: age authenticates everything.
func TestAnyFlippedByteIsNoticed(t *testing.T) {
	p := place(t)
	set(t, p, "password", value)
	good, err := os.ReadFile(p.Vault)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if err := os.WriteFile(p.Vault, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open(p); err == nil {
			t.Fatalf("byte %d: not noticed", i)
		}
	}
}

func TestManyHandsAtOnce(t *testing.T) {
	p := place(t)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			if err := vault.Set(p, fmt.Sprintf("s%d", i), secret(value)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if list, err := vault.List(p); err != nil || len(list) != 12 {
		t.Fatalf("%d secrets, %v", len(list), err)
	}
}

func TestJoin(t *testing.T) {
	a, err := policy.NewMemoryVault(map[string]policy.Secret{"a": secret(value)})
	if err != nil {
		t.Fatal(err)
	}
	p := place(t)
	set(t, p, "b", "another one")
	b, err := vault.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	both, err := vault.Join(a, b)
	if err != nil || fmt.Sprint(both.Names()) != "[a b]" {
		t.Fatalf("got %v", err)
	}
	if _, err := vault.Join(a, b, a); err == nil || !strings.Contains(err.Error(), "given twice") {
		t.Errorf("got %v", err)
	}
}

// FuzzOpen reads foreign bytes as a vault, as what is sealed in one, and as its key file.
func FuzzOpen(f *testing.F) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	seal := func(plain []byte) []byte {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, id.Recipient())
		if err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			f.Fatal(err)
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	good := `{"version":1,"secrets":{"password":{"value":"correct horse","origins":["https://shop.example"]}}}`
	f.Add(uint8(0), seal([]byte(good)))
	f.Add(uint8(1), []byte(good))
	f.Add(uint8(1), []byte(`{"version":1,"secrets":{"code":{"value":"GEZDGNBVGY3TQOJQ","origins":["https://a.example"],"kind":"totp"}}}`))
	f.Add(uint8(1), []byte(`{"version":2}{}`))
	f.Add(uint8(2), []byte("# a key\n"+id.String()+"\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, as uint8, data []byte) {
		p := vault.Place{Vault: filepath.Join(dir, "vault")}
		sealed, key := seal([]byte(good)), []byte(id.String())
		switch as % 3 {
		case 0:
			sealed = data
		case 1:
			sealed = seal(data)
		case 2:
			key = data
		}
		for path, content := range map[string][]byte{p.Vault: sealed, p.Vault + ".key": key} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		list, err := vault.List(p)
		if err != nil {
			return
		}
		v, err := vault.Open(p)
		if err != nil || len(v.Names()) != len(list) {
			t.Fatalf("listed and not opened: %v", err)
		}
		if _, err := policy.NewRedactor(v); err != nil {
			t.Fatal(err)
		}
	})
}
