package stop_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chiron/cmd/stop"
)

func TestStopAndRelease(t *testing.T) {
	var asked []string
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write([]byte(`{"stopped":true}`)); err != nil {
			t.Error(err)
		}
	}))
	defer door.Close()
	run := func(args ...string) (string, error) {
		cmd := stop.Command()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(append(args, "--url", door.URL, "--key", "ck_test_0123456789"))
		err := cmd.ExecuteContext(t.Context())
		return out.String(), err
	}
	if out, err := run("--all", "--reason", "drill"); err != nil || !strings.Contains(out, "stopped") {
		t.Errorf("%s %v", out, err)
	}
	if out, err := run("--release"); err != nil || !strings.Contains(out, "released") {
		t.Errorf("%s %v", out, err)
	}
	if _, err := run(); err == nil {
		t.Error("neither was said, and it went on")
	}
	if got := strings.Join(asked, ", "); got != "POST /v1/stop, POST /v1/stop/release" {
		t.Errorf("asked %s", got)
	}
	door.Close()
	if _, err := run("--all"); err == nil || !strings.Contains(err.Error(), "NOT stopped") {
		t.Errorf("got %v", err)
	}
}
