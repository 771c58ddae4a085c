package brains

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/mind/admission"

	"github.com/spf13/cobra"
)

// Command returns "models": list, pull and certify on a running server.
func Command() *cobra.Command {
	cmd := &cobra.Command{Use: "models", Short: "List models, get them, and examine whether they may drive"}
	url := cmd.PersistentFlags().String("url", "", "address of the server (CHIRON_URL, default http://127.0.0.1:8787)")
	key := cmd.PersistentFlags().String("key", "", "API key (CHIRON_KEY)")
	dial := func() (*client.Client, error) {
		return client.New(first(*url, os.Getenv("CHIRON_URL"), "http://127.0.0.1:8787"), first(*key, os.Getenv("CHIRON_KEY")))
	}
	work := func(kind, short, long string) *cobra.Command {
		return &cobra.Command{Use: kind + " MODEL", Short: short, Long: long, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
			c, err := dial()
			if err == nil {
				err = follow(cmd.Context(), c, kind, args[0], cmd.OutOrStdout())
			}
			if err != nil {
				return exit.With(exit.Failed, err)
			}
			return nil
		}}
	}
	queue := &cobra.Command{Use: "queue", Short: "Where models are asked, and which calls wait there", Args: cobra.NoArgs}
	owner := queue.Flags().String("owner", "", "only calls for tasks of this key's id")
	queue.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := dial()
		var l client.Lines
		if err == nil {
			l, err = c.Queue(cmd.Context(), *owner)
		}
		if err == nil {
			err = printLines(cmd.OutOrStdout(), l, time.Now())
		}
		if err != nil {
			return exit.With(exit.Failed, err)
		}
		return nil
	}
	cmd.AddCommand(queue, &cobra.Command{Use: "list", Short: "Models with their roles and certificates", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		c, err := dial()
		var all []client.Model
		if err == nil {
			all, err = c.Models(cmd.Context())
		}
		if err == nil {
			err = list(cmd.OutOrStdout(), all)
		}
		if err != nil {
			return exit.With(exit.Failed, err)
		}
		return nil
	}}, work(JobPull, "Download a model into the server's Ollama", "A pull that was broken off goes on where it stopped."),
		work(JobCertify, "Examine a model on bundled screens", "Measures validity of answers, sight by list, by marks and by coordinates with their convention, blindness, context and speed.\n"+
			"The certificate holds for the model's digest, this Ollama and the size of screens. Ends with an error where the model fails."))
	return cmd
}

// pause is the time between two questions after a job.
const pause = 300 * time.Millisecond

// follow begins a job and tells its progress to the end.
func follow(ctx context.Context, c *client.Client, kind, model string, out io.Writer) error {
	if err := c.BeginModel(ctx, kind, model); err != nil {
		return err
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		all, err := c.Models(ctx)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Job == nil || m.Name != model && trimLatest(m.Name) != model || m.Job.Kind != kind {
				continue
			}
			if said := said(*m.Job); said != last {
				last = said
				fmt.Fprintln(out, said)
			}
			switch {
			case m.Job.Error != "":
				return errors.New(m.Job.Error)
			case m.Job.Done && kind == JobCertify:
				return verdict(m.Certificate)
			case m.Job.Done:
				return nil
			}
		}
	}
}

func said(j client.ModelJob) string {
	if j.Total > 0 {
		return fmt.Sprintf("%s: %d of %d MB (%d %%)", j.Status, j.Completed>>20, j.Total>>20, 100*j.Completed/j.Total)
	}
	return j.Status
}

func verdict(certificate json.RawMessage) error {
	var c admission.Certificate
	if err := json.Unmarshal(certificate, &c); err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	if !c.OK {
		return errors.New("the model is not certified; nothing that it says will be done")
	}
	return nil
}

func list(w io.Writer, all []client.Model) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "MODEL\tSIZE\tQUANTIZATION\tROLES\tCERTIFICATE")
	for _, m := range all {
		state := "none"
		var c admission.Certificate
		if len(m.Certificate) > 0 && json.Unmarshal(m.Certificate, &c) == nil && c.Model != "" {
			if state = "refused"; c.OK {
				state = fmt.Sprintf("%s, %.0f %% valid, %.1f tokens/s", c.Sight, 100*c.Valid, c.Speed)
			}
		}
		if m.Job != nil && !m.Job.Done {
			state = m.Job.Kind + ": " + said(*m.Job)
		}
		fmt.Fprintf(tab, "%s\t%d MB\t%s\t%s\t%s\n", m.Name, m.Size>>20, m.Quantization, fmt.Sprint(m.Roles), state)
	}
	return tab.Flush()
}

func printLines(w io.Writer, l client.Lines, now time.Time) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "ENDPOINT\tSTATE\tFOR\tCALLS")
	for _, e := range l.Endpoints {
		state := "well"
		if !e.OK {
			state = "fails: " + e.Why
		}
		fmt.Fprintf(tab, "%s\t%s\t%v\t%d\n", e.Endpoint, state, now.Sub(e.Since).Round(time.Second), e.Waiting)
	}
	if len(l.Calls) > 0 {
		fmt.Fprintln(tab, "\nMODEL\tTASK\tOWNER\tPLACE\tWAITED\tEXPECTED")
	}
	for _, c := range l.Calls {
		place, soon := fmt.Sprint(c.Position), "?"
		if c.Position == 0 {
			place = "now"
		} else if c.Urgent {
			place += " (urgent)"
		}
		if c.Expected > 0 {
			soon = fmt.Sprintf("%.0f s", c.Expected)
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%v\t%s\n", c.Model, c.Task, c.Owner, place, now.Sub(c.Since).Round(time.Second), soon)
	}
	return tab.Flush()
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
