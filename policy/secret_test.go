package policy_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"chiron/policy"
)

func TestTheRedactorFindsSecretsInEverySpelling(t *testing.T) {
	values := map[string]string{"a": password, "b": `t"r\o/u&b <l>e`, "c": "Grüße-42", "d": password + " and more"}
	secrets := map[string]policy.Secret{}
	for name, v := range values {
		secrets[name] = policy.Secret{Value: v, Origins: []string{"https://shop.example"}}
	}
	vault, err := policy.NewMemoryVault(secrets)
	if err != nil {
		t.Fatal(err)
	}
	r, err := policy.NewRedactor(vault)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		quoted, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for name, form := range map[string]string{
			"plain": v, "query": url.QueryEscape(v), "path": url.PathEscape(v), "html": html.EscapeString(v),
			"json": string(quoted[1 : len(quoted)-1]),
		} {
			got := string(r.Filter([]byte("before " + form + " after")))
			if got != "before *** after" {
				t.Errorf("%s of %q: %q", name, v, got)
			}
		}
		for shift := range 3 {
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				coded := enc.EncodeToString([]byte("xyz"[:shift] + v + "!!"))
				if got := string(r.Filter([]byte(coded))); !strings.Contains(got, "***") || len(got) > 12 {
					t.Errorf("base64 of %q, %d bytes in: %q", v, shift, got)
				}
			}
		}
	}
	clean := []byte("nothing to hide here: user=alice&note=two+cups")
	if got := string(r.Filter(clean)); got != string(clean) {
		t.Errorf("changed: %q", got)
	}
}

func TestAnEmptyVaultRedactsNothing(t *testing.T) {
	r, err := policy.NewRedactor(&policy.MemoryVault{})
	if err != nil || string(r.Filter([]byte("as it is"))) != "as it is" {
		t.Fatal(err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := policy.Secret{Value: password, Origins: []string{"https://shop.example"}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s)
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s) + log.String() + string(data); strings.Contains(all, "horse") {
		t.Fatalf("a secret prints: %s", all)
	}
}

func TestBadSecretsAreRefused(t *testing.T) {
	good := policy.Secret{Value: password, Origins: []string{"https://shop.example"}}
	for message, c := range map[string]struct {
		name   string
		change func(*policy.Secret)
	}{
		"in the name":   {"Bad Name", func(*policy.Secret) {}},
		"shorter than":  {"a", func(s *policy.Secret) { s.Value = "123" }},
		"give the orig": {"a", func(s *policy.Secret) { s.Origins = nil }},
		"is not an ori": {"a", func(s *policy.Secret) { s.Origins = []string{"shop.example"} }},
		"field is":      {"a", func(s *policy.Secret) { s.Field = "any" }},
	} {
		s := good
		c.change(&s)
		if _, err := policy.NewMemoryVault(map[string]policy.Secret{c.name: s}); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("want %q, got %v", message, err)
		}
	}
}
