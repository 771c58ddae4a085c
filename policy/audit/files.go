package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxLine bounds one line of a file, in bytes.
const maxLine = 1 << 20

// hashes is the file of stored hashes. It implements tlog.HashReader.
type hashes struct{ f io.ReaderAt }

// ReadHashes implements tlog.HashReader.
func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if _, err := h.f.ReadAt(out[i][:], at*tlog.HashSize); err != nil {
			return nil, fmt.Errorf("read hash %d: %w", at, err)
		}
	}
	return out, nil
}

// eachLine calls fn with every line of a file, without its end. A file that is not there has none; one whose last line has
// no end is damaged.
func eachLine(path string, fn func(line []byte) error) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(f, 64<<10)
	for {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return f.Close()
		}
		if err == nil {
			err = fn(line[:len(line)-1])
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := r.ReadSlice('\n')
		out = append(out, part...)
		switch {
		case len(out) > maxLine:
			return out, fmt.Errorf("%w: a line is longer than %d bytes", ErrTampered, maxLine)
		case errors.Is(err, io.EOF) && len(out) > 0:
			return out, fmt.Errorf("%w: the last line is cut off", ErrTampered)
		case !errors.Is(err, bufio.ErrBufferFull):
			return out, err
		}
	}
}

// checkpoints reads and checks all checkpoints of a directory: signatures, order, and that none between them is missing.
// text is the last one, "" when there is none.
func checkpoints(dir string, v note.Verifier) (all []head, text string, err error) {
	err = eachLine(filepath.Join(dir, "checkpoints"), func(line []byte) error {
		var next string
		if err := json.Unmarshal(line, &next); err != nil {
			return fmt.Errorf("checkpoint %d: %w", len(all)+1, err)
		}
		if again, err := json.Marshal(next); err != nil || !bytes.Equal(again, line) {
			return fmt.Errorf("checkpoint %d: it is not written as checkpoints are", len(all)+1)
		}
		h, err := open(next, v)
		if err != nil {
			return fmt.Errorf("checkpoint %d: %w", len(all)+1, err)
		}
		want := first
		if text != "" {
			want = nameOf(text)
		}
		if h.previous != want || len(all) > 0 && h.size <= all[len(all)-1].size {
			return fmt.Errorf("checkpoint %d does not follow the one before it", len(all)+1)
		}
		all, text = append(all, h), next
		return nil
	})
	return all, text, err
}
