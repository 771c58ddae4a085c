package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chiron/step"
	"chiron/training/gen"
	"chiron/training/real"
)

// pictures writes screenshots of pages in Chromium and what stands where on them: a file of lines of JSON, and beside it one of PNGs,
// in 16 greys, one after the other.
func pictures(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("pictures", flag.ContinueOnError)
	out := f.String("out", "build/training/pictures.jsonl", "file to write; the PNGs lie beside it in a file that ends in .bin")
	split := f.String("split", string(gen.Train), "split of the episodes")
	count := f.Int("count", 1000, "pictures")
	each := f.Int("each", 2, "pictures of an episode, at most")
	seed := f.Uint64("seed", 1, "seed of the first episode")
	chromium := f.String("chromium", "", "the Chromium binary")
	minutes := f.Float64("minutes", 0, "end after so many minutes; 0 = with the last picture")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
		return err
	}
	lines, err := os.Create(*out + ".part") // whole once it has its name, and the PNGs with it
	if err != nil {
		return err
	}
	defer lines.Close()
	data, err := os.Create(strings.TrimSuffix(*out, ".jsonl") + ".bin")
	if err != nil {
		return err
	}
	defer data.Close()
	album := &album{lines: bufio.NewWriter(lines), data: bufio.NewWriter(data), each: *each}
	end := time.Now().Add(time.Duration(*minutes * float64(time.Minute)))
	r, err := gen.NewRenderer()
	if err != nil {
		return err
	}
	err = inStudio(ctx, real.Options{Path: *chromium, Sources: []step.Source{step.SourceLayout}, Photo: album.keep}, func(s *real.Studio) error {
		for n := uint64(0); album.kept < *count && (*minutes == 0 || time.Now().Before(end)); n++ {
			album.of = 0
			if _, err := writeTo(ctx, r, io.Discard, s, gen.Split(*split), *seed+n, 1, 1); err != nil && !errors.Is(err, errEnough) {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, album.lines.Flush(), album.data.Flush(), lines.Close(), data.Close()); err != nil {
		return err
	}
	fmt.Printf("%s: %d pictures, %d kB\n", *out, album.kept, album.at/1000)
	return os.Rename(*out+".part", *out)
}

// inStudio runs f with a Chromium that this program guards.
func inStudio(ctx context.Context, o real.Options, f func(*real.Studio) error) error {
	dir, err := os.MkdirTemp("", "real-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err := errors.Join(err, os.Chmod(dir, 0o711)); err != nil { // Chromium's user must enter it
		return err
	}
	o.Self, o.Dir = []string{self, "guard"}, dir
	return real.Run(ctx, o, f)
}

// errEnough ends an episode of which there are pictures enough.
var errEnough = errors.New("there are pictures enough of this episode")

type album struct {
	lines, data    *bufio.Writer
	each, of, kept int
	at             int
}

type pictured struct {
	Role string `json:"role"`
	Name string `json:"name"` // several, for an icon, with bars between them
	Box  [4]int `json:"box"`  // left, top, right, bottom
}

// keep is a real.Photo.
func (a *album) keep(frame step.Frame, things []real.Shown) error {
	if a.of >= a.each {
		return errEnough
	}
	img, err := png.Decode(bytes.NewReader(frame.Data))
	if err != nil {
		return err
	}
	greys := make(color.Palette, 16)
	for i := range greys {
		greys[i] = color.Gray{Y: uint8(i * 17)}
	}
	small := image.NewPaletted(img.Bounds(), greys)
	draw.Draw(small, small.Rect, img, img.Bounds().Min, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small); err != nil {
		return err
	}
	listed := make([]pictured, 0, len(things))
	for _, t := range things {
		listed = append(listed, pictured{t.Role, strings.Join(t.Names, "|"), [4]int{t.Box.X, t.Box.Y, t.Box.X + t.Box.W, t.Box.Y + t.Box.H}})
	}
	line, err := json.Marshal(map[string]any{"at": a.at, "size": b.Len(), "things": listed})
	if err != nil {
		return err
	}
	a.lines.Write(append(line, '\n'))
	n, err := a.data.Write(b.Bytes())
	a.at += n
	a.of, a.kept = a.of+1, a.kept+1
	return err
}
