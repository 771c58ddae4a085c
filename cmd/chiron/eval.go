package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/cmd/settings"
	"chiron/cmd/sights"
	"chiron/eval"
	"chiron/eval/suite"
	"chiron/eval/suites"
	"chiron/step"

	"github.com/spf13/cobra"
)

type evalFlags struct {
	suite, actor, source, state, out string
	tasks                            []string
	wordings                         []int
	parallel, repeat                 int
	least                            float64
}

func evalCommand() *cobra.Command {
	var f evalFlags
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Run a task suite on the bundled site and grade it against the site's server",
		Long: "Runs the tasks of a suite with an own server on loopback, each on a fresh site, and grades results, pages, acts and the\n" +
			"site's truth. Scripted actors (oracle, random, obeying, beside, slow, malformed) need no model; any other name is a model.",
		Example: "  chiron eval --actor oracle --source pixels --repeat 3\n  chiron eval --actor qwen3-vl:4b --state run.jsonl --out run.json\n" +
			"  chiron eval compare before.json after.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := configOf(cmd)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), cfg, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.suite, "suite", "desk", "shipped suite, or a YAML file")
	flags.StringArrayVar(&f.tasks, "task", nil, "only tasks whose id matches this pattern; repeat")
	flags.StringVar(&f.actor, "actor", "oracle", "scripted actor or name of a model")
	flags.StringVar(&f.source, "source", "layout", "layout, pixels or both")
	flags.IntSliceVar(&f.wordings, "wording", []int{1}, "which of the three wordings of each goal")
	flags.IntVar(&f.parallel, "parallel", 2, "cases at the same time")
	flags.IntVar(&f.repeat, "repeat", 1, "how often")
	flags.StringVar(&f.state, "state", "", "file of finished cases; a run that was interrupted goes on there")
	flags.StringVar(&f.out, "out", "", "write the report as JSON to this file")
	flags.Float64Var(&f.least, "least", 0, "exit with an error below this share of success (0 to 1)")
	cmd.PersistentFlags().String("data", "./data", "data directory; the run uses its folder eval and begins it anew")
	flags.String("listen", "", "address of the API and the pages")
	cmd.AddCommand(sights.Command(configOf, withScripts), &cobra.Command{Use: "compare BEFORE AFTER", Short: "Compare two reports", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var r [2]eval.Report
			for i, name := range args {
				data, err := os.ReadFile(name)
				if err == nil {
					err = json.Unmarshal(data, &r[i])
				}
				if err != nil {
					return exit.With(exit.Usage, fmt.Errorf("read the report %s: %w", name, err))
				}
			}
			return eval.Compare(cmd.OutOrStdout(), r[0], r[1])
		}})
	return cmd
}

func (f *evalFlags) run(ctx context.Context, cfg settings.Config, out io.Writer) error {
	s, err := f.load()
	if err != nil {
		return exit.With(exit.Usage, err)
	}
	o := eval.Options{Suite: s, Actor: f.actor, Source: step.Source(f.source), Repeat: f.repeat, State: f.state, Out: out}
	for _, w := range f.wordings {
		o.Wordings = append(o.Wordings, w-1)
	}
	if o.Lab, err = eval.NewLab(f.parallel); err != nil {
		return exit.With(exit.Failed, err)
	}
	cfg.Agent.Workers = max(cfg.Agent.Workers, f.parallel)
	var report eval.Report
	err = withLab(ctx, cfg, o.Lab, scripted(f.actor), func(c *client.Client) (err error) {
		o.Client = c
		report, err = eval.Run(ctx, o)
		return err
	})
	if len(report.Cases) > 0 {
		err = errors.Join(err, f.write(report, out))
	}
	if err == nil && report.Success < f.least {
		err = fmt.Errorf("%.1f %% is less than %.1f %%", 100*report.Success, 100*f.least)
	}
	if err != nil {
		return exit.With(exit.Failed, err)
	}
	return nil
}

