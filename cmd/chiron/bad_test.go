package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/client"
	"chiron/cmd/exit"
	"chiron/eval/site"
	"chiron/step"
)

// refusal is one command line that must fail with one clear message.
type refusal struct {
	args []string
	env  []string
	code int
	says []string
}

func TestBadInputAtTheCommandLine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	busy, place := l.Addr().String(), newHome(t)
	const start = "http://127.0.0.1:1/"
	run := func(more ...string) []string {
		return append([]string{"run", "--key", "ck_x_y", "--url", "http://127.0.0.1:1", "--start", start}, more...)
	}
	bundle := filepath.Dir(place.write(t, "broken.cedar", "permit (principal, action, resource) when { nonsense.yes };"))
	for name, r := range map[string]refusal{
		"unknown variable":     {[]string{"serve"}, []string{"CHIRON_AGENT_WORKER=3"}, exit.Usage, []string{"CHIRON_AGENT_WORKER is not known", "configs/chiron.yaml"}},
		"unknown key":          {[]string{"serve", "--config", place.write(t, "key.yaml", "agent: {worker: 3}")}, nil, exit.Usage, []string{"agent.worker: there is no such key"}},
		"no file":              {[]string{"serve", "--config", "nowhere.yaml"}, nil, exit.Usage, []string{"nowhere.yaml", "no such file"}},
		"not YAML":             {[]string{"serve", "--config", place.write(t, "not.yaml", "agent: [")}, nil, exit.Usage, []string{"not.yaml", "line 1"}},
		"number":               {[]string{"serve"}, []string{"CHIRON_AGENT_WORKERS=many"}, exit.Usage, []string{"agent.workers: must be a whole number"}},
		"unknown command":      {[]string{"frobnicate"}, nil, exit.Usage, []string{`unknown command "frobnicate"`, "--help"}},
		"unknown flag":         {[]string{"serve", "--bogus"}, nil, exit.Usage, []string{"unknown flag: --bogus", "--help"}},
		"address":              {[]string{"serve", "--listen", "here"}, nil, exit.Usage, []string{`listen: "here" is not host:port`}},
		"exposed":              {[]string{"serve", "--listen", "0.0.0.0:0"}, nil, exit.Usage, []string{"beyond loopback", "remote.allow"}},
		"busy port":            {[]string{"serve", "--listen", busy}, nil, exit.Failed, []string{busy + " is in use", "set listen"}},
		"missing Chromium":     {[]string{"serve"}, []string{"CHIRON_BROWSER_CHROMIUM=/nowhere/chromium"}, exit.Failed, []string{"/nowhere/chromium", "install the package chromium"}},
		"missing Ollama":       {[]string{"serve"}, []string{"CHIRON_INFERENCE_OLLAMA=/nowhere/ollama"}, exit.Usage, []string{"/nowhere/ollama", "make setup", "inference.endpoint"}},
		"broken Ollama":        {[]string{"serve"}, []string{"CHIRON_INFERENCE_OLLAMA=/bin/false"}, exit.Failed, []string{"/bin/false ended at once", "inference.ollama"}},
		"endpoint":             {[]string{"serve"}, []string{"CHIRON_INFERENCE_ENDPOINT=localhost:11434"}, exit.Usage, []string{"inference: endpoint", "http://127.0.0.1:11434"}},
		"unwritable data":      {[]string{"serve", "--data", "/proc/version/data"}, nil, exit.Failed, []string{"/proc/version/data cannot be made", "--data"}},
		"no bundle":            {[]string{"serve"}, []string{"CHIRON_POLICY_BUNDLE=/nowhere"}, exit.Usage, []string{"policy.bundle: /nowhere", "no *.cedar files"}},
		"broken bundle":        {[]string{"serve"}, []string{"CHIRON_POLICY_BUNDLE=" + bundle}, exit.Usage, []string{"policy.bundle", "broken.cedar", "correct it"}},
		"missing secret":       {[]string{"serve", "--config", place.write(t, "secret.yaml", "secrets: [{name: pin, file: /nowhere/pin, origins: [\"https://a.example\"]}]")}, nil, exit.Usage, []string{"the secret pin cannot be read", "/nowhere/pin"}},
		"short secret":         {[]string{"serve", "--config", place.write(t, "short.yaml", "secrets: [{name: pin, file: "+place.write(t, "pin", "1\n")+", origins: [\"https://a.example\"]}]")}, nil, exit.Usage, []string{`"pin"`, "shorter than 4 bytes"}},
		"task of faults":       {[]string{"run", "--key", "ck_x_y", "--start", "desk.example", "--autonomy", "wild"}, nil, exit.Usage, []string{"goal: must not be empty", "start: ", "autonomy: "}},
		"sentence":             {run("--step", "Frobnicate it"), nil, exit.Usage, []string{"steps[0]", "Frobnicate it"}},
		"input":                {run("--goal", "g", "--input", "user"), nil, exit.Usage, []string{`--input "user" must be name=value`}},
		"no key":               {[]string{"run", "--goal", "g", "--start", start}, nil, exit.Usage, []string{"CHIRON_KEY"}},
		"no server":            {run("--goal", "g"), nil, exit.Failed, []string{"reach the server", "chiron serve", "--url"}},
		"task file":            {run("--task", "nowhere.yaml"), nil, exit.Usage, []string{"read the task", "nowhere.yaml"}},
		"unknown task key":     {run("--task", place.write(t, "task.yaml", "goal: g\nstarts: x")), nil, exit.Usage, []string{"task.yaml", `"starts"`}},
		"doctor with bad keys": {[]string{"doctor"}, []string{"CHIRON_LOG_LEVEL=loud"}, exit.Usage, []string{`log.level: "loud" is not one of`}},
	} {
		t.Run(name, func(t *testing.T) { place.mustRefuse(t, r) })
	}
}

