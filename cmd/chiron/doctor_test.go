package main

import (
	"encoding/json"
	"slices"
	"testing"

	"chiron/cmd/exit"
)

// examined runs `chiron doctor --json` and returns what it found by part.
func (h *home) examined(t *testing.T, code int, env ...string) map[string]finding {
	t.Helper()
	h.extra = env
	p := h.launch(t, "chiron", "doctor", "--json")
	if got := p.wait(t); got != code {
		t.Errorf("exit code %d, want %d:\n%s", got, code, p.out)
	}
	var list []finding
	if err := json.Unmarshal([]byte(p.out.String()), &list); err != nil {
		t.Fatalf("%v:\n%s", err, p.out)
	}
	found := map[string]finding{}
	for _, f := range list {
		found[f.Part] = f
		if (!f.OK || f.Weak) && f.Fix == "" || f.Says == "" {
			t.Errorf("%s: %+v says nothing, or no fix", f.Part, f)
		}
	}
	return found
}

func TestDoctorLooksAtEveryPart(t *testing.T) {
	place := newHome(t)
	found := place.examined(t, 0)
	for _, part := range []string{"chiron", "data", "listen", "chromium", "walls", "ocr", "ollama", "models", "memory", "journal", "policy", "secrets"} {
		if f, there := found[part]; !there || !f.OK {
			t.Errorf("%s: %+v", part, f)
		}
	}
	for _, part := range []string{"chiron", "chromium", "ocr", "ollama", "policy"} {
		if found[part].Version == "" {
			t.Errorf("%s has no version", part)
		}
	}
}

func TestDoctorNamesWhatFailsWithItsFix(t *testing.T) {
	found := newHome(t).examined(t, exit.Failed, "CHIRON_BROWSER_CHROMIUM=/nowhere/chromium", "CHIRON_INFERENCE_ENDPOINT=http://127.0.0.1:9",
		"CHIRON_INFERENCE_ACTOR=qwen", "CHIRON_POLICY_BUNDLE=/nowhere", "CHIRON_JOURNAL_URL=nats://127.0.0.1:9",
		"CHIRON_MEMORY_QDRANT=127.0.0.1:9", "CHIRON_VISION_TESSERACT=/nowhere/tesseract", "CHIRON_VISION_LANGUAGES=eng")
	for part, f := range found {
		broken := slices.Contains([]string{"chromium", "ollama", "models", "policy", "journal"}, part)
		if f.OK == broken {
			t.Errorf("%s: %+v", part, f)
		}
	}
	if f := newHome(t).examined(t, exit.Failed, "CHIRON_DATA=/proc/version/data")["data"]; f.OK {
		t.Errorf("%+v", f)
	}
	if !found["memory"].Weak || !found["ocr"].Weak {
		t.Errorf("what only degrades is weak: %+v, %+v", found["memory"], found["ocr"])
	}
}
