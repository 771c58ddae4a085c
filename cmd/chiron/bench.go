package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"chiron/cmd/exit"
	"chiron/cmd/scale"
	"chiron/eval/bench"

	"github.com/spf13/cobra"
)

// benchCommand measures this program; `make bench` calls it.
func benchCommand() *cobra.Command {
	var out, module string
	var only []string
	var slots int
	cmd := &cobra.Command{
		Use:    "bench",
		Short:  "Measure this program against a bare loop and its promises",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := configOf(cmd)
			if err != nil {
				return err
			}
			own, err := os.Executable()
			if err != nil {
				return exit.With(exit.Failed, fmt.Errorf("find this program: %w", err))
			}
			f := evalFlags{suite: "desk"}
			s, err := f.load()
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			dir, err := filepath.Abs(cfg.Data)
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			if _, err := os.Stat(filepath.Join(module, "go.mod")); errors.Is(err, fs.ErrNotExist) {
				module = ""
			}
			weigh := func(ctx context.Context, dir string, slots int) (bench.Scale, error) {
				binary, err := findOllama(cfg.Inference.Ollama)
				self, selfErr := guardSelf()
				if err = errors.Join(err, selfErr); err != nil {
					return nil, err
				}
				return scale.Open(ctx, scale.Options{Ollama: binary, Self: self, Source: module, Dir: dir, Slots: slots})
			}
			sheet, err := bench.Run(cmd.Context(), bench.Options{Binary: own, Chromium: cfg.Browser.Chromium, Dir: dir, Module: module, Suite: s, Only: only, Out: cmd.ErrOrStderr(), Scale: weigh, Slots: slots})
			if sheet != nil {
				err = errors.Join(err, sheet.Write(out), sheet.Table(cmd.OutOrStdout()))
			}
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "build/bench.json", "file of the figures")
	cmd.Flags().StringSliceVar(&only, "only", nil, "measure these parts alone: "+strings.Join(bench.Parts(), ", "))
	cmd.Flags().IntVar(&slots, "slots", 0, "prompts that the weighing Ollama keeps; 0 is one for each task beside the others, 1 the control without")
	cmd.Flags().StringVar(&module, "module", ".", "source directory, for the rooms' own benchmarks")
	cmd.Flags().String("data", "./data", "data directory; the run uses its folder bench and begins it anew")
	return cmd
}
