package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/cmd/places"
	"chiron/cmd/secrets"
	"chiron/cmd/settings"
	"chiron/guard"
	"chiron/inference"
	"chiron/inference/bundled"
	"chiron/policy"

	"github.com/spf13/cobra"
)

// finding is what the doctor says of one part.
type finding struct {
	Part    string `json:"part"`
	Version string `json:"version,omitempty"`
	OK      bool   `json:"ok"`
	Weak    bool   `json:"weak,omitempty"` // it works, but less well
	Says    string `json:"says,omitempty"`
	Fix     string `json:"fix,omitempty"`
}

func doctorCommand() *cobra.Command {
	var asJSON, ready bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at every part: its version, whether it works, and the fix where it does not",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := configOf(cmd)
			if err != nil {
				return err
			}
			if ready {
				return askReady(cmd.Context(), cfg)
			}
			found := examine(cmd.Context(), cfg)
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				err = enc.Encode(found)
			} else {
				printFindings(cmd.OutOrStdout(), found)
			}
			for _, f := range found {
				if !f.OK {
					return exit.With(exit.Failed, err)
				}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	cmd.Flags().BoolVar(&ready, "ready", false, "only ask the server on this machine whether it is ready (for health checks)")
	cmd.Flags().String("data", "", "data directory")
	cmd.Flags().String("listen", "", "address of the API and the pages")
	return cmd
}

// running asks the server that the configuration describes, on this machine, whether it is ready.
func running(ctx context.Context, cfg settings.Config) (client.Readiness, error) {
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return client.Readiness{}, fmt.Errorf("listen: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || host == "localhost" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	base, transport := "http://", &http.Transport{}
	defer transport.CloseIdleConnections()
	if cfg.Remote.Cert != "" {
		base = "https://"
		ip := net.ParseIP(host) // nobody is between this machine and itself: there any certificate will do
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: ip != nil && ip.IsLoopback(), MinVersion: tls.VersionTLS12}
	}
	c, err := client.New(base+net.JoinHostPort(host, port)+cfg.Remote.Base, "", client.WithHTTP(&http.Client{Transport: transport}))
	if err != nil {
		return client.Readiness{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	return c.Ready(ctx)
}

// askReady is the health check.
func askReady(ctx context.Context, cfg settings.Config) error {
	r, err := running(ctx, cfg)
	if err == nil && !r.Ready {
		err = errors.New("not ready")
	}
	if err != nil {
		return exit.With(exit.Failed, err)
	}
	return nil
}

func printFindings(out io.Writer, found []finding) {
	for _, f := range found {
		mark := "ok  "
		switch {
		case !f.OK:
			mark = "FAIL"
		case f.Weak:
			mark = "weak"
		}
		fmt.Fprintf(out, "%s  %-11s %-28s %s\n", mark, f.Part, f.Version, f.Says)
		if f.Fix != "" {
			fmt.Fprintf(out, "      %-11s fix: %s\n", "", f.Fix)
		}
	}
}

// examine looks at every part without starting the appliance.
func examine(ctx context.Context, cfg settings.Config) []finding {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return []finding{
		{Part: "chiron", Version: version, OK: true, Says: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		examineData(cfg), examineListen(ctx, cfg), examineChromium(ctx, cfg), examineWalls(ctx, cfg), examineOCR(ctx, cfg),
		examineOllama(ctx, cfg), examineModels(ctx, cfg), examineMemory(ctx, cfg), examineJournal(ctx, cfg), examinePolicy(cfg), examineSecrets(cfg),
	}
}

func examineData(cfg settings.Config) finding {
	f := finding{Part: "data", Version: cfg.Data}
	if err := makeData(cfg.Data); err != nil {
		f.Says, f.Fix = err.Error(), "set data (or --data) to a directory that this user can write"
		return f
	}
	f.OK = true
	var st syscall.Statfs_t
	if err := syscall.Statfs(cfg.Data, &st); err == nil {
		free := st.Bavail * uint64(st.Bsize) >> 20
		f.Says = fmt.Sprintf("writable, %d MiB free", free)
		if free < 1024 {
			f.Weak, f.Fix = true, "make room: pictures and the journal want a gigabyte and more"
		}
	}
	return f
}

func examineListen(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "listen", Version: cfg.Listen}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		if r, asked := running(ctx, cfg); asked == nil && len(r.Parts) > 0 {
			f.OK, f.Says = true, "Chiron is running here"
			return f
		}
		f.Says, f.Fix = settings.OneLine(err), "stop what uses the port, or set listen to another address"
		return f
	}
	f.OK, f.Says = true, "free"
	if err := l.Close(); err != nil {
		f.Says = err.Error()
	}
	return f
}

// output runs a program for its first line of output.
func output(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return first, err
}

func examineChromium(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "chromium"}
	v, err := output(ctx, cfg.Browser.Chromium, "--version")
	if err != nil {
		f.Says = fmt.Sprintf("%s does not start: %s", cfg.Browser.Chromium, settings.OneLine(err))
		f.Fix = "install it (Debian: apt-get install chromium), or set browser.chromium to its path"
		return f
	}
	f.OK, f.Version, f.Says = true, strings.TrimSpace(v), cfg.Browser.Chromium
	return f
}

