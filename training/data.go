package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"chiron/training/gen"
)

// data writes shards of training episodes and one file for each held-out split.
func data(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("data", flag.ContinueOnError)
	out := f.String("out", "build/training/data", "folder to write")
	shards := f.Int("shards", 16, "files of training episodes")
	episodes := f.Int("episodes", 4000, "episodes in each file of training")
	held := f.Int("held", 400, "episodes in the file of each held-out split")
	seed := f.Uint64("seed", 1, "seed of the first training episode; each episode takes the next one")
	stdout := f.Bool("stdout", false, "write one shard to the standard output, and no files")
	few := f.Bool("small", false, "with -stdout: only small applications")
	if err := f.Parse(args); err != nil {
		return err
	}
	r, err := gen.NewRenderer()
	if err != nil {
		return err
	}
	if *stdout {
		w := bufio.NewWriterSize(os.Stdout, 1<<20)
		first, by := *seed<<32, uint64(1)
		if *few {
			first, by = first-first%gen.Small, gen.Small
		}
		_, err := writeTo(ctx, r, w, nil, gen.Train, first, by, *episodes)
		return errors.Join(err, w.Flush())
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	for i := range *shards {
		first := *seed<<32 + uint64(i**episodes)
		if err := write(ctx, r, filepath.Join(*out, fmt.Sprintf("train-%03d.jsonl", i)), gen.Train, first, *episodes); err != nil {
			return err
		}
	}
	for _, split := range gen.Splits()[1:] {
		if err := write(ctx, r, filepath.Join(*out, string(split)+".jsonl"), split, HeldSeed, *held); err != nil {
			return err
		}
	}
	return nil
}

// HeldSeed is where the seeds of held-out episodes begin.
const HeldSeed = 1 << 20

// write writes the steps of n episodes to a file, which appears when it is whole. A file that exists is left alone.
func write(ctx context.Context, r *gen.Renderer, path string, split gen.Split, seed uint64, n int) (err error) {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	steps, err := writeTo(ctx, r, w, nil, split, seed, 1, n)
	if err := errors.Join(err, w.Flush(), f.Close()); err != nil {
		return err
	}
	fmt.Printf("%s: %d episodes, %d steps\n", path, n, steps)
	return os.Rename(path+".part", path)
}

// writeTo writes the steps of n episodes whose seeds are so far apart, as an eye sees their pages; nil is the generator's own.
func writeTo(ctx context.Context, r *gen.Renderer, w io.Writer, eye gen.Eye, split gen.Split, seed, by uint64, n int) (steps int, err error) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range uint64(n) {
		if err := ctx.Err(); err != nil {
			return steps, err
		}
		episode, err := gen.New(split, seed+i*by)
		if err != nil {
			return steps, err
		}
		if eye != nil {
			episode.Through(eye)
		}
		samples, err := episode.Samples(ctx, r)
		if err != nil {
			return steps, err
		}
		for _, s := range samples {
			if err := e.Encode(s); err != nil {
				return steps, err
			}
		}
		steps += len(samples)
	}
	return steps, nil
}
