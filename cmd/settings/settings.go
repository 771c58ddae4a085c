// Package settings is what an operator can say: defaults, file, environment and flags, read once and checked.
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"chiron/browser"
	"chiron/browser/trust"
	"chiron/policy/vault"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// Config is everything an operator can say. It is read once (defaults, file, environment, flags), checked, and frozen.
type Config struct {
	Data      string          `mapstructure:"data"`
	Listen    string          `mapstructure:"listen"`
	Remote    RemoteConfig    `mapstructure:"remote"`
	Log       LogConfig       `mapstructure:"log"`
	Agent     AgentConfig     `mapstructure:"agent"`
	Inference InferenceConfig `mapstructure:"inference"`
	Browser   BrowserConfig   `mapstructure:"browser"`
	Vision    VisionConfig    `mapstructure:"vision"`
	Memory    MemoryConfig    `mapstructure:"memory"`
	Journal   JournalConfig   `mapstructure:"journal"`
	Policy    PolicyConfig    `mapstructure:"policy"`
	Secrets   []SecretConfig  `mapstructure:"secrets"`
	Vault     VaultConfig     `mapstructure:"vault"`
}

// RemoteConfig says how the server may be reached from other machines.
type RemoteConfig struct {
	Allow bool     `mapstructure:"allow"` // listen beyond loopback
	Proxy bool     `mapstructure:"proxy"` // TLS ends in front of this server
	Cert  string   `mapstructure:"cert"`
	Key   string   `mapstructure:"key"`
	Hosts []string `mapstructure:"hosts"`
	Base  string   `mapstructure:"base"`
}

// LogConfig is the log on standard error.
type LogConfig struct {
	Level  string `mapstructure:"level"`
	Format string `mapstructure:"format"`
}

// AgentConfig are the workers and the budgets of tasks that name none.
type AgentConfig struct {
	Workers int           `mapstructure:"workers"`
	Steps   int           `mapstructure:"steps"`
	Wall    time.Duration `mapstructure:"wall"`
	Model   time.Duration `mapstructure:"model"`
	Tokens  int           `mapstructure:"tokens"`
	Answers time.Duration `mapstructure:"answers"`
}

// InferenceConfig is Ollama and the models.
type InferenceConfig struct {
	Endpoint string   `mapstructure:"endpoint"` // empty, and none in Endpoints: a managed Ollama
	More     []string `mapstructure:"endpoints"`
	Queue    int      `mapstructure:"queue"`
	Slots    int      `mapstructure:"slots"` // of the managed Ollama; 0 is one for each worker

	Load  time.Duration `mapstructure:"load"`
	First time.Duration `mapstructure:"first_token"`
	Idle  time.Duration `mapstructure:"idle"`

	Ollama   string `mapstructure:"ollama"` // program of the managed one
	Actor    string `mapstructure:"actor"`
	Planner  string `mapstructure:"planner"`
	Verifier string `mapstructure:"verifier"`
	Embedder string `mapstructure:"embedder"`
	Votes    int    `mapstructure:"votes"`
	Examples int    `mapstructure:"examples"`
	Context  int    `mapstructure:"context"`
	Threads  int    `mapstructure:"threads"`

	Uncertified bool `mapstructure:"uncertified"` // models that have not passed the admission test may drive
}

// Endpoints are all configured ones; none means a managed Ollama.
func (c InferenceConfig) Endpoints() []string {
	if c.Endpoint == "" {
		return c.More
	}
	return append([]string{c.Endpoint}, c.More...)
}

// BrowserConfig is Chromium.
type BrowserConfig struct {
	Chromium  string `mapstructure:"chromium"`
	Isolation string `mapstructure:"isolation"`

	Proxy       string        `mapstructure:"proxy"` // upstream of the sessions' own
	Mask        []string      `mapstructure:"mask"`  // fields and regions painted over in every picture
	MaxAge      time.Duration `mapstructure:"max_age"`
	MaxSessions int           `mapstructure:"max_sessions"`
	MaxMemory   int64         `mapstructure:"max_memory"` // MiB

	Authorities  []string            `mapstructure:"authorities"`
	Certificates []trust.Certificate `mapstructure:"certificates"`
}

// Options are what of a browser is configured. The files of certificates are read.
func (b BrowserConfig) Options() (browser.Options, error) {
	upstream, err := b.upstream()
	if err != nil {
		return browser.Options{}, err
	}
	trusted, err := trust.Load(trust.Options{Authorities: b.Authorities, Certificates: b.Certificates})
	if err != nil {
		return browser.Options{}, fmt.Errorf("browser: %w", err)
	}
	return browser.Options{Path: b.Chromium, Namespace: b.Isolation, Upstream: upstream, Trust: trusted, Masked: b.Mask,
		Limits: browser.Limits{Age: b.MaxAge, Sessions: b.MaxSessions, Memory: b.MaxMemory << 20}}, nil
}

