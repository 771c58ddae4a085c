// Package wire speaks the DevTools protocol with one Chromium over its pipe and shares that connection among sessions.
//
// A Pipe carries the messages, a Conn matches answers to calls and hands events to whom they concern, and a View is one
// browser context's part of the connection: it is what rod takes as its client. A View sees the events of its own
// context's targets and nothing of its neighbours'.
package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// MaxMessage bounds one DevTools message in bytes; a full-size PNG in base64 takes about a tenth of it.
const MaxMessage = 64 << 20

// writeTimeout bounds how long a write may wait for a Chromium that no longer reads.
const writeTimeout = 5 * time.Second

// ErrTooLong reports a message of more than MaxMessage bytes. The pipe is useless afterwards.
var ErrTooLong = errors.New("a DevTools message is too long")

// Pipe carries JSON messages that are separated by NUL bytes. Send is safe for concurrent use; Read has one caller.
type Pipe struct {
	in  *bufio.Reader
	r   io.ReadCloser
	mu  sync.Mutex
	w   io.WriteCloser
	buf []byte
	err error // of the first write that failed
}

// NewPipe returns a pipe over both directions, which it owns from then on.
func NewPipe(r io.ReadCloser, w io.WriteCloser) *Pipe {
	return &Pipe{in: bufio.NewReaderSize(r, 256<<10), r: r, w: w}
}

// OpenPipe makes the pipe and the child's two ends: commands come in on the first, which belongs on fd 3, answers go out
// on the second, fd 4. The caller closes both after the start.
func OpenPipe() (p *Pipe, child []*os.File, err error) {
	inR, inW, err := osPipe()
	if err != nil {
		return nil, nil, err
	}
	outR, outW, err := osPipe()
	if err != nil {
		unix.Close(inR)
		unix.Close(inW)
		return nil, nil, err
	}
	// Only this side polls: Chromium expects blocking descriptors.
	unix.SetNonblock(inW, true)
	unix.SetNonblock(outR, true)
	p = NewPipe(os.NewFile(uintptr(outR), "devtools-out"), os.NewFile(uintptr(inW), "devtools-in"))
	return p, []*os.File{os.NewFile(uintptr(inR), "devtools-3"), os.NewFile(uintptr(outW), "devtools-4")}, nil
}

func osPipe() (r, w int, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return 0, 0, fmt.Errorf("devtools pipe: %w", err)
	}
	return fds[0], fds[1], nil
}

// Send writes one message. It fails rather than waits for long when nobody reads on the other side; the pipe is closed
// then, since half a message may be under way, and every later Send fails at once.
func (p *Pipe) Send(data []byte) error {
	if bytes.IndexByte(data, 0) >= 0 {
		return errors.New("devtools: a message must not hold a NUL byte")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	p.buf = append(append(p.buf[:0], data...), 0)
	if f, ok := p.w.(*os.File); ok {
		f.SetWriteDeadline(time.Now().Add(writeTimeout)) // best effort: an old kernel's pipe has none
	}
	if _, err := p.w.Write(p.buf); err != nil {
		p.err = fmt.Errorf("devtools: write: %w", err)
		p.Close() // the reader ends, and with it the connection
	}
	return p.err
}

// Read returns the next message without its NUL byte; the caller owns it. io.EOF says that Chromium is gone.
func (p *Pipe) Read() ([]byte, error) {
	var msg []byte
	for {
		part, err := p.in.ReadSlice(0)
		if len(msg)+len(part) > MaxMessage {
			return nil, ErrTooLong
		}
		msg = append(msg, part...)
		switch {
		case err == nil:
			return msg[:len(msg)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed):
			return nil, io.EOF
		default:
			return nil, fmt.Errorf("devtools: read: %w", err)
		}
	}
}

// Close closes both directions; a waiting Read returns.
func (p *Pipe) Close() error { return errors.Join(p.w.Close(), p.r.Close()) }
