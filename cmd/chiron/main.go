// Command chiron is the appliance: it serves the API and the pages, runs the tasks, and speaks to a running server.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"chiron/cmd/audit"
	"chiron/cmd/brains"
	"chiron/cmd/exit"
	"chiron/cmd/keys"
	"chiron/cmd/rules"
	"chiron/cmd/run"
	"chiron/cmd/secrets"
	"chiron/cmd/settings"
	"chiron/cmd/stop"
	"chiron/guard"
	"chiron/policy/vault"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "dev"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(guard.Main(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command line and returns its exit code. Errors are one clear message on standard error.
func execute(ctx context.Context, args []string) int {
	root := rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var coded *exit.Error
	if errors.As(err, &coded) {
		if coded.Error() != "" {
			fmt.Fprintln(os.Stderr, "chiron:", coded)
		}
		return coded.Code
	}
	fmt.Fprintf(os.Stderr, "chiron: %v; see `chiron --help`\n", err)
	return exit.Usage
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "chiron",
		Short: "A GUI agent that never sends your screens to anybody's cloud",
		Long: "Chiron drives a headless Chromium with quantized models on this machine, checks every act against a policy before it\n" +
			"happens, and keeps the evidence. Start it with `chiron serve`; try it with `chiron demo`.",
		SilenceUsage: true, SilenceErrors: true,
		Version: version,
	}
	root.PersistentFlags().String("config", "", "configuration file (default ./chiron.yaml if there is one)")
	root.AddCommand(serveCommand(), run.Command(), doctorCommand(), demoCommand(), evalCommand(), benchCommand(), versionCommand(), audit.Command(dataDir), secrets.Command(vaultPlace), stop.Command(), keys.Command(), brains.Command(), rules.Command())
	return root
}

// configOf reads the configuration of a command.
func configOf(cmd *cobra.Command) (settings.Config, error) {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return settings.Config{}, err
	}
	cfg, err := settings.Load(file, cmd.Flags(), os.Environ())
	if err != nil {
		return cfg, exit.With(exit.Usage, err)
	}
	return cfg, nil
}

// dataDir is where an offline command finds its files.
func dataDir(cmd *cobra.Command) (string, error) {
	cfg, err := configOf(cmd)
	return cfg.Data, err
}

// vaultPlace is where an offline command finds the vault.
func vaultPlace(cmd *cobra.Command) (vault.Place, error) {
	cfg, err := configOf(cmd)
	return cfg.Place(), err
}

// guardSelf is the argv that reaches the guard in this program.
func guardSelf() ([]string, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return []string{own, "guard"}, nil
}

// gcPercent is Go's GOGC where the operator gives none: every look unpacks a picture of 5 MB, and what was unpacked before need not
// stand beside it for long.
const gcPercent = 40

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API and the pages, and carry out tasks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := configOf(cmd)
			if err != nil {
				return err
			}
			self, err := guardSelf()
			if err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(gcPercent)
			}
			a, err := newApp(cfg, version, self, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			go func() {
				select {
				case <-a.up:
					fmt.Fprintf(cmd.ErrOrStderr(), "  Chiron %s is at %s\n", version, a.server.URL())
				case <-cmd.Context().Done():
				}
			}()
			if err := a.run(cmd.Context()); err != nil {
				return exit.With(exit.Failed, err)
			}
			return nil
		},
	}
	cmd.Flags().String("data", "", "data directory")
	cmd.Flags().String("listen", "", "address of the API and the pages")
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "chiron", version) },
	}
}
