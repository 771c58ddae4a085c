// Package stop is the command line of the kill switch.
package stop

import (
	"errors"
	"fmt"
	"os"

	"chiron/client"

	"github.com/spf13/cobra"
)

// Command returns "stop": it stops everything on a running server at once, or releases it.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stop --all | --release",
		Short: "Stop everything at once, or release it",
		Long: "After stop --all no act happens any more on the server, whatever was permitted before, and a restart does not change\n" +
			"that. stop --release lets tasks go on; it takes the admin key.",
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	all := flags.Bool("all", false, "stop every task")
	release := flags.Bool("release", false, "let tasks go on")
	reason := flags.String("reason", "", "why; shown to everybody who asks for the state")
	url := flags.String("url", "", "address of the server (CHIRON_URL, default http://127.0.0.1:8787)")
	key := flags.String("key", "", "API key (CHIRON_KEY)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *all == *release {
			return errors.New("say either --all or --release")
		}
		c, err := client.New(first(*url, os.Getenv("CHIRON_URL"), "http://127.0.0.1:8787"), first(*key, os.Getenv("CHIRON_KEY")))
		if err != nil {
			return err
		}
		if *all {
			if err := c.Stop(cmd.Context(), *reason); err != nil {
				return fmt.Errorf("NOT stopped: %w", err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "everything is stopped; `chiron stop --release` lets it go on")
			return err
		}
		if err := c.Release(cmd.Context()); err != nil {
			return fmt.Errorf("not released: %w", err)
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), "released")
		return err
	}
	return cmd
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
