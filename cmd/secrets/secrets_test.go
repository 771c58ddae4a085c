package secrets_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"chiron/cmd/secrets"
	"chiron/policy"
	"chiron/policy/vault"
)

func TestSecretsAreSetButNeverShown(t *testing.T) {
	p := vault.Place{Vault: filepath.Join(t.TempDir(), "vault")}
	var all strings.Builder
	run := func(in string, args ...string) (string, error) {
		cmd := secrets.Command(func(*cobra.Command) (vault.Place, error) { return p, nil })
		var out bytes.Buffer
		cmd.SetIn(strings.NewReader(in))
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(args)
		err := cmd.Execute()
		all.WriteString(out.String())
		if err != nil {
			all.WriteString(err.Error())
		}
		return out.String(), err
	}
	const password, seed = "canary-password", "GEZDGNBVGY3TQOJQGEZDGNBV"
	seedFile := filepath.Join(t.TempDir(), "seed")
	if err := os.WriteFile(seedFile, []byte(seed+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in   string
		args []string
		want string // part of the error, "" for none
	}{
		{password + "\nnot this line", []string{"set", "shop", "--origin", "https://shop.example"}, ""},
		{"", []string{"set", "code", "--totp", "--file", seedFile, "--origin", "https://shop.example"}, ""},
		{"", []string{"set", "none", "--origin", "https://shop.example"}, "no value"},
		{password, []string{"set", "none"}, "give the origins"},
		{password, []string{"set", "none", "--totp", "--origin", "https://shop.example"}, "seed"},
		{"", []string{"list"}, ""},
		{"", []string{"rotate"}, ""},
		{"", []string{"remove", "other"}, "no such secret"},
	} {
		if _, err := run(c.in, c.args...); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: want %q, got %v", c.args, c.want, err)
		}
	}
	v, err := vault.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := v.Secret("shop"); err != nil || s.Value != password {
		t.Errorf("got %v", err)
	}
	if s, err := v.Secret("code"); err != nil || s.Value != seed || s.Kind != policy.TOTP {
		t.Errorf("got %v", err)
	}
	if _, err := run("", "remove", "shop"); err != nil {
		t.Error(err)
	}
	if out, err := run("", "list"); err != nil || strings.Contains(out, "shop\"") {
		t.Errorf("%s %v", out, err)
	}
	if v, err = vault.Open(p); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Secret("shop"); !errors.Is(err, policy.ErrNoSecret) {
		t.Errorf("got %v", err)
	}
	if got := all.String(); strings.Contains(got, password) || strings.Contains(got, seed) {
		t.Errorf("a value was shown: %s", got)
	}
}
