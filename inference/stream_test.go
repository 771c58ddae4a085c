package inference

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func FuzzReadStream(f *testing.F) {
	for _, seed := range []string{
		"", "\n", `{"done":true}`, "{\"a\":1}\n\n{\"done\":true}\n", `{"error":"x"}`, "{\"done\":false}\n", "[]\n", "null\n", "\xff\n",
		strings.Repeat(`{"message":{"content":"hi"}}`+"\n", 40) + `{"done":true,"done_reason":"stop"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		read := func(one bool) (count int, done bool, err error) {
			r := bytes.NewReader(b)
			each := func(line []byte) (bool, error) {
				count++
				var part struct{ Done bool }
				if err := json.Unmarshal(line, &part); err != nil {
					return false, errors.Join(ErrProtocol, err)
				}
				done = part.Done
				return done, nil
			}
			if one {
				err = readStream(iotest.OneByteReader(r), each)
			} else {
				err = readStream(r, each)
			}
			return count, done, err
		}
		count, done, err := read(false)
		if (err == nil) != done {
			t.Fatalf("done %t with error %v", done, err)
		}
		if again, doneAgain, errAgain := read(true); again != count || doneAgain != done || (errAgain == nil) != (err == nil) {
			t.Fatal("the reader depends on how the bytes are cut")
		}
		if err != nil && !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrQuietEnd) && !errors.Is(err, ErrRunner) && !errors.Is(err, ErrContext) {
			t.Fatalf("an untyped error: %v", err)
		}
	})
}

func TestReadStreamRefusesEndlessLines(t *testing.T) {
	long := strings.NewReader(`{"a":"` + strings.Repeat("x", maxLine) + `"}`)
	if err := readStream(long, func([]byte) (bool, error) { return false, nil }); !errors.Is(err, ErrProtocol) {
		t.Fatalf("readStream = %v", err)
	}
}

func TestReadStreamTellsWhatCutIt(t *testing.T) {
	r := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("{}\n{}\n")))
	if err := readStream(r, func([]byte) (bool, error) { return false, nil }); !errors.Is(err, ErrQuietEnd) || !errors.Is(err, iotest.ErrTimeout) {
		t.Fatalf("readStream = %v", err)
	}
}
