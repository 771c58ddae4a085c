// Package reply reads what models say: one JSON object, with whatever they put around it.
package reply

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxAnswer is the longest answer, in bytes, that is looked at.
const maxAnswer = 64 << 10

// Object returns the fields of the one JSON object in an answer. Fences and words around it do no harm; a second
// object does, and so does one that breaks off.
func Object(answer string) (fields map[string]json.RawMessage, err error) {
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("it is longer than %d bytes", maxAnswer)
	}
	for rest := answer; ; {
		i := strings.IndexByte(rest, '{')
		if i < 0 {
			break
		}
		rest = rest[i:]
		var found map[string]json.RawMessage
		d := json.NewDecoder(strings.NewReader(rest))
		switch err := d.Decode(&found); {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("its JSON object breaks off; answer in fewer words")
		case err != nil:
			rest = rest[1:]
		case fields != nil:
			return nil, errors.New("it holds several JSON objects; give one action")
		default:
			fields, rest = found, rest[d.InputOffset():]
		}
	}
	if fields == nil {
		return nil, errors.New("it is not a JSON object")
	}
	return fields, nil
}

// Number reads a field of an answer that must be a whole number.
func Number(answer, field string) (int, error) {
	fields, err := Object(answer)
	if err != nil {
		return 0, err
	}
	var n *int
	if err := json.Unmarshal(fields[field], &n); err != nil || n == nil {
		return 0, fmt.Errorf("%q must be a whole number", field)
	}
	return *n, nil
}
