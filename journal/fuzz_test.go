package journal

import (
	"encoding/json"
	"testing"
)

func FuzzCommand(f *testing.F) {
	f.Add([]byte(`{"order":{"command":"message","text":"go on"},"by":"key-1","at":"2026-11-23T00:00:00Z"}`))
	f.Add([]byte(`{"order":{"command":"watch","viewers":1}}`))
	f.Add([]byte(`{"order":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := decodeCommand(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(rec)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := decodeCommand(again); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
