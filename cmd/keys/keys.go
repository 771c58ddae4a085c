// Package keys is the command line for API keys.
package keys

import (
	"cmp"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"chiron/client"

	"github.com/spf13/cobra"
)

// Command returns "keys": the admin makes, lists and revokes the keys of a running server.
func Command() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Make, list and revoke API keys",
		Long: "Who has a key may hand in tasks, watch, answer and drive. Whatever is done is recorded under the key's id, so give everybody their own."}
	url := cmd.PersistentFlags().String("url", "", "address of the server (CHIRON_URL, default http://127.0.0.1:8787)")
	key := cmd.PersistentFlags().String("key", "", "the admin key (CHIRON_KEY)")
	dial := func() (*client.Client, error) {
		return client.New(cmp.Or(*url, os.Getenv("CHIRON_URL"), "http://127.0.0.1:8787"), cmp.Or(*key, os.Getenv("CHIRON_KEY")))
	}
	var name string
	add := &cobra.Command{Use: "add ID", Short: "Make a key; it is shown once", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		c, err := dial()
		if err != nil {
			return err
		}
		plain, err := c.AddKey(cmd.Context(), args[0], name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), plain)
		return err
	}}
	add.Flags().StringVar(&name, "name", "", "whose it is, and what for")
	revoke := &cobra.Command{Use: "revoke ID", Short: "Revoke a key and end its sessions", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		c, err := dial()
		if err != nil {
			return err
		}
		return c.RevokeKey(cmd.Context(), args[0])
	}}
	list := &cobra.Command{Use: "list", Short: "List keys, without their secrets", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		c, err := dial()
		if err != nil {
			return err
		}
		all, err := c.Keys(cmd.Context())
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		for _, k := range all {
			state := "valid"
			if k.Revoked {
				state = "revoked"
			}
			if _, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", k.ID, state, k.Created.Format(time.DateOnly), k.Name); err != nil {
				return err
			}
		}
		return out.Flush()
	}}
	cmd.AddCommand(add, list, revoke)
	return cmd
}
