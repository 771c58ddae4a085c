package chiron_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

type service struct {
	Privileged  bool              `yaml:"privileged"`
	CapDrop     []string          `yaml:"cap_drop"`
	CapAdd      []string          `yaml:"cap_add"`
	SecurityOpt []string          `yaml:"security_opt"`
	Ports       []string          `yaml:"ports"`
	Networks    []string          `yaml:"networks"`
	Environment map[string]string `yaml:"environment"`
	Volumes     []string          `yaml:"volumes"`
	Healthcheck map[string]any    `yaml:"healthcheck"`
	Profiles    []string          `yaml:"profiles"`
	Pid         string            `yaml:"pid"`
	NetworkMode string            `yaml:"network_mode"`
}

// No Docker engine runs where the tests run, so what must hold of the composition is read from its file.
func TestComposeIsTight(t *testing.T) {
	data, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Services map[string]service `yaml:"services"`
		Networks map[string]struct {
			Internal bool `yaml:"internal"`
		} `yaml:"networks"`
	}
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"chiron", "ollama", "qdrant"} {
		s, ok := c.Services[name]
		if !ok || len(s.Healthcheck) == 0 {
			t.Errorf("%s: the service or its health check is missing", name)
		}
		if name != "chiron" && slices.ContainsFunc(s.Networks, func(n string) bool { return !c.Networks[n].Internal }) {
			t.Errorf("%s is on a network with a way out: %v", name, s.Networks)
		}
	}
	for name, s := range c.Services {
		if s.Privileged || len(s.CapAdd) > 0 || s.Pid != "" || s.NetworkMode != "" || !slices.Equal(s.CapDrop, []string{"ALL"}) ||
			!slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s has more than it needs: %+v", name, s)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s publishes %s beyond loopback", name, p)
			}
		}
		for _, v := range s.Volumes {
			if strings.HasPrefix(v, "/") || strings.HasPrefix(v, ".") {
				t.Errorf("%s mounts the host's %s", name, v)
			}
		}
	}
	checkSettings(t, c.Services["chiron"].Environment)
}

// checkSettings holds the composition's variables to the keys of the manual.
func checkSettings(t *testing.T, env map[string]string) {
	t.Helper()
	manual, err := os.ReadFile("configs/chiron.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(manual, &tree); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		if m, ok := v.(map[string]any); ok {
			for k, sub := range m {
				walk(prefix+"_"+strings.ToUpper(k), sub)
			}
			return
		}
		known[prefix] = true
	}
	walk("CHIRON", tree)
	for name := range env {
		if !known[name] {
			t.Errorf("chiron: %s is no setting", name)
		}
	}
}

func TestDocumentsPointSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range append(docs, "README.md") {
		data, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s points to %s, which is not there", doc, m[1])
			}
		}
	}
}
