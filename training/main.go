// Command training writes the episodes that the bundled model learns from, and plays them against a model.
//
//	go run ./training data -out build/training/data -episodes 20000 -shards 8   // shards of training, then the held-out splits
//	go run ./training real -out build/training/real.jsonl -episodes 500         // steps as they are read of pages in Chromium
//	go run ./training pictures -out build/training/pictures.jsonl -count 500    // screenshots of such pages with icons, and what stands where
//	go run ./training play -split words -episodes 200                          // a closed loop over stdin and stdout
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"chiron/guard"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard.Main(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "training:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("say what to do: data, real, pictures or play")
	}
	switch args[0] {
	case "data":
		return data(ctx, args[1:])
	case "real":
		return realPages(ctx, args[1:])
	case "pictures":
		return pictures(ctx, args[1:])
	case "play":
		return play(ctx, args[1:], os.Stdin, os.Stdout)
	}
	return fmt.Errorf("%q is none of data, real, pictures and play", args[0])
}
