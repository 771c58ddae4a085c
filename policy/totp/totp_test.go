package totp_test

import (
	"encoding/base32"
	"fmt"
	"strings"
	"testing"
	"time"

	"chiron/policy/totp"
)

// The vectors of RFC 6238, appendix B.
func TestTheVectorsOfTheRFC(t *testing.T) {
	for _, v := range []struct {
		algorithm string
		length    int
		codes     map[int64]string
	}{
		{"SHA1", 20, map[int64]string{59: "94287082", 1111111109: "07081804", 1234567890: "89005924", 20000000000: "65353130"}},
		{"SHA256", 32, map[int64]string{59: "46119246", 1111111109: "68084774", 1234567890: "91819424", 20000000000: "77737706"}},
		{"SHA512", 64, map[int64]string{59: "90693936", 1111111109: "25091201", 1234567890: "93441116", 20000000000: "47863826"}},
	} {
		seed := base32.StdEncoding.EncodeToString([]byte(strings.Repeat("1234567890", 7)[:v.length]))
		k, err := totp.Parse(fmt.Sprintf("otpauth://totp/x?secret=%s&digits=8&algorithm=%s", strings.TrimRight(seed, "="), v.algorithm))
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range v.codes {
			if got := k.Code(time.Unix(at, 0)); got != want {
				t.Errorf("%s at %d: got %s, want %s", v.algorithm, at, got, want)
			}
		}
	}
	k, err := totp.Parse("gezd gnbv gy3t qojq gezd gnbv gy3t qojq") // the same seed as services show it
	if err != nil || k.Code(time.Unix(59, 0)) != "287082" {
		t.Errorf("got %s, %v", k.Code(time.Unix(59, 0)), err)
	}
}

func TestBadKeys(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "shorter",
		"GEZDGNBV":                       "shorter",
		"not base32!":                    "base32",
		"otpauth://hotp/x?secret=GEZDGN": "otpauth://totp/",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBV&digits=9":      "digits",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBV&period=0":      "period",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBV&algorithm=MD5": "algorithm",
	} {
		if _, err := totp.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", text, want, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("GEZDGNBVGY3TQOJQGEZDGNBV")
	f.Add("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBV&digits=8&period=60&algorithm=SHA512")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := totp.Parse(text)
		if err != nil {
			return
		}
		if code := k.Code(time.Unix(1_000_000_000, 0)); len(code) < 6 || len(code) > 8 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("got %q", code)
		}
	})
}
