// Package audit is the command line of the audit log: it verifies and proves offline, without a running server.
package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"chiron/policy/audit"

	"github.com/spf13/cobra"
)

// Command returns "audit". dataDir says where the data directory of a command is.
func Command(dataDir func(*cobra.Command) (string, error)) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Verify and prove what was decided, offline"}
	cmd.PersistentFlags().String("data", "", "data directory")
	cmd.PersistentFlags().String("key", "", "file with the verifier key that you kept elsewhere (default: key.pub of the log itself)")
	f := files{dataDir}
	cmd.AddCommand(f.verifyCommand(), f.proveCommand(), f.checkCommand())
	return cmd
}

type files struct {
	dataDir func(*cobra.Command) (string, error)
}

// log returns the directory of the log and the verifier key.
func (f files) log(cmd *cobra.Command) (dir, key string, err error) {
	data, err := f.dataDir(cmd)
	if err != nil {
		return "", "", err
	}
	dir = filepath.Join(data, "audit")
	from, err := cmd.Flags().GetString("key")
	if err != nil {
		return "", "", err
	}
	if from == "" {
		from = filepath.Join(dir, "key.pub")
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return "", "", fmt.Errorf("there is no verifier key: %w; name the data directory with --data, or the key with --key", err)
	}
	return dir, string(text), nil
}

func (f files) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check every record, hash and signature of the audit log",
		Long: "Checks the whole log offline. A checkpoint that was kept elsewhere (--saved) also shows whether the log was rolled\n" +
			"back to an older copy; --out writes the newest one for the next time.",
		Args: cobra.NoArgs,
	}
	saved := cmd.Flags().StringArray("saved", nil, "file with a checkpoint that was kept elsewhere; repeat for several")
	out := cmd.Flags().String("out", "", "write the newest checkpoint to this file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, key, err := f.log(cmd)
		if err != nil {
			return err
		}
		var kept []string
		for _, name := range *saved {
			text, err := os.ReadFile(name)
			if err != nil {
				return fmt.Errorf("read the saved checkpoint: %w", err)
			}
			kept = append(kept, string(text))
		}
		r, err := audit.Verify(dir, key, kept...)
		if err != nil {
			return err
		}
		if *out != "" {
			if err := os.WriteFile(*out, []byte(r.Checkpoint), 0o600); err != nil {
				return fmt.Errorf("write the checkpoint: %w", err)
			}
		}
		return show(cmd.OutOrStdout(), r)
	}
	return cmd
}

func (f files) proveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "prove VERDICT",
		Short: "Print the proof of a verdict and its outcome as JSON",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, _, err := f.log(cmd)
			if err != nil {
				return err
			}
			proofs, err := audit.Prove(dir, args[0])
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), proofs)
		},
	}
}

func (f files) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check a proof that `audit prove` printed, with the verifier key alone",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, key, err := f.log(cmd)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("read the proof: %w", err)
			}
			var proofs []audit.Proof
			if err := json.Unmarshal(data, &proofs); err != nil {
				return fmt.Errorf("read the proof %s: %w", args[0], err)
			}
			if len(proofs) == 0 {
				return errors.New("the file holds no proof")
			}
			var records []audit.Record
			for _, p := range proofs {
				r, err := p.Verify(key)
				if err != nil {
					return err
				}
				records = append(records, r)
			}
			return show(cmd.OutOrStdout(), records)
		},
	}
}

func show(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