// mustRefuse runs a command line that must end by itself with a code and one message.
func (h *home) mustRefuse(t *testing.T, r refusal) {
	t.Helper()
	h.extra = r.env
	p := h.launch(t, "chiron", r.args...)
	stuck := time.AfterFunc(time.Minute, func() { p.cmd.Process.Kill() })
	defer stuck.Stop()
	code, out := p.wait(t), p.out.String()
	var said []string
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "chiron:") {
			said = append(said, line)
		}
	}
	if code != r.code || len(said) != 1 || strings.Contains(out, "goroutine ") || strings.Contains(out, ".go:") {
		t.Errorf("exit code %d, want %d, with one message:\n%s", code, r.code, out)
	}
	for _, want := range r.says {
		if len(said) == 1 && !strings.Contains(said[0], want) {
			t.Errorf("the message does not say %q: %s", want, said[0])
		}
	}
	t.Log(strings.Join(said, "\n"))
}

// TestBadInputAtTheDoor sends what is wrong to a running server, which uses an Ollama that is not there.
func TestBadInputAtTheDoor(t *testing.T) {
	world, place := newSite(t, site.Options{Seed: 1}).Running(), newHome(t)
	place.extra = []string{"CHIRON_INFERENCE_ENDPOINT=http://127.0.0.1:9", "CHIRON_INFERENCE_ACTOR=qwen"}
	p := place.start(t, "chiron")

	t.Run("second process on the same data", func(t *testing.T) {
		h := *place
		h.mustRefuse(t, refusal{[]string{"serve", "--listen", "127.0.0.1:0"}, nil, exit.Failed, []string{place.data, "another Chiron"}})
	})
	t.Run("malformed task", func(t *testing.T) {
		problem := post(t, p, `{"goal":"","start":"ftp://x","autonomy":"wild","done_when":[{}],"limits":{"steps":-1}}`)
		for _, want := range []string{"goal", "start", "autonomy", "done_when[0]", "limits"} {
			if !strings.Contains(problem.Error(), want) {
				t.Errorf("the problem does not name %s: %v", want, problem)
			}
		}
	})
	t.Run("sentence", func(t *testing.T) {
		problem := post(t, p, `{"start":"`+world.URL+`","steps":["Click \"a\"","Frobnicate it"]}`)
		if !strings.Contains(problem.Error(), "steps[1]") || !strings.Contains(problem.Error(), "Frobnicate it") {
			t.Error(problem)
		}
	})
	t.Run("unreachable Ollama", func(t *testing.T) {
		id := create(t, p.c, step.Task{Goal: "Look around", Start: world.URL + "/login", DoneWhen: []step.Predicate{{Text: "x"}}})
		r := result(t, history(t, p.c, id, nil))
		if r.Status != step.Failed || !strings.Contains(r.Reason, "no answer from Ollama") || !strings.Contains(r.Reason, "127.0.0.1:9") {
			t.Errorf("%s: %s", r.Status, r.Reason)
		}
		t.Log(r.Reason)
		if log := p.out.String(); !strings.Contains(log, "Ollama cannot be reached") || !strings.Contains(log, id) {
			t.Error("the log does not tell the operator")
		}
	})
	t.Run("exit codes of run", func(t *testing.T) {
		for _, c := range []struct {
			key, until string
			code       int
			says       string
		}{{p.home.key, "Sign in", 0, "done: "}, {p.home.key, "Good morning", exit.NotDone, "needs_review: "}, {"ck_x_y", "x", exit.Failed, "Unauthorised"}} {
			run := place.launch(t, "chiron", "run", "--url", "http://"+place.port, "--key", c.key, "--start", world.URL+"/login",
				"--autonomy", "auto", "--step", `Type "dana" into "Username"`, "--until-text", c.until)
			if code := run.wait(t); code != c.code || !strings.Contains(run.out.String(), c.says) {
				t.Errorf("until %q: exit code %d, want %d:\n%s", c.until, code, c.code, run.out)
			}
		}
	})
	p.end(t, syscall.SIGTERM)
}

// post sends a body that must be refused as problem+json.
func post(t *testing.T, p *process, body string) *client.Problem {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.home.port+"/v1/tasks", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.home.key)
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	problem := &client.Problem{}
	if err := json.Unmarshal(data, problem); err != nil || res.StatusCode != http.StatusUnprocessableEntity ||
		res.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%s, %s: %s", res.Status, res.Header.Get("Content-Type"), data)
	}
	t.Log(problem)
	return problem
}
