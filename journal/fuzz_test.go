package journal

import (
	"bytes"
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

func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"task":"x","seq":2,"step":1,"at":"2026-11-23T00:00:00Z","body":{"kind":"noted","text":"n"}}`))
	f.Add([]byte(`{"task":"y","seq":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ev, err := decodeEvent("x", 7, data)
		if err == nil && (ev.Task != "x" || ev.Body == nil) {
			t.Fatalf("accepted %+v", ev)
		}
	})
}

func FuzzFrame(f *testing.F) {
	f.Add(`{"hash":"00","mime":"image/png","size":{"w":1,"h":1},"at":"2026-11-23T00:00:00Z"}`, []byte("png"))
	f.Fuzz(func(t *testing.T, head string, data []byte) {
		fr, err := decodeFrame(head, data)
		if err == nil && !bytes.Equal(fr.Data, data) {
			t.Fatal("the picture changed")
		}
	})
}

func FuzzKey(f *testing.F) {
	f.Add("a b=ü.*>")
	f.Fuzz(func(t *testing.T, key string) {
		name := escapeKey(key)
		back, err := unescapeKey(name)
		if err != nil || back != key {
			t.Fatalf("%q became %q, then %q, %v", key, name, back, err)
		}
		_, _ = unescapeKey(key)
	})
}
