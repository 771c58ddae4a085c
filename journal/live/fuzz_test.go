package live

import (
	"bytes"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func FuzzFrame(f *testing.F) {
	f.Add(`{"hash":"00","mime":"image/png","size":{"w":1,"h":1},"at":"2026-11-23T00:00:00Z"}`, []byte("png"))
	f.Fuzz(func(t *testing.T, head string, data []byte) {
		fr, err := decodeFrame(head, data)
		if err == nil && !bytes.Equal(fr.Data, data) {
			t.Fatal("the picture changed")
		}
	})
}