func scripted(actor string) bool {
	switch actor {
	case "oracle", "random", "obeying", "beside", "slow", "malformed":
		return true
	}
	return false
}

// load reads the suite, from a file or from the shipped ones.
func (f *evalFlags) load() (suite.Suite, error) {
	var data []byte
	var err error
	if strings.HasSuffix(f.suite, ".yaml") {
		data, err = os.ReadFile(f.suite)
	} else {
		data, err = suites.Files.ReadFile(f.suite + ".yaml")
	}
	if err != nil {
		return suite.Suite{}, fmt.Errorf("there is no suite %q: %w", f.suite, err)
	}
	s, err := suite.Parse(data)
	if err != nil {
		return s, err
	}
	return s.Select(f.tasks...)
}

func (f *evalFlags) write(r eval.Report, out io.Writer) error {
	fmt.Fprintln(out)
	err := r.Table(out)
	if f.out == "" {
		return err
	}
	data, jerr := json.MarshalIndent(r, "", "  ")
	if jerr == nil {
		jerr = os.WriteFile(f.out, append(data, '\n'), 0o644)
	}
	return errors.Join(err, jerr)
}

// withScripts is withLab with a small lab whose models are scripts.
func withScripts(ctx context.Context, cfg settings.Config, fn func(*client.Client) error) error {
	lab, err := eval.NewLab(1)
	if err != nil {
		return err
	}
	return withLab(ctx, cfg, lab, true, fn)
}

// lab is what a suite runs in beside the product: servers, scripted models, and the secrets that go with them.
type lab interface {
	Endpoint() string
	Secrets() []eval.Secret
	Run(context.Context) error
	Close() error
}

// withLab runs an appliance of its own beside a lab and hands its client to fn.
func withLab(ctx context.Context, cfg settings.Config, lab lab, scripts bool, fn func(*client.Client) error) error {
	a, err := labApp(cfg, lab, scripts)
	if err != nil {
		return errors.Join(err, lab.Close())
	}
	return a.beside(ctx, lab, fn)
}

// beside runs the appliance together with a lab for as long as fn takes.
func (a *app) beside(ctx context.Context, lab lab, fn func(*client.Client) error) (err error) {
	p := newParts(a.log)
	p.start("lab", lab.Run)
	p.start("chiron", a.run)
	defer func() { err = errors.Join(err, p.stopAll(context.Canceled)) }()
	if err := a.wait(ctx, p, a.up, time.Minute); err != nil {
		return err
	}
	c, err := client.New(a.server.URL(), a.key)
	if err != nil {
		return err
	}
	return fn(c)
}

// labApp joins an appliance whose vault holds the lab's secrets, with the lab's scripts for models if they are wanted.
func labApp(cfg settings.Config, lab lab, scripts bool) (*app, error) {
	return labAppTo(cfg, lab, scripts, os.Stderr)
}

func labAppTo(cfg settings.Config, lab lab, scripts bool, tell io.Writer) (*app, error) {
	cfg.Data = filepath.Join(cfg.Data, "eval")
	if err := os.RemoveAll(cfg.Data); err != nil {
		return nil, fmt.Errorf("begin the data anew: %w", err)
	}
	if err := makeData(cfg.Data); err != nil {
		return nil, err
	}
	for _, s := range lab.Secrets() {
		file := cfg.Dir("secret-" + s.Name)
		if err := os.WriteFile(file, []byte(s.Value+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("write a secret of the sample site: %w", err)
		}
		cfg.Secrets = append(cfg.Secrets, settings.SecretConfig{Name: s.Name, File: file, Origins: s.Origins, Field: s.Field})
	}
	cfg.Inference.Uncertified = true // a yardstick measures any model
	if scripts {
		cfg.Inference.Endpoint, cfg.Inference.More = lab.Endpoint(), nil
	}
	if cfg.Log.Level == "info" {
		cfg.Log.Level = "warn"
	}
	var err error
	if cfg.Listen, err = freeListen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	self, err := guardSelf()
	if err != nil {
		return nil, err
	}
	return newApp(cfg, version, self, tell)
}
