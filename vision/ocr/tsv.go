package ocr

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxLine  = 16 << 10 // bytes of one line of an answer
	maxWords = 20_000   // words of one picture
)

var errAnswer = errors.New("answer is not understood")

// parse reads Tesseract's table up to the first line of page last and returns the words before it, boxes cut to size.
// Columns: level page block par line word left top width height conf text.
func parse(r *bufio.Reader, last int, size image.Point) ([]Word, error) {
	var words []Word
	for {
		line, err := readLine(r)
		if err != nil {
			return nil, err
		}
		column := strings.SplitN(line, "\t", 12)
		if line == "" || column[0] == "level" {
			continue
		}
		if len(column) != 12 {
			return nil, fmt.Errorf("%w: %d columns instead of 12", errAnswer, len(column))
		}
		n, err := numbers(column[:10])
		if err != nil {
			return nil, err
		}
		if n[1] >= last {
			return words, nil
		}
		w, ok := word(n, column[10], column[11], size)
		if !ok {
			continue
		}
		if words = append(words, w); len(words) > maxWords {
			return nil, fmt.Errorf("%w: more than %d words", errAnswer, maxWords)
		}
	}
}

func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return "", fmt.Errorf("%w: a line of more than %d bytes", errAnswer, maxLine)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return "", fmt.Errorf("the program ended: %w", io.ErrUnexpectedEOF)
		case err != nil:
			return "", fmt.Errorf("read answer: %w", err)
		}
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

func numbers(column []string) (n [10]int, err error) {
	for i, c := range column {
		if n[i], err = strconv.Atoi(c); err != nil {
			return n, fmt.Errorf("%w: column %d: %q is not a number", errAnswer, i+1, clip(c))
		}
	}
	return n, nil
}

func clip(s string) string { return s[:min(len(s), 40)] }

func word(n [10]int, confidence, text string, size image.Point) (Word, bool) {
	const wordLevel = 5
	text = strings.TrimSpace(text)
	c, err := strconv.ParseFloat(confidence, 64)
	if n[0] != wordLevel || err != nil || !(c >= 0 && c <= 100) || text == "" || !utf8.ValidString(text) {
		return Word{}, false
	}
	left, top := bound(n[6], size.X), bound(n[7], size.Y)
	box := image.Rect(left, top, bound(left+bound(n[8], size.X), size.X), bound(top+bound(n[9], size.Y), size.Y))
	if box.Empty() {
		return Word{}, false
	}
	return Word{Text: text, Confidence: c, Box: box}, true
}

func bound(v, limit int) int { return min(max(v, 0), limit) }
