package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/cmd/run"
	"chiron/cmd/settings"
	"chiron/eval"
	"chiron/eval/site"
	"chiron/inference"
	"chiron/inference/tiny"

	"github.com/spf13/cobra"
)

func demoCommand() *cobra.Command {
	var stay, unaided bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Start everything on loopback, run the demo's tasks on the bundled site, and check them against its server",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := configOf(cmd)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("stay") {
				stay = terminal(os.Stdout)
			}
			if err := demo(cmd.Context(), cfg, cmd.OutOrStdout(), stay, unaided); err != nil {
				return exit.With(exit.Failed, err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&stay, "stay", false, "stay up afterwards (default: on a terminal)")
	cmd.Flags().BoolVar(&unaided, "unaided", false, "take the written steps away: the configured actor, or the bundled model, finds the way from the goal alone")
	cmd.Flags().String("data", "./data", "data directory; the demo uses its folder demo and begins it anew")
	cmd.Flags().String("listen", "", "address of the API and the pages")
	return cmd
}

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Well-known credentials of the sample site.
const demoPassword = "correct horse 7"

// demoModel is the name of the tiny model in the demo's Ollama.
const demoModel = "chiron-tiny"

func demo(ctx context.Context, cfg settings.Config, out io.Writer, stay, unaided bool) (err error) {
	world, err := site.Listen(site.Options{Seed: 1}, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start the sample site: %w", err)
	}
	cfg.Data = filepath.Join(cfg.Data, "demo")
	if err := os.RemoveAll(cfg.Data); err != nil {
		return errors.Join(fmt.Errorf("begin the demo's data anew: %w", err), world.Close())
	}
	if err := makeData(cfg.Data); err != nil {
		return errors.Join(err, world.Close())
	}
	secret := cfg.Dir("password")
	if err := os.WriteFile(secret, []byte(demoPassword+"\n"), 0o600); err != nil {
		return errors.Join(fmt.Errorf("write the demo's secret: %w", err), world.Close())
	}
	cfg.Secrets = []settings.SecretConfig{{Name: "password", File: secret, Origins: []string{world.Running().URL}}}
	cfg.Log.Level, cfg.Inference.Uncertified = "warn", true // the tiny model knows nothing, and must not be believed
	if cfg.Listen, err = freeListen(cfg.Listen); err != nil {
		return errors.Join(err, world.Close())
	}
	self, err := guardSelf()
	if err != nil {
		return errors.Join(err, world.Close())
	}
	a, err := newApp(cfg, version, self, io.Discard)
	if err != nil {
		return errors.Join(err, world.Close())
	}
	a.log = newLogger(cfg.Log, os.Stderr, a.discreet)
	ctx, stop := context.WithCancel(ctx)
	p := newParts(a.log)
	p.start("site", world.Run)
	p.start("chiron", a.run)
	defer func() {
		stop()
		err = errors.Join(err, p.stopAll(context.Canceled))
	}()
	return drive(ctx, a, p, world.Running(), out, stay, unaided)
}

// freeListen takes the wished address, or another port on loopback when that one is busy.
func freeListen(wish string) (string, error) {
	for _, addr := range []string{wish, "127.0.0.1:0"} {
		l, err := net.Listen("tcp", addr)
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", errors.New("no port is free on loopback")
}

// drive runs the jobs through the public API.
func drive(ctx context.Context, a *app, p *parts, world site.Running, out io.Writer, stay, unaided bool) error {
	if err := a.wait(ctx, p, a.up, time.Minute); err != nil {
		return err
	}
	url := a.server.URL()
	fmt.Fprintf(out, "Chiron is up.\n\n  live pages   %s\n  admin key    %s\n  sample site  %s  (dana / %s)\n", url, a.key, world.URL, demoPassword)
	c, err := client.New(url, a.key)
	if err != nil {
		return err
	}
	jobs := eval.DemoJobs(world)
	if unaided {
		jobs = eval.Unaided(jobs)
	}
	d := &eval.Demo{Client: c, Site: world, Out: out, Narrate: run.Narrate, Approve: true}
	outcomes, failed := d.Run(ctx, jobs)
	if ctx.Err() == nil && !unaided {
		model, err := makeTiny(ctx, a)
		if err != nil {
			failed = errors.Join(failed, err)
		} else {
			more, err := d.Run(ctx, []eval.Job{eval.TinyJob(world, model)})
			outcomes, failed = append(outcomes, more...), errors.Join(failed, err)
		}
	}
	fmt.Fprintf(out, "\n%-10s %6s %6s %9s %10s  %s\n", "ended", "steps", "calls", "seconds", "first act", "task")
	for _, o := range outcomes {
		fmt.Fprintf(out, "%-10s %6d %6d %9.1f %8.1f s  %s\n", o.Status, o.Steps, o.Calls, o.Took.Seconds(), o.FirstAct.Seconds(), o.Title)
	}
	if failed != nil {
		return fmt.Errorf("not everything was confirmed:\n%w", failed)
	}
	fmt.Fprintln(out, "\nEverything was confirmed by the site's own server.")
	if stay {
		fmt.Fprintf(out, "\nStill up at %s; Ctrl-C ends it.\n", url)
		select {
		case <-ctx.Done():
		case err := <-p.failed:
			return err
		}
	}
	return nil
}

// makeTiny puts the tiny model into the managed Ollama.
func makeTiny(ctx context.Context, a *app) (string, error) {
	if err := a.models.One().WaitReady(ctx); err != nil {
		return "", err
	}
	path := a.cfg.Dir("tiny.gguf")
	if err := tiny.Write(path, 1); err != nil {
		return "", fmt.Errorf("write the tiny model: %w", err)
	}
	r := inference.Recipe{Model: demoModel, GGUF: path, Template: tiny.Template}
	return demoModel, a.models.One().Create(ctx, r, func(inference.Progress) {})
}
