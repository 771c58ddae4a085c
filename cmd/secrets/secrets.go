// Package secrets is the command line of the vault. It works offline on the vault's file; a running server takes changes
// over when it is started again.
package secrets

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"chiron/policy"
	"chiron/policy/vault"

	"github.com/spf13/cobra"
)

// maxValue bounds a value, in bytes.
const maxValue = 16 << 10

// Command returns "secrets". place says where the vault of a command lies.
func Command(place func(*cobra.Command) (vault.Place, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secrets",
		Short: "Set, list and remove secrets, and rotate the vault's key",
		Long: "Secrets are named by tasks, typed by the product at the places on their lists, and never shown again. A running\n" +
			"server takes changes over when it is started again.",
	}
	cmd.PersistentFlags().String("data", "", "data directory")
	h := hands{place}
	cmd.AddCommand(h.setCommand(), h.listCommand(), h.removeCommand(), h.rotateCommand())
	return cmd
}

type hands struct {
	place func(*cobra.Command) (vault.Place, error)
}

func (h hands) setCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set NAME --origin https://shop.example",
		Short: "Set a secret; its value is one line of standard input, or --file",
		Example: `  chiron secrets set shop_password --origin https://shop.example < password.txt
  chiron secrets set shop_code --origin https://shop.example --totp --file seed.txt`,
		Args: cobra.ExactArgs(1),
	}
	origins := cmd.Flags().StringArray("origin", nil, "origin that it may be typed at; page, frame and form target must all be listed; repeat for several")
	anyField := cmd.Flags().Bool("any-field", false, "may be typed into any field, not only into those of its kind")
	code := cmd.Flags().Bool("totp", false, "the value is a seed or otpauth URI; the one-time code of the moment is typed")
	file := cmd.Flags().String("file", "", "file with the value (default: standard input)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := h.place(cmd)
		if err != nil {
			return err
		}
		s := policy.Secret{Origins: *origins}
		if s.Value, err = read(cmd.InOrStdin(), *file); err != nil {
			return err
		}
		if *anyField {
			s.Field = "text"
		}
		if *code {
			s.Kind = policy.TOTP
		}
		if err := vault.Set(p, args[0], s); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is set; a running server knows it after its next start\n", args[0])
		return err
	}
	return cmd
}

// read returns the first line of a file or of standard input.
func read(in io.Reader, file string) (string, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the value: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, maxValue+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the value: %w", err)
	}
	if len(line) > maxValue {
		return "", fmt.Errorf("the value is longer than %d bytes", maxValue)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("there is no value: write it to standard input, or name a file with --file")
	}
	return line, nil
}

func (h hands) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the names of the secrets and where they may be typed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := h.place(cmd)
			if err != nil {
				return err
			}
			list, err := vault.List(p)
			if err != nil {
				return err
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(list)
		},
	}
}

func (h hands) removeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a secret",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := h.place(cmd)
			if err != nil {
				return err
			}
			return vault.Remove(p, args[0])
		},
	}
}

func (h hands) rotateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Make a new key and encrypt the vault for it; the old key opens it no more",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := h.place(cmd)
			if err != nil {
				return err
			}
			return vault.Rotate(p)
		},
	}
}