// upstream is the proxy's address, nil where there is none.
func (b BrowserConfig) upstream() (*url.URL, error) {
	if b.Proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(b.Proxy)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return nil, errors.New("browser.proxy: write it as http://proxy.example:3128, with user:password@ before the host where it is needed")
	}
	return u, nil
}

// VisionConfig is OCR.
type VisionConfig struct {
	Tesseract string   `mapstructure:"tesseract"`
	Languages []string `mapstructure:"languages"`
}

// MemoryConfig is Qdrant; without an address SQLite is used.
type MemoryConfig struct {
	Qdrant string `mapstructure:"qdrant"`
	APIKey string `mapstructure:"api_key"`
	TLS    bool   `mapstructure:"tls"`
}

// JournalConfig is NATS; without a URL it is embedded.
type JournalConfig struct {
	URL         string `mapstructure:"url"`
	Credentials string `mapstructure:"credentials"`
}

// PolicyConfig is the bundle, without a directory the shipped one, and what no model and no log gets to see.
type PolicyConfig struct {
	Bundle   string   `mapstructure:"bundle"`
	Personal []string `mapstructure:"personal"` // classes of personal data
	FourEyes bool     `mapstructure:"four_eyes"`
}

// SecretConfig is one secret: its value stands in a file, never in the configuration.
type SecretConfig struct {
	Name    string   `mapstructure:"name"`
	File    string   `mapstructure:"file"`
	Origins []string `mapstructure:"origins"`
	Field   string   `mapstructure:"field"` // "" fields of its kind alone, "text" any
	Kind    string   `mapstructure:"kind"`  // "" typed as it is, "totp" typed as the one-time code of the moment
}

// VaultConfig is the file of secrets that `chiron secrets` works on.
type VaultConfig struct {
	Key string `mapstructure:"key"` // file with its key; empty: beside it in the data directory
}

// Default is what holds where nothing is said.
func Default() Config {
	return Config{
		Data:      "./data",
		Listen:    "127.0.0.1:8787",
		Log:       LogConfig{Level: "info", Format: "text"},
		Agent:     AgentConfig{Workers: 2, Steps: 60, Wall: 20 * time.Minute, Model: 15 * time.Minute, Tokens: 400_000, Answers: 10 * time.Minute},
		Inference: InferenceConfig{Votes: 1, Examples: 2, Context: 8192, More: []string{}, Queue: 64, Load: 30 * time.Minute, First: 15 * time.Minute, Idle: 2 * time.Minute},
		Browser:   BrowserConfig{Chromium: "/usr/lib/chromium/chromium", Isolation: "auto", Mask: []string{}, MaxAge: 12 * time.Hour, MaxSessions: 500, MaxMemory: 6144, Authorities: []string{}, Certificates: []trust.Certificate{}},
		Vision:    VisionConfig{Tesseract: "tesseract", Languages: []string{"eng"}},
	}
}

// leaves walks the fields of a config by their dotted names.
func leaves(v reflect.Value, prefix string, visit func(name string, value any)) {
	for i := range v.NumField() {
		name := prefix + v.Type().Field(i).Tag.Get("mapstructure")
		if f := v.Field(i); f.Kind() == reflect.Struct {
			leaves(f, name+".", visit)
		} else {
			visit(name, f.Interface())
		}
	}
}

const envPrefix = "CHIRON"

// Load reads the configuration. An unknown key in the file or an unknown CHIRON_ variable is an error that names it.
func Load(file string, flags *pflag.FlagSet, environ []string) (Config, error) {
	v := viper.New()
	known := map[string]bool{envPrefix + "_CONFIG": true, envPrefix + "_KEY": true, envPrefix + "_URL": true}
	leaves(reflect.ValueOf(Default()), "", func(name string, value any) {
		v.SetDefault(name, value)
		known[envPrefix+"_"+strings.ToUpper(strings.ReplaceAll(name, ".", "_"))] = true
	})
	v.SetEnvPrefix(envPrefix)
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	v.AutomaticEnv()
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, envPrefix+"_") && !strings.HasPrefix(name, envPrefix+"_TEST_") && !known[name] {
			return Config{}, fmt.Errorf("the environment variable %s is not known; see configs/chiron.yaml for the keys", name)
		}
	}
	if flags != nil {
		for _, name := range []string{"data", "listen"} {
			if f := flags.Lookup(name); f != nil {
				if err := v.BindPFlag(name, f); err != nil {
					return Config{}, fmt.Errorf("bind --%s: %w", name, err)
				}
			}
		}
	}
	if err := readFile(v, file); err != nil {
		return Config{}, err
	}
	var c Config
	if err := v.UnmarshalExact(&c); err != nil {
		return Config{}, misread(err)
	}
	return c, c.validate()
}

