// Package shot is the codec of screenshots. Every step takes one, and what is drawn over it must be packed again. Chromium writes
// them in one way (8-bit RGB, not interlaced), which is unpacked and packed here in a third of the time that image/png takes for any
// PNG.
package shot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"image"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

const signature = "\x89PNG\r\n\x1a\n"

// errPNG says that a picture is not of the kind that Chromium writes, or is damaged.
var errPNG = errors.New("not a screenshot")

// MaxPixels bounds a picture before anything is unpacked.
const MaxPixels = 16 << 20

// Shot is an unpacked screenshot, with what unpacking takes; all but the pixels, which may be taken out, is used again. The zero value
// is ready to unpack. It is used by one goroutine at a time.
type Shot struct {
	Pixels  *image.RGBA // opaque
	w, h    int
	inflate io.ReadCloser
}

// Of is a screenshot of opaque pixels that begin at (0,0).
func Of(pixels *image.RGBA) *Shot {
	size := pixels.Rect.Size()
	return &Shot{Pixels: pixels, w: size.X, h: size.Y}
}

// Packer is what packing takes: more than a megabyte, which is used again. It serves one goroutine at a time.
type Packer [2]*flate.Writer

func (s *Shot) row(y int) []byte { return s.Pixels.Pix[y*s.Pixels.Stride : y*s.Pixels.Stride+4*s.w] }

// Unpack reads a screenshot as Chromium writes it; any other picture is an error.
func (s *Shot) Unpack(data []byte) error {
	rows, err := s.chunks(data)
	if err == nil {
		err = s.rows(rows)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errPNG, err)
	}
	return nil
}

// rows unpacks the rows and makes pixels of them.
func (s *Shot) rows(deflated []byte) error {
	in, err := s.open(deflated)
	if err != nil {
		return err
	}
	s.Pixels = image.NewRGBA(image.Rect(0, 0, s.w, s.h))
	above, line := make([]byte, 1+s.w*bpp), make([]byte, 1+s.w*bpp)
	for y := range s.h {
		if _, err := io.ReadFull(s.inflate, line); err != nil {
			return err
		}
		if err := undo(line[0], line[1:], above[1:]); err != nil {
			return err
		}
		if y > 0 && bytes.Equal(line[1:], above[1:]) { // most rows of most screens
			copy(s.row(y), s.row(y-1))
		} else {
			spread(s.row(y), line[1:])
		}
		above, line = line, above
	}
	if n, err := s.inflate.Read(make([]byte, 1)); n != 0 || err != io.EOF || in.Len() < 4 {
		return fmt.Errorf("too many rows or no end (%v)", err)
	}
	return nil
}

// open begins to inflate. The checksum at the end of the stream is not compared: those of the chunks were, over the same bytes
// before they were inflated, and inflated there are eighty times as many.
func (s *Shot) open(deflated []byte) (*bytes.Reader, error) {
	if len(deflated) < 2 || deflated[0]&0x0f != 8 || deflated[0]>>4 > 7 || deflated[1]&0x20 != 0 || binary.BigEndian.Uint16(deflated)%31 != 0 {
		return nil, errors.New("its rows are not deflated")
	}
	in := bytes.NewReader(deflated[2:])
	if again, ok := s.inflate.(flate.Resetter); ok {
		return in, again.Reset(in, nil)
	}
	s.inflate = flate.NewReader(in)
	return in, nil
}

// chunks checks the frame of a PNG, takes its size and returns its compressed rows.
func (s *Shot) chunks(data []byte) (rows []byte, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(signature))
	if !ok {
		return nil, errors.New("no PNG")
	}
	rows = make([]byte, 0, len(data))
	for first := true; ; first = false {
		if len(rest) < 12 {
			return nil, io.ErrUnexpectedEOF
		}
		n := binary.BigEndian.Uint32(rest)
		if uint64(n)+12 > uint64(len(rest)) {
			return nil, io.ErrUnexpectedEOF
		}
		name, body := string(rest[4:8]), rest[8:8+n]
		if crc32.ChecksumIEEE(rest[4:8+n]) != binary.BigEndian.Uint32(rest[8+n:]) {
			return nil, fmt.Errorf("the checksum of %q is wrong", name)
		}
		rest = rest[12+n:]
		switch {
		case first != (name == "IHDR"):
			return nil, errors.New("its header is not where it belongs")
		case first:
			if err := s.header(body); err != nil {
				return nil, err
			}
		case name == "IDAT":
			rows = append(rows, body...)
		case name == "IEND":
			return rows, nil
		case name[0]&0x20 == 0 || name == "tRNS":
			return nil, fmt.Errorf("unexpected %q", name)
		}
	}
}

