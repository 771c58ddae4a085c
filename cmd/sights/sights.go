// Package sights is the command line of perception's score.
package sights

import (
	"context"
	"errors"
	"fmt"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/cmd/settings"
	"chiron/eval/sight"

	"github.com/spf13/cobra"
)

// Command returns "screens": it scores what is read from screens against Chromium's accessibility tree. config reads the
// configuration, with runs an appliance of its own and hands over its client.
func Command(config func(*cobra.Command) (settings.Config, error), with func(context.Context, settings.Config, func(*client.Client) error) error) *cobra.Command {
	var packages, out string
	var only []string
	cmd := &cobra.Command{
		Use:   "screens",
		Short: "Score what is read from screens against Chromium's accessibility tree",
		Long: "Shows screens of the bundled site and pages from packages that nobody here wrote (`make screens` installs them) to the\n" +
			"product and to a second Chromium, whose accessibility tree is the truth, and prints recall and precision of both sources.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config(cmd)
			if err != nil {
				return err
			}
			var t sight.Table
			err = with(cmd.Context(), cfg, func(c *client.Client) (err error) {
				t, err = sight.Run(cmd.Context(), sight.Options{Client: c, Chromium: cfg.Browser.Chromium, Packages: packages, Only: only, Out: cmd.OutOrStdout()})
				return err
			})
			if len(t.Rows) > 0 {
				fmt.Fprintln(cmd.OutOrStdout())
				err = errors.Join(err, t.Write(cmd.OutOrStdout()))
			}
			err = errors.Join(err, t.Save(out))
			if err == nil && len(only) == 0 {
				err = t.Enough()
			}
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&packages, "packages", "build/screens/node_modules", "folder of the packages with foreign pages")
	cmd.Flags().StringVar(&out, "out", "", "write the table as JSON to this file, with all that was missed")
	cmd.Flags().StringArrayVar(&only, "screen", nil, "only screens whose name matches this pattern; repeat")
	return cmd
}
