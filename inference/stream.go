package inference

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds one line of a stream in bytes; Ollama's own lines are at most half a megabyte.
const maxLine = 8 << 20

// readStream reads newline-delimited JSON and hands every line to each, until each reports the last one. A line with an
// "error" ends it with what Ollama said. A stream that ends, by whatever cause, before its last line is ErrQuietEnd: an
// answer without its end mark is not an answer.
func readStream(r io.Reader, each func(line []byte) (last bool, err error)) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(lines)
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 && (err == nil || errors.Is(err, io.EOF)) {
			var failed struct {
				Error string `json:"error"`
			}
			if err := json.Unmarshal(trimmed, &failed); err != nil {
				return fmt.Errorf("%w: %w", ErrProtocol, err)
			}
			if failed.Error != "" {
				return classify(200, failed.Error)
			}
			last, err := each(trimmed)
			if last || err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return ErrQuietEnd
		case errors.Is(err, ErrProtocol):
			return err
		case err != nil:
			return fmt.Errorf("%w: %w", ErrQuietEnd, err)
		}
	}
}

// readLine returns one line with its end, or what there is of it with the error that cut it.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("%w: a line is longer than %d bytes", ErrProtocol, maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