func (s *Shot) header(b []byte) error {
	if len(b) != 13 {
		return errors.New("the header has another length")
	}
	w, h := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if w == 0 || h == 0 || uint64(w)*uint64(h) > MaxPixels {
		return fmt.Errorf("%d×%d pixels are too many or none", w, h)
	}
	if !bytes.Equal(b[8:], []byte(kind)) {
		return errors.New("it is not 8-bit RGB without interlace")
	}
	s.w, s.h = int(w), int(h)
	return nil
}

// kind is how a header says 8-bit RGB, deflate, the five filters, no interlace.
const kind = "\x08\x02\x00\x00\x00"

const bpp = 3 // bytes of a pixel

// undo takes one row's filter off, in place.
func undo(filter byte, row, above []byte) error {
	switch filter {
	case 0:
	case 1:
		var x, y, z byte
		for ; len(row) >= bpp; row = row[bpp:] {
			x, y, z = x+row[0], y+row[1], z+row[2]
			row[0], row[1], row[2] = x, y, z
		}
	case 2:
		add(row, above)
	case 3:
		for i := range row {
			left := 0
			if i >= bpp {
				left = int(row[i-bpp])
			}
			row[i] += byte((left + int(above[i])) / 2)
		}
	case 4:
		undoPaeth(row, above)
	default:
		return fmt.Errorf("there is no filter %d", filter)
	}
	return nil
}

// add adds b to a, byte by byte, eight at a time.
func add(a, b []byte) {
	const low = 0x7f7f7f7f7f7f7f7f
	b = b[:len(a)]
	for len(a) >= 8 && len(b) >= 8 {
		x, y := binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b)
		binary.LittleEndian.PutUint64(a, ((x&low)+(y&low))^((x^y)&^low))
		a, b = a[8:], b[8:]
	}
	for i := range a {
		a[i] += b[i]
	}
}

// undoPaeth takes the filter off that predicts each byte from three neighbours. Where the row above is of one colour and nothing
// differs, two pixels at a time repeat the one before.
func undoPaeth(row, above []byte) {
	const two = 1<<48 - 1
	above = above[:len(row)]
	for i := range min(bpp, len(row)) {
		row[i] += above[i]
	}
	for i := bpp; i < len(row); {
		if i+8 <= len(row) {
			d, up, corner := binary.LittleEndian.Uint64(row[i:]), binary.LittleEndian.Uint64(above[i:]), binary.LittleEndian.Uint64(above[i-bpp:])
			if d&two == 0 && (up^corner)&two == 0 {
				left := uint64(binary.LittleEndian.Uint32(row[i-bpp:]) & 0xffffff)
				binary.LittleEndian.PutUint64(row[i:], left|left<<24|d&^two)
				i += 2 * bpp
				continue
			}
		}
		row[i] += paeth(row[i-bpp], above[i], above[i-bpp])
		i++
	}
}

func paeth(left, above, corner byte) byte {
	l, a := int(above)-int(corner), int(left)-int(corner)
	c := abs(l + a)
	l, a = abs(l), abs(a)
	switch {
	case l <= a && l <= c:
		return left
	case a <= c:
		return above
	}
	return corner
}

func abs(n int) int { return max(n, -n) }

// spread writes a row as opaque RGBA, two pixels at a time.
func spread(out, row []byte) {
	for len(row) >= 8 && len(out) >= 8 {
		v := binary.LittleEndian.Uint64(row)
		binary.LittleEndian.PutUint64(out, v&0xffffff|(v>>24&0xffffff)<<32|0xff000000_ff000000)
		out, row = out[8:], row[2*bpp:]
	}
	for len(row) >= bpp && len(out) >= 4 {
		o, r := out[:4:4], row[:3:3]
		o[0], o[1], o[2], o[3] = r[0], r[1], r[2], 0xff
		out, row = out[4:], row[bpp:]
	}
}

