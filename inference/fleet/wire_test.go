package fleet_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chiron/guard"
	"chiron/inference"
	"chiron/inference/inferencetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard.Main(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

func self(t testing.TB) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{exe, "guard"}
}

const (
	token = `{"message":{"content":"hi"}}` + "\n"
	stop  = `{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":1,"total_duration":5}` + "\n"
)

// loaded answers what asks for a model to be loaded, and leaves the rest to h.
func loaded(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		if strings.Contains(string(body), `"messages":[]`) {
			io.WriteString(w, `{"message":{"content":""},"done":true,"done_reason":"load"}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	}
}

func say(text string) inference.Request {
	return inference.Request{Model: "m", Messages: []inference.Message{{Role: inference.User, Text: text}}}
}

func ask(text string) inference.Request {
	return inference.Request{Model: inferencetest.Model, MaxTokens: 200, Messages: []inference.Message{{Role: inference.User, Text: text}},
		Format: json.RawMessage(`{"type":"object","properties":{"mark":{"type":"integer","minimum":1,"maximum":30}},"required":["mark"]}`)}
}

// server finds the process of an Ollama below this one.
func server(t *testing.T) int {
	t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		cmd, _ := os.ReadFile(p + "/cmdline")
		if !strings.HasSuffix(string(cmd), "\x00serve\x00") {
			continue
		}
		var pid int
		fmt.Sscanf(p, "/proc/%d", &pid)
		for up := pid; up > 1; up = parentOf(up) {
			if up == os.Getpid() {
				return pid
			}
		}
	}
	t.Fatal("no Ollama runs")
	return 0
}

func parentOf(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	var state string
	var parent int
	fmt.Sscan(string(b[bytes.LastIndexByte(b, ')')+1:]), &state, &parent)
	return parent
}
