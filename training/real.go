package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chiron/step"
	"chiron/training/gen"
	"chiron/training/real"
)

// realPages writes the steps of episodes whose pages are shown in a real Chromium and read as the product reads them.
func realPages(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("real", flag.ContinueOnError)
	out := f.String("out", "build/training/real.jsonl", "file to write")
	split := f.String("split", string(gen.Train), "split of the episodes")
	episodes := f.Int("episodes", 200, "episodes")
	seed := f.Uint64("seed", 1, "seed of the first one")
	sources := f.String("sources", "layout,pixels", "what each page is read from")
	chromium := f.String("chromium", "", "the Chromium binary")
	minutes := f.Float64("minutes", 0, "end after so many minutes; 0 = with the last episode")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
		return err
	}
	o := real.Options{Path: *chromium}
	for _, s := range strings.Split(*sources, ",") {
		o.Sources = append(o.Sources, step.Source(s))
	}
	r, err := gen.NewRenderer()
	if err != nil {
		return err
	}
	file, err := os.Create(*out + ".part")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<16)
	end := time.Now().Add(time.Duration(*minutes * float64(time.Minute)))
	n, steps := 0, 0
	err = inStudio(ctx, o, func(s *real.Studio) error {
		for n < *episodes && (*minutes == 0 || time.Now().Before(end)) {
			k, err := writeTo(ctx, r, w, s, gen.Split(*split), *seed+uint64(n), 1, 1)
			if err != nil {
				return err
			}
			n, steps = n+1, steps+k
		}
		return nil
	})
	if err := errors.Join(err, w.Flush(), file.Close()); err != nil {
		return err
	}
	fmt.Printf("%s: %d episodes, %d steps\n", *out, n, steps)
	return os.Rename(*out+".part", *out)
}
