package paint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"image"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
)

// Every step takes a screenshot, and masked ones must be packed again. Chromium writes them in one way (8-bit RGB, not
// interlaced), which is unpacked and packed here in a third of the time that image/png takes for any PNG.

const signature = "\x89PNG\r\n\x1a\n"

// errPNG says that a picture is not of the kind that Chromium writes, or is damaged.
var errPNG = errors.New("not a screenshot")

// maxPixels bounds a picture before anything is unpacked.
const maxPixels = 16 << 20

// shot is an unpacked screenshot, with what unpacking and packing it takes; all but the pixels is used again.
type shot struct {
	w, h   int
	lines  []byte // for each row its filter and the filtered bytes
	pixels *image.RGBA

	inflate    io.ReadCloser
	head, tail *flate.Writer
}

func (s *shot) stride() int       { return 1 + s.w*bpp }
func (s *shot) line(y int) []byte { return s.lines[y*s.stride() : (y+1)*s.stride()] }
func (s *shot) pixelRow(y int) []byte {
	return s.pixels.Pix[y*s.pixels.Stride : y*s.pixels.Stride+4*s.w]
}

// unpack reads a screenshot. Errors wrap errPNG.
func (s *shot) unpack(data []byte) error {
	packed, err := s.chunks(data)
	if err == nil {
		err = s.rows(packed)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errPNG, err)
	}
	return nil
}

// rows unpacks the rows and makes pixels of them.
func (s *shot) rows(packed []byte) error {
	in, err := s.open(packed)
	if err != nil {
		return err
	}
	s.lines = slices.Grow(s.lines[:0], s.h*s.stride())[:s.h*s.stride()]
	s.pixels = image.NewRGBA(image.Rect(0, 0, s.w, s.h))
	above, row := make([]byte, s.w*bpp), make([]byte, s.w*bpp)
	for y := range s.h {
		line := s.line(y)
		if _, err := io.ReadFull(in, line); err != nil {
			return err
		}
		copy(row, line[1:])
		if err := undo(line[0], row, above); err != nil {
			return err
		}
		spread(s.pixelRow(y), row)
		above, row = row, above
	}
	if n, err := in.Read(make([]byte, 1)); n != 0 || err != io.EOF { // its end is where the checksum is compared
		return fmt.Errorf("too many rows or a wrong checksum (%v)", err)
	}
	return nil
}

func (s *shot) open(packed []byte) (io.Reader, error) {
	again, ok := s.inflate.(zlib.Resetter)
	if ok {
		return s.inflate, again.Reset(bytes.NewReader(packed), nil)
	}
	var err error
	s.inflate, err = zlib.NewReader(bytes.NewReader(packed))
	return s.inflate, err
}

// chunks checks the frame of a PNG, takes its size and returns its compressed rows.
func (s *shot) chunks(data []byte) (packed []byte, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(signature))
	if !ok {
		return nil, errors.New("no PNG")
	}
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
			packed = append(packed, body...)
		case name == "IEND":
			return packed, nil
		case name[0]&0x20 == 0 || name == "tRNS":
			return nil, fmt.Errorf("unexpected %q", name)
		}
	}
}

func (s *shot) header(b []byte) error {
	if len(b) != 13 {
		return errors.New("the header has another length")
	}
	w, h := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if w == 0 || h == 0 || uint64(w)*uint64(h) > maxPixels {
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
		for i := bpp; i < len(row); i++ {
			row[i] += row[i-bpp]
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
		for i := range row {
			var left, corner byte
			if i >= bpp {
				left, corner = row[i-bpp], above[i-bpp]
			}
			row[i] += paeth(left, above[i], corner)
		}
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

func paeth(left, above, corner byte) byte {
	p := int(left) + int(above) - int(corner)
	l, a, c := abs(p-int(left)), abs(p-int(above)), abs(p-int(corner))
	switch {
	case l <= a && l <= c:
		return left
	case a <= c:
		return above
	}
	return corner
}

func abs(n int) int { return max(n, -n) }

// spread writes a row as opaque RGBA.
func spread(out, row []byte) {
	for len(row) >= bpp && len(out) >= 4 {
		o, r := out[:4:4], row[:3:3]
		o[0], o[1], o[2], o[3] = r[0], r[1], r[2], 0xff
		out, row = out[4:], row[bpp:]
	}
}

// refilter writes rows [from, to) anew from the pixels, each as its difference to the row above.
func (s *shot) refilter(from, to int) {
	for y := max(from, 0); y < min(to, s.h); y++ {
		line, row := s.line(y), s.pixelRow(y)
		above := make([]byte, len(row))
		if y > 0 {
			above = s.pixelRow(y - 1)
		}
		line[0] = 2
		for x := range s.w {
			o, a, b := line[1+x*bpp:], row[4*x:4*x+4], above[4*x:4*x+4]
			for i := range bpp {
				o[i] = a[i] - b[i]
			}
		}
	}
}

// pack writes the screenshot from its rows, its two halves at the same time.
func (s *shot) pack() ([]byte, error) {
	half := s.h / 2 * s.stride()
	var low []byte
	var lowErr error
	var waiting sync.WaitGroup
	waiting.Go(func() { low, lowErr = deflate(&s.tail, nil, s.lines[half:], true) })
	body, err := deflate(&s.head, []byte("\x78\x01"), s.lines[:half], false)
	waiting.Wait()
	if err := errors.Join(err, lowErr); err != nil {
		return nil, err
	}
	body = binary.BigEndian.AppendUint32(append(body, low...), adler32.Checksum(s.lines))
	out := make([]byte, 0, len(body)+100)
	out = append(out, signature...)
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(s.w)), uint32(s.h))
	out = chunk(out, "IHDR", append(size, kind...))
	out = chunk(out, "IDAT", body)
	return chunk(out, "IEND", nil), nil
}

// deflate appends compressed data to out; what is not the end of it stops at a whole byte, so that the rest can follow.
func deflate(z **flate.Writer, out, data []byte, end bool) ([]byte, error) {
	b := bytes.NewBuffer(out)
	b.Grow(len(data) / 16)
	if *z == nil {
		var err error
		if *z, err = flate.NewWriter(b, flate.BestSpeed); err != nil {
			return nil, err
		}
	}
	(*z).Reset(b)
	if _, err := (*z).Write(data); err != nil {
		return nil, err
	}
	if !end {
		err := (*z).Flush()
		return b.Bytes(), err
	}
	err := (*z).Close()
	return b.Bytes(), err
}

func chunk(out []byte, kind string, body []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	from := len(out)
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
}
