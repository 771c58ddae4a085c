package client

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// maxLine is the longest line, in bytes, that an event stream may hold.
const maxLine = 16 << 20

var errLine = errors.New("event stream: a line is too long")

// message is one server-sent event.
type message struct {
	ID, Event, Data string
}

// sseReader reads an event stream as the HTML standard describes it: lines end with LF, CR or CRLF, a blank line
// dispatches, an unfinished message at the end is dropped, id lasts until the next one.
type sseReader struct {
	r      *bufio.Reader
	begun  bool
	lastID string
	skipLF bool // the last line ended with CR
	limit  int
}

func newSSE(r io.Reader) *sseReader { return &sseReader{r: bufio.NewReader(r), limit: maxLine} }

// next returns the next message that has data, or the error that ended the stream. onLine, when given, is called for
// every line, so that heartbeats count as life.
func (s *sseReader) next(onLine func()) (message, error) {
	var event string
	var data []string
	size := 0
	for {
		line, err := s.line()
		if err != nil {
			return message{}, err
		}
		if onLine != nil {
			onLine()
		}
		if line == "" {
			if data != nil {
				return message{ID: s.lastID, Event: event, Data: strings.Join(data, "\n")}, nil
			}
			event = ""
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			event = value
		case "data":
			if size += len(value) + 1; size > s.limit {
				return message{}, errLine
			}
			data = append(data, value)
		case "id":
			if !strings.ContainsRune(value, 0) {
				s.lastID = value
			}
		}
	}
}

// line returns the next complete line without its end.
func (s *sseReader) line() (string, error) {
	if !s.begun {
		s.begun = true
		if bom, err := s.r.Peek(3); err == nil && string(bom) == "\ufeff" {
			if _, err := s.r.Discard(3); err != nil {
				return "", err
			}
		}
	}
	var b strings.Builder
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return "", err // an unfinished line is dropped
		}
		if s.skipLF {
			s.skipLF = false
			if c == '\n' {
				continue
			}
		}
		switch c {
		case '\r':
			s.skipLF = true
			return b.String(), nil
		case '\n':
			return b.String(), nil
		}
		if b.Len() >= s.limit {
			return "", errLine
		}
		b.WriteByte(c)
	}
}
