package client

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func readAll(r io.Reader, limit int) ([]message, error) {
	s := newSSE(r)
	s.limit = limit
	var out []message
	for {
		m, err := s.next(nil)
		if err != nil {
			return out, err
		}
		out = append(out, m)
	}
}

func TestEventStream(t *testing.T) {
	for in, want := range map[string][]message{
		"":                                        nil,
		"data: a\n\n":                             {{Data: "a"}},
		"data:a\r\rdata:b\r\n\r\n":                {{Data: "a"}, {Data: "b"}},
		"\ufeffid: 7\nevent: saw\ndata: x\n\n":    {{ID: "7", Event: "saw", Data: "x"}},
		"data: a\ndata\ndata:  b\n\n":             {{Data: "a\n\n b"}},
		": beat\n\nretry: 5\n\ndata: a\n\n":       {{Data: "a"}},
		"event: x\n\ndata: a\n\n":                 {{Data: "a"}},
		"id: 1\ndata: a\n\ndata: b\n\n":           {{ID: "1", Data: "a"}, {ID: "1", Data: "b"}},
		"id: 1\x002\ndata: a\n\n":                 {{Data: "a"}},
		"data: cut":                               nil,
		"data: cut\n":                             nil,
		"nonsense\nda ta: x\ndata: {\"a\":1}\n\n": {{Data: `{"a":1}`}},
	} {
		got, err := readAll(strings.NewReader(in), 1<<10)
		if !errors.Is(err, io.EOF) || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, long := range []string{"data: " + strings.Repeat("x", 2000), strings.Repeat("data: xxxxxxxx\n", 200)} {
		if _, err := readAll(strings.NewReader(long), 1<<10); !errors.Is(err, errLine) {
			t.Errorf("too long: %v", err)
		}
	}
}

// FuzzEventStream holds the parser to three truths: pieces do not matter, no message holds a line end in its id or name,
// and what a message says can be written and read again.
func FuzzEventStream(f *testing.F) {
	for _, seed := range []string{"id: 1\nevent: saw\ndata: {}\n\n", "\ufeffdata: a\r\n\r\n", ": beat\n\n", "data\n\n", "id:\x00\rdata:\r\r", "data: a\ndata: b\n\nda"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		whole, err := readAll(strings.NewReader(in), 1<<12)
		pieces, err2 := readAll(iotest.OneByteReader(strings.NewReader(in)), 1<<12)
		if !reflect.DeepEqual(whole, pieces) || !errors.Is(err2, err) {
			t.Fatalf("whole %q (%v), byte by byte %q (%v)", whole, err, pieces, err2)
		}
		var again strings.Builder
		for _, m := range whole {
			if strings.ContainsAny(m.ID+m.Event, "\r\n") || strings.Contains(m.Data, "\r") {
				t.Fatalf("a line end inside of %q", m)
			}
			again.WriteString("id: " + m.ID + "\nevent: " + m.Event + "\ndata: " + strings.ReplaceAll(m.Data, "\n", "\ndata: ") + "\n\n")
		}
		if got, _ := readAll(strings.NewReader(again.String()), 1<<20); !reflect.DeepEqual(got, whole) {
			t.Fatalf("read again: %q, was %q", got, whole)
		}
	})
}
