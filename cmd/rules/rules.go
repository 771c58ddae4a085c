// Package rules is the command line of the policy's rules: it checks and tests bundles offline, and asks a running server
// about its decisions.
package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/configs"
	"chiron/policy"
	"chiron/policy/bundle"

	"github.com/spf13/cobra"
)

// Command returns "policy".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check, test and compare rules, and explain decisions",
		Long: "A bundle is a folder with *.cedar files and cases in tests/*.yaml; without one the shipped rules are taken. check and\n" +
			"test work offline, the others on a running server.",
	}
	var s server
	cmd.PersistentFlags().StringVar(&s.url, "url", "", "address of the server (CHIRON_URL, default http://127.0.0.1:8787)")
	cmd.PersistentFlags().StringVar(&s.key, "key", "", "API key (CHIRON_KEY)")
	cmd.AddCommand(checkCommand(), testCommand(), s.explainCommand(), s.diffCommand(), s.applyCommand(), s.rollbackCommand())
	return cmd
}

// files reads the bundle that a command line names.
func files(args []string) (map[string]string, error) {
	var fsys fs.FS = configs.Policy()
	if len(args) > 0 {
		if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
			return nil, exit.With(exit.Usage, fmt.Errorf("%s is no folder with a bundle", args[0]))
		}
		fsys = os.DirFS(args[0])
	}
	all, err := policy.BundleFiles(fsys)
	if err != nil {
		return nil, exit.With(exit.Usage, fmt.Errorf("read the bundle: %w", err))
	}
	return all, nil
}

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check [FOLDER]", Short: "Check a bundle: every rule against the schema, and its own cases", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := files(args)
			if err != nil {
				return err
			}
			b, err := policy.CheckBundle(all)
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			for _, r := range b.Rules() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", r.ID, policy.EffectOf(r), r.Reason)
			}
			fmt.Fprintf(w, "\n%d rules; the bundle is good: %s\n", len(b.Rules()), b.Hash())
			return w.Flush()
		},
	}
}

func testCommand() *cobra.Command {
	var extra string
	cmd := &cobra.Command{
		Use: "test [FOLDER]", Short: "Run the cases of a bundle and say how each came out", Args: cobra.MaximumNArgs(1),
	}
	cmd.Flags().StringVar(&extra, "cases", "", "file of further cases")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		all, err := files(args)
		if err != nil {
			return err
		}
		rules, cases := map[string]string{}, map[string]string{}
		for name, text := range all {
			if strings.HasPrefix(name, "tests/") {
				cases[name] = text
			} else {
				rules[name] = text
			}
		}
		if extra != "" {
			data, err := os.ReadFile(extra)
			if err != nil {
				return exit.With(exit.Usage, fmt.Errorf("read the cases: %w", err))
			}
			cases[extra] = string(data)
		}
		b, err := policy.CheckBundle(rules)
		if err != nil {
			return exit.With(exit.Failed, err)
		}
		return runCases(cmd.OutOrStdout(), b, cases)
	}
	return cmd
}

// runCases runs every case and fails when one comes out otherwise.
func runCases(out io.Writer, b *bundle.Bundle, files map[string]string) error {
	ran, failed := 0, 0
	for name, text := range files {
		cases, err := bundle.ParseCases([]byte(text))
		if err != nil {
			return exit.With(exit.Failed, fmt.Errorf("%s: %w", name, err))
		}
		for _, c := range cases {
			ran++
			if err := b.Run(c); err != nil {
				failed++
				fmt.Fprintf(out, "NO  %s: %s: %v\n", name, c.Name, err)
				continue
			}
			fmt.Fprintf(out, "ok  %s: %s\n", name, c.Name)
		}
	}
	fmt.Fprintf(out, "%d of %d cases come out as wanted\n", ran-failed, ran)
	if failed > 0 {
		return exit.With(exit.Failed, fmt.Errorf("%d cases do not come out as wanted", failed))
	}
	return nil
}

// server is where the other commands ask.
type server struct{ url, key string }