func readFile(v *viper.Viper, file string) error {
	if file == "" {
		file = os.Getenv(envPrefix + "_CONFIG")
	}
	if file == "" {
		if _, err := os.Stat("chiron.yaml"); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		file = "chiron.yaml"
	}
	v.SetConfigFile(file)
	v.SetConfigType("yaml")
	if err := v.ReadInConfig(); err != nil {
		return fmt.Errorf("the configuration file cannot be read: %s: %s", file, strings.TrimPrefix(OneLine(err), "While parsing config: "))
	}
	return nil
}

// misread says in an operator's words which keys the decoder did not take.
func misread(err error) error {
	var faults []error
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if m := regexp.MustCompile(`^'(.*?)' has invalid keys: (.*)$`).FindStringSubmatch(line); m != nil {
			for key := range strings.SplitSeq(m[2], ", ") {
				faults = append(faults, fmt.Errorf("%s: there is no such key; configs/chiron.yaml shows them all", strings.TrimPrefix(m[1]+"."+key, ".")))
			}
		} else if m := regexp.MustCompile(`^'(.*?)' (.*)$`).FindStringSubmatch(line); m != nil {
			want := "is not of the kind that configs/chiron.yaml shows"
			if strings.Contains(m[2], "duration") {
				want = "must be a duration such as 90s or 20m"
			} else if strings.Contains(m[2], "'int'") {
				want = "must be a whole number"
			}
			faults = append(faults, fmt.Errorf("%s: %s", m[1], want))
		}
	}
	if len(faults) == 0 {
		return fmt.Errorf("the configuration is not understood: %s", OneLine(err))
	}
	return errors.Join(faults...)
}

// OneLine makes the message of a library fit into a sentence.
func OneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

func (c Config) validate() error {
	var errs []error
	oneOf := func(key, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			errs = append(errs, fmt.Errorf("%s: %q is not one of %s", key, value, strings.Join(allowed, ", ")))
		}
	}
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "text", "json")
	oneOf("browser.isolation", c.Browser.Isolation, "auto", "require", "off")
	if _, err := c.Browser.upstream(); err != nil {
		errs = append(errs, err)
	}
	if c.Browser.MaxAge <= 0 || c.Browser.MaxSessions <= 0 || c.Browser.MaxMemory < 512 {
		errs = append(errs, errors.New("browser.max_age, max_sessions, max_memory: give a time, a number and at least 512 MiB"))
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("listen: %q is not host:port such as 127.0.0.1:8787", c.Listen))
	}
	if c.Data == "" {
		errs = append(errs, errors.New("data: name a directory"))
	}
	if c.Agent.Workers < 1 || c.Agent.Workers > 64 {
		errs = append(errs, fmt.Errorf("agent.workers: %d is not 1 to 64", c.Agent.Workers))
	}
	if c.Inference.Context < 1024 {
		errs = append(errs, fmt.Errorf("inference.context: %d tokens are too few; 8192 is a good value", c.Inference.Context))
	}
	if i := c.Inference; i.Queue < 1 || i.Load <= 0 || i.First <= 0 || i.Idle <= 0 {
		errs = append(errs, errors.New("inference.queue, load, first_token, idle: give a number and times above zero"))
	}
	if c.Inference.Votes < 1 || c.Inference.Votes > 9 {
		errs = append(errs, fmt.Errorf("inference.votes: %d is not 1 to 9", c.Inference.Votes))
	}
	if c.Inference.Examples < 0 || c.Inference.Examples > 9 {
		errs = append(errs, fmt.Errorf("inference.examples: %d is not 0 to 9", c.Inference.Examples))
	}
	if (c.Remote.Cert == "") != (c.Remote.Key == "") {
		errs = append(errs, errors.New("remote.cert, remote.key: give both or none"))
	}
	seen := map[string]bool{}
	for i, s := range c.Secrets {
		if seen[s.Name] {
			errs = append(errs, fmt.Errorf("secrets[%d]: %s is there twice", i, s.Name))
		}
		seen[s.Name] = true
		if s.Name == "" || s.File == "" || len(s.Origins) == 0 {
			errs = append(errs, fmt.Errorf("secrets[%d]: name, file and origins are all needed", i))
		}
	}
	return errors.Join(errs...)
}

// Place is where the vault and its key lie.
func (c Config) Place() vault.Place { return vault.Place{Vault: c.Dir("vault"), Key: c.Vault.Key} }

// Dir returns a path inside the data directory.
func (c Config) Dir(elem ...string) string {
	return filepath.Join(append([]string{c.Data}, elem...)...)
}
