package audit_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	command "chiron/cmd/audit"
	"chiron/journal"
	"chiron/policy/audit"
	"chiron/step"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// record makes a data directory in which a journal's verdict was followed by an audit log.
func record(t *testing.T, data string) {
	t.Helper()
	j, err := journal.New(journal.Options{Dir: filepath.Join(data, "journal")})
	if err != nil {
		t.Fatal(err)
	}
	w, err := audit.New(audit.Options{Dir: filepath.Join(data, "audit"), Source: j, Every: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	journalEnded, auditEnded := make(chan error, 1), make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { journalEnded <- j.Run(running) }()
	<-j.Ready()
	if _, _, err := j.Create(ctx, step.Task{ID: "t1", Goal: "g", Start: "http://127.0.0.1:1/"}.Normalise(), ""); err != nil {
		t.Fatal(err)
	}
	v := step.Verdict{ID: "V1", Decision: step.Deny, Action: step.Act{Action: step.Wait{Seconds: 1}}, Principal: "agent"}
	if err := j.Record(ctx, "t1", 1, v); err != nil {
		t.Fatal(err)
	}
	following, unfollow := context.WithCancel(ctx)
	go func() { auditEnded <- w.Run(following) }()
	for tick := time.NewTicker(5 * time.Millisecond); w.Checkpoint() == ""; <-tick.C {
		if ctx.Err() != nil {
			t.Fatal("nothing was signed")
		}
	}
	unfollow()
	err = <-auditEnded
	stop()
	if err := errors.Join(err, <-journalEnded); err != nil {
		t.Fatal(err)
	}
}

func run(data string, args ...string) (string, error) {
	cmd := command.Command(func(*cobra.Command) (string, error) { return data, nil })
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

func TestALogIsVerifiedAndProvedOffline(t *testing.T) {
	data := t.TempDir()
	record(t, data)
	kept := filepath.Join(t.TempDir(), "checkpoint")
	if out, err := run(data, "verify", "--out", kept); err != nil || !strings.Contains(out, `"records": 1`) {
		t.Fatalf("%s %v", out, err)
	}
	if out, err := run(data, "verify", "--saved", kept); err != nil || !strings.Contains(out, `"saved": 1`) {
		t.Fatalf("%s %v", out, err)
	}
	proof, err := run(data, "prove", "V1")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "proof.json")
	if err := os.WriteFile(file, []byte(proof), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(data, "check", file); err != nil || !strings.Contains(out, `"verdict": "V1"`) {
		t.Fatalf("%s %v", out, err)
	}
	if _, err := run(data, "prove", "V2"); !errors.Is(err, audit.ErrNoVerdict) {
		t.Errorf("got %v", err)
	}
	records := filepath.Join(data, "audit", "records")
	text, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(records, bytes.Replace(text, []byte(`"deny"`), []byte(`"permit"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(data, "verify"); !errors.Is(err, audit.ErrTampered) {
		t.Errorf("got %v", err)
	}
	if _, err := run(t.TempDir(), "verify"); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("got %v", err)
	}
}
