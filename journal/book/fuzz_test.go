package book

import "testing"

func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"task":"x","seq":2,"step":1,"at":"2026-11-23T00:00:00Z","body":{"kind":"noted","text":"n"}}`))
	f.Add([]byte(`{"task":"y","seq":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ev, err := DecodeEvent("x", 7, data)
		if err == nil && (ev.Task != "x" || ev.Body == nil) {
			t.Fatalf("accepted %+v", ev)
		}
	})
}