func examineWalls(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "walls", Says: "user and network namespaces: egress is enforced by the kernel", OK: true}
	self, err := guardSelf()
	if err == nil && cfg.Browser.Isolation != "off" {
		err = guard.Probe(ctx, self)
	} else if err == nil {
		err = errors.New("browser.isolation is off")
	}
	if err != nil {
		f.OK, f.Weak = cfg.Browser.Isolation != "require", true
		f.Says = "no namespaces, egress rests on Chromium's proxy settings alone: " + settings.OneLine(err)
		f.Fix = "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, and the AppArmor profile of docs/install.md)"
	}
	return f
}

func examineOCR(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "ocr", OK: true}
	v, err := output(ctx, cfg.Vision.Tesseract, "--version")
	if err != nil {
		f.Weak, f.Says = true, "tesseract does not start; tasks with source pixels will fail"
		f.Fix = "install it (Debian: apt-get install tesseract-ocr), or set vision.tesseract"
		return f
	}
	f.Version = v
	out, err := exec.CommandContext(ctx, cfg.Vision.Tesseract, "--list-langs").CombinedOutput()
	have := strings.Fields(string(out))
	for _, l := range cfg.Vision.Languages {
		if err == nil && !contains(have, l) {
			f.OK, f.Says, f.Fix = false, "the language "+l+" is missing", "install it (Debian: apt-get install tesseract-ocr-"+l+"), or change vision.languages"
			return f
		}
	}
	f.Says = "languages " + strings.Join(cfg.Vision.Languages, ", ")
	return f
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func examineOllama(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "ollama"}
	if len(cfg.Inference.Endpoints()) == 0 {
		path, err := findOllama(cfg.Inference.Ollama)
		if err != nil {
			f.Says, f.Fix = settings.OneLine(err), "run `make setup`, or set inference.endpoint"
			return f
		}
		v, err := output(ctx, path, "--version")
		if err != nil {
			f.Says, f.Fix = fmt.Sprintf("%s does not start: %s", path, settings.OneLine(err)), "run `make setup`, or set inference.endpoint"
			return f
		}
		f.OK, f.Says, f.Version = true, "managed, "+path, lastWord(v)
		return f
	}
	for _, endpoint := range cfg.Inference.Endpoints() {
		version := ""
		c, err := inference.New(inference.Options{Endpoint: endpoint})
		if err == nil {
			version, err = c.Version(ctx)
			err = errors.Join(err, c.Close())
		}
		if err != nil {
			f.Says, f.Fix = settings.OneLine(err), "start Ollama there, correct inference.endpoint and endpoints, or empty both to let Chiron run its own"
			return f
		}
		if f.Version != "" && f.Version != version {
			f.Weak, f.Fix = true, "run the same Ollama everywhere: a certificate holds for one version"
		}
		f.Version = version
	}
	f.OK, f.Says = true, strings.Join(cfg.Inference.Endpoints(), ", ")
	return f
}

func lastWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// examineModels asks an external Ollama for the configured models; the managed one is asked while serving.
func examineModels(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "models", OK: true}
	own := bundled.Carried()
	names := map[string]string{"actor": cfg.Inference.Actor, "planner": cfg.Inference.Planner, "verifier": cfg.Inference.Verifier, "embedder": cfg.Inference.Embedder}
	var have, missing []string
	for _, role := range []string{"actor", "planner", "verifier", "embedder"} {
		name := names[role]
		if name == "" {
			continue
		}
		have = append(have, role+" "+name)
		for _, endpoint := range cfg.Inference.Endpoints() {
			c, err := inference.New(inference.Options{Endpoint: endpoint})
			if err == nil {
				_, err = c.Show(ctx, name)
				err = errors.Join(err, c.Close())
			}
			if err != nil && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		}
	}
	f.Says = strings.Join(have, ", ")
	switch {
	case len(missing) > 0:
		f.OK, f.Says, f.Fix = false, "not there: "+strings.Join(missing, ", "), "ollama pull "+missing[0]
	case cfg.Inference.Actor == "" && len(cfg.Inference.Endpoints()) == 0 && own.Little != nil:
		f.Says = strings.TrimPrefix(f.Says+", actor "+own.Little.Name+" (bundled: simple pages only)", ", ")
		if own.Eyes != nil {
			f.Says += ", locator " + own.Eyes.Name + " (bundled: icons only)"
		}
	case cfg.Inference.Actor == "":
		f.Weak, f.Says, f.Fix = true, "no actor: only tasks with steps can run", "set inference.actor to a model that Ollama has"
	}
	return f
}

func examineMemory(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "memory", Version: "sqlite", OK: true, Says: cfg.Dir("memory.db")}
	if cfg.Memory.Qdrant != "" {
		f.Version, f.Says = "qdrant", cfg.Memory.Qdrant
		if err := dial(ctx, cfg.Memory.Qdrant); err != nil {
			f.Weak, f.Says, f.Fix = true, settings.OneLine(err), "start Qdrant there, or empty memory.qdrant to use SQLite; tasks run without advice meanwhile"
		}
	}
	return f
}

func examineJournal(ctx context.Context, cfg settings.Config) finding {
	f := finding{Part: "journal", Version: "embedded JetStream", OK: true, Says: cfg.Dir("journal")}
	if cfg.Journal.URL != "" {
		f.Version, f.Says = "NATS", cfg.Journal.URL
		var err error
		for _, place := range places.Of(cfg.Journal.URL) {
			if err = dial(ctx, place); err == nil {
				break
			}
		}
		if err != nil {
			f.OK, f.Says, f.Fix = false, settings.OneLine(err), "start NATS with JetStream there, or empty journal.url to use the embedded one"
		}
	}
	return f
}

func dial(ctx context.Context, place string) error {
	conn, err := (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, "tcp", place)
	if err != nil {
		return err
	}
	return conn.Close()
}

func examinePolicy(cfg settings.Config) finding {
	f := finding{Part: "policy"}
	o := policy.Options{Ledger: ledgerFunc(nil)}
	if cfg.Policy.Bundle != "" {
		o.Bundle = os.DirFS(cfg.Policy.Bundle)
	}
	g, err := policy.NewGate(o)
	if err != nil {
		f.Says, f.Fix = settings.OneLine(err), "correct the bundle in "+cfg.Policy.Bundle+"; empty policy.bundle uses the shipped one"
		return f
	}
	rules, hash := g.Rules()
	f.OK, f.Version, f.Says = true, "bundle "+hash[:min(12, len(hash))], fmt.Sprintf("%d rules, their own cases pass", len(rules))
	return f
}

func examineSecrets(cfg settings.Config) finding {
	f := finding{Part: "secrets", OK: true, Says: fmt.Sprintf("%d", len(cfg.Secrets))}
	if _, err := secrets.Load(cfg); err != nil {
		f.OK, f.Says, f.Fix = false, settings.OneLine(err), "make the file readable for this user, or take the entry out of secrets; `chiron secrets` works on the vault"
	}
	return f
}
