package keys_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chiron/cmd/keys"
)

func TestKeys(t *testing.T) {
	var asked []string
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		asked = append(asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
		w.Header().Set("Content-Type", "application/json")
		if err == nil && r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if _, werr := w.Write([]byte(`{"id":"ann","key":"ck_ann_x","keys":[{"id":"ann","name":"Ann","created":"2026-11-26T00:00:00Z","revoked":true}]}`)); err != nil || werr != nil {
			t.Error(err, werr)
		}
	}))
	defer door.Close()
	run := func(args ...string) string {
		t.Helper()
		cmd := keys.Command()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetArgs(append(args, "--url", door.URL, "--key", "ck_test_0123456789"))
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Error(err)
		}
		return out.String()
	}
	if out := run("add", "ann", "--name", "Ann"); out != "ck_ann_x\n" {
		t.Errorf("add says %q", out)
	}
	if out := run("list"); !strings.Contains(out, "ann") || !strings.Contains(out, "revoked") {
		t.Errorf("list says %q", out)
	}
	run("revoke", "ann")
	want := `POST /v1/keys {"id":"ann","name":"Ann"}, GET /v1/keys, DELETE /v1/keys/ann`
	if got := strings.Join(asked, ", "); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}
