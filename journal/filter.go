package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// sift hands every text of a JSON document to filter and returns the document with what it returned. Texts are handed over
// unescaped, so that filter finds what it looks for however JSON spells it. Names of fields and times stay as they are: the
// document keeps its shape.
func sift(data []byte, filter func([]byte) []byte) ([]byte, error) {
	if filter == nil {
		return data, nil
	}
	var out []byte
	done := 0 // data up to here is in out
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		end := closing(data, i)
		if end < 0 {
			return nil, fmt.Errorf("filter: a text at byte %d does not end", i)
		}
		literal, begin := data[i:end+1], i
		i = end
		if rest := bytes.TrimLeft(data[end+1:], " \t\r\n"); len(rest) > 0 && rest[0] == ':' {
			continue
		}
		changed, err := siftText(literal, filter)
		if err != nil {
			return nil, fmt.Errorf("filter: %w", err)
		}
		if changed != nil {
			out = append(append(out, data[done:begin]...), changed...)
			done = end + 1
		}
	}
	if done == 0 {
		return data, nil
	}
	return append(out, data[done:]...), nil
}

// closing returns where the text that opens at i ends, -1 when it does not.
func closing(data []byte, i int) int {
	for j := i + 1; j < len(data); j++ {
		switch data[j] {
		case '\\':
			j++
		case '"':
			return j
		}
	}
	return -1
}

// siftText returns the literal that replaces another one, nil when it may stay.
func siftText(literal []byte, filter func([]byte) []byte) ([]byte, error) {
	plain := literal[1 : len(literal)-1]
	if bytes.IndexByte(plain, '\\') >= 0 {
		var text string
		if err := json.Unmarshal(literal, &text); err != nil {
			return nil, err
		}
		plain = []byte(text)
	}
	kept := filter(plain)
	if bytes.Equal(kept, plain) {
		return nil, nil
	}
	if _, err := time.Parse(time.RFC3339Nano, string(plain)); err == nil {
		return nil, nil
	}
	return json.Marshal(string(kept))
}