func (s server) client() (*client.Client, error) {
	return client.New(first(s.url, os.Getenv("CHIRON_URL"), "http://127.0.0.1:8787"), first(s.key, os.Getenv("CHIRON_KEY")))
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func (s *server) explainCommand() *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use: "explain DECISION", Short: "Say by which rules a decision was taken, and what the rules in force would say now", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.client()
			if err != nil {
				return err
			}
			e, err := c.Explain(cmd.Context(), args[0])
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			if raw {
				return printJSON(cmd.OutOrStdout(), e)
			}
			return explain(cmd.OutOrStdout(), e)
		},
	}
	cmd.Flags().BoolVar(&raw, "json", false, "print everything that is known, with what the rules were asked")
	return cmd
}

func explain(out io.Writer, e client.Explained) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	v := e.Verdict
	what := "nothing"
	if v.Action.Action != nil {
		what = string(v.Action.Kind())
	}
	if f := v.Facts.Element; f != nil {
		what += fmt.Sprintf(" the %s %q", f.Role, f.Name)
	}
	fmt.Fprintf(w, "decision\t%s, %s\n", v.ID, v.Decision)
	fmt.Fprintf(w, "act\t%s on %s\n", what, v.Facts.Origin)
	fmt.Fprintf(w, "task\t%s, step %d, %s, by %s\n", e.Task, e.Step, e.At.Format("2006-01-02 15:04:05 MST"), v.Principal)
	fmt.Fprintf(w, "because\t%s\n", v.Reason)
	fmt.Fprintf(w, "intent\t%s, %s\n", v.Intent, v.Effect)
	for _, r := range e.Rules {
		fmt.Fprintf(w, "%s\t%s: %s\n", r.ID, r.Effect, r.Reason)
	}
	for _, o := range v.Obligations {
		fmt.Fprintf(w, "duty\t%s\n", o)
	}
	switch {
	case e.Now == nil:
		fmt.Fprintf(w, "now\tthe rules were not asked, then or now\n")
	case e.Now.Bundle == v.Bundle && e.Now.Decision == v.Decision:
		fmt.Fprintf(w, "now\tthe same rules are in force, and say the same\n")
	default:
		fmt.Fprintf(w, "now\t%s by %s: %s\n", e.Now.Decision, strings.Join(e.Now.Rules, ", "), e.Now.Reason)
	}
	return w.Flush()
}

func (s *server) diffCommand() *cobra.Command {
	var last int
	var raw bool
	cmd := &cobra.Command{
		Use: "diff FOLDER", Short: "List what a bundle would have decided otherwise of the last acts", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := files(args)
			if err != nil {
				return err
			}
			c, err := s.client()
			if err != nil {
				return err
			}
			d, err := c.WhatIf(cmd.Context(), all, last)
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			if raw {
				return printJSON(cmd.OutOrStdout(), d)
			}
			return diff(cmd.OutOrStdout(), d)
		},
	}
	cmd.Flags().IntVar(&last, "last", 1000, "how many decisions, at most 10000")
	cmd.Flags().BoolVar(&raw, "json", false, "print JSON")
	return cmd
}

func diff(out io.Writer, d client.Difference) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, c := range d.Changes {
		fmt.Fprintf(w, "%s\t%s\t%s %q\t%s\t%s → %s\t%s\n", c.Decision, c.Task, c.Act, c.Element, c.Origin, c.Was, c.Would.Decision, strings.Join(c.Would.Rules, ", "))
	}
	fmt.Fprintf(w, "%d of %d decisions would be others, %d could not be asked again\n", len(d.Changes), d.Asked, d.Skipped)
	return w.Flush()
}

func (s *server) applyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "apply FOLDER", Short: "Put a bundle into force on a running server", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := files(args)
			if err != nil {
				return err
			}
			return s.change(cmd, func(c *client.Client) (string, error) { return c.PutRules(cmd.Context(), all) })
		},
	}
}

func (s *server) rollbackCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rollback HASH", Short: "Put an earlier version of the rules into force again", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.change(cmd, func(c *client.Client) (string, error) { return c.RollBackRules(cmd.Context(), args[0]) })
		},
	}
}

func (s *server) change(cmd *cobra.Command, how func(*client.Client) (string, error)) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	hash, err := how(c)
	if err != nil {
		return exit.With(exit.Failed, errors.Join(errors.New("the rules are those they were"), err))
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "in force: %s\n", hash)
	return err
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
