package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"chiron/step"
)

// pictureChunk is the size of a stored piece: below NATS's default limit of 1 MiB.
const pictureChunk = 512 << 10

// MaxPicture is the largest picture that is kept, in bytes.
const MaxPicture = 64 << 20

const (
	mimeHeader   = "Chiron-Mime"
	chunksHeader = "Chiron-Chunks"
)

// PutPicture keeps a picture under its hash (lower-case hex SHA-256). When it returns nil the picture is on disk. A
// picture that is there already is not written again.
func (s *Store) PutPicture(ctx context.Context, data []byte, mime string) (hash string, err error) {
	if len(data) == 0 || len(data) > MaxPicture {
		return "", fmt.Errorf("put picture: %w: %d bytes; a picture has 1 to %d", ErrTooLarge, len(data), MaxPicture)
	}
	hash = step.PictureHash(data)
	subject := picturePrefix + hash + "."
	if _, err := s.pictures.GetLastMsgForSubject(ctx, subject+"0"); err == nil {
		return hash, nil
	}
	chunks := (len(data) + pictureChunk - 1) / pictureChunk
	for i := chunks - 1; i >= 0; i-- { // the first piece last: where it stands, all stand
		msg := nats.NewMsg(subject + strconv.Itoa(i))
		msg.Data = data[i*pictureChunk : min((i+1)*pictureChunk, len(data))]
		msg.Header.Set(mimeHeader, mime)
		msg.Header.Set(chunksHeader, strconv.Itoa(chunks))
		_, err := s.JS.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(0))
		if err != nil && !WrongLast(err) {
			return "", fmt.Errorf("put picture: %w", Explain(err))
		}
	}
	return hash, nil
}

// Picture returns a kept picture, checked against its hash.
func (s *Store) Picture(ctx context.Context, hash string) (data []byte, mime string, err error) {
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return nil, "", fmt.Errorf("picture %.80q: %w", hash, ErrNotFound)
	}
	subject := picturePrefix + hash + "."
	first, err := s.pictures.GetLastMsgForSubject(ctx, subject+"0")
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, "", fmt.Errorf("picture %s: %w", hash, ErrNotFound)
	}
	if err != nil {
		return nil, "", fmt.Errorf("picture %s: %w", hash, Explain(err))
	}
	chunks, err := strconv.Atoi(first.Header.Get(chunksHeader))
	if err != nil || chunks > MaxPicture/pictureChunk {
		return nil, "", &CorruptError{Task: "picture " + hash, Seq: first.Sequence, Err: errors.New("the number of pieces is unreadable")}
	}
	data = first.Data
	for i := 1; i < chunks; i++ {
		msg, err := s.pictures.GetLastMsgForSubject(ctx, subject+strconv.Itoa(i))
		if err != nil {
			return nil, "", fmt.Errorf("picture %s: piece %d: %w", hash, i, Explain(err))
		}
		data = append(data, msg.Data...)
	}
	if step.PictureHash(data) != hash {
		return nil, "", &CorruptError{Task: "picture " + hash, Seq: first.Sequence, Err: errors.New("its content has another hash")}
	}
	return data, first.Header.Get(mimeHeader), nil
}