// Pack writes the screenshot from its pixels, its two halves at the same time.
func (s *Shot) Pack(p *Packer) ([]byte, error) {
	var halves [2]packed
	var errs [2]error
	var waiting sync.WaitGroup
	for i := range halves {
		waiting.Go(func() { halves[i], errs[i] = s.deflate(&p[i], i*s.h/2, (i+1)*s.h/2) })
	}
	waiting.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	body := append([]byte("\x78\x01"), halves[0].data...)
	body = append(body, halves[1].data...)
	body = binary.BigEndian.AppendUint32(body, joined(halves[0].sum, halves[1].sum, halves[1].rows*(1+s.w*bpp)))
	out := append(make([]byte, 0, len(body)+100), signature...)
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(s.w)), uint32(s.h))
	out = chunk(out, "IHDR", append(size, kind...))
	out = chunk(out, "IDAT", body)
	return chunk(out, "IEND", nil), nil
}

// packed is a part of the compressed rows.
type packed struct {
	data []byte
	sum  uint32 // Adler-32 of the rows as they were before
	rows int
}

// deflate compresses the rows [from, to), each as its difference to the row above. What is not the last part stops at a whole byte,
// so that the rest can follow.
func (s *Shot) deflate(half **flate.Writer, from, to int) (packed, error) {
	var out bytes.Buffer
	out.Grow(s.w * (to - from) * bpp / 16)
	if *half == nil {
		var err error
		if *half, err = flate.NewWriter(&out, flate.BestSpeed); err != nil {
			return packed{}, err
		}
	}
	z, line := *half, make([]byte, 1+s.w*bpp)
	z.Reset(&out)
	above := make([]byte, 4*s.w)
	if from > 0 {
		above = s.row(from - 1)
	}
	again := append([]byte{2}, line[1:]...) // a row that is the one above
	againSum, sum := adler32.Checksum(again), uint32(1)
	for y := from; y < to; y++ {
		row, next, nextSum := s.row(y), again, againSum
		if !bytes.Equal(row, above) {
			difference(line, row, above)
			next, nextSum = line, adler32.Checksum(line)
		}
		above, sum = row, joined(sum, nextSum, len(next))
		if _, err := z.Write(next); err != nil {
			return packed{}, err
		}
	}
	end := z.Flush
	if to == s.h {
		end = z.Close
	}
	err := end()
	return packed{out.Bytes(), sum, to - from}, err
}

// difference writes a row as PNG's filter "up", two pixels at a time.
func difference(line, row, above []byte) {
	const high = 0x80808080_80808080
	line[0] = 2
	o := line[1:]
	for len(o) >= 8 && len(row) >= 8 && len(above) >= 8 {
		a, b := binary.LittleEndian.Uint64(row), binary.LittleEndian.Uint64(above)
		d := ((a | high) - (b &^ high)) ^ ((a ^ ^b) & high) // byte by byte: no borrow crosses a byte
		binary.LittleEndian.PutUint64(o, d&0xffffff|(d>>32&0xffffff)<<24)
		o, row, above = o[2*bpp:], row[8:], above[8:]
	}
	for ; len(o) >= bpp && len(row) >= 4 && len(above) >= 4; o, row, above = o[bpp:], row[4:], above[4:] {
		o[0], o[1], o[2] = row[0]-above[0], row[1]-above[1], row[2]-above[2]
	}
}

// joined is the Adler-32 of two texts in a row, the second of n bytes, from theirs; as zlib's adler32_combine.
func joined(first, second uint32, n int) uint32 {
	const base = 65521
	rest := uint32(n % base)
	low := first&0xffff + second&0xffff + base - 1
	high := rest*(first&0xffff)%base + first>>16 + second>>16 + base - rest
	return low%base | high%base<<16
}

func chunk(out []byte, kind string, body []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	from := len(out)
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
}
